# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-test: what Ansible itself asks of a collection, and that it is asked of all files.

On the Python that runs the tests, and pylint of what is imported at a user's: each further Python imports all plugins once more, and pylint takes as
long for the tests and the simulator as all the rest. `make sanity`, which every release passes, leaves out none of it.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import run_ansible_test

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# A link that only a clone has; scripts/run_ansible_test.py says why it is not looked at.
NOT_LOOKED_AT = "playbooks/collections/"


@pytest.fixture
def known(root: Path) -> set[str]:
    """The files that git knows, without the link."""
    if not (root / ".git").exists():
        pytest.skip("this is no clone of a git repository")
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=root, check=True, capture_output=True, text=True)
    names = {name for name in listed.stdout.split("\0") if name and (root / name).exists()}
    assert any(name.startswith(NOT_LOOKED_AT) for name in names)
    return {name for name in names if not name.startswith(NOT_LOOKED_AT)}


@pytest.mark.parametrize(
    ("options", "last"),
    [
        (("--python", PYTHON, "--skip-test", "pylint"), "yamllint"),
        (("--python", PYTHON, "--test", "pylint", "plugins/"), "pylint"),
    ],
    ids=["all but pylint", "pylint of plugins"],
)
def test_sanity(run, root: Path, options: tuple[str, ...], last: str) -> None:
    printed = run(sys.executable, root / "scripts" / "run_ansible_test.py", "sanity", "--color", "no", *options)
    assert re.search(rf'^Running sanity test "{last}"', printed, re.MULTILINE)


def test_nothing_that_it_finds_is_ignored(root: Path) -> None:
    assert list(root.glob("tests/sanity/ignore*")) == []


def test_it_sees_all_files_but_the_link(run, root: Path, known: set[str]) -> None:
    printed = run(sys.executable, root / "scripts" / "run_ansible_test.py", "env", "--list-files", "--color", "no")
    assert known <= set(printed.splitlines())
    assert NOT_LOOKED_AT not in printed


def test_it_sees_the_same_where_nothing_can_be_mounted(known: set[str], tmp_path: Path) -> None:
    run_ansible_test.copy_to(tmp_path)
    files = (path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file() or path.is_symlink())
    assert {str(path) for path in files if path.parts[0] != ".git"} == known
