# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A long run ends by saying which files took it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import spent
from processes import wait
from time_summary import LONG, SHOWN, CpuMeter, Spent, lines, long_files_first, of_process, spent_by_file


def phase(file: str, when: str, seconds: float, cpu: float = 0.0) -> SimpleNamespace:
    """A phase of a test as pytest reports it."""
    return SimpleNamespace(nodeid=f"{file}::test_it[a::b]", when=when, duration=seconds, cpu_seconds=cpu)


def test_a_file_has_all_phases_of_its_tests() -> None:
    reports = [
        phase("a.py", "setup", 90.0, 6.0),
        phase("a.py", "call", 50.0, 1.0),
        phase("b.py", "call", 10.0, 9.0),
        phase("b.py", "call", 5.0, 3.0),
    ]
    assert spent_by_file(reports) == {"a.py": Spent(140.0, 7.0, 1), "b.py": Spent(15.0, 12.0, 2)}
    assert lines(spent_by_file(reports)) == [
        "19 s of CPU in 155 s of work of all workers, most of it in:",
        "      12 s      15 s  b.py (2 tests)",
        "       7 s     140 s  a.py (1 tests)",
    ]


def test_a_short_run_and_files_that_took_little_are_not_told() -> None:
    assert lines(spent_by_file([phase("a.py", "call", 5.0)])) == []
    assert lines({}) == []
    assert len(lines({f"{number}.py": Spent(9.0, 9.0, 1) for number in range(2 * SHOWN)})) == SHOWN + 1


def test_a_report_has_the_cpu_since_the_one_before_it() -> None:
    meter = CpuMeter()
    hook = meter.pytest_runtest_makereport()
    next(hook)
    sum(range(2_000_000))
    report = SimpleNamespace()
    with pytest.raises(StopIteration) as ended:
        hook.send(report)
    assert ended.value.value is report
    assert report.cpu_seconds > 0


def test_what_runs_for_it_is_counted_while_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spent, "ELSEWHERE", [])
    meter = CpuMeter()
    hook = meter.pytest_runtest_makereport()
    next(hook)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        wait(lambda: of_process(str(busy.pid)) > 0.2, "the process did not get to work")
        spent.ELSEWHERE.append(1000.0)
        report = SimpleNamespace()
        with pytest.raises(StopIteration):
            hook.send(report)
        busy.kill()
    assert report.cpu_seconds > 1000.2


def test_long_files_come_first_and_nothing_else_moves() -> None:
    names = ["tests/a.py::b", "tests/a.py::a", f"{LONG[1]}::b", f"{LONG[1]}::a", f"{LONG[0]}::a", "tests/z.py::a"]
    ordered = [item.nodeid for item in long_files_first([SimpleNamespace(nodeid=name) for name in names])]
    assert ordered == [f"{LONG[0]}::a", f"{LONG[1]}::b", f"{LONG[1]}::a", "tests/a.py::b", "tests/a.py::a", "tests/z.py::a"]


def test_every_long_file_is_there(root: Path) -> None:
    assert [name for name in LONG if not (root / name).is_file()] == []
