# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises of safety and how many cases held them: printed after every run, and written into docs/maintaining/safety.md by a whole one."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from marked_part import marks, with_part

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "maintaining" / "safety.md"
BEGIN, END = MARKS = marks("make test-matrix")
# How each is tested, by the file whose cases it has.
HOW = {
    "test_crash.py": "killed before the call, before its answer and after it; then run again",
    "test_guards.py": "an estate with this the matter, by the journal and the truth",
    "test_protection.py": "a vCenter whose own virtual machine stands here or there, by the journal and the truth",
    "test_faults.py": "one fault of the table at its call",
    "test_scenarios.py": "a whole estate",
    "test_custom_ca.py": "killed at each of its calls as above, run again; each of the host's calls failing in passing and for good",
    "test_hosts_that_go.py": "removed or renamed right before the call, by somebody else; then run again",
    "test_by_ansible.py": "the same by processes of Ansible: a row of the table",
    "test_high_availability.py": "killed at each of its calls as above; then run again",
    "test_two_runs.py": "two runs at the same time, the second begun at the first's most delicate moments",
}
_BAD_DATA = ("Bad input is a sentence or a sound result", "certificates, providers, names, times, facts, estates")
# Promises whose tests stand elsewhere, because they are about modules, pure functions or SSH: by how the path of the test begins.
ELSEWHERE = {
    "tests/integration/modules/test_trust.py": (
        "Who cannot prove who they are is not believed: no password is sent, nothing unregistered, nothing adopted",
        "impostors with one thing wrong each on the vCenter's port, on 9080 and as a host; trust that SMS or vCenter lacks",
    ),
    "tests/integration/playbooks/test_secrets.py": (
        "No secret comes out",
        "canaries go through modules and playbooks at -vvv; output, reports, fact cache, temporary files, process list, journal",
    ),
    "tests/unit/test_clocks.py": (
        "Whatever the time zone, the day and the controller's clock: the same plan",
        "changes of the clocks, leap days, limits of 32 bits; ten zones; clocks that are off",
    ),
    "tests/integration/playbooks/test_odd_inventories.py": (
        "Bad input is a sentence or a sound result",
        "inventories, variables, options",
    ),
    "tests/unit/vsphere/test_odd_answers.py": (
        "Bad input is a sentence or a sound result",
        "answers of SMS, vCenter and port 9080",
    ),
    **dict.fromkeys(
        (
            "tests/unit/test_properties.py",
            *(f"tests/unit/{part}/" for part in ("common", "x509", "estate", "deciding", "reporting", "inventory", "logs")),
        ),
        _BAD_DATA,
    ),
    "tests/integration/playbooks/test_cli_renewing.py": (
        "A host's files are replaced whole, its key is kept, and check mode changes none of them",
        "the host's own command line over SSH, every file compared",
    ),
}


@dataclass(frozen=True)
class Line:
    """A promise, how it is tested, and its figures. examples: what hypothesis made up for these cases."""

    promise: str
    how: str
    cases: int
    failures: int
    examples: int = 0

    @property
    def shown_cases(self) -> str:
        """How many cases, and examples where there are any."""
        return f"{self.cases} ({self.examples:,} examples)" if self.examples else str(self.cases)


def lines(reports: Iterable[Any]) -> list[Line]:
    """The promises of which there are cases in pytest's reports; a case that was skipped is none."""
    found: dict[tuple[str, str], list[Any]] = {}
    for report in reports:
        told = _promise(report)
        if told and report.when == "call" and report.outcome != "skipped":
            found.setdefault(told, []).append(report)
    return [
        Line(promise, how, len(of), sum(report.outcome != "passed" for report in of), sum(map(_examples, of)))
        for (promise, how), of in sorted(found.items())
    ]


def _promise(report: Any) -> tuple[str, str] | None:
    """What promise a report is of, and how it is tested."""
    path = report.nodeid.split("::")[0]
    promise = dict(getattr(report, "user_properties", ())).get("promise")
    if promise:
        return str(promise), HOW[Path(path).name]
    return next((told for begin, told in ELSEWHERE.items() if path.startswith(begin)), None)


def _examples(report: Any) -> int:
    """How many examples hypothesis ran in a test, those that it gave up left out."""
    return int(dict(getattr(report, "user_properties", ())).get("examples", 0))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A hook of pytest: what hypothesis says of a test's examples goes along with the test's report, also from another process."""
    statistics = getattr(item, "hypothesis_statistics", "")
    if call.when == "call" and statistics:
        item.user_properties.append(("examples", sum(map(int, re.findall(r"- (\d+) passing", statistics)))))
    return (yield)


def table(found: Iterable[Line]) -> str:
    """The lines as a table in Markdown."""
    rows = [f"| {line.promise} | {line.how} | {line.shown_cases} | {line.failures} |" for line in found]
    return "\n".join(["| promise | how it is tested | cases | failures |", "|---|---|---|---|", *rows])


def rewritten(text: str, found: Iterable[Line]) -> str:
    """The document with this table between its markers. Raises ValueError where it has none."""
    return with_part(text, MARKS, table(found))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A hook of pytest. The document is written where CERTOPS_SAFETY_DOCUMENT is set: by a whole run, and by no part of one."""
    stats: Mapping[str, list[Any]] = terminalreporter.stats
    found = lines(report for outcome in ("passed", "failed") for report in stats.get(outcome, []))
    if not found:
        return
    terminalreporter.section("promises of safety")
    for line in found:
        terminalreporter.write_line(f"{line.failures} of {line.shown_cases} failed: {line.promise} ({line.how})")
    if os.environ.get("CERTOPS_SAFETY_DOCUMENT"):
        DOCUMENT.write_text(rewritten(DOCUMENT.read_text(encoding="utf-8"), found), encoding="utf-8")
