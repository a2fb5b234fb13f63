# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of tests a run spent its time in: a single slow test shows by itself, a file of many quick ones does not. And which are begun first:
one worker takes a whole file, so that a long one that is begun last keeps the run waiting for it alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import pytest

# Of a run that somebody waits for; a file or two need no table.
FROM_SECONDS = 120.0
SHOWN = 30
# Those that take minutes by themselves, the longest first; the table at the end of a run says which these are.
LONG = (
    "tests/static/test_sanity.py",
    "tests/integration/environments/test_other_cores.py",
    "tests/static/test_targets.py",
    "tests/integration/environments/test_inventory.py",
    "tests/integration/environments/test_molecule.py",
    "tests/static/test_checkers.py",
    "tests/static/guides/test_pages.py",
    "tests/static/guides/test_documentation.py",
    "tests/integration/modules/test_custom_ca.py",
    "tests/static/test_ansible_units.py",
)


def seconds_by_file(reports: Iterable[Any]) -> dict[str, tuple[float, int]]:
    """The seconds and the number of tests of each file, fixtures included, by phases of tests as pytest reports them."""
    seconds: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for report in reports:
        file = report.nodeid.partition("::")[0]
        seconds[file] += report.duration
        tests[file] += report.when == "call"
    return {file: (spent, tests[file]) for file, spent in seconds.items()}


def lines(spent: dict[str, tuple[float, int]]) -> list[str]:
    """The files that took longest, the longest first; nothing of a short run."""
    total = sum(seconds for seconds, _tests in spent.values())
    if total < FROM_SECONDS:
        return []
    longest = sorted(spent.items(), key=lambda item: (-item[1][0], item[0]))[:SHOWN]
    told = [f"{seconds:8.0f} s  {file} ({tests} tests)" for file, (seconds, tests) in longest]
    return [f"{total:.0f} s of work of all workers, most of it in:", *told]


def long_files_first(items: Sequence[Any]) -> list[Any]:
    """The tests with those of long files first; all others, and those of a file, in the order that they had."""
    place = {file: number for number, file in enumerate(LONG)}
    return sorted(items, key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


class TimeSummary:
    """The hooks of pytest."""

    def __init__(self) -> None:
        self._reports: list[Any] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Called in the process that the workers report to."""
        self._reports.append(report)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """With the other summaries."""
        for line in lines(seconds_by_file(self._reports)):
            terminalreporter.write_line(line)


def register(config: pytest.Config) -> None:
    """In the process that the others report to."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TimeSummary(), "certops-time-summary")
