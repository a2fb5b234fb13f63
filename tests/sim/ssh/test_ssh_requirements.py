# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said where SSH cannot be simulated."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
import vsphere_sim
from openssh import needs_ssh
from vsphere_sim.ssh import requirements
from vsphere_sim.ssh.requirements import SshError, check_requirements


@needs_ssh
def test_nothing_is_missing() -> None:
    check_requirements()


def test_without_asyncssh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SshError, match="needs the Python package asyncssh: pip install asyncssh"):
        check_requirements()


@needs_ssh
@pytest.mark.parametrize(("program", "package"), [("busybox", "busybox-static"), ("setpriv", "util-linux")])
def test_without_a_program(monkeypatch: pytest.MonkeyPatch, program: str, package: str) -> None:
    find = requirements.find_program
    monkeypatch.setattr(requirements, "find_program", lambda name: None if name == program else find(name))
    with pytest.raises(SshError, match=f"apt-get install {package}"):
        check_requirements()


def test_it_is_imported_only_where_it_is_asked_for() -> None:
    code = "import sys, vsphere_sim.command_line; print('asyncssh' in sys.modules)"
    folder = str(Path(vsphere_sim.__file__).parent.parent)
    done = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": folder}, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
