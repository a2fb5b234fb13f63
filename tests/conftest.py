# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tests share: where the tools are, and an environment that is the same on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).resolve().parent.parent

# Images of containers like to have Python keep nothing that it compiled, and then each of the many processes of a run compiles
# all anew: half of the collecting of tests, and of a simulator's start.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# ansible-test gives pytest a configuration of its own, without the pythonpath of pyproject.toml.
for folder in ("extensions", "scripts", "tests/support", "tests/matrix", "tests/matrix/rows", "tests/tooling/hooks"):
    if str(ROOT / folder) not in sys.path:
        sys.path.append(str(ROOT / folder))

from collector import register as register_collector  # noqa: E402  # pylint: disable=wrong-import-position
from operations_coverage import register as register_operations_coverage  # noqa: E402  # pylint: disable=wrong-import-position
from safety_summary import (  # noqa: E402, F401  # pylint: disable=unused-import,wrong-import-position  # pytest looks for its hooks here
    pytest_runtest_makereport,
    pytest_terminal_summary,
)
from skip_summary import register as register_skip_summary  # noqa: E402  # pylint: disable=wrong-import-position
from time_summary import long_files_first  # noqa: E402  # pylint: disable=wrong-import-position
from time_summary import register as register_time_summary  # noqa: E402  # pylint: disable=wrong-import-position


class Run(Protocol):
    """Runs a command to its end."""

    def __call__(self, *command: str | Path, cwd: Path = ..., env: dict[str, str] | None = None) -> str:
        """What the command printed."""


def pytest_configure(config: pytest.Config) -> None:
    """Tell what is skipped and what took long, put the tools of this environment first, and keep the user's settings out, as ansible-test does."""
    if "ansible_pytest" in os.environ.get("PYTEST_PLUGINS", ""):
        return
    register_collector(config)
    register_skip_summary(config)
    register_time_summary(config)
    register_operations_coverage(config)
    for name in [name for name in os.environ if name.startswith(("ANSIBLE_", "VMWARE_"))]:
        del os.environ[name]
    # Options of this run are not meant for those that tests start.
    os.environ.pop("PYTEST_ADDOPTS", None)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath)])
    os.environ["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")
    # What Ansible and its tools remember stays inside the clone.
    os.environ["ANSIBLE_HOME"] = str(ROOT / ".cache" / "ansible")
    os.environ["ANSIBLE_NOCOLOR"] = "1"
    os.environ["NO_COLOR"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every worker."""
    items[:] = long_files_first(items)


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the collection."""
    return ROOT


@pytest.fixture(scope="session")
def run() -> Run:
    """Run a command; the test fails with what it printed where it does not succeed."""

    def run_it(*command: str | Path, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            pytest.fail(f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}", pytrace=False)
        return done.stdout

    return run_it


@pytest.fixture(scope="session")
def archive(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection as it is published."""
    folder = tmp_path_factory.mktemp("archive")
    run("ansible-galaxy", "collection", "build", "--output-path", folder, ROOT)
    return next(folder.glob("certops-vsphere-*.tar.gz"))
