# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same tests on the oldest ansible-core and pyVmomi that the collection takes, and on the newest that there is, whichever runs all the others."""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path

import pytest
import pythons
from processes import run

# A busy machine takes its time.
LONGEST_SECONDS = 1800
# All that needs no process, and of the processes what stands or falls with Ansible: modules' results, whole plays, secrets, the inventory.
TESTS = {"unit": ("tests/unit",), "marked": ("-m", "every_core", "tests/integration")}


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the oldest of all."""
    python = pythons.find(pythons.OLDEST_PYTHON)
    if python is None:
        pytest.skip(f"there is no Python {pythons.OLDEST_PYTHON} on this machine")
    return pythons.environment(python, tmp_path_factory.mktemp("oldest"), pythons.OLDEST, "run.txt")


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment with the newest of all."""
    python = next(filter(None, map(pythons.find, pythons.NEWEST_FIRST)), None)
    if python is None:
        pytest.skip("there is no Python 3.12 or newer on this machine, which the newest ansible-core wants")
    programs = pythons.environment(python, tmp_path_factory.mktemp("newest"), {}, "run.txt")
    if core(programs) == version("ansible-core"):
        pytest.skip("all tests run on the newest ansible-core already")
    return programs


def core(programs: Path) -> str:
    """The version of an environment's ansible-core."""
    asked = run([str(programs / "python"), "-c", "from ansible.release import __version__; print(__version__)"])
    assert asked.returncode == 0, asked.stdout
    return asked.stdout.strip()


@pytest.mark.parametrize("tests", TESTS.values(), ids=TESTS)
@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_the_tests_pass(which: str, tests: tuple[str, ...], request: pytest.FixtureRequest, tmp_path: Path) -> None:
    programs: Path = request.getfixturevalue(which)
    command = [str(programs / "python"), "-m", "pytest", "-q", "-p", "no:xdist", "-o", f"cache_dir={tmp_path}", *tests]
    environment = {
        "PATH": os.pathsep.join([str(programs), os.defpath]),
        "PYTHONPATH": "",
        "HYPOTHESIS_PROFILE": "few",
        # What is skipped in there was told by the tests of this environment.
        "CI": "",
    }
    done = run(command, environment, seconds=LONGEST_SECONDS)
    assert done.returncode == 0, f"{' '.join(tests)} with ansible-core {core(programs)}\n{done.stdout}"
