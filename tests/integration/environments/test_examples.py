# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of the modules' documentation run as they stand, with other names."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import site_ca
import yaml
from ansible_collections.certops.vsphere.tests.unit.modules import LOCAL, MODULES
from processes import BIN, examples, run
from vsphere_sim.testing import RunningEstate, estate

# For vCenters in mode custom.
OF_CUSTOM_CA = ["esxi_cert_request", "esxi_cert_install"]
# The examples of sps_log_info need logs, and no vCenter: test_sps_log.py runs them.
# Those of what works over SSH are run where there is SSH: test_cli_renewing.py.
ASKING = [name for name in MODULES if name not in (*LOCAL, *OF_CUSTOM_CA, "esxi_cert_regenerate_cli")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """Three healthy hosts."""
    with estate(tmp_path_factory.mktemp("examples"), vcenters=1, hosts=3, healthy=True, speed=100) as started:
        yield started


@pytest.mark.parametrize("name", ASKING)
def test_the_examples_of_a_module_run(running: RunningEstate, tmp_path: Path, name: str) -> None:
    first, second = running.state()["vcenters"][0]["hosts"][:2]
    (tmp_path / "esx-a02.pem").write_text(second["certificate"]["pem"], encoding="utf-8")
    meant = {"esx-a*.example.com": "127.*", "esx-a01.example.com": first["name"], "esx-a02.example.com": second["name"]}
    play_tasks(running, tmp_path, example_tasks(running, name, meant))


def test_the_examples_for_a_ca_of_ones_own_run(tmp_path: Path) -> None:
    one = {"version": "8.0.3", "certificate": {"days_left": 20, "issuer": "corporate"}, "provider": {}}
    custom = {"name": "vc01", "settings": {"vpxd.certmgmt.mode": "custom"}, "clusters": [{"name": "c", "hosts": [one]}]}
    with estate(tmp_path / "estate", scenario={"vcenters": [custom]}, speed=100) as running:
        meant = {"esx-c01.example.com": running.state()["vcenters"][0]["hosts"][0]["name"]}
        (ask, look), (install,) = (example_tasks(running, name, meant) for name in OF_CUSTOM_CA)
        command = [sys.executable, str(Path(site_ca.__file__)), str(running.directory / "corporate"), "vc01"]
        sign: list[dict[str, object]] = [
            {"ansible.builtin.command": {"argv": command, "stdin": "{{ asked.hosts[0].csr_pem }}"}, "register": "signed"},
            {"ansible.builtin.copy": {"content": "{{ signed.stdout }}", "dest": str(tmp_path / "esx-c01.pem"), "mode": "0644"}},
        ]
        play_tasks(running, tmp_path, [look, ask, *sign, install])
        assert "InstallServerCertificate" in [call["method"] for call in running.journal() if call["outcome"] == "ok"]


def example_tasks(running: RunningEstate, name: str, meant: dict[str, str]) -> list[dict[str, object]]:
    """The tasks of a module's examples, with names of this estate."""
    address = running.vcenters[0]
    text = examples(name)
    accounts = {"certops@vsphere.local": address.username, "/etc/ssl/vcenter-ca.pem": str(running.ca_path)}
    for written, real in {"vcenter.example.com": address.address, **accounts, **meant}.items():
        text = text.replace(written, real)
    return [task if "validate_certs" in task else _with_ca(task, running) for task in yaml.safe_load(text)]


def play_tasks(running: RunningEstate, folder: Path, tasks: list[dict[str, object]]) -> None:
    """Run these tasks as a user would."""
    secrets = {"vault_vcenter_password": running.vcenters[0].password, "vault_esxi_password": running.host_password}
    variables = {**secrets, "ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    playbook = folder / "examples.yml"
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
