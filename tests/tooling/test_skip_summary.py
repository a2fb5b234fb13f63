# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run ends by saying what it skipped and why; in continuous integration what nobody allowed fails it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from skip_summary import ALLOWED, Allowed, lines, read, too_many

CONFTEST = f"""
import sys
sys.path.append({str(ALLOWED.parent / "tooling" / "hooks")!r})
import pathlib, skip_summary
skip_summary.read.__defaults__ = (pathlib.Path(__file__).with_name("allowed.txt"),)
def pytest_configure(config):
    skip_summary.register(config)
"""
TESTS = """
import pytest
@pytest.mark.parametrize("number", range(3))
@pytest.mark.skipif(True, reason="no program")
def test_marked(number): pass
def test_skipped(): pytest.skip("another reason")
def test_passed(): pass
"""


@pytest.mark.parametrize(
    ("workers", "ci", "allowed", "status"),
    [
        ([], False, "", 0),
        ([], True, "3 no program\n1 another*\n", 0),
        (["-n", "2"], True, "2 no program\n1 another*\n", 1),
        ([], True, "3 no program\n", 1),
    ],
    ids=["on a desk", "allowed", "too many, in workers", "a reason that is not listed"],
)
def test_a_run(tmp_path: Path, workers: list[str], ci: bool, allowed: str, status: int) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_it.py").write_text(TESTS, encoding="utf-8")
    (tmp_path / "allowed.txt").write_text(allowed, encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name != "CI"}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-ra",
            "-c",
            os.devnull,
            "--rootdir",
            str(tmp_path),
            *workers,
            str(tmp_path),
        ],
        env={**environment, **({"CI": "true"} if ci else {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    *_before, told, first, second = [line for line in done.stdout.splitlines()[:-1] if "FAILED" not in line]
    assert told == "4 tests were skipped:"
    assert (first.split(), second.split()) == (["3", "no", "program"], ["1", "another", "reason"])
    # The closing line stays the last one, which others read.
    assert "1 passed, 4 skipped" in done.stdout.splitlines()[-1]
    assert ("FAILED" in done.stdout) == bool(status)


def test_a_run_that_skips_nothing_says_nothing() -> None:
    assert lines(Counter()) == []


def test_reasons_of_one_pattern_are_counted_together() -> None:
    counted = Counter({"no ssh here": 2, "no java here": 2, "other": 1})
    assert too_many(counted, [Allowed(3, "no * here"), Allowed(1, "other")]) == ["4 tests were skipped and 3 may be: no * here"]
    assert too_many(counted, [Allowed(4, "no * here")]) == ["1 tests were skipped and none may be: other"]


def test_the_list_of_the_repository_can_be_read(tmp_path: Path) -> None:
    assert read()
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("12\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no number and reason: 12"):
        read(wrong)
