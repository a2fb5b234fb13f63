# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many tests were skipped and why: the last that is told of a run. In continuous integration more than tests/allowed_skips.txt allows fail it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

ALLOWED = Path(__file__).resolve().parents[2] / "allowed_skips.txt"


@dataclass(frozen=True)
class Allowed:
    """So many tests may be skipped for a reason. reason: a pattern, as of a shell."""

    number: int
    reason: str


def read(path: Path = ALLOWED) -> list[Allowed]:
    """The list. Raises ValueError where a line has no number and reason."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            number, _blank, reason = line.partition(" ")
            if not reason.strip():
                raise ValueError(f"{path.name}: no number and reason: {line}")
            found.append(Allowed(int(number), reason.strip()))
    return found


def reasons(reports: Iterable[Any]) -> Counter[str]:
    """How often tests were skipped for each reason."""
    return Counter(_reason(report) for report in reports)


def _reason(report: Any) -> str:
    """A report of a skipped test has path, line and reason."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return str(told).removeprefix("Skipped: ").strip() or "no reason"


def lines(counted: Counter[str]) -> list[str]:
    """What is told, the most frequent reason first; nothing where nothing was skipped."""
    if not counted:
        return []
    told = [f"{number:6}  {reason}" for reason, number in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    return [f"{counted.total()} tests were skipped:", *told]


def too_many(counted: Counter[str], allowed: Iterable[Allowed]) -> list[str]:
    """Which reasons skipped more tests than the list allows."""
    left = Counter(counted)
    told = []
    for one in allowed:
        meant = [reason for reason in left if fnmatchcase(reason, one.reason)]
        number = sum(left.pop(reason) for reason in meant)
        if number > one.number:
            told.append(f"{number} tests were skipped and {one.number} may be: {one.reason}")
    return told + [f"{number} tests were skipped and none may be: {reason}" for reason, number in sorted(left.items())]


class SkipSummary:
    """The hooks of pytest."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def _counted(self) -> Counter[str]:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        return reasons(reporter.stats.get("skipped", ()) if reporter else ())

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail what would have been green."""
        if os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK and too_many(self._counted(), read()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_terminal_summary(self, terminalreporter: Any) -> Generator[None, None, None]:
        """After all other summaries: only pytest's closing line comes after it."""
        yield
        counted = self._counted()
        for line in lines(counted):
            terminalreporter.write_line(line)
        over = too_many(counted, read())
        for line in over if os.environ.get("CI") else ():
            terminalreporter.write_line(f"FAILED {line} ({ALLOWED.name})", red=True)


def register(config: pytest.Config) -> None:
    """In the process that the others report to."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(SkipSummary(config), "certops-skip-summary")
