# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estates of other shapes: how they start, what they write, and how they stop."""

from __future__ import annotations

import json
import os
import signal
import socket
from pathlib import Path

import pytest
import yaml
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from vsphere_sim.scenario.demo import demo as demo_scenario
from vsphere_sim.testing import EstateError, estate

from .conftest import PATIENCE_SECONDS, connect


def test_files_and_end(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=3, vcenters=2, inventory_esxi=True, host_names="fqdn", own_process=True) as running:
        inventory = yaml.safe_load(running.inventory.read_text())["all"]["children"]
        vcenters = inventory["vcenters"]
        assert set(vcenters["hosts"]) == {"vc01", "vc02"}
        assert vcenters["vars"]["certops_vcenter_ca_path"] == str(running.ca_path)
        assert len(inventory["esxi"]["hosts"]) == 6
        assert {"ansible_host", "vcenter"} <= set(next(iter(inventory["esxi"]["hosts"].values())))
        for secret in ("inventory.yml", "control.json", "journal.jsonl"):
            assert (tmp_path / secret).stat().st_mode & 0o077 == 0
        client = connect(running)
        host = next(iter(client.hosts().values()))
        assert host.name.endswith(".example")
        assert host.config.network.vnic[0].spec.ip.ipAddress.startswith("127.")
        Disconnect(client.instance)
        address = (running.vcenters[0].address, running.vcenters[0].port)
        os.kill(running.pid, signal.SIGTERM)
        assert running.process.wait(PATIENCE_SECONDS) == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=2).close()
    assert (tmp_path / "stderr.txt").read_text() == ""


def test_the_same_seed_gives_the_same_estate(tmp_path: Path) -> None:
    shapes = []
    for name in ("one", "two"):
        with estate(tmp_path / name, hosts=30, seed=7) as running:
            hosts = running.state()["vcenters"][0]["hosts"]
            shapes.append([(host["uuid"], host["version"], host["provider"] and host["provider"]["status"]) for host in hosts])
    assert shapes[0] == shapes[1]


def test_pages_by_default(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=12, page_size=5, healthy=True) as running:
        client = connect(running)
        truth = running.state()["vcenters"][0]["hosts"]
        assert all(host["provider"]["status"] == "online" for host in truth)
        assert len(client.hosts()) == 12
        Disconnect(client.instance)


def test_scenario_file_with_faults(tmp_path: Path) -> None:
    scenario = {**demo_scenario(), "faults": [{"match": {"method": "Login"}, "effect": {"fault": "vim.fault.InvalidLogin"}}]}
    with estate(tmp_path, scenario=scenario) as running, pytest.raises(Exception, match="by rule"):
        connect(running)


@pytest.mark.parametrize(
    "scenario",
    [{}, {"vcenters": [{"nonesuch": 1}]}, {"vcenters": [{"clusters": [{"hosts": [{"certificate": {"issuer": "x"}}]}]}]}],
)
def test_bad_scenarios_are_refused_in_words(tmp_path: Path, scenario: dict[str, object]) -> None:
    with pytest.raises(EstateError, match="vsphere_sim: "), estate(tmp_path, scenario=scenario):
        pass


def test_a_thousand_hosts(tmp_path: Path) -> None:
    # How long that takes, and that it then takes no CPU, is measured by make bench.
    with estate(tmp_path, hosts=1000, own_process=True) as running:
        status = Path(f"/proc/{running.pid}/status").read_text()
        resident = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))
        assert resident < 1024 * 1024
        assert len(running.state()["vcenters"][0]["hosts"]) == 1000


def test_control_answers_in_json(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=1) as running, pytest.raises(EstateError) as refused:
        running.ask("GET", "/nonesuch")
    assert "GET /state" in json.loads(str(refused.value))["error"]


def test_stop_is_answered(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=1, own_process=True) as running:
        assert running.ask("POST", "/stop") == {}
        assert running.process.wait(PATIENCE_SECONDS) == 0


def test_a_virtual_machine_stands_where_it_is_managed_and_its_snapshots_are_told(tmp_path: Path) -> None:
    managed, outside = {"name": "managed", "managed_by": "manager"}, {"name": "outside", "managed_by": ""}
    with estate(tmp_path, scenario={"vcenters": [managed, {"name": "manager"}, outside]}) as running:
        clients = {vcenter.name: connect(running, vcenter.name) for vcenter in running.vcenters}
        machines = {name: client.content.searchIndex.FindByInventoryPath for name, client in clients.items()}
        assert [machines["managed"]("dc01/vm/managed"), machines["outside"]("dc03/vm/outside")] == [None, None]
        found = machines["manager"]("dc02/vm/managed")
        assert found.guest.ipAddress == running.vcenter("managed").address
        WaitForTask(found.CreateSnapshot_Task("quiet", "a word", False, True))
        state = {one["name"]: one["machines"] for one in running.state()["vcenters"]}
        assert [one["name"] for one in state["manager"]] == ["managed", "manager"]
        assert state["manager"][0]["snapshots"] == [
            {"name": "quiet", "description": "a word", "quiesced": True, "with_memory": False}
        ]
        assert state["managed"] == state["outside"] == []
        for client in clients.values():
            Disconnect(client.instance)


def test_who_manages_a_virtual_machine_must_be_there(tmp_path: Path) -> None:
    with (
        pytest.raises(EstateError, match="managed by nobody, which is no vCenter"),
        estate(tmp_path, scenario={"vcenters": [{"managed_by": "nobody"}]}),
    ):
        pass


def test_an_old_root_and_a_certificate_of_tomorrow(tmp_path: Path) -> None:
    hosts = [{"certificate": {"days_left": 900, "begins_in_days": 3}}]
    one = {"old_roots": [{"days_left": -10}], "clusters": [{"name": "c", "hosts": hosts}]}
    with estate(tmp_path, scenario={"vcenters": [one]}) as running:
        (state,) = running.state()["vcenters"]
        assert [root["not_after"] < state["now"] for root in state["roots"]] == [False, True]
        assert state["hosts"][0]["certificate"]["not_before"] > state["now"]
