# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a host stands: only one that is seen to stand in no cluster counts as outside of clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._operations import observe
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.tests.unit.estates import host, provider
from pyVmomi import vim

CLUSTER, ALONE = vim.ClusterComputeResource("domain-c8"), vim.ComputeResource("domain-s9")
FOLDER, DATACENTER = vim.Folder("group-h4"), vim.Datacenter("datacenter-2")


def seen(managed_object: Any, name: str, parent: Any) -> ObjectProperties:
    """An object of the inventory as it was read."""
    return ObjectProperties(managed_object, {"name": name, "parent": parent})


ABOVE = [seen(FOLDER, "host", DATACENTER), seen(DATACENTER, "dc1", None)]


@pytest.mark.parametrize(
    ("parent", "readable", "cluster"),
    [
        (CLUSTER, [seen(CLUSTER, "prod", FOLDER)], "prod"),
        (ALONE, [seen(ALONE, "esx01", FOLDER)], None),
        (ALONE, [], None),
        # The account may not see them.
        (CLUSTER, [], "domain-c8"),
        (CLUSTER, [ObjectProperties(CLUSTER, {"parent": FOLDER})], "domain-c8"),
        (None, [], ""),
    ],
)
def test_a_host_is_outside_of_clusters_only_where_that_is_seen(
    parent: Any, readable: list[ObjectProperties], cluster: Optional[str]
) -> None:
    item = seen(vim.HostSystem("host-1"), "esx01", parent)
    tree = {one.moid: one for one in [item, *readable, *ABOVE]}
    assert hosts._place(item, tree)[0] == cluster


@pytest.mark.parametrize(
    ("shown", "unreadable", "unavailable"),
    [
        ({"name": "esx01", "parent": ALONE}, {}, []),
        ({"name": "esx01"}, {}, [("parent", "esx01", "vCenter does not show it")]),
        ({"name": "esx01"}, {"parent": "NoPermission"}, [("parent", "esx01", "NoPermission")]),
        ({"parent": ALONE}, {"name": "NoPermission"}, [("name", "host-1", "NoPermission")]),
        ({}, {}, [("name", "host-1", "vCenter does not show it"), ("parent", "host-1", "vCenter does not show it")]),
    ],
)
def test_a_name_and_a_place_that_are_not_shown_are_told(
    shown: dict[str, Any], unreadable: dict[str, str], unavailable: list[tuple[str, str, str]]
) -> None:
    _host, told = hosts.host_seen(ObjectProperties(vim.HostSystem("host-1"), shown, unreadable), {})
    assert [(one.what, one.subject, one.reason) for one in told] == unavailable


def test_a_provider_that_may_be_a_hosts_is_no_orphan() -> None:
    gone = provider(None, "offline", host="gone.example.com")
    seen_host = replace(host("esx01"), addresses=("192.0.2.1",))
    assert observe._sure_orphans([gone], [seen_host], []) == ([gone], [])
    orphans, told = observe._sure_orphans([gone], [seen_host], ["host-7"])
    assert orphans == []
    assert [(one.what, one.subject, one.reason) for one in told] == [
        ("provider_host", gone.name, "the name of host-7 cannot be read"),
    ]


def test_of_a_host_without_a_name_it_is_not_known_whether_it_has_a_provider() -> None:
    nameless = replace(host("host-7"), provider=None)
    assert observe._with_providers(nameless, [], "NoPermission").provider_unavailable == "its name could not be read: NoPermission"
    assert observe._with_providers(nameless, [], None).provider_unavailable is None
