# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No test judges how long something took: on a busy machine that is another number. Figures of time are for make bench.

What a clock shows may stand between two other looks at clocks (before <= it <= after), and may end a wait; it is compared with no number.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
CLOCKS = {"monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "process_time", "thread_time", "getrusage"}
NOW = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("port", "server_time")}
# The clock of a browser, in the JavaScript of a test.
BROWSER = "performance."


def judged(source: str) -> list[int]:
    """The lines of asserts that compare what a clock showed with a number or a constant."""
    tree = ast.parse(source)
    timed = {function.name for function in _functions(tree) if _returns_time(function)}
    return sorted({line for function in _functions(tree) for line in _judged_in(function, timed)})


def _functions(tree: ast.AST) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def _returns_time(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it hands out what a clock for durations showed; what was made by the date is no such thing."""
    if not any(isinstance(node, ast.Attribute) and node.attr in CLOCKS for node in ast.walk(function)):
        return False
    known = _known(function, set())
    returned = [node.value for node in ast.walk(function) if isinstance(node, (ast.Return, ast.Yield)) and node.value]
    return any(_is_time(value, known, set()) for value in returned)


def _judged_in(function: ast.FunctionDef | ast.AsyncFunctionDef, timed: set[str]) -> Iterator[int]:
    known = _known(function, timed)
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            for compared in (part for part in ast.walk(node.test) if isinstance(part, ast.Compare)):
                sides = [compared.left, *compared.comparators]
                showing = [side for side in sides if _is_time(side, known, timed)]
                if len(showing) == 1 and any(_is_number(side, known, timed) for side in sides):
                    yield node.lineno


def _known(function: ast.AST, timed: set[str]) -> set[str]:
    """The names that have to do with what a clock showed: to the end, since one is made of another."""
    known: set[str] = set()
    while True:
        before = set(known)
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                targets, value = node.targets, node.value
            elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
                targets, value = [node.target], node.value
            elif isinstance(node, (ast.For, ast.comprehension)):
                targets, value = [node.target], node.iter
            elif (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("append", "add", "extend")
            ):
                targets, value = [node.func.value], ast.Tuple(elts=node.args)
            else:
                continue
            if _is_time(value, known, timed):
                known |= {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
        if known == before:
            return known


def _is_time(value: ast.AST, known: set[str], timed: set[str]) -> bool:
    return any(_shows_time(node, known, timed) for node in ast.walk(value))


def _shows_time(node: ast.AST, known: set[str], timed: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and BROWSER in node.value
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id in timed | CLOCKS
    if isinstance(node.func, ast.Attribute):
        owner = ast.unparse(node.func.value).rpartition(".")[2]
        return node.func.attr in CLOCKS or (owner, node.func.attr) in NOW
    return False


def _is_number(side: ast.AST, known: set[str], timed: set[str]) -> bool:
    """Whether this side is a figure and shows no clock itself: a number, a duration or a constant of the file."""
    if _is_time(side, known, timed):
        return False
    return any(
        (isinstance(node, ast.Constant) and isinstance(node.value, (int, float)))
        or (isinstance(node, ast.Name) and node.id.isupper())
        or (isinstance(node, ast.Name) and node.id == "timedelta")
        for node in ast.walk(side)
    )


@pytest.mark.parametrize("path", sorted(TESTS.rglob("*.py")), ids=lambda path: str(path.relative_to(TESTS)))
def test_no_test_judges_how_long_something_took(path: Path) -> None:
    if "output" not in path.relative_to(TESTS).parts:
        assert [f"{path.name}:{line}" for line in judged(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "lines",
    [
        "begun = time.monotonic(); work(); assert time.monotonic() - begun < 15",
        "begun = perf_counter(); work(); took = perf_counter() - begun; assert took <= MOST_SECONDS",
        "took = []\n    for one in range(3): took.append(time.process_time())\n    assert max(took) < 30",
        "assert now() - datetime.now(timezone.utc) <= timedelta(seconds=10)",
        "assert abs(told() - time.time()) < 5",
        "assert abs((port.server_time() - port.clock.now()).total_seconds()) < 60",
        "took = page.run('performance.now()'); assert took < 400",
        "moments = timed(); assert all(later - earlier < EVERY for later, earlier in moments)",
    ],
)
def test_it_would_be_seen(lines: str) -> None:
    source = f"def timed():\n    return [time.monotonic()]\n\n\ndef test():\n    {lines}\n"
    assert judged(source) != []


@pytest.mark.parametrize(
    "lines",
    [
        "before = now(); work(); assert before <= told <= time.time()",
        "ends = time.monotonic() + 5\n    while time.monotonic() < ends: look()\n    assert found == 3",
        "assert running.journal()[-1]['seconds'] >= 0.3",
        "assert read(datetime.now(timezone.utc)) == expected",
    ],
)
def test_what_does_not_depend_on_the_machine_may_be(lines: str) -> None:
    assert judged(f"def test():\n    {lines}\n") == []
