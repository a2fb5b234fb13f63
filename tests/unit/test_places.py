# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a host stands: only one that is seen to stand in no cluster counts as outside of clusters."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils.vsphere import hosts
from ansible_collections.certops.vsphere.plugins.module_utils.vsphere.properties import ObjectProperties
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
