# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a vCenter: who is in it, in which order, and whether it may start."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.names import matches
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate, Served, Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_service import HostService
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    NOW,
    POLICY,
    RENEWAL,
    SETTINGS,
    VCENTER,
    certificate,
    codes,
    estate,
    host,
    host_plan,
    plan,
    provider,
)


@pytest.mark.parametrize(
    ("name", "patterns"),
    [
        ("esx01.example.com", ["ESX01.example.com."]),
        ("ESX01.Example.com.", ["esx01.example.com"]),
        ("esx01.example.com", ["nothing", "esx*.EXAMPLE.com"]),
        ("esx01.example.com", ["esx0[1-3].example.com"]),
        ("esx01.example.com", [" * "]),
        ("2001:db8::1", ["[2001:DB8:0::1]"]),
        ("[2001:DB8::1]", ["2001:db8::1"]),
        ("ZÜRICH.example.com", ["zürich*"]),
    ],
)
def test_a_host_is_meant_by_its_name_or_a_pattern(name: str, patterns: list[str]) -> None:
    assert matches(name, patterns)


@pytest.mark.parametrize(("name", "patterns"), [("esx01.example.com", []), ("esx01.example.com", ["esx01", "esx02*", "[esx"])])
def test_another_host_is_not_meant(name: str, patterns: list[str]) -> None:
    assert not matches(name, patterns)


HOSTS = (host("esx01.example.com"), host("esx02.example.com", addresses=("192.0.2.2",)), host("ESX03.example.com"))


def chosen(**policy: Any) -> tuple[list[str], dict[str, str]]:
    """Who is in the plan, and who is left alone, and why."""
    made = plan(*HOSTS, policy=replace(POLICY, **policy))
    return sorted(one.host.name for one in made.hosts), dict(made.excluded)


def test_all_hosts_are_in_the_plan_where_nothing_is_said() -> None:
    assert chosen() == (["ESX03.example.com", "esx01.example.com", "esx02.example.com"], {})


def test_hosts_that_are_not_named_are_excluded_and_told() -> None:
    assert chosen(hosts=("esx01*",)) == (
        ["esx01.example.com"],
        dict.fromkeys(["esx02.example.com", "ESX03.example.com"], "certops_hosts does not name it"),
    )
    assert chosen(hosts=())[0] == []


def test_hosts_that_are_skipped_are_excluded_though_they_are_named() -> None:
    assert chosen(hosts=("esx0*",), skip=("esx03.EXAMPLE.com.", "*02*")) == (
        ["esx01.example.com"],
        dict.fromkeys(["esx02.example.com", "ESX03.example.com"], "certops_skip names it"),
    )


def test_hosts_outside_of_the_inventory_are_excluded() -> None:
    assert chosen(inventory_hosts=("esx01.example.com.", "192.0.2.2")) == (
        ["esx01.example.com", "esx02.example.com"],
        {"ESX03.example.com": "the inventory's ESXi hosts do not include it"},
    )
    assert chosen(inventory_hosts=("esx*",))[0] == [], "the inventory has names and no patterns"


def test_a_host_is_in_the_inventory_by_the_address_that_the_inventory_has_of_it() -> None:
    assert chosen(inventory_hosts=("berlin-7",), inventory_addresses={"berlin-7": "esx01.example.com"})[0] == ["esx01.example.com"]


def test_a_host_of_the_inventory_that_the_vcenter_does_not_know_is_named() -> None:
    made = plan(host(), policy=Policy(inventory_hosts=("esx01.example.com", "esx99.example.com")))
    assert made.warnings == ("the inventory has an ESXi host esx99.example.com that vc1.example.com does not know",)


@pytest.mark.parametrize(
    ("days", "mode", "told"),
    [
        (None, "vmca", ()),
        (0, "vmca", ()),
        (30, "custom", ()),
        (
            30,
            "vmca",
            (
                "vc1.example.com renews VMCA certificates of ESXi hosts by itself 30 days before they expire"
                " (vpxd.certmgmt.certs.autoRenewThreshold)",
            ),
        ),
        (
            60,
            "vmca",
            (
                "vc1.example.com renews VMCA certificates of ESXi hosts by itself 60 days before they expire"
                " (vpxd.certmgmt.certs.autoRenewThreshold), before a run would, which does so 45 days before",
            ),
        ),
    ],
)
def test_that_vcenter_renews_by_itself_is_told_where_it_says_so(days: Optional[int], mode: str, told: tuple[str, ...]) -> None:
    settings = replace(SETTINGS, mode=mode, auto_renew_threshold_days=days)
    assert plan(host(), certificate_settings=settings).warnings == told


def test_who_is_excluded_has_no_steps_and_no_blocker() -> None:
    made = plan(host(ends=-1), policy=Policy(skip=("*",)))
    assert (made.hosts, made.batches, made.blockers, made.allowed) == ((), (), (), True)


def due(count: int, **changes: Any) -> list[Any]:
    """Hosts whose certificates end, the later ones sooner."""
    return [host(f"esx{number}", ends=40 - number, **changes) for number in range(count)]


@pytest.mark.parametrize(
    ("canary", "batch", "batches"),
    [
        (1, 2, (("esx4",), ("esx3", "esx2"), ("esx1", "esx0"))),
        (2, 10, (("esx4", "esx3"), ("esx2", "esx1", "esx0"))),
        (0, 3, (("esx4", "esx3", "esx2"), ("esx1", "esx0"))),
        (9, 1, (("esx4", "esx3", "esx2", "esx1", "esx0"),)),
    ],
)
def test_the_canary_goes_first_and_then_batches(canary: int, batch: int, batches: Any) -> None:
    assert plan(*due(5), policy=replace(POLICY, canary=canary, batch=batch)).batches == batches


def test_the_canary_takes_all_the_steps_that_any_host_takes() -> None:
    lost = host("lost", ends=-20, connection_state="notResponding", cluster="c2")
    offline = host("offline", ends=61, status="offline")
    made = plan(offline, lost, host("expiring", ends=30), host("expired", ends=-10), host("healthy"))
    assert made.batches == (("expired",), ("expiring", "lost", "offline"))


def clustered(**sizes: int) -> list[Any]:
    """Hosts that are due, in clusters of these sizes. Those of a cluster are worse the higher their number."""
    return [
        host(f"{name}{number}", ends=40 - number, cluster=name, datacenter="dc1")
        for name, size in sizes.items()
        for number in range(size)
    ]


def test_clusters_take_turns_and_the_canaries_are_of_different_ones() -> None:
    made = plan(*clustered(a=5, b=2, c=3), policy=replace(POLICY, canary=2, batch=4))
    assert made.batches == (("a4", "c2"), ("a3", "b1", "c1", "a2"), ("b0", "c0", "a1", "a0"))
    assert plan(*reversed(clustered(a=5, b=2, c=3)), policy=replace(POLICY, canary=2, batch=4)).batches == made.batches


def test_a_cluster_that_is_short_of_a_host_comes_last_and_that_host_first_in_it() -> None:
    lost = host("a9", ends=-5, connection_state="notResponding", cluster="a")
    made = plan(lost, *clustered(a=2, b=3), policy=replace(POLICY, batch=4))
    assert made.batches == (("b2",), ("b1", "b0", "a9", "a1"), ("a0",))
    assert codes(made.hosts[0].blockers) == []
    # Where two may be away at the same time nothing is short.
    made = plan(lost, *clustered(a=2, b=3), policy=replace(POLICY, batch=6, per_cluster=2))
    assert made.batches == (("b2",), ("a1", "b1", "a0", "b0", "a9"))


def test_the_canary_of_a_cluster_that_is_short_of_a_host_goes_with_that_host() -> None:
    lost = host("a9", ends=-5, connection_state="notResponding", cluster="a")
    made = plan(lost, *clustered(a=3))
    assert made.batches == (("a9", "a2"), ("a1", "a0"))


def test_where_a_host_of_the_cluster_stays_away_no_other_goes() -> None:
    dead = host("a9", connection_state="disconnected", cluster="a")
    left = host("a8", ends=-5, connection_state="notResponding", cluster="a")
    made = plan(dead, left, *clustered(a=2, b=1), host("alone", ends=5, cluster=None), policy=replace(POLICY, skip=("a9",)))
    assert {name for batch in made.batches for name in batch} == {"a8", "b0", "alone"}
    stopped = {one.host.name: one.blockers for one in made.hosts if one.blockers}
    assert sorted(stopped) == ["a0", "a1"]
    (blocker,) = stopped["a0"]
    assert (blocker.code, "a9 of the same cluster is away" in blocker.message) == ("cluster_away", True)
    assert blocker.remedy == "Bring a9 back, or set certops_per_cluster to 2 if a can do without that many."
    assert [one["esxi_host"] for one in made.to_facts()["away"]] == ["a9", "a8"]
    both = plan(dead, *clustered(a=1), policy=replace(POLICY, per_cluster=2))
    assert both.batches == (("a0",),)


def test_a_provider_is_brought_back_though_its_host_may_not_go() -> None:
    dead = host("a9", connection_state="disconnected", cluster="a")
    made = plan(dead, host("a0", ends=20, status="offline", cluster="a"))
    assert {one.host.name: one.steps for one in made.hosts}["a0"] == ("reregister",)


def test_hosts_are_told_worst_first_and_healthy_ones_last() -> None:
    made = plan(
        host("healthy", ends=70),
        host("b", ends=20),
        host("a", ends=20),
        host("blocked", ends=10, in_maintenance_mode=True),
        host("unavailable", certificate=None, served=None),
    )
    assert [one.host.name for one in made.hosts] == ["unavailable", "blocked", "a", "b", "healthy"]


def test_without_anything_due_nothing_is_done_and_nothing_blocks() -> None:
    made = plan(host(), policy=Policy(), sps_state="STOPPED", clock_offset_seconds=900.0)
    assert (made.batches, made.blockers, made.allowed, made.something_to_do) == ((), (), True, False)


def test_a_blocker_that_leaves_other_hosts_alone_lets_them_start() -> None:
    made = plan(host("a", ends=20), host("b", status="offline"), vmca_root=certificate(10))
    assert codes(made.blockers) == ["vmca_root_ends"]
    assert made.allowed
    assert made.batches == (("b",),)


def test_a_blocker_that_touches_no_due_step_is_not_told() -> None:
    made = plan(host("b", status="offline"), vmca_root=certificate(10))
    assert (made.blockers, made.allowed) == ((), True)


def test_a_blocker_that_leaves_nothing_lets_nothing_start() -> None:
    made = plan(host("a", ends=20), vmca_root=certificate(10))
    assert codes(made.blockers) == ["vmca_root_ends"]
    assert not made.allowed
    assert not made.something_to_do


def test_a_blocker_of_issuing_is_told_where_only_a_reconnect_would_issue() -> None:
    made = plan(host("lost", ends=-1, connection_state="disconnected"), vmca_root=certificate(10))
    assert codes(made.blockers) == ["vmca_root_ends"]
    assert not made.allowed


def test_hosts_that_are_blocked_each_for_itself_do_not_stop_the_vcenter() -> None:
    made = plan(host(ends=20, in_maintenance_mode=True))
    assert (made.blockers, made.allowed, made.batches) == ((), True, ())


ORPHAN = provider(certificate(-5), "offline", uid="orphan-1", host="gone.example.com")


def test_orphans_are_reported_and_left() -> None:
    made = plan(orphans=(ORPHAN,))
    assert (made.orphan_steps, made.something_to_do, made.allowed) == ((), False, True)
    assert made.to_facts()["orphans"] == [
        {
            "provider_uid": "orphan-1",
            "name": "IOFILTER Provider gone.example.com",
            "url": "https://gone.example.com:9080/version.xml",
            "status": "offline",
            "steps": [],
        }
    ]


def test_orphans_are_removed_where_that_is_wished() -> None:
    made = plan(orphans=(ORPHAN,), policy=replace(POLICY, remove_orphans=True))
    assert (made.orphan_steps, made.something_to_do, made.allowed) == (("remove_orphan",), True, True)


@pytest.mark.parametrize(
    ("policy", "changes", "code"),
    [
        (Policy(remove_orphans=True), {}, "protection_not_stated"),
        (replace(POLICY, remove_orphans=True), {"sps_state": "STOPPED"}, "sps_not_running"),
    ],
)
def test_orphans_are_not_removed_where_that_is_blocked(policy: Policy, changes: dict[str, Any], code: str) -> None:
    made = plan(orphans=(ORPHAN,), policy=policy, **changes)
    assert (made.orphan_steps, made.allowed, codes(made.blockers)) == ((), False, [code])


def test_a_blocker_of_renewing_does_not_keep_orphans() -> None:
    made = plan(orphans=(ORPHAN,), policy=replace(POLICY, remove_orphans=True), vmca_root=certificate(10))
    assert (made.orphan_steps, made.blockers) == (("remove_orphan",), ())


def test_where_only_orphans_may_be_removed_that_is_done() -> None:
    made = plan(host(ends=20), orphans=(ORPHAN,), policy=replace(POLICY, remove_orphans=True), vmca_root=certificate(10))
    assert (made.orphan_steps, made.batches, codes(made.blockers)) == (("remove_orphan",), (), ["vmca_root_ends"])
    assert (made.allowed, made.something_to_do) == (True, True)


def test_orphans_are_not_removed_where_sms_may_not_be_changed_though_there_is_nothing_else_to_do() -> None:
    made = plan(
        orphans=(ORPHAN,), policy=replace(POLICY, remove_orphans=True), missing_privileges=("StorageViews.ConfigureService",)
    )
    assert (made.orphan_steps, made.allowed, codes(made.blockers)) == ((), False, ["missing_privilege"])


def test_providers_of_hosts_outside_of_clusters_are_told_and_left() -> None:
    more = provider(certificate(-5), None, uid="more", host="alone")
    one = host("alone", cluster=None, ends=20, status="offline", duplicate_providers=(more,))
    made = plan(one, host("in-a-cluster", status="offline"), host("without", cluster=None, provider=None))
    assert made.to_facts()["left_behind"] == [
        {
            "esxi_host": "alone",
            "provider_uid": uid,
            "name": "IOFILTER Provider alone",
            "url": "https://alone:9080/version.xml",
            "status": status,
        }
        for uid, status in (("uid-alone", "offline"), ("more", None))
    ]
    assert made.to_facts()["counts"]["left_behind"] == 2
    assert {planned.host.name: planned.steps for planned in made.hosts} == {
        "alone": ("renew", "reconnect"),
        "in-a-cluster": ("reregister",),
        "without": (),
    }


def test_without_orphans_there_is_none_to_remove() -> None:
    made = plan(policy=replace(POLICY, remove_orphans=True))
    assert (made.orphan_steps, made.something_to_do) == ((), False)


def test_what_could_not_be_read_is_a_warning() -> None:
    found = replace(
        estate(sps_health="DEGRADED", unavailable=(Unavailable("backups", VCENTER, "404 Not Found"),)),
        retries=2,
    )
    assert decide(found, POLICY, NOW).warnings == (
        "could not read backups of vc1.example.com: 404 Not Found",
        "the storage profile service (SPS) of vc1.example.com is degraded",
        "2 calls to vc1.example.com were retried after transient errors",
    )
    assert plan().warnings == ()


@pytest.mark.parametrize(
    ("changes", "warnings"),
    [
        ({}, ()),
        (
            {"duplicate_providers": (provider(None, uid="uid-2"), provider(None, uid="uid-3"))},
            (f"{HOST} has more than one provider; re-registering it removes the others (uid-2, uid-3)",),
        ),
        (
            {"ends": 20, "served": Served(error="timed out")},
            (f"{HOST} does not answer on port 9080 (timed out): re-registering it will be refused until it does",),
        ),
        ({"ends": 20, "served": None}, ()),
        # Nothing of it is registered.
        ({"cluster": None, "provider": None, "ends": 20, "served": Served(error="timed out")}, ()),
        ({"served": Served(error="timed out")}, ()),
        (
            {"served": Served(problems=("stranger", "expired"))},
            (f"{HOST} serves the wrong certificate on port 9080: stranger; expired",),
        ),
        ({"status": "odd"}, (f"SMS shows a status for the provider of {HOST} that decides nothing: odd",)),
        ({"provider": None}, ()),
    ],
)
def test_what_a_host_has_besides_is_a_warning(changes: dict[str, Any], warnings: tuple[str, ...]) -> None:
    assert plan(host(**changes)).hosts[0].warnings == warnings


def test_the_plan_is_shown_as_facts() -> None:
    made = plan(host("a", ends=20, in_maintenance_mode=True), host("b", ends=30), host("c"), policy=replace(POLICY, skip=("d",)))
    facts = made.to_facts()
    assert json.loads(json.dumps(facts)) == facts
    assert facts["schema_version"] == 1
    assert facts["vcenter"] == VCENTER
    assert facts["decided_at"] == "2026-03-01T02:00:00Z"
    assert facts["allowed"] is True
    assert facts["something_to_do"] is True
    assert facts["batches"] == [["b"]]
    assert [(turn["steps"], turn["esxi_hosts"]) for turn in facts["turns"]] == [
        (["renew"], ["b"]),
        (["reconnect"], ["b"]),
        (["reregister"], ["b"]),
        (["verify"], ["b"]),
    ]
    assert facts["policy"]["skip"] == ["d"]
    assert facts["counts"] == {
        "hosts": 3,
        "turns": 4,
        "due": 2,
        "to_do": 1,
        "blocked": 1,
        "unknown": 0,
        "excluded": 0,
        "orphans": 0,
        "left_behind": 0,
        "by_rule": {"expiring": 2, "healthy": 1},
        "by_step": {
            "renew_cli": 0,
            "reconnect_pinned": 0,
            "renew": 1,
            "renew_custom_ca": 0,
            "reconnect": 1,
            "repair_trust": 0,
            "reregister": 1,
        },
    }
    shown = dict(facts["hosts"][1])
    assert list(shown.pop("certificates")) == ["host", "served", "sms"]
    assert shown.pop("setup")["issuer"] == "vmca"
    assert shown == {
        "esxi_host": "b",
        "moid": "host-b",
        "cluster": "c1",
        "datacenter": "dc1",
        "version": "8.0.3",
        "connection_state": "connected",
        "ha_state": None,
        "expires_at": "2026-03-31T02:00:00Z",
        "days_left": 30.0,
        "provider_uid": "uid-b",
        "provider_status": "online",
        "client_certificate": None,
        "provider_unavailable": None,
        "rule": "expiring",
        "reason": "its certificate expires in 30 days, on 2026-03-31",
        "unknown": None,
        "due": list(RENEWAL),
        "steps": list(RENEWAL),
        "method": "vcenter",
        "ssh_host": None,
        "cli_fallback": False,
        "blockers": [],
        "warnings": [],
        "alarms": [],
    }
    assert [one["code"] for one in facts["hosts"][0]["blockers"]] == ["maintenance_mode"]


def test_a_plan_without_certificate_and_provider_is_shown_with_nulls() -> None:
    facts = plan(host(certificate=None, served=None, provider=None)).to_facts()["hosts"][0]
    assert [facts[key] for key in ("expires_at", "days_left", "provider_uid", "provider_status")] == [None] * 4


def test_the_blockers_of_a_vcenter_are_shown() -> None:
    facts = plan(host(ends=20), policy=Policy(hosts=("*",))).to_facts()
    assert [one["code"] for one in facts["blockers"]] == ["protection_not_stated"]
    assert facts["excluded"] == []
    assert plan(host(), policy=Policy(skip=("*",))).to_facts()["excluded"] == [
        {"esxi_host": HOST, "reason": "certops_skip names it"}
    ]


@pytest.mark.parametrize("mode", ["custom", "thumbprint", None])
def test_no_certificate_is_replaced_in_another_mode_than_vmca(mode: Optional[str]) -> None:
    settings = replace(SETTINGS, mode=mode)
    made = plan(*due(3), host("x", ends=-1), certificate_settings=settings, policy=replace(POLICY, force=True))
    assert made.batches == ()


def test_an_empty_vcenter_has_an_empty_plan() -> None:
    made = decide(Estate(NOW, estate().vcenter), POLICY, NOW)
    assert (made.hosts, made.batches, made.allowed, made.something_to_do) == ((), (), True, False)


@pytest.mark.parametrize(("hash_name", "noted"), [("SHA-1", True), ("SHA-256", False), ("", False)])
def test_a_certificate_that_is_signed_with_sha1_is_remarked_on(hash_name: str, noted: bool) -> None:
    one = host()
    warnings = host_plan(replace(one, certificate=replace(certificate(400), hash_name=hash_name))).warnings
    assert any("is signed with SHA-1" in text for text in warnings) is noted
    # Where nobody can read it there is nothing to remark on.
    assert not host_plan(replace(one, certificate=None, served=None)).warnings


@pytest.mark.parametrize(
    ("ssh", "changes", "told"),
    [
        (HostService(True, "off"), {}, True),
        (HostService(True, "on"), {}, False),
        (HostService(True, "automatic"), {}, False),
        (HostService(False, "off"), {}, False),
        (None, {}, False),
        # What vCenter shows of a host that it has no connection to is old.
        (HostService(True, "off"), {"connection_state": "notResponding"}, False),
    ],
)
def test_ssh_that_runs_against_its_policy_is_named_where_the_inventory_has_the_host(
    ssh: Optional[HostService], changes: dict[str, Any], told: bool
) -> None:
    found = estate(host("esx01.example.com", ssh=ssh, **changes), host("esx02.example.com", ssh=HostService(True, "off")))
    told_of = "SSH runs on esx01.example.com, though vSphere never starts it there by itself (policy off)"
    policy = replace(POLICY, inventory_hosts=("esx01.example.com",))
    again = Estate.from_facts(found.to_facts())
    for seen in (found, again):
        assert [text for text in decide(seen, policy, NOW).warnings if "SSH runs" in text] == ([told_of] if told else [])
        assert not [text for text in decide(seen, POLICY, NOW).warnings if "SSH runs" in text]
    # Who is left alone may have been worked on by an earlier run.
    left = decide(found, replace(policy, skip=("esx01.example.com",)), NOW).warnings
    assert [text for text in left if "SSH runs" in text] == ([told_of] if told else [])


@pytest.mark.parametrize(("days", "how"), [(-2, "expired on 2026-02-27"), (30, "ends on 2026-03-31"), (31, None)])
def test_a_client_certificate_that_vcenter_did_not_renew_is_warned_of(days: float, how: Optional[str]) -> None:
    client = ClientCertificate(NOW + timedelta(days=days), "CN=CA", "good")
    found = host_plan(host(client_certificate=client))
    assert found.to_facts(NOW)["client_certificate"]["days_left"] == days
    told = [warning for warning in found.warnings if "logs in to VASA providers" in warning]
    assert [how in warning for warning in told if how] == ([True] if how else [])
    assert (found.verdict.rule, len(told)) == ("healthy", int(how is not None))
