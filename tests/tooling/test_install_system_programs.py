# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the test command installs on a machine, and what it says: on one that has none of the programs, with an apt that only notes what it is told."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent.parent / "scripts" / "install_system_programs.sh"
PROGRAMS = ("shellcheck", "ssh", "sshpass", "busybox", "openssl", "curl", "chromium", "java", "promtool")


class Machine:
    """A machine whose PATH has what a shell needs, an apt-get, and no other program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for name in ("mktemp", "rm", "tail", "chmod", "timeout", "dpkg-deb", "install"):
            found = shutil.which(name)
            if found:
                (self.bin / name).symlink_to(found)
        self.told = folder / "told"
        self.has("id", "echo ${AS:-0}")
        self.has(
            "apt-get",
            f'echo "$@" >>{self.told}; for word; do [ "$word" != "${{LACKS:-none}}" ] || {{ echo "no such package"; exit 100; }}; done',
        )

    def has(self, name: str, text: str = "exit 0") -> None:
        """A program that this shell script is."""
        path = self.bin / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def install(self, **environment: str) -> str:
        """What the script prints; it never fails."""
        done = subprocess.run(
            ["/bin/sh", SCRIPT], env={"PATH": str(self.bin), **environment}, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    @property
    def installed(self) -> list[str]:
        """What apt was told to install."""
        lines = self.told.read_text(encoding="utf-8").splitlines() if self.told.exists() else []
        return [word for line in lines for word in line.split()[1:] if line.startswith("install ") and not word.startswith("-")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine that has none of the programs, but for a server of SSH where this one has it."""
    return Machine(tmp_path)


def test_root_gets_what_is_missing_without_being_continuous_integration(machine: Machine) -> None:
    vsphere_fault = machine.install()
    assert {"shellcheck", "openssh-client", "busybox-static", "openssl", "curl", "openjdk-17-jre-headless"} <= set(
        machine.installed
    )
    assert "chromium-headless-shell" in machine.installed
    # Its package would start a server.
    assert "prometheus" not in machine.installed
    [announced] = [line for line in vsphere_fault.splitlines() if line.startswith("Installing with apt")]
    assert all(package in announced for package in machine.installed)


def test_only_what_is_missing_is_installed(machine: Machine) -> None:
    for name in PROGRAMS:
        machine.has(name)
    vsphere_fault = machine.install()
    assert set(machine.installed) <= {"openssh-server"}
    assert "shellcheck" not in vsphere_fault


def test_one_package_that_is_not_there_keeps_no_other_away(machine: Machine) -> None:
    vsphere_fault = machine.install(LACKS="chromium-headless-shell")
    assert "openjdk-17-jre-headless" in machine.installed
    failed = vsphere_fault.split("could not be installed")[1]
    assert "chromium-headless-shell" in failed
    assert "openjdk" not in failed


@pytest.mark.parametrize("environment", [{"AS": "1000"}, {"CERTOPS_INSTALL": "no"}], ids=["a user", "told not to"])
def test_who_may_not_or_will_not_is_told_what_is_missing(machine: Machine, environment: dict[str, str]) -> None:
    vsphere_fault = machine.install(**environment)
    assert not machine.told.exists()
    assert "tests will be skipped" in vsphere_fault
    assert "shellcheck" in vsphere_fault
    assert "openjdk-17-jre-headless" in vsphere_fault


def test_a_machine_without_apt_is_excluded(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    assert "tests will be skipped" in machine.install()
