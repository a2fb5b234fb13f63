# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report says of vSphere HA: clusters before and after, how agents are, and the virtual machines that HA restarted meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Optional

import jsonschema
import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster, VmRestart
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import (
    given_facts_after,
    given_plan,
    given_report,
)
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.modules.cert_expiry_facts import check
from ansible_collections.certops.vsphere.tests.unit.clusters.fake_clusters import FakeCluster
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, estate, host
from ansible_collections.certops.vsphere.tests.unit.fake_estate import fake_estate

ON = Cluster("c1", "domain-c1", "dc1", ha_enabled=True)
RESTARTED = VmRestart("web01", "esx02.example.com", NOW + timedelta(minutes=5))
SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def seen(cluster: Cluster, state: Optional[str], restarts: Optional[tuple[VmRestart, ...]] = None) -> Estate:
    """A host that is due, in this cluster."""
    one = host(ends=20, cluster_moid="domain-c1", ha_state=state)
    return replace(estate(one), clusters=(cluster,), vm_restarts=restarts)


def report(after: Optional[Estate]) -> dict[str, Any]:
    """The report of a run that found it well, and after which it was so."""
    plan = decide(seen(ON, "master"), replace(POLICY, ha="suspend"), NOW).to_facts()
    facts = None if after is None else json.loads(json.dumps(after.to_facts()))
    made = build(
        given_plan(json.loads(json.dumps(plan))),
        results=[],
        verified=[],
        after=given_facts_after(facts),
        check_mode=False,
        failure=None,
    )
    given_report(made)
    jsonschema.validate(
        {"vcenters": [made]}, {"$defs": SCHEMA["$defs"], "properties": {"vcenters": SCHEMA["properties"]["vcenters"]}}
    )
    return made


def test_clusters_and_agents_are_told_before_and_after() -> None:
    made = report(seen(replace(ON, host_monitoring="disabled"), "election"))
    assert made["clusters"] == [
        {
            "name": "c1",
            "datacenter": "dc1",
            "ha_enabled": True,
            "host_monitoring": None,
            "host_monitoring_after": "disabled",
            "esxi_hosts": ["esx01.example.com"],
            "to_be_suspended": True,
            "to_be_restored": False,
            "lifecycle_managed": None,
            "vsan": {"enabled": None, "objects": {}, "syncing": None},
        }
    ]
    assert (made["hosts"][0]["ha_state"], made["hosts"][0]["before"]["ha_state"]) == ("election", "master")
    assert made["vm_restarts"] is None


def test_where_nothing_was_read_at_the_end_it_is_not_known_what_is_so_now() -> None:
    made = report(None)
    assert made["clusters"][0]["host_monitoring_after"] is None
    assert made["hosts"][0]["ha_state"] == "master"
    assert made["vm_restarts"] is None


def test_machines_that_ha_restarted_are_counted_and_warned_of() -> None:
    made = report(seen(ON, "master", (RESTARTED,)))
    assert made["vm_restarts"] == [{"virtual_machine": "web01", "esxi_host": "esx02.example.com", "at": "2026-03-01T02:05:00Z"}]
    assert notice.HA_RESTARTED.of(number=1, virtual_machines="web01") in made["warnings"]
    assert report(seen(ON, "master", ()))["vm_restarts"] == []


def test_restarts_are_looked_for_since_a_time_where_a_cluster_has_ha() -> None:
    world = fake_estate()
    assert observe(world, vm_restarts_since=NOW).estate.vm_restarts is None
    assert world.count("vm_restarts") == 0
    world.ha.clusters["c1"] = FakeCluster()
    world.ha.restarts += [replace(RESTARTED, at=NOW - timedelta(minutes=5)), RESTARTED]
    assert observe(world).estate.vm_restarts is None
    assert observe(world, vm_restarts_since=NOW).estate.vm_restarts == (RESTARTED,)
    # By vCenter's clock.
    world.spoil("server_time", lambda: world.clock.now() + timedelta(minutes=10))
    assert observe(world, vm_restarts_since=NOW).estate.vm_restarts == ()


def test_a_restart_right_after_the_plan_is_seen_though_the_clock_was_read_a_second_off() -> None:
    world = fake_estate()
    world.ha.clusters["c1"] = FakeCluster()
    at_once = replace(RESTARTED, at=NOW + timedelta(seconds=0.3))
    world.ha.restarts.append(at_once)
    world.spoil("server_time", lambda: world.clock.now() + timedelta(seconds=1))
    assert observe(world, vm_restarts_since=NOW).estate.vm_restarts == (at_once,)


def test_events_that_cannot_be_read_are_no_failure() -> None:
    world = fake_estate()
    world.ha.clusters["c1"] = FakeCluster()
    world.spoil("vm_restarts", TransientError("broken", code="broken"))
    found = observe(world, vm_restarts_since=NOW).estate
    assert found.vm_restarts is None
    assert [one.what for one in found.unavailable] == ["events of HA"]


def test_facts_of_restarts_are_read_as_they_were_written() -> None:
    one = seen(ON, "master", (RESTARTED, replace(RESTARTED, esxi_host=None)))
    assert Estate.from_facts(json.loads(json.dumps(one.to_facts()))) == one


def test_a_time_that_is_none_is_refused_before_anything_is_sent() -> None:
    check({"vm_restarts_since": None})
    check({"vm_restarts_since": "2026-03-01T02:00:00Z"})
    with pytest.raises(InputError, match="vm_restarts_since"):
        check({"vm_restarts_since": "yesterday"})
