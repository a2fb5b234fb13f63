# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vendor's own REST bindings read of the simulated vCenter is what is there: they fail on what is not of the declared shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from vsphere_sim.testing import estate

from .conftest import Seen

LOOK = Path(__file__).resolve().parent / "bindings" / "look.py"
PLACE = LOOK.parents[3] / ".cache" / "strangers" / "bindings"
PACKAGE = "vmware-vcenter>=9.1,<10"


@pytest.fixture(scope="module")
def python() -> Path:
    """A Python that has them, which is made where it is not there."""
    made = PLACE / "bin" / "python"
    if not (PLACE / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(PLACE)], check=True)
        subprocess.run([str(made), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PACKAGE], check=True)
        (PLACE / "ready").touch()
    return made


@pytest.mark.parametrize("version", ["7.0.3", "8.0.3", "9.1.0"])
def test_the_bindings_read_every_resource(python: Path, tmp_path: Path, version: str) -> None:
    scenario = {"vcenters": [{"version": version, "backups": [{}, {"status": "FAILED"}], "clusters": [{"hosts": [{}]}]}]}
    with estate(tmp_path / "estate", scenario=scenario, speed=200) as running:
        at = running.vcenter("vc01")
        done = subprocess.run(
            [str(python), str(LOOK), f"https://{at.address}:{at.port}", at.username, at.password],
            env={**os.environ, "REQUESTS_CA_BUNDLE": str(running.ca_path)},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        state = running.state()["vcenters"][0]
    assert done.returncode == 0, done.stderr
    seen = Seen(**json.loads(done.stdout))
    assert seen.failed == {"nothing": "NotFound"}
    assert "sps" in seen.found.pop("services")
    assert f"{int(seen.found.pop('serial number'), 16):x}" != "0"
    assert seen.found == {
        "user": at.username,
        "sps": "STARTED",
        "startup type": None,
        "restarted": True,
        "roots": [root["pem"] for root in state["roots"]],
        "signing": 2,
        "nodes": [state["fqdn"]],
        "backups": ["FAILED", "SUCCEEDED"],
        "tags": [],
        "logout": None,
    }
