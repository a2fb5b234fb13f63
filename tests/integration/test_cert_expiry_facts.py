# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module cert_expiry_facts: what it reads agrees with the estate's own state, and it changes nothing."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.tests.integration import truth
from ansible_collections.certops.vsphere.tests.integration.ansible_process import ModuleRun, run_module
from ansible_collections.certops.vsphere.tests.integration.conftest import StartEstate
from vsphere_sim.testing import RunningEstate

MODULE = "cert_expiry_facts"


@pytest.fixture(scope="module")
def estate(start_estate: StartEstate) -> RunningEstate:
    return start_estate(scenario="demo")


@pytest.fixture(scope="module")
def whole(estate: RunningEstate) -> ModuleRun:
    """All of vc01, read once."""
    return run_module(estate, MODULE, verbose=False)


def by_name(run: ModuleRun) -> dict[str, dict[str, Any]]:
    return {host["name"]: host for host in run.facts["hosts"]}


def fingerprint(holder: Optional[dict[str, Any]]) -> Optional[str]:
    return truth.fingerprint(holder)


def unread(run: ModuleRun) -> set[str]:
    return {entry["what"] for entry in run.facts["unread"]}


def test_what_it_tells_of_hosts_is_what_they_are(estate: RunningEstate, whole: ModuleRun) -> None:
    shown = by_name(whole)
    real = truth.hosts(estate)
    assert set(shown) == set(real)
    for name, host in real.items():
        assert shown[name]["connection_state"] == host["connection_state"]
        assert shown[name]["in_maintenance_mode"] == host["in_maintenance_mode"]
        # vCenter shows no certificate of a host that it lost; the host itself still serves it.
        if host["connection_state"] == "connected":
            assert fingerprint(shown[name]) == fingerprint(host)
        assert fingerprint(shown[name]["served"]) == truth.fingerprint(host, "served")
        assert (shown[name]["provider"] or {}).get("provider_uid") == (host["provider"] or {}).get("uid")
        assert (shown[name]["provider"] or {}).get("status") == (host["provider"] or {}).get("status")
        assert fingerprint(shown[name]["provider"]) == fingerprint(host["provider"])


def test_hosts_that_vcenter_lost_are_there(whole: ModuleRun) -> None:
    lost = [host for host in whole.facts["hosts"] if host["connection_state"] == "notResponding"]
    assert len(lost) == 1
    assert lost[0]["certificate"] is None
    assert lost[0]["served"]["certificate"]["days_left"] < 0
    assert not lost[0]["served"]["trusted"]


def test_orphans_are_told_apart_and_other_providers_are_not_told_at_all(estate: RunningEstate, whole: ModuleRun) -> None:
    names = {host["name"] for host in whole.facts["hosts"]}
    real = [one for one in truth.providers(estate).values() if one["kind"] == "iofilter" and one["host"] not in names]
    assert [one["provider_uid"] for one in whole.facts["orphans"]] == [one["uid"] for one in real]
    assert len(real) == 1


def test_what_it_tells_of_the_vcenter_is_what_it_is(estate: RunningEstate, whole: ModuleRun) -> None:
    shown, real = whole.facts["vcenter"], truth.vcenter(estate)
    assert shown["name"] == real["fqdn"]
    assert shown["version"] == real["version"]
    assert shown["instance_uuid"] == real["instance_uuid"]
    assert shown["certificate_settings"]["mode"] == "vmca"
    assert shown["certificate_settings"]["days_valid"] == real["settings"]["vpxd.certmgmt.certs.daysValid"]
    assert shown["vmca_root"]["sha256_fingerprint"] == real["vmca_root"]["sha256_fingerprint"]
    assert shown["machine_ssl"]["sha256_fingerprint"] == real["machine_ssl"]["sha256_fingerprint"]
    assert shown["sps"] == {"state": "STARTED", "health": "HEALTHY"}
    assert shown["linked_nodes"] == real["linked_nodes"]
    assert shown["backups"]["count"] == 2
    assert abs(shown["clock_offset_seconds"]) < 60
    assert shown["missing_privileges"] == []
    assert whole.facts["unread"] == []
    assert whole.facts["retries"] == 0


def test_it_changes_nothing_and_leaves_no_session_behind(estate: RunningEstate, whole: ModuleRun) -> None:
    assert not whole.changed
    assert whole.calls.entries
    assert whole.calls.mutating == []
    assert (truth.vcenter(estate)["sessions"], truth.vcenter(estate)["rest_sessions"]) == (0, 0)


def test_in_check_mode_it_makes_the_same_calls(estate: RunningEstate, whole: ModuleRun) -> None:
    checked = run_module(estate, MODULE, check=True)
    assert checked.calls.counted() == whole.calls.counted()
    assert set(by_name(checked)) == set(by_name(whole))


def test_a_vcenter_in_mode_custom_and_its_own_issuer_are_told(estate: RunningEstate) -> None:
    run = run_module(estate, MODULE, vcenter="vc02")
    assert run.facts["vcenter"]["certificate_settings"]["mode"] == "custom"
    assert {host["issuer"] for host in run.facts["hosts"]} == {"other"}


def test_patterns_choose_hosts_and_without_a_probe_no_host_is_asked(estate: RunningEstate) -> None:
    names = list(truth.hosts(estate))
    run = run_module(estate, MODULE, esxi_hosts=[names[0], f"{names[0]}[01]"], probe=False)
    assert set(by_name(run)) == {names[0], names[9], names[10]}
    assert {host["served"] for host in run.facts["hosts"]} == {None}
    assert [entry for entry in run.calls.entries if entry["protocol"] == "tls"] == []


def test_a_host_that_the_vcenter_does_not_know_is_an_error(estate: RunningEstate) -> None:
    run = run_module(estate, MODULE, esxi_hosts=["nobody.example", "*"])
    assert run.failed
    assert "knows no ESXi host nobody.example" in run.msg
    assert "Use the names that vCenter shows" in run.msg


def test_an_auditor_reads_what_he_may_and_is_told_what_he_may_not(estate: RunningEstate) -> None:
    run = run_module(estate, MODULE, connection={"username": "auditor@vsphere.local"})
    assert not run.failed
    assert len(run.facts["hosts"]) == 12
    assert "StorageViews.ConfigureService" in run.facts["vcenter"]["missing_privileges"]
    assert {tuple(host["missing_privileges"]) for host in run.facts["hosts"]} == {("Host.Config.Connection",)}


def test_an_account_without_any_privilege_on_storage_gets_null_with_the_reason(estate: RunningEstate) -> None:
    estate.set(
        "account", vcenter="vc01", username="few@vsphere.local", privileges=["System.Anonymous", "System.View", "System.Read"]
    )
    run = run_module(estate, MODULE, connection={"username": "few@vsphere.local"})
    assert not run.failed
    assert {host["provider"] is None for host in run.facts["hosts"]} == {True}
    reasons = {entry["what"]: entry["reason"] for entry in run.facts["unread"]}
    assert "NoPermission" in reasons["providers"]
    assert "StorageViews.View" in reasons["providers"]


def test_what_the_server_does_not_offer_is_null_with_the_reason(estate: RunningEstate) -> None:
    estate.set("vcenter", vcenter="vc02", missing_rest_paths=["/api/vcenter/topology/*", "/api/appliance/*"])
    estate.set("vcenter", vcenter="vc02", settings={"vpxd.certmgmt.mode": None, "vpxd.certmgmt.certs.cn.email": None})
    try:
        run = run_module(estate, MODULE, vcenter="vc02")
    finally:
        estate.set("vcenter", vcenter="vc02", missing_rest_paths=[], settings={"vpxd.certmgmt.mode": "custom"})
    assert not run.failed
    assert {"linked_nodes", "backups"} <= unread(run)
    assert run.facts["vcenter"]["linked_nodes"] is None
    assert run.facts["vcenter"]["backups"] is None
    assert run.facts["vcenter"]["certificate_settings"]["mode"] is None
    assert run.facts["vcenter"]["certificate_settings"]["days_valid"] == 1825
    assert "email" not in run.facts["vcenter"]["certificate_settings"]["subject"]


def test_a_provider_that_cannot_be_read_and_a_host_that_cannot_be_reached_spoil_nothing(estate: RunningEstate) -> None:
    names = list(truth.hosts(estate))
    broken, away = names[1], names[2]
    moid = truth.hosts(estate)[broken]["provider"]["moid"]
    estate.set("provider", vcenter="vc01", host=broken, broken=True)
    estate.set("host", host=away, reachable=False)
    try:
        run = run_module(estate, MODULE)
    finally:
        estate.set("provider", vcenter="vc01", host=broken, broken=False)
        estate.set("host", host=away, reachable=True)
    assert not run.failed
    shown = by_name(run)
    assert shown[broken]["provider"] is None
    assert [(entry["what"], entry["subject"]) for entry in run.facts["unread"]] == [("provider", moid)]
    assert shown[away]["served"]["certificate"] is None
    assert shown[away]["served"]["error"]
    assert all(shown[name]["provider"] for name in (names[3], away))
