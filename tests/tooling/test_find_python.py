# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which Python the environments are made with, on a machine that has several, or none that will do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "find_python.sh"


def executable(path: Path, text: str) -> Path:
    """A program that runs this shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def find(*folders: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Look for a Python in these folders only."""
    path = os.pathsep.join(map(str, folders))
    return subprocess.run(["/bin/sh", SCRIPT], env={"PATH": path, **env}, capture_output=True, text=True, check=False)


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A Python that will do."""
    return executable(tmp_path / "good" / "python3", f'exec {sys.executable} "$@"')


def test_the_first_that_is_new_enough_is_taken(tmp_path: Path, good: Path) -> None:
    too_old = executable(tmp_path / "old" / "python3", "exit 1")
    stand_in = executable(tmp_path / "shims" / "python3", 'echo "version not installed" >&2; exit 127')
    found = find(too_old.parent, stand_in.parent, good.parent)
    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


def test_the_one_that_is_named_is_taken(tmp_path: Path, good: Path) -> None:
    found = find(tmp_path, PYTHON=str(good))
    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


def test_one_that_is_named_and_will_not_do_is_refused(tmp_path: Path, good: Path) -> None:
    too_old = executable(tmp_path / "old" / "python3", "exit 1")
    found = find(good.parent, PYTHON=str(too_old))
    assert found.returncode == 1
    assert "must be Python 3.11 or newer" in found.stderr


def test_where_there_is_none_it_says_what_to_do(tmp_path: Path) -> None:
    found = find(tmp_path)
    assert (found.returncode, found.stdout) == (1, "")
    assert "make PYTHON=" in found.stderr
