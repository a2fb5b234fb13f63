# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promises of safety and how many cases held them: printed after every run, and written into docs/safety.md by a whole one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "safety.md"
BEGIN, END = "<!-- begin: written by make test-matrix -->", "<!-- end: written by make test-matrix -->"
# How each is tested, by the file whose cases it has.
HOW = {
    "test_crash.py": "killed before the call, before its answer and after it; then run again",
    "test_guards.py": "an estate with this the matter, by the journal and the truth",
    "test_protection.py": "a vCenter whose own virtual machine stands here or there, by the journal and the truth",
    "test_faults.py": "one fault of the table at its call",
    "test_scenarios.py": "a whole estate",
    "test_two_runs.py": "two runs at the same time, the second begun at the first's most delicate moments",
}


@dataclass(frozen=True)
class Line:
    """A promise, how it is tested, and its figures."""

    promise: str
    how: str
    cases: int
    failures: int


def lines(reports: Iterable[Any]) -> list[Line]:
    """The promises of which there are cases in pytest's reports; a case that was skipped is none."""
    found: dict[tuple[str, str], list[bool]] = {}
    for report in reports:
        promise = dict(getattr(report, "user_properties", ())).get("promise")
        if promise and report.when == "call" and report.outcome != "skipped":
            how = HOW[Path(report.nodeid.split("::")[0]).name]
            found.setdefault((str(promise), how), []).append(report.outcome == "passed")
    return [Line(promise, how, len(passed), passed.count(False)) for (promise, how), passed in sorted(found.items())]


def table(found: Iterable[Line]) -> str:
    """The lines as a table in Markdown."""
    rows = [f"| {line.promise} | {line.how} | {line.cases} | {line.failures} |" for line in found]
    return "\n".join(["| promise | how it is tested | cases | failures |", "|---|---|---|---|", *rows])


def rewritten(text: str, found: Iterable[Line]) -> str:
    """The document with this table between its markers. Raises ValueError where it has none."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{DOCUMENT.name} has no markers to write between")
    return f"{before}{BEGIN}\n{table(found)}\n{END}{after}"


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """A hook of pytest. The document is written where CERTOPS_SAFETY_DOCUMENT is set: by a whole run, and by no part of one."""
    stats: Mapping[str, list[Any]] = terminalreporter.stats
    found = lines(report for outcome in ("passed", "failed") for report in stats.get(outcome, []))
    if not found:
        return
    terminalreporter.section("promises of safety")
    for line in found:
        terminalreporter.write_line(f"{line.cases:4} cases, {line.failures} failures: {line.promise} ({line.how})")
    if os.environ.get("CERTOPS_SAFETY_DOCUMENT"):
        DOCUMENT.write_text(rewritten(DOCUMENT.read_text(encoding="utf-8"), found), encoding="utf-8")
