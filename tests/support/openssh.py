# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH's own ssh, towards simulated hosts."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pytest
from vsphere_sim.ssh.requirements import SshError, check_requirements
from vsphere_sim.testing import RunningEstate, estate

PATIENCE_SECONDS = 30.0
SPEED = 100


def why_not() -> Optional[str]:
    """What is missing for SSH here."""
    if shutil.which("ssh") is None:
        return "there is no ssh (on Debian: the package openssh-client)"
    if importlib.util.find_spec("asyncssh") is None:
        return "asyncssh is not installed"
    try:
        check_requirements()
    except SshError as error:
        return str(error)
    return None if os.geteuid() == 0 else "port 22 and mounts want root"


needs_ssh = pytest.mark.skipif(why_not() is not None, reason=why_not() or "")


@dataclass(frozen=True)
class Shell:
    """Types on the hosts of an estate. A host whose key is not known is not talked to."""

    estate: RunningEstate

    def options(self) -> list[str]:
        """For ssh: nothing of whoever runs the tests, and no connection that outlives a command."""
        return [
            *("-F", "none", "-p", str(self.estate.ssh_port)),
            *("-o", f"UserKnownHostsFile={self.estate.known_hosts}", "-o", "StrictHostKeyChecking=yes"),
            *("-o", "ControlMaster=no", "-o", "GlobalKnownHostsFile=/dev/null", "-o", "ConnectTimeout=10"),
        ]

    def try_to(self, address: str, command: str, *more: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Log in by the key and run a command."""
        key = ["-i", str(self.estate.ssh_key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        return subprocess.run(
            ["ssh", *self.options(), *key, *more, f"root@{address}", command],
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def run(self, address: str, command: str, given: str = "") -> str:
        """What a command said, that must succeed."""
        done = self.try_to(address, command, given=given)
        assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def by_password(self, address: str, password: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Log in by a password, as somebody who types it."""
        asking = folder / "askpass"
        asking.write_text('#!/bin/sh\nprintf "%s\\n" "$TYPED"\n')
        asking.chmod(0o700)
        return subprocess.run(
            [
                "ssh",
                *self.options(),
                "-o",
                "PubkeyAuthentication=no",
                "-o",
                "NumberOfPasswordPrompts=1",
                f"root@{address}",
                "hostname",
            ],
            env={**os.environ, "SSH_ASKPASS": str(asking), "SSH_ASKPASS_REQUIRE": "force", "TYPED": password},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def journal(self) -> list[dict[str, Any]]:
        """What the journal has of SSH."""
        return [entry for entry in self.estate.journal() if entry["protocol"] == "ssh"]


@contextmanager
def estate_with_ssh(directory: Path, **options: Any) -> Iterator[Shell]:
    """An estate whose hosts have SSH."""
    with estate(directory, **{"ssh": True, "speed": SPEED, "hosts": 6, "healthy": True, **options}) as running:
        yield Shell(running)
