# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""govmomi, the library of govc and of Terraform's provider: as a client of our simulated vCenter, and with a simulated vCenter of its own.

Only `make strangers` runs these: they need Go, and a quarter of a minute to be built.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from vsphere_sim.testing import RunningEstate, VCenterAddress

BUILD = Path(__file__).resolve().parent / "build.sh"


@pytest.fixture(scope="session")
def program() -> str:
    """The path of the program."""
    return subprocess.run([str(BUILD)], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


@dataclass
class Seen:
    """What govmomi found, by its name, and what it was said instead."""

    found: dict[str, Any]
    failed: dict[str, str]


def look(program: str, estate: RunningEstate, vcenter: str, version: str) -> Seen:
    """What govmomi sees of a vCenter, announcing a version of the API."""
    at = estate.vcenter(vcenter)
    account = f"{quote(at.username, safe='')}:{quote(at.password, safe='')}"
    environment = {
        **os.environ,
        "STRANGER_URL": f"https://{account}@{at.address}:{at.port}/sdk",
        "STRANGER_CA": str(estate.ca_path),
        "STRANGER_VERSION": version,
    }
    done = subprocess.run([program, "look"], env=environment, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return Seen(**json.loads(done.stdout))


@dataclass
class Served:
    """Where govmomi's vCenter is; in the place of an estate for who runs a module or a playbook against it."""

    at: VCenterAddress
    ca_path: Path
    inventory: Path

    def vcenter(self, _name: str) -> VCenterAddress:
        """It is the only one."""
        return self.at


@pytest.fixture(scope="session")
def vcsim(program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """govmomi's own simulated vCenter, with its inventory of five lines."""
    folder = tmp_path_factory.mktemp("vcsim")
    with subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        told = ""
        for line in process.stdout:
            told += line
            if line.startswith("}"):
                break
        said = json.loads(told)
        ca_path, inventory = folder / "ca.pem", folder / "inventory.json"
        ca_path.write_text(said.pop("certificate"))
        at = VCenterAddress("vcsim", **said)
        variables = {
            "ansible_host": at.address,
            "certops_vcenter_port": at.port,
            "certops_vcenter_username": at.username,
            "certops_vcenter_password": at.password,
            "certops_vcenter_ca_path": str(ca_path),
        }
        inventory.write_text(json.dumps({"all": {"children": {"vcenters": {"hosts": {"vcsim": variables}}}}}))
        yield Served(at, ca_path, inventory)
        # It ends with its standard input.
        process.stdin.close()
        process.wait(20)
