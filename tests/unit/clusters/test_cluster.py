# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters as they were observed: what unset means, and what is noted on one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster, VmRestart
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.ha_note import (
    MONITORED,
    UNMONITORED,
    held,
    monitoring_in,
    needed_until,
    note_of,
    owner_in,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW
from ansible_collections.certops.vsphere.tests.unit.clusters.fake_clusters import FakeCluster
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host
from ansible_collections.certops.vsphere.tests.unit.fake_estate import fake_estate

C1 = Cluster("c1", "domain-c1")


@pytest.mark.parametrize(
    ("enabled", "monitoring", "expected"),
    [
        (True, MONITORED, True),
        (True, UNMONITORED, False),
        # Unset means enabled, and means nothing while HA is off.
        (True, None, True),
        (False, MONITORED, False),
        (False, None, False),
        # Unset is not off.
        (None, MONITORED, None),
        (None, None, None),
    ],
)
def test_ha_restarts_machines_where_it_is_on_and_monitors_hosts(
    enabled: Optional[bool], monitoring: Optional[str], expected: Optional[bool]
) -> None:
    assert replace(C1, ha_enabled=enabled, host_monitoring=monitoring).restarts_vms is expected


@pytest.mark.parametrize(
    ("before", "again"), [(MONITORED, MONITORED), (None, MONITORED), (UNMONITORED, UNMONITORED), ("something new", MONITORED)]
)
def test_a_note_says_what_host_monitoring_is_to_be_again(before: Optional[str], again: str) -> None:
    note = note_of(before, NOW)
    assert monitoring_in(note) == again
    assert note.endswith(" at 2026-03-01T02:00:00Z")
    assert replace(C1, noted=note).left_off
    assert not C1.left_off


def test_a_note_says_who_needs_host_monitoring_off_and_until_when() -> None:
    plain = note_of(None, NOW)
    assert (owner_in(plain), needed_until(plain)) == (None, None)
    first = held(plain, "4711.12@ctrl01.ab", NOW + timedelta(minutes=4))
    assert first == f"{plain} by 4711.12@ctrl01.ab, needed until 2026-03-01T02:04:00Z"
    # Prolonged, or gone on from by another process, it says since when as before.
    later = held(first, "4712.13@ctrl02.cd", NOW + timedelta(minutes=9))
    assert later.startswith(plain)
    assert (owner_in(later), needed_until(later)) == ("4712.13@ctrl02.cd", NOW + timedelta(minutes=9))
    assert monitoring_in(later) == MONITORED
    # What somebody wrote by hand holds nothing.
    assert needed_until(f"{plain} by me, needed until noon") is None
    # vCenter keeps 255 characters.
    assert len(held(note_of(UNMONITORED, NOW), f"4194304.12345678901@{'n' * 40}.{'a' * 12}", NOW)) < 255


def test_a_restart_is_told_with_its_machine_host_and_time() -> None:
    assert VmRestart("web01", "esx01", NOW + timedelta(seconds=5)).to_facts() == {
        "virtual_machine": "web01",
        "esxi_host": "esx01",
        "at": "2026-03-01T02:00:05Z",
    }


def test_the_cluster_of_a_host_is_found_by_its_id() -> None:
    whole = replace(estate(host()), clusters=(C1, Cluster("c1", "domain-c9")))
    assert whole.cluster_of(host(cluster_moid="domain-c9")) == Cluster("c1", "domain-c9")
    assert whole.cluster_of(host(cluster_moid=None)) is None


def seen(made: dict[str, FakeCluster], *, spoilt: str = "") -> Estate:
    """What is observed of an estate with these clusters."""
    world = fake_estate()
    world.ha.clusters.update(made)
    if spoilt:
        world.spoil(spoilt, TransientError("broken", code="broken"))
    return observe(world).estate


def test_clusters_are_observed_with_what_the_account_lacks_where_ha_monitors() -> None:
    lacking = ("Host.Inventory.EditCluster",)
    found = seen({"c1": FakeCluster(missing=lacking), "c2": FakeCluster(monitoring="disabled", missing=lacking)})
    assert [(one.name, one.restarts_vms, one.missing_privileges) for one in found.clusters] == [
        ("c1", True, lacking),
        ("c2", False, ()),
    ]
    assert [one.ha_state for one in found.hosts] == ["connectedToMaster", "connectedToMaster"]


def test_a_cluster_without_ha_costs_no_look_at_privileges() -> None:
    world = fake_estate()
    observe(world)
    assert (world.count("clusters"), world.count("missing_on_clusters")) == (1, 0)


def test_what_cannot_be_read_of_clusters_is_said_and_fails_nothing() -> None:
    found = seen({"c1": FakeCluster(readable=False)})
    assert [(one.what, one.subject) for one in found.unavailable] == [("cluster", "c1")]
    assert found.clusters[0].restarts_vms is None
    assert [one.what for one in seen({}, spoilt="clusters").unavailable] == ["clusters"]
    found = seen({"c1": FakeCluster()}, spoilt="missing_on_clusters")
    assert [one.what for one in found.unavailable] == ["privileges on clusters"]
    assert found.clusters[0].restarts_vms
