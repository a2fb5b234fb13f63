# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which files of tests a run spent its time in: a single slow test shows by itself, a file of many quick ones does not. And which are begun first:
one worker takes a whole file, so that a long one that is begun last keeps the run waiting for it alone."""

from __future__ import annotations

import os
import resource
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import spent

# Of a run that somebody waits for; a file or two need no table.
FROM_SECONDS = 120.0
CPU = "cpu_seconds"
SHOWN = 150
# Those that take minutes by themselves, the longest first; the table at the end of a run says which these are.
LONG = (
    "tests/integration/environments/test_other_cores.py",
    "tests/static/test_sanity.py",
    "tests/integration/modules/test_cli_module.py",
    "tests/integration/playbooks/test_cli_renewing.py",
    "tests/integration/environments/test_inventory.py",
    "tests/static/test_targets.py",
    "tests/integration/modules/test_in_process.py",
    "tests/integration/environments/test_versions.py",
    "tests/integration/playbooks/test_secrets.py",
    "tests/integration/playbooks/test_own_playbooks.py",
    "tests/integration/environments/test_rulebook.py",
)


class Spent(NamedTuple):
    """What a file of tests took, fixtures included. cpu: seconds of CPU, of processes too that it started and waited for."""

    seconds: float
    cpu: float
    tests: int


def spent_by_file(reports: Iterable[Any]) -> dict[str, Spent]:
    """What each file took, by phases of tests as pytest reports them."""
    seconds: Counter[str] = Counter()
    cpu: Counter[str] = Counter()
    tests: Counter[str] = Counter()
    for report in reports:
        file = report.nodeid.partition("::")[0]
        seconds[file] += report.duration
        cpu[file] += getattr(report, CPU, 0.0)
        tests[file] += report.when == "call"
    return {file: Spent(one, cpu[file], tests[file]) for file, one in seconds.items()}


def lines(spent: dict[str, Spent]) -> list[str]:
    """The files that took most of the processors, which is what makes a run long; nothing of a short run."""
    total = sum(one.seconds for one in spent.values())
    if total < FROM_SECONDS:
        return []
    longest = sorted(spent.items(), key=lambda item: (-item[1].cpu, -item[1].seconds, item[0]))[:SHOWN]
    told = [f"{one.cpu:8.0f} s{one.seconds:8.0f} s  {file} ({one.tests} tests)" for file, one in longest]
    cpu = sum(one.cpu for one in spent.values())
    return [f"{cpu:.0f} s of CPU in {total:.0f} s of work of all workers, most of it in:", *told]


def long_files_first(items: Sequence[Any]) -> list[Any]:
    """The tests with those of long files first; all others, and those of a file, in the order that they had."""
    place = {file: number for number, file in enumerate(LONG)}
    return sorted(items, key=lambda item: place.get(item.nodeid.partition("::")[0], len(LONG)))


class CpuMeter:
    """The hooks of pytest in a process that runs tests: each report is given the seconds of CPU since the one before it."""

    def __init__(self) -> None:
        self._before = _cpu_seconds()

    def pytest_collection_finish(self) -> None:
        """What was spent on collecting is no test's."""
        self._before = _cpu_seconds()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        """Each phase of a test has a report."""
        report = yield
        now = _cpu_seconds()
        setattr(report, CPU, now - self._before)
        self._before = now
        return report


def _cpu_seconds() -> float:
    """Of this process, of those that it has waited for or that still run for it, and of what others did for it."""
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used) + sum(map(of_process, _children())) + sum(spent.ELSEWHERE)


def _children() -> list[str]:
    """The processes that this one started and that stay, as simulators do; none where the system does not tell."""
    with suppress(OSError):
        found = (task / "children" for task in Path("/proc/self/task").iterdir())
        return [number for path in found for number in path.read_text().split() if int(number) not in spent.OF_ALL]
    return []


def of_process(number: str) -> float:
    """What a process took, and those that it waited for; nothing of one that ended meanwhile."""
    with suppress(OSError):
        told = Path("/proc", number, "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


class TimeSummary:
    """The hooks of pytest."""

    def __init__(self) -> None:
        self._reports: list[Any] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Called in the process that the workers report to."""
        self._reports.append(report)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """With the other summaries."""
        for line in lines(spent_by_file(self._reports)):
            terminalreporter.write_line(line)


def register(config: pytest.Config) -> None:
    """The meter in each process, the summary in the one that the others report to."""
    config.pluginmanager.register(CpuMeter(), "certops-cpu-meter")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(TimeSummary(), "certops-time-summary")
