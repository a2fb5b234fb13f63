# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a policy touches, by every name that a host goes by."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.scope import Scope, scope
from ansible_collections.certops.vsphere.tests.unit.estates import POLICY, host, plan

# An inventory that knows the hosts by short names and addresses, and a vCenter that knows them by their whole names in another case.
A01 = host("ESX-A01.corp.example", ends=20, addresses=("192.0.2.1",))
A02 = host("esx-a02.corp.example", addresses=("192.0.2.2",))
A03 = host("esx-a03.corp.example", ends=20, addresses=("192.0.2.3",))
HOSTS = (A01, A02, A03)
ADDRESSES = {"esx-a01": "192.0.2.1", "esx-a02": "192.0.2.2", "esx-a03": "192.0.2.3"}
BY_SHORT_NAME = Policy(protection="confirmed", inventory_hosts=tuple(ADDRESSES), inventory_addresses=ADDRESSES)


def touched(**policy: Any) -> Scope:
    """Whom that inventory and these means touch."""
    return scope(HOSTS, replace(BY_SHORT_NAME, **policy))


def names(found: Scope) -> list[str]:
    """Who is chosen, in short."""
    return [one.name.lower().partition(".")[0] for one in found.chosen]


def test_a_host_that_the_inventory_skips_is_no_canary_however_vcenter_calls_it() -> None:
    made = plan(*HOSTS, policy=replace(BY_SHORT_NAME, inventory_skip=("esx-a01",)))
    assert made.batches == (("esx-a03.corp.example",),)
    assert made.excluded == (("ESX-A01.corp.example", "certops_skip is true for it in the inventory"),)


@pytest.mark.parametrize("entry", ["esx-a01", "ESX-A01.", "192.0.2.1", "esx-a01.corp.example", "esx-a01*", "*.1"])
def test_an_entry_of_certops_skip_is_any_name(entry: str) -> None:
    assert names(touched(skip=(entry,))) == ["esx-a02", "esx-a03"]


@pytest.mark.parametrize("entry", ["esx-a01", "ESX-A01.", "192.0.2.1", "esx-a01.corp.example", "esx-a01*", "*.1"])
def test_an_entry_of_certops_hosts_is_any_name(entry: str) -> None:
    assert names(touched(hosts=(entry,))) == ["esx-a01"]


def test_what_the_inventory_says_of_a_host_is_found_by_any_of_its_names() -> None:
    lost = replace(A01, connection_state="notResponding")
    policy = Policy(protection="confirmed", ssh_hosts=("esx-a02", "esx-a01"), host_methods={"esx-a01": "cli"})
    [planned] = [one for one in plan(lost, A02, policy=policy).hosts if one.host.name == lost.name]
    assert (planned.ssh_host, planned.way and planned.way.reason) == ("esx-a01", "certops_method is cli")


def test_who_may_be_several_is_chosen_by_nobody_and_told() -> None:
    twins = (A01, host("esx-a01.other.example", ends=20), A03)
    found = scope(twins, replace(POLICY, hosts=("esx-a01", "esx-a03")))
    both = "ESX-A01.corp.example, esx-a01.other.example"
    assert names(found) == ["esx-a03"]
    assert set(found.excluded) == {(one.name, f"certops_hosts names esx-a01, which may be {both}") for one in twins[:2]}
    assert found.several == [{"where": "certops_hosts", "entry": "esx-a01", "hosts": both}]
    # Its whole name says which.
    assert names(scope(twins, replace(POLICY, hosts=("esx-a01", "esx-a01.corp.example", "esx-a03")))) == ["esx-a01", "esx-a03"]


def test_an_inventory_host_that_may_be_several_brings_none_of_them_into_scope() -> None:
    twins = (A01, host("esx-a01.other.example", ends=20), A03)
    found = scope(twins, Policy(inventory_hosts=("esx-a01", "esx-a03"), ssh_hosts=("esx-a01",)))
    both = "ESX-A01.corp.example, esx-a01.other.example"
    assert names(found) == ["esx-a03"]
    assert {why for _name, why in found.excluded} == {f"the inventory's ESXi host esx-a01 may be {both}"}
    assert found.several == [{"where": "inventory", "entry": "esx-a01", "hosts": both}]
    assert [one.known_as for one in found.hosts] == [(), (), ("esx-a03",)]


def test_entries_are_counted_by_where_they_stand() -> None:
    found = touched(hosts=("*", "esx-a0*", "esx-a09"), skip=("", "192.0.2.3"), inventory_skip=("esx-a02", "elsewhere"))
    assert found.entries == {
        "certops_hosts": {"esx-a0*": 3, "esx-a09": 0},
        "certops_skip": {"": 0, "192.0.2.3": 1},
        "certops_skip_of_host": {"esx-a02": 1, "elsewhere": 0},
    }
    assert touched(hosts=("esx-a01", A02.name)).single == {"certops_hosts": {"esx-a01": A01.name}}
    assert json.loads(json.dumps(found.to_facts())) == found.to_facts()


def test_a_host_of_the_inventory_that_is_unknown_is_told_where_the_inventory_is_the_scope() -> None:
    assert scope(HOSTS, Policy(inventory_hosts=("esx-a01", "gone"), inventory_skip=("gone too",))).unknown == ("gone",)
    assert scope(HOSTS, Policy(ssh_hosts=("gone",))).unknown == ()


@pytest.mark.parametrize("policy", [{"skip": ("esx-a01",)}, {"inventory_skip": ("esx-a01",)}])
def test_who_may_be_meant_is_spared_where_several_may_be(policy: dict[str, tuple[str, ...]]) -> None:
    twins = (A01, host("esx-a01.other.example", ends=20), A03)
    found = scope(twins, replace(POLICY, **policy))  # type: ignore[arg-type]
    assert names(found) == ["esx-a03"]
    assert found.several == [one for one in found.several if one["where"] == "inventory"], "to spare several is no fault"


def test_an_entry_spares_a_host_that_vcenter_knows_without_its_domain() -> None:
    assert names(scope((host("esx-b01"), A03), replace(POLICY, skip=("esx-b01.corp.example",)))) == ["esx-a03"]


def test_a_limit_that_names_hosts_takes_no_other() -> None:
    found = touched(limited_to=("esx-a03", "esx-a09"))
    assert names(found) == ["esx-a03"]
    assert found.excluded == (
        ("ESX-A01.corp.example", "the run's limit does not name it"),
        ("esx-a02.corp.example", "the run's limit does not name it"),
    )
    assert found.unknown == ("esx-a09",)
    # Whatever the scope is, and whoever else would be taken by the lists.
    everybody = replace(BY_SHORT_NAME, inventory_hosts=None, limited_to=("esx-a03",))
    assert names(scope(HOSTS, everybody)) == ["esx-a03"]
    assert names(touched(limited_to=("esx-a03",), hosts=("esx-a01", "esx-a02"))) == []


def test_a_limit_unsays_no_skip() -> None:
    found = touched(limited_to=("esx-a03", "esx-a01"), inventory_skip=("esx-a01",), skip=("esx-a03*",))
    assert names(found) == []
    assert dict(found.excluded)["ESX-A01.corp.example"] == "certops_skip is true for it in the inventory"


def test_who_is_excluded_by_a_limit_is_spared_under_each_of_its_names() -> None:
    found = touched(left_out=("esx-a01",))
    assert names(found) == ["esx-a02", "esx-a03"]
    assert found.excluded == (("ESX-A01.corp.example", "the run's limit excludes it"),)
    # A limit is no list of names that somebody may have misspelt.
    assert touched(left_out=("nobody",)).entries == {}
