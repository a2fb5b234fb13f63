# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report becomes the scenario of a twin."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_ROOT
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CertificateSettings, EsxiHost, Served
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sms_trust import SmsTrust
from ansible_collections.certops.vsphere.plugins.module_utils._estate.vsan import VsanHealth
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.naming import naming_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.twin import scenario_of, sps_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.twin_host import release
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, ROOT, certificate, estate, host, provider
from ansible_collections.certops.vsphere.tests.unit.fleets import own, report


def twin(*given: dict[str, Any], replace_names: bool = False) -> list[dict[str, Any]]:
    """The twins of the vCenters of these reports."""
    found: list[dict[str, Any]] = scenario_of(given, naming_of(given, replace=replace_names), NOW)["vcenters"]
    return found


def of_host(one: EsxiHost, **changes: Any) -> dict[str, Any]:
    """The twin of a host that is alone."""
    [vcenter] = twin(report(one, changes=changes))
    found: dict[str, Any] = vcenter["clusters"][0]["hosts"][0]
    return found


def with_clusters(*clusters: Cluster, hosts: tuple[EsxiHost, ...]) -> dict[str, Any]:
    """The report of hosts in clusters that were read."""
    plan = decide(replace(estate(*hosts), clusters=clusters), POLICY, NOW).to_facts()
    return build(plan, results=[], verified=[], after=None, check_mode=False, failure=None)


def test_a_sound_host_keeps_its_name_version_and_dates() -> None:
    assert of_host(host("esx01.example.com", lockdown_mode="lockdownNormal", standby_mode="none")) == {
        "name": "esx01.example.com",
        "version": "8.0.3",
        "certificate": {"days_left": 400.0, "begins_in_days": -30.0, "issuer": "vmca"},
        "connection_state": "connected",
        "lockdown_mode": "lockdownNormal",
        "provider": {},
    }


STATES = [
    ({"in_maintenance_mode": True}, {"in_maintenance": True}),
    ({"in_quarantine_mode": True}, {"quarantined": True}),
    ({"partial_maintenance": ("x",)}, {"partial_maintenance": ["x"]}),
    ({"standby_mode": "in"}, {"standby_mode": "in"}),
    ({"sms_trust": SmsTrust(False, "")}, {"sms_trust_lost": True}),
    ({"sms_trust": SmsTrust(None, "")}, {}),
    ({"connection_state": "odd"}, {"connection_state": None}),
    ({"connection_state": "notResponding", "served": None}, {"connection_state": "notResponding", "reachable": False}),
    ({"connection_state": "disconnected"}, {"connection_state": "disconnected"}),
    ({"served": Served(error="no answer")}, {}),
    ({"version": "5.5.0"}, {"version": None}),
    ({"version": None}, {"version": None}),
    ({"certificate": None, "served": None}, {}),
    ({"certificate": None, "served": None, "provider": None}, {"certificate": None, "provider": None}),
    ({"client_certificate": ClientCertificate(NOW, "CN=VMCA", "good")}, {"client_certificate": {"days_left": 0.0}}),
    ({"provider": None}, {"provider": None}),
    ({"provider": None, "certificate": None}, {"provider": None}),
]


@pytest.mark.parametrize(("changes", "wanted"), STATES, ids=lambda one: str(one)[:40])
def test_a_host_s_state_is_kept_as_far_as_it_can_be_simulated(changes: dict[str, Any], wanted: dict[str, Any]) -> None:
    usual, made = of_host(host()), of_host(host(**changes))
    expected = {**usual, **wanted}
    assert made == {key: value for key, value in expected.items() if value is not None or (key == "provider" and key in wanted)}


@pytest.mark.parametrize(
    ("issuer", "kind", "wanted"),
    [
        ("CN=VMCA", "vmca", "vmca"),
        ("CN=anything", "unknown", "vmca"),
        ("O=VMware Installer", "self_signed", "self"),
        ("CN=esx", "self_signed", "self_signed"),
        ("CN=Site", "other", "corporate"),
        ("CN=Nobody", "other", "unknown"),
    ],
)
def test_who_issued_it_is_kept(issuer: str, kind: str, wanted: str) -> None:
    given = certificate(400, issuer=issuer)
    site = certificate(3000, starts=-1000, subject="CN=Site")
    made = of_host(host(certificate=given, issuer=kind, provider=provider(given)), trusted_roots=(ROOT, site))
    assert made["certificate"]["issuer"] == wanted


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (host(remembered=-10, status="offline"), {"remembered": {"days_left": -10.0, "begins_in_days": -30.0, "issuer": "vmca"}}),
        (host(status="offline"), {"ailing": True}),
        (host(status="offline", connection_state="notResponding"), {}),
        (host(status="syncError"), {"condition": "syncError"}),
        (host(provider=provider(None, "online")), {}),
        (
            host(provider=provider(certificate(300, issuer="CN=Former"))),
            {"remembered": {"days_left": 300.0, "begins_in_days": -30.0, "issuer": "vmca"}},
        ),
    ],
)
def test_what_sms_remembers_and_how_its_provider_is_are_kept(given: EsxiHost, wanted: dict[str, Any]) -> None:
    assert of_host(given)["provider"] == wanted


def test_a_provider_that_could_not_be_read_cannot_be_read_in_the_twin() -> None:
    given = report(host(provider=None))
    given["hosts"][0]["provider_unavailable"] = "QueryProviderInfo failed"
    assert twin(given)[0]["clusters"][0]["hosts"][0]["provider"] == {"broken": True}


def test_a_provider_s_own_certificate_is_its_own_in_the_twin() -> None:
    [vcenter] = twin(report(own("esx01")))
    [made] = vcenter["clusters"][0]["hosts"]
    assert vcenter["provider_certificates"] == "own"
    assert made["provider"] == {"own": {"days_left": 700.0, "begins_in_days": -10.0}}
    assert made["certificate"]["days_left"] == 400.0


def test_what_a_host_serves_stands_for_a_certificate_that_vcenter_does_not_show() -> None:
    seen = certificate(100)
    made = of_host(host(certificate=None, served=Served(certificate=seen, trusted=True, trusted_by=BASIS_ROOT, root=None)))
    assert made["certificate"]["days_left"] == 100.0


@pytest.mark.parametrize(
    ("version", "wanted"),
    [("8.0.3", "8.0.3"), ("9.0", "9.0.0"), ("08.0.3.1", "8.0.3"), ("10.0", None), ("odd", None), (None, None)],
)
def test_a_version_is_what_can_be_simulated_of_it(version: Optional[str], wanted: Optional[str]) -> None:
    assert release(version) == wanted


def test_a_vcenter_keeps_version_settings_clock_roots_and_orphans() -> None:
    former = certificate(-5, starts=-900, subject="CN=Former")
    [vcenter] = twin(report(host(), orphans=(provider(None, "offline", uid="gone"),), changes={"trusted_roots": (ROOT, former)}))
    hosts = vcenter.pop("clusters")
    assert hosts[0]["name"] == "c1"
    assert vcenter == {
        "name": "vc1.example.com",
        "version": "8.0.3",
        "settings": {
            "vpxd.certmgmt.mode": "vmca",
            "vpxd.certmgmt.certs.daysValid": 1825,
            "vpxd.certmgmt.certs.minutesBefore": 1440,
            "vpxd.certmgmt.certs.cn.country": "US",
            "vpxd.certmgmt.certs.cn.state": "California",
        },
        "clock_offset_seconds": 0.5,
        "root": {"days_left": 3000.0, "age_days": 1000.0},
        "machine_ssl": {"days_left": 300.0},
        "old_roots": [{"days_left": -5.0, "age_days": 900.0}],
        "orphans": [{"name": "gone1"}],
    }


def test_a_vcenter_that_renews_by_itself_does_so_in_the_rehearsal() -> None:
    settings = CertificateSettings(mode="vmca", auto_renew_threshold_days=30)
    [vcenter] = twin(report(host(), changes={"certificate_settings": settings}))
    assert vcenter["settings"] == {"vpxd.certmgmt.mode": "vmca", "vpxd.certmgmt.certs.autoRenewThreshold": 30}


def test_what_was_not_read_is_as_a_vcenter_has_it_by_default() -> None:
    unread = {"certificate_settings": None, "clock_offset_seconds": None, "version": None, "vmca_root": None, "trusted_roots": None}
    [vcenter] = twin(report(host(), changes={**unread, "machine_ssl": None}))
    assert set(vcenter) == {"name", "settings", "clusters", "orphans"}
    assert vcenter["settings"] == {}


def test_clusters_keep_ha_vsan_and_what_manages_them_and_other_hosts_stand_alone() -> None:
    whole = Cluster(
        "c1",
        "domain-c1",
        datacenter="dc1",
        ha_enabled=True,
        host_monitoring="disabled",
        vsan_enabled=True,
        vsan_health=VsanHealth({"healthy": 5}),
        lifecycle_managed=True,
    )
    plain = Cluster("c2", "domain-c2", datacenter="dc1", ha_enabled=False, vsan_enabled=False)
    hosts = (
        host("a", cluster_moid="domain-c1"),
        host("b", cluster="c2", cluster_moid="domain-c2"),
        host("c", cluster=None),
        host("d", cluster="", datacenter=None),
    )
    [vcenter] = twin(with_clusters(whole, plain, hosts=hosts))
    shown = {tuple(one["name"] for one in cluster.pop("hosts")): cluster for cluster in vcenter["clusters"]}
    assert shown == {
        ("a",): {
            "name": "c1",
            "ha": {"host_monitoring": "disabled"},
            "vsan": {"objects": {"healthy": 5}, "syncing": 0},
            "lifecycle_managed": True,
        },
        ("b",): {"name": "c2"},
        ("c",): {"standalone": True},
        ("d",): {"name": ""},
    }


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, {}),
        ({"sps_state": None, "sps_startup_type": None}, {}),
        ({"sps_state": "STOPPED", "sps_startup_type": "DISABLED"}, {"state": "STOPPED", "startup_type": "DISABLED"}),
    ],
)
def test_an_sps_that_does_not_run_does_not_run_in_the_twin(changes: dict[str, Any], wanted: dict[str, str]) -> None:
    assert sps_of(report(host(), changes=changes)) == wanted
