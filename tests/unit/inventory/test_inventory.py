# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of an estate: who is in it, in which groups, with which variables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate, EsxiHost, Served, Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.inventory import (
    ALWAYS,
    Inventory,
    InventoryHost,
    Source,
    arrange,
)
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, estate, estates, host
from hypothesis import given

STATES = set(ALWAYS) - {"vcenters", "esxi", "unreachable"}


def safe(name: str) -> str:
    """What Ansible does with signs that no group may have."""
    return "".join(sign if sign.isalnum() or sign == "_" else "_" for sign in name)


def made(*sources: Source) -> Inventory:
    """The inventory of these sources, now."""
    return arrange(sources, NOW, safe)


def one(inventory: Inventory, name: str) -> InventoryHost:
    """A host of the inventory."""
    [found] = [host for host in (*inventory.vcenters, *inventory.esxi_hosts) if host.name == name]
    return found


def states(inventory: Inventory, name: str) -> set[str]:
    """The groups by state that an ESXi host is in."""
    return set(one(inventory, name).groups) & STATES


def test_every_host_is_in_the_group_of_its_place_and_a_vcenter_in_its_own() -> None:
    inventory = made(Source("vc-1", estate=estate(host("a"), host("b", cluster=None), host("c", cluster=None, datacenter=None))))
    places = ("vcenter_vc_1", "datacenter_vc_1_dc1", "cluster_vc_1_dc1_c1")
    with_siblings = (*(group for group in ALWAYS if group not in ("vcenters", "unreachable")), *places[1:])
    assert set(inventory.groups) == {*ALWAYS, *places, *(f"{group}_with_vcenters" for group in with_siblings)}
    assert inventory.children[:2] == (("vcenter_vc_1", "datacenter_vc_1_dc1"), ("datacenter_vc_1_dc1", "cluster_vc_1_dc1_c1"))
    assert set(inventory.children[2:]) == {(f"{group}_with_vcenters", group) for group in with_siblings}
    assert one(inventory, "vc-1").groups[:2] == ("vcenters", "vcenter_vc_1")
    assert one(inventory, "a").groups[:2] == ("esxi", "cluster_vc_1_dc1_c1")
    assert one(inventory, "b").groups[:2] == ("esxi", "datacenter_vc_1_dc1")
    assert one(inventory, "c").groups[:2] == ("esxi", "vcenter_vc_1")
    assert inventory.warnings == ()


@pytest.mark.parametrize(
    ("esxi_host", "groups"),
    [
        (host("x"), {"healthy"}),
        (host("x", ends=20), {"due"}),
        (host("x", ends=20, in_maintenance_mode=True), {"blocked"}),
        (host("x", ends=-3), {"due", "expired"}),
        (host("x", ends=-3, connection_state="notResponding", status="offline"), {"due", "expired", "provider_offline"}),
        (host("x", status="offline"), {"due", "provider_offline"}),
        (host("x", remembered=300), set()),
        (host("x", provider=None), {"due"}),
        (host("x", connection_state="disconnected"), {"unknown"}),
        (host("x", certificate=None, served=None), {"blocked", "unknown"}),
    ],
    ids=[
        "healthy",
        "expiring",
        "in maintenance",
        "expired",
        "lost",
        "offline",
        "stale display",
        "missing",
        "disconnected",
        "unavailable",
    ],
)
def test_a_host_is_in_the_groups_of_its_state(esxi_host: EsxiHost, groups: set[str]) -> None:
    assert states(made(Source("vc", estate=estate(esxi_host))), "x") == groups


def test_a_host_has_what_the_facts_and_the_plan_say_of_it() -> None:
    found = one(made(Source("vc", estate=estate(host("x", ends=20, in_maintenance_mode=True)))), "x").variables
    facts = host("x", ends=20, in_maintenance_mode=True).to_facts(NOW)
    assert found["vcenter"] == "vc"
    assert found["esxi_host"] == facts.pop("name")
    assert {key: found[key] for key in facts} == facts
    assert "name" not in found, "Ansible keeps that name for itself"
    assert (found["certops_rule"], found["certops_steps"]) == ("expiring", [])
    assert found["certops_due"] == ["renew", "reconnect", "reregister"]
    assert [blocker["code"] for blocker in found["certops_blockers"]] == ["maintenance_mode"]
    assert "expires in 20 days" in found["certops_reason"]
    assert "ansible_host" not in found
    assert "certops_ssh" not in found


def test_a_vcenter_is_beside_its_hosts_in_the_sibling_of_each_of_their_groups_and_of_no_other() -> None:
    inventory = made(
        Source("vc1", estate=estate(host("a", ends=20, cluster=None), host("b"))),
        Source("vc2", estate=estate(host("c", datacenter="x", cluster="y"))),
        Source("vc3", problem="away"),
    )
    beside = {
        vcenter: {g.removesuffix("_with_vcenters") for g in one(inventory, vcenter).groups[2:]} for vcenter in ("vc1", "vc2", "vc3")
    }
    assert beside["vc1"] >= {"esxi", "due", "healthy", "datacenter_vc1_dc1", "cluster_vc1_dc1_c1"}
    assert beside["vc2"] == {"esxi", "healthy", "datacenter_vc2_x", "cluster_vc2_x_y"}
    assert beside["vc3"] == {"unreachable"}
    for name in (group for group in inventory.groups if group.endswith("_with_vcenters")):
        members = {one.groups for one in inventory.esxi_hosts if name.removesuffix("_with_vcenters") in one.groups}
        # A vCenter by itself would be taken whole.
        assert members or name.startswith("datacenter") or not any(name in one.groups for one in inventory.vcenters), name


def test_a_place_that_is_called_like_the_sibling_of_another_is_told_apart() -> None:
    inventory = made(Source("vc", estate=estate(host("a", cluster="x"), host("b", cluster="x_with_vcenters"))))
    [other] = [group for group in one(inventory, "b").groups if group.startswith("cluster_")]
    assert other.startswith("cluster_vc_dc1_x_with_vcenters_")
    assert other in inventory.warnings[0]


def test_a_vcenter_has_what_leads_to_it_and_what_was_observed() -> None:
    inventory = made(Source("vc", variables={"ansible_host": "192.0.2.1"}, estate=estate(host("x", status="offline"))))
    found = one(inventory, "vc").variables
    assert found["ansible_host"] == "192.0.2.1"
    assert found["certificate_settings"]["mode"] == "vmca"
    assert found["certops_counts"]["to_do"] == 1
    assert found["observed_at"] == "2026-03-01T02:00:00Z"
    assert {"name", "hostname", "trusted_roots"} & set(found) == set()


def test_a_vcenter_that_could_not_be_read_stays_and_says_why() -> None:
    inventory = made(Source("vc1", estate=estate(host("x"))), Source("vc2", {"ansible_host": "vc2"}, problem="It is gone."))
    assert one(inventory, "vc2") == InventoryHost(
        "vc2", {"ansible_host": "vc2", "certops_problem": "It is gone."}, ("vcenters", "vcenter_vc2", "unreachable")
    )
    assert [found.name for found in inventory.esxi_hosts] == ["x"]


def test_time_goes_on_for_what_was_read_before() -> None:
    source = Source("vc", estate=estate(host("x", ends=20)))
    later = arrange([source], NOW + timedelta(days=21), safe)
    assert states(later, "x") == {"due", "expired"}
    assert one(later, "x").variables["certificate"]["days_left"] == -1


def test_what_the_account_that_reads_may_not_change_is_due_all_the_same_and_shown() -> None:
    reads_only = ("StorageViews.ConfigureService",)
    few = host("x", ends=20, missing_privileges=("Certificate.Manage",))
    lacking = estate(few, missing_privileges=reads_only, may_restart_sps=False)
    inventory = made(Source("vc", estate=lacking))
    assert states(inventory, "x") == {"due"}
    assert one(inventory, "x").variables["missing_privileges"] == ["Certificate.Manage"]
    assert one(inventory, "vc").variables["missing_privileges"] == list(reads_only)


def test_what_the_account_may_not_even_read_is_due_for_nobody() -> None:
    blind = estate(host("x", ends=20), missing_privileges=("StorageViews.View", "StorageViews.ConfigureService"))
    inventory = made(Source("vc", estate=blind))
    assert states(inventory, "x") == {"blocked"}, "and unknown, where the providers could not be read for it"
    assert [blocker["message"] for blocker in one(inventory, "vc").variables["certops_blockers"]] == [
        "The account has no privilege StorageViews.View on vc1.example.com"
    ]


def test_a_provider_that_could_not_be_read_makes_nobody_healthy_nor_is_it_none() -> None:
    blind = estate(
        host("x", provider=None), host("y", provider=None, cluster=None), unavailable=(Unavailable("providers", "vc", "HTTP 404"),)
    )
    inventory = made(Source("vc", estate=blind))
    assert (states(inventory, "x"), states(inventory, "y")) == ({"unknown"}, {"healthy"})
    assert one(inventory, "x").variables["certops_unknown"] == "its provider could not be read"


def test_nothing_needs_protection_to_be_due() -> None:
    source = Source(
        "vc", policy=Policy(protection="confirmed"), estate=estate(host("x", ends=20), linked_nodes=("vc", "vc-linked"))
    )
    assert states(made(source), "x") == {"due"}


def test_a_host_that_the_policy_leaves_alone_is_there_and_not_due() -> None:
    inventory = made(Source("vc", policy=Policy(skip=("x",)), estate=estate(host("x", ends=-3), host("y", ends=-3))))
    assert states(inventory, "x") == {"expired"}
    found = one(inventory, "x").variables
    assert (found["certops_rule"], found["certops_reason"]) == ("excluded", "certops_skip names it")
    assert states(inventory, "y") == {"due", "expired"}


@pytest.mark.parametrize(("ssh", "group"), [(None, "blocked"), (False, "blocked"), (True, "due")])
def test_with_ssh_the_hosts_own_cli_can_do_what_vcenter_cannot(ssh: bool | None, group: str) -> None:
    source = Source("vc", ssh=ssh, estate=estate(host("x", ends=20, connection_state="notResponding")))
    inventory = made(source)
    assert states(inventory, "x") == {group}
    assert one(inventory, "x").variables.get("certops_ssh") is ssh


def test_two_hosts_of_one_name_are_two_hosts() -> None:
    inventory = made(
        Source("vc1", estate=estate(host("moved.example.com", connection_state="disconnected"), instance_uuid="1")),
        Source("vc2", estate=estate(host("Moved.example.com", ends=20), host("other"), instance_uuid="2")),
    )
    names = [found.name for found in inventory.esxi_hosts]
    assert names == ["moved.example.com@vc1", "Moved.example.com@vc2", "other"]
    assert one(inventory, "Moved.example.com@vc2").variables["ansible_host"] == "Moved.example.com"
    assert one(inventory, "Moved.example.com@vc2").variables["esxi_host"] == "Moved.example.com"
    assert states(inventory, "Moved.example.com@vc2") == {"due"}
    assert states(inventory, "moved.example.com@vc1") == {"unknown"}
    [warning] = inventory.warnings
    assert "moved.example.com@vc1 and Moved.example.com@vc2" in warning


@pytest.mark.parametrize(
    ("before", "name"), [(None, "x"), ("vc", "x"), ("192.0.2.1", "x"), ("other", "x@vc"), (["vc", "other"], "x@vc")]
)
def test_a_host_that_another_file_has_stays_that_one_if_it_is_the_same(before: object, name: str) -> None:
    source = Source("vc", {"ansible_host": "192.0.2.1"}, estate=estate(host("x")))
    inventory = arrange([source], NOW, safe, {"x": before}.get)
    assert [found.name for found in inventory.esxi_hosts] == [name]
    assert bool(inventory.warnings) == (name != "x")


def test_a_host_with_the_name_of_a_vcenter_is_none() -> None:
    inventory = made(Source("x", estate=estate(host("x"))))
    assert [found.name for found in (*inventory.vcenters, *inventory.esxi_hosts)] == ["x", "x@x"]
    assert inventory.warnings


def test_a_name_twice_under_one_vcenter_is_told_apart_by_its_id() -> None:
    inventory = made(Source("vc", estate=estate(host("x", moid="host-1"), host("x", moid="host-2", ends=20))))
    assert [found.name for found in inventory.esxi_hosts] == ["x@vc@host-1", "x@vc@host-2"]
    assert states(inventory, "x@vc@host-2") == {"due"}


@pytest.mark.parametrize(
    ("name", "inert"),
    [
        ("{{ 1 + 1 }}", "___1___1___"),
        ("{% x %}", "_%_x_%_"),
        ("-oProxyCommand=x", "_oProxyCommand_x"),
        ("a\\x1bb", "a_x1bb"),
    ],
)
def test_a_host_that_is_called_like_a_template_or_an_option_has_a_name_that_is_none(name: str, inert: str) -> None:
    inventory = made(Source("vc", estate=estate(host(name, cluster=name, ends=20)), ssh=True))
    [found] = inventory.esxi_hosts
    assert (found.name, found.variables["esxi_host"]) == (inert, name)
    assert "ansible_host" not in found.variables
    assert states(inventory, inert) == {"due"}


def test_two_hosts_of_one_inert_name_are_told_apart() -> None:
    inventory = made(Source("vc", estate=estate(host("a{b", moid="host-1"), host("a}b", moid="host-2"))))
    assert [found.name for found in inventory.esxi_hosts] == ["a_b@vc@host-1", "a_b@vc@host-2"]


@pytest.mark.parametrize("name", ["esx01.example.com", "ESX-1", "[2001:db8::1]", "fe80::1%vmk0", "zürich"])
def test_a_name_that_is_only_a_name_stays(name: str) -> None:
    assert made(Source("vc", estate=estate(host(name)))).esxi_hosts[0].name == name


def test_no_group_can_be_a_template_whatever_ansible_does_with_its_signs() -> None:
    inventory = arrange([Source("vc", estate=estate(host("x", cluster="{{ 1 }}", datacenter="{% x %}")))], NOW, lambda text: text)
    assert not [group for group in inventory.groups if set("{}") & set(group)]


def test_a_vcenter_that_is_listed_twice_is_refused() -> None:
    sources = [Source(name, estate=estate(host("x"), instance_uuid="u-1")) for name in ("vc1", "vc2")]
    with pytest.raises(InputError, match="vc1 and vc2 are one vCenter"):
        made(*sources)


@given(estates())
def test_the_group_due_is_what_the_plan_would_do(found: Estate) -> None:
    inventory = made(Source("vc", estate=found))
    plan = decide(found, Policy(protection="none"), NOW)
    names = {(one.variables["esxi_host"], one.variables["moid"]): one for one in inventory.esxi_hosts}
    assert len(names) == len({one.name for one in inventory.esxi_hosts})
    for planned in plan.hosts:
        groups = names[(planned.host.name, planned.host.moid)].groups
        assert ("due" in groups) == bool(planned.steps)
        assert ("blocked" in groups) == bool(planned.blockers)
        assert ("unknown" in groups) == bool(planned.unknown)
        assert ("healthy" in groups) == (planned.verdict.rule == "healthy" and "unknown" not in groups)
    json.dumps([dict(one.variables) for one in (*inventory.vcenters, *inventory.esxi_hosts)])


def test_a_certificate_that_only_the_host_shows_expires_too() -> None:
    ended = host("x", ends=-3)
    lost = replace(ended, certificate=None, served=Served(certificate=ended.certificate, trusted_by="trusted_root"))
    assert "expired" in states(made(Source("vc", estate=estate(lost))), "x")
