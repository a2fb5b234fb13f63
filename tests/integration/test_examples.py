# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the modules' documentation run as they stand, with other names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from ansible_collections.certops.vsphere.tests.unit.modules import LOCAL, MODULES
from processes import BIN, examples, run
from vsphere_sim.testing import RunningEstate, estate

# The examples of sps_log_info need logs, and no vCenter: test_sps_log.py runs them.
ASKING = [name for name in MODULES if name not in LOCAL]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """Three healthy hosts."""
    with estate(tmp_path_factory.mktemp("examples"), vcenters=1, hosts=3, healthy=True, speed=100) as started:
        yield started


@pytest.mark.parametrize("name", ASKING)
def test_the_examples_of_a_module_run(running: RunningEstate, tmp_path: Path, name: str) -> None:
    address = running.vcenters[0]
    first, second = running.state()["vcenters"][0]["hosts"][:2]
    (tmp_path / "esx-a02.pem").write_text(second["certificate"]["pem"], encoding="utf-8")
    text = examples(name)
    for written, meant in (
        ("vcenter.example.com", address.address),
        ("certops@vsphere.local", address.username),
        ("/etc/ssl/vcenter-ca.pem", str(running.ca_path)),
        ("esx-a*.example.com", "127.*"),
        ("esx-a01.example.com", first["name"]),
        ("esx-a02.example.com", second["name"]),
    ):
        text = text.replace(written, meant)
    # What works over SSH is run in test_cli_renewing.py, where there is SSH.
    local = [task for task in yaml.safe_load(text) if (task.get(f"certops.vsphere.{name}") or {}).get("method") != "cli"]
    tasks = [task if "validate_certs" in task else _with_ca(task, running) for task in local]
    secrets = {"vault_vcenter_password": address.password, "vault_esxi_password": running.host_password}
    variables = {**secrets, "ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    playbook = tmp_path / "examples.yml"
    play = {"hosts": "localhost", "gather_facts": False, "vars": variables, "tasks": tasks}
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    done = run([str(BIN / "ansible-playbook"), str(playbook)], cwd=None)
    assert done.returncode == 0, done.stdout


def _with_ca(task: dict[str, object], running: RunningEstate) -> dict[str, object]:
    """The simulated vCenter's CA is not among the system's, which is what an example without ca_path goes by."""
    for key, options in task.items():
        if key.startswith("certops.vsphere.") and isinstance(options, dict):
            options.setdefault("ca_path", str(running.ca_path))
    return task
