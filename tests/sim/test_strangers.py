# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that nobody here wrote. One that fails is a defect of the simulator."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from vsphere_sim.testing import RunningEstate, estate

ROOT = Path(__file__).resolve().parents[2]
# make compatibility has them of other versions.
COLLECTIONS = Path(os.environ.get("CERTOPS_COLLECTIONS") or ROOT / ".collections")
ANSIBLE = Path(sys.prefix, "bin", "ansible")

needs_ansible = pytest.mark.skipif(
    not ANSIBLE.exists() or not (COLLECTIONS / "ansible_collections" / "community" / "vmware").is_dir(),
    reason="the collections of others are not here",
)


def needs_module(name: str) -> pytest.MarkDecorator:
    """Skips where the collection that is here does not have the module: vmware.vmware 1.7, which ansible 10 carries, has fewer than 2."""
    namespace, collection, module = name.split(".")
    plugins = COLLECTIONS / "ansible_collections" / namespace / collection / "plugins"
    return pytest.mark.skipif(
        not any((plugins / kind / f"{module}.py").exists() for kind in ("modules", "inventory")),
        reason=f"the {namespace}.{collection} that is here has no {module}",
    )


class Stranger:
    """Runs somebody else's program against vc01."""

    def __init__(self, running: RunningEstate, home: Path) -> None:
        self.estate = running
        self.vcenter = running.vcenter("vc01")
        self.hosts: list[dict[str, Any]] = running.state()["vcenters"][0]["hosts"]
        configuration = home / "ansible.cfg"
        configuration.write_text("")
        self.environment = {
            **os.environ,
            "ANSIBLE_CONFIG": str(configuration),
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_HOME": str(home),
            "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
            "SSL_CERT_FILE": str(running.ca_path),
            "VMWARE_HOST": self.vcenter.address,
            "VMWARE_USER": self.vcenter.username,
            "VMWARE_PASSWORD": self.vcenter.password,
        }

    def run(self, *command: str | Path) -> str:
        """What the program printed; it must succeed."""
        done = subprocess.run(
            [str(word) for word in command],
            env=self.environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def play(self, home: Path, *tasks: dict[str, Any]) -> list[dict[str, Any]]:
        """The results of these tasks, in one play."""
        playbook, answers = home / "play.json", home / "answers.json"
        steps = [{**task, "register": f"answer_{number}"} for number, task in enumerate(tasks)]
        names = ", ".join(str(step["register"]) for step in steps)
        kept = {"ansible.builtin.copy": {"content": f"{{{{ [{names}] | to_json }}}}", "dest": str(answers), "mode": "0600"}}
        playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [*steps, kept]}]))
        self.run(ANSIBLE.with_name("ansible-playbook"), playbook)
        results: list[dict[str, Any]] = json.loads(answers.read_text())
        return results


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stranger]:
    """The demonstration's estate, on the ports that strangers know."""
    with estate(tmp_path_factory.mktemp("estate"), scenario="demo", speed=100) as running:
        if running.vcenter("vc01").port != 443:
            pytest.skip("some of them know no other port than 443, which may not be had here")
        yield Stranger(running, tmp_path_factory.mktemp("home"))


@needs_ansible
def test_vasa_modules(stranger: Stranger, tmp_path: Path) -> None:
    host = next(host for host in stranger.hosts if host["provider"] is None)
    vasa = {
        "vasa_name": f"IOFILTER Provider {host['name']}",
        "vasa_url": f"https://{host['name']}:9080/version.xml",
        "vasa_username": stranger.estate.host_username,
        "vasa_password": stranger.estate.host_password,
        "vasa_certificate": host["served"]["pem"],
    }
    info, registered, again, removed = stranger.play(
        tmp_path,
        {"community.vmware.vmware_vasa_info": {}},
        {"community.vmware.vmware_vasa": {**vasa, "state": "present"}},
        {"community.vmware.vmware_vasa": {**vasa, "state": "present"}},
        {"community.vmware.vmware_vasa": {**vasa, "state": "absent"}},
    )
    truth = stranger.estate.state()["vcenters"][0]["providers"]
    assert {one["uid"]: one["status"] for one in info["vasa_providers"]} == {one["uid"]: one["status"] for one in truth}
    assert (registered["changed"], again["changed"], removed["changed"]) == (True, False, True)


@needs_ansible
@needs_module("vmware.vmware.esxi_connection")
@needs_module("vmware.vmware.esxi_maintenance_mode")
def test_host_modules(stranger: Stranger, tmp_path: Path) -> None:
    host = stranger.hosts[-1]["name"]
    started, disconnected, connected, entered, left = stranger.play(
        tmp_path,
        {"community.vmware.vmware_host_service_manager": {"esxi_hostname": host, "service_name": "TSM-SSH", "state": "start"}},
        {"vmware.vmware.esxi_connection": {"datacenter": "dc01", "esxi_host_name": host, "state": "disconnected"}},
        {"vmware.vmware.esxi_connection": {"datacenter": "dc01", "esxi_host_name": host, "state": "connected"}},
        {"vmware.vmware.esxi_maintenance_mode": {"esxi_host_name": host}},
        {"vmware.vmware.esxi_maintenance_mode": {"esxi_host_name": host, "enable_maintenance_mode": False}},
    )
    assert all(one["changed"] for one in (started, disconnected, connected, entered, left))
    after = stranger.estate.host(host)
    assert after["services"]["TSM-SSH"]["running"]
    assert (after["connection_state"], after["in_maintenance"]) == ("connected", False)


@needs_ansible
@needs_module("vmware.vmware.vm_snapshot")
def test_snapshot_module(stranger: Stranger, tmp_path: Path) -> None:
    machine = {"name": "vc01", "folder": "/dc01/vm", "folder_paths_are_absolute": True, "snapshot_name": "before"}
    taken, removed = stranger.play(
        tmp_path,
        {"vmware.vmware.vm_snapshot": {**machine, "state": "present"}},
        {"vmware.vmware.vm_snapshot": {**machine, "state": "absent"}},
    )
    assert (taken["snapshot"]["name"], removed["changed"]) == ("before", True)


@needs_ansible
@needs_module("vmware.vmware.esxi_hosts")
def test_inventory_plugin(stranger: Stranger, tmp_path: Path) -> None:
    source = tmp_path / "vcenter.esxi_hosts.yml"
    source.write_text("plugin: vmware.vmware.esxi_hosts\ngather_tags: false\n")
    vsphere_fault = json.loads(stranger.run(ANSIBLE.with_name("ansible-inventory"), "-i", source, "--list"))
    # It leaves out hosts that vCenter does not talk to.
    responding = {host["name"] for host in stranger.hosts if host["connection_state"] == "connected"}
    assert set(vsphere_fault["_meta"]["hostvars"]) == responding


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")
def test_curl(stranger: Stranger) -> None:
    curl = ("curl", "--silent", "--show-error", "--fail", "--cacert", stranger.estate.ca_path)
    vcenter, host = stranger.vcenter, stranger.hosts[5]["name"]
    token = json.loads(
        stranger.run(*curl, "-X", "POST", "-u", f"{vcenter.username}:{vcenter.password}", f"https://{vcenter.address}/api/session")
    )
    sps = stranger.run(*curl, "-H", f"vmware-api-session-id: {token}", f"https://{vcenter.address}/api/vcenter/services/sps")
    assert json.loads(sps)["state"] == "STARTED"
    assert "supportedVersions" in stranger.run(*curl, f"https://{host}:9080/version.xml")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_openssl(stranger: Stranger) -> None:
    host = stranger.hosts[5]["name"]
    vsphere_fault = stranger.run(
        "openssl",
        "s_client",
        "-connect",
        f"{host}:9080",
        "-CAfile",
        stranger.estate.ca_path,
        "-verify_return_error",
        "-verify_ip",
        host,
    )
    assert "Verification: OK" in vsphere_fault
