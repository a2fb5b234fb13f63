# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A long run ends by saying which files took it."""

from __future__ import annotations

from types import SimpleNamespace

from time_summary import SHOWN, lines, seconds_by_file


def phase(file: str, when: str, seconds: float) -> SimpleNamespace:
    """A phase of a test as pytest reports it."""
    return SimpleNamespace(nodeid=f"{file}::test_it[a::b]", when=when, duration=seconds)


def test_a_file_has_all_phases_of_its_tests() -> None:
    reports = [phase("a.py", "setup", 90.0), phase("a.py", "call", 50.0), phase("b.py", "call", 10.0), phase("b.py", "call", 5.0)]
    assert seconds_by_file(reports) == {"a.py": (140.0, 1), "b.py": (15.0, 2)}
    assert lines(seconds_by_file(reports)) == [
        "155 s of work of all workers, most of it in:",
        "     140 s  a.py (1 tests)",
        "      15 s  b.py (2 tests)",
    ]


def test_a_short_run_and_files_that_took_little_are_not_told() -> None:
    assert lines(seconds_by_file([phase("a.py", "call", 5.0)])) == []
    assert lines({}) == []
    assert len(lines({f"{number}.py": (9.0, 1) for number in range(2 * SHOWN)})) == SHOWN + 1
