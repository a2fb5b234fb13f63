# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in a cluster whose vSphere HA restarts virtual machines of hosts that it takes for dead: whoever ignores it loses some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from player import module, play
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate

DUE: dict[str, Any] = {"version": "8.0.3", "reloads_on": "reconnect", "certificate": {"days_left": 20}, "provider": {}}
SOUND: dict[str, Any] = {**DUE, "certificate": {"days_left": 900}}


@contextmanager
def with_ha(folder: Path, *hosts: dict[str, Any], **ha: Any) -> Iterator[RunningEstate]:
    """A cluster with HA of these hosts, the first of them its master."""
    cluster = {"name": "c1", "ha": ha, "hosts": list(hosts)}
    scenario = {"vcenters": [{"name": "vc01", "clusters": [cluster]}]}
    with estate(folder / "estate", scenario=scenario, speed=100) as running:
        yield running


def cluster_of(running: RunningEstate) -> dict[str, Any]:
    """The truth of the cluster."""
    [found] = running.state()["vcenters"][0]["clusters"]
    return dict(found)


def order(running: RunningEstate, method: str) -> list[str]:
    """In which order hosts were called so."""
    return [str(target) for called, target in mutating(running) if called == method]


def test_hosts_go_one_after_another_and_the_master_last_so_that_no_machine_is_lost(tmp_path: Path) -> None:
    with with_ha(tmp_path, DUE, DUE, DUE, settle_seconds=30) as running:
        played = play(running, tmp_path)
        master, *others = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        truth, renewed = cluster_of(running), order(running, "CertMgrRefreshCertificates_Task")
    assert played.returncode == 0, played.printed
    assert truth["ha"]["restarted_machines"] == []
    assert sorted(renewed[:2]) == sorted(others)
    assert renewed[2] == master
    report = played.reports["vc01"]
    assert report["vm_restarts"] == []
    assert {host["ha_state"] for host in report["hosts"]} <= {"master", "connectedToMaster"}
    assert any("vSphere HA monitors the hosts of c1" in one for one in report["warnings"])
    assert truth["ha"]["monitoring_set"] == []


def test_machines_that_ha_restarts_are_told_of_and_suspending_keeps_it_from_that(tmp_path: Path) -> None:
    with with_ha(tmp_path / "warn", DUE, fails_over="restart") as running:
        played = play(running, tmp_path / "warn")
        truth = cluster_of(running)
    [lost] = played.reports["vc01"]["vm_restarts"]
    assert truth["ha"]["restarted_machines"] == [lost["virtual_machine"]]
    assert any("vSphere HA restarted 1 virtual machines" in one for one in played.reports["vc01"]["warnings"])
    with with_ha(tmp_path / "suspend", DUE, DUE, fails_over="restart") as running:
        played = play(running, tmp_path / "suspend", certops_ha="suspend")
        truth = cluster_of(running)
    assert played.returncode == 0, played.printed
    assert played.reports["vc01"]["vm_restarts"] == []
    assert truth["ha"]["restarted_machines"] == []
    assert truth["ha"]["host_monitoring"] == "enabled"
    assert truth["ha"]["monitoring_set"] == ["disabled", "enabled"] * (len(truth["ha"]["monitoring_set"]) // 2) != []
    assert (truth["notes"], truth["ha"]["damage"]) == ({}, [])
    [cluster] = played.reports["vc01"]["clusters"]
    assert (cluster["to_be_suspended"], cluster["host_monitoring_after"]) == (True, "enabled")


def test_hosts_of_a_monitored_cluster_are_kept_back_where_nobody_may_monitor(tmp_path: Path) -> None:
    with with_ha(tmp_path, DUE) as running:
        played = play(running, tmp_path, certops_ha="require_disabled")
        assert mutating(running) == []
    assert played.returncode == 2, played.printed
    [host] = played.reports["vc01"]["hosts"]
    assert (host["result"], host["kept_back"]) == ("blocked", True)
    assert [one["code"] for one in host["blockers"]] == ["ha_monitoring"]


def test_what_a_run_left_switched_off_the_next_one_restores_and_check_mode_tells_it(tmp_path: Path) -> None:
    # What it was renewed to is served at once, so that nothing else is left to do.
    with with_ha(tmp_path, {**DUE, "reloads_on": "renew"}, SOUND) as running:
        [due, _sound] = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        # As if it had been killed: it can do nothing to the cluster any more.
        running.fault(
            {"match": {"method": "ReconfigureComputeResource_Task"}, "effect": {"fault": "vim.fault.NoPermission"}, "after": 1}
        )
        answer = module(running, "esxi_cert_regenerate", esxi_hosts=[due], ha="suspend")
        assert answer.result["failed"]
        assert answer.result["error_code"] == "ha_not_switched_back"
        assert "HOST MONITORING OF c1 IS STILL SWITCHED OFF" in answer.message
        assert cluster_of(running)["ha"]["host_monitoring"] == "disabled"
        running.clear_faults()
        before = len(mutating(running))
        checked = play(running, tmp_path / "check", "--check", certops_renew_before_days=1)
        assert len(mutating(running)) == before
        assert any("an earlier run left host monitoring of c1 switched off" in one for one in checked.reports["vc01"]["warnings"])
        played = play(running, tmp_path / "run", certops_renew_before_days=1)
        truth = cluster_of(running)
    assert played.returncode == 0, played.printed
    assert (
        "host monitoring of vSphere HA was set to what it was before an earlier run switched it off: c1 (enabled)" in played.printed
    )
    assert (truth["ha"]["host_monitoring"], truth["notes"]) == ("enabled", {})


def test_who_may_not_switch_is_told_so_before_anything_is_changed(tmp_path: Path) -> None:
    with with_ha(tmp_path, DUE) as running:
        account = running.vcenter("vc01").username
        held = ["StorageViews.View", "StorageViews.ConfigureService", "Certificate.Manage", "Host.Config.Connection"]
        running.set("account", username=account, privileges=held, groups=["SystemConfiguration.Administrators"])
        played = play(running, tmp_path, certops_ha="suspend")
        assert mutating(running) == []
    [host] = played.reports["vc01"]["hosts"]
    assert [one["code"] for one in host["blockers"]] == ["ha_not_suspendable"]
    assert "Host.Inventory.EditCluster, Global.SetCustomField, Global.ManageCustomFields" in host["why"]


def test_an_agent_that_only_a_reconnect_cures_stops_no_run(tmp_path: Path) -> None:
    ill = {**DUE, "ha_ends_in": "initializationError", "ha_incurable": True, "ha_reconnect_cures": True}
    with with_ha(tmp_path, SOUND, ill, DUE) as running:
        played = play(running, tmp_path, certops_batch=1, certops_ha_timeout_seconds=60)
    assert played.returncode == 0, played.printed
    report = played.reports["vc01"]
    assert {host["ha_state"] for host in report["hosts"]} <= {"master", "connectedToMaster"}
    assert sorted(one["result"] for one in report["hosts"]) == ["done", "done", "ok"]
