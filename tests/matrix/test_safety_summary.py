# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""That the table of promises has only what was seen: figures of cases that ran, and a document that is not written over elsewhere."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from safety_summary import BEGIN, ELSEWHERE, END, HOW, lines, rewritten


def report(outcome: str, when: str = "call", promise: str = "It holds") -> SimpleNamespace:
    """What pytest says of a case."""
    return SimpleNamespace(
        nodeid="tests/matrix/test_crash.py::test_x[1]", outcome=outcome, when=when, user_properties=[("promise", promise)]
    )


def test_figures_are_of_cases_that_ran() -> None:
    (line,) = lines([report("passed"), report("failed"), report("skipped"), report("passed", when="setup")])
    assert (line.promise, line.cases, line.failures) == ("It holds", 2, 1)


def test_a_file_whose_tests_are_of_one_promise_counts_with_its_examples() -> None:
    tests = [
        SimpleNamespace(
            nodeid=f"tests/unit/common/test_{name}.py::test_x", outcome="passed", when="call", user_properties=[("examples", 150)]
        )
        for name in ("names", "times")
    ]
    (line,) = lines([*tests, SimpleNamespace(nodeid="tests/unit/test_imports.py::test_x", outcome="passed", when="call")])
    assert line.shown_cases == "2 (300 examples)"


def test_what_is_counted_by_its_path_is_there(root: Path) -> None:
    assert [path for path in ELSEWHERE if not (root / path).exists()] == []
    assert [name for name in HOW if not (root / "tests" / "matrix" / name).is_file()] == []


def test_only_what_is_between_the_markers_is_written() -> None:
    written = rewritten(f"above\n{BEGIN}\nold\n{END}\nbelow\n", lines([report("passed")]))
    assert written.startswith(f"above\n{BEGIN}\n| promise |")
    assert written.endswith(f"| 1 | 0 |\n{END}\nbelow\n")
    with pytest.raises(ValueError, match="no markers"):
        rewritten("no markers", [])
