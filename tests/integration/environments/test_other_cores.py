# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same tests on the oldest ansible-core and pyVmomi that the collection takes, and on the newest that there is, whichever runs all the others."""

from __future__ import annotations

import os
import re
from importlib.metadata import version
from pathlib import Path

import pytest
import pythons
from processes import run

# A busy machine takes its time.
LONGEST_SECONDS = 1800
UNIT = Path("tests", "unit")
# Of what needs processes: what stands or falls with Ansible: modules' results, whole plays, secrets, the inventory.
MARKED = ("-m", "every_core", "tests/integration")
OF_LIBRARIES = re.compile(r"^\s*(from|import) (ansible|pyVmomi|pyVim)\b", re.MULTILINE)


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


def with_libraries() -> tuple[str, ...]:
    """The folders of unit tests in which Ansible or pyVmomi is imported: all others are the same with any version of them."""
    folders = (path for path in (pythons.ROOT / UNIT).iterdir() if path.is_dir())
    using = [one.name for one in folders if any(OF_LIBRARIES.search(file.read_text(encoding="utf-8")) for file in one.glob("*.py"))]
    return tuple(str(UNIT / name) for name in sorted(using))


# The newest runs on another Python too, which all unit tests are to pass on; the oldest on the one that runs them anyway.
@pytest.mark.parametrize(
    ("which", "tests"),
    [("oldest", with_libraries()), ("oldest", MARKED), ("newest", (str(UNIT),)), ("newest", MARKED)],
    ids=["oldest, unit", "oldest, marked", "newest, unit", "newest, marked"],
)
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
