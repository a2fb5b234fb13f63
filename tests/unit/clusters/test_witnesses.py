# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A witness of vSAN and a host of its cluster are never away from vCenter together: not by a plan, after a failure, nor within a step."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.apart import Apart
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.vsan import VsanPolicy, vsan_of
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.availability import Witnesses, held_back, never_together
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import Plan, decide
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._estate.vsan import VsanHealth
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import reconnect
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, codes, estate, host
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

CALM = VsanHealth({"healthy": 20}, syncing=0)
BROKEN = CertopsError("Asking it failed", code="broken")
WARN, REQUIRE = VsanPolicy("warn"), VsanPolicy("require", 600.0)


def data_host(name: str = "esx01.example.com", **changes: Any) -> EsxiHost:
    """A host that is due, in the cluster that has a witness."""
    return host(name, ends=20, **{"cluster_moid": "domain-c1", **changes})


def witness(name: str = "witness.example.com", **changes: Any) -> EsxiHost:
    """Its witness, which is due."""
    return host(name, ends=20, **{"cluster": None, "cluster_moid": None, "moid": "host-witness", **changes})


def made(*hosts: EsxiHost, **policy: Any) -> Plan:
    """The plan of these hosts."""
    cluster = Cluster("c1", "domain-c1", "dc1", vsan_enabled=True, vsan_health=replace(CALM, witnesses=("host-witness",)))
    unasked = Cluster("c2", "domain-c2", "dc1", vsan_enabled=True)
    return decide(replace(estate(*hosts), clusters=(cluster, unasked)), replace(POLICY, per_cluster=9, **policy), NOW)


def of(plan: Plan, name: str) -> Any:
    return next(one for one in plan.hosts if one.host.name == name)


LOST = {"connection_state": "notResponding"}


def test_a_host_is_not_planned_while_its_clusters_witness_stays_away_and_the_other_way_round() -> None:
    plan = made(data_host(), witness(**LOST, certificate=None), hosts=("esx01.example.com",))
    [blocker] = of(plan, "esx01.example.com").blockers
    assert (blocker.code, of(plan, "esx01.example.com").steps) == ("cluster_away", ())
    assert never_together(["witness.example.com"]) in blocker.message
    assert blocker.remedy == "Bring witness.example.com back, and run again."
    plan = made(data_host(**LOST, certificate=None), witness(), hosts=("witness.example.com",))
    assert codes(of(plan, "witness.example.com").blockers) == ["cluster_away"]
    # A host of another cluster has nothing to do with it.
    plan = made(data_host(cluster="c2", cluster_moid="domain-c2"), witness(**LOST, certificate=None), hosts=("esx01.example.com",))
    assert of(plan, "esx01.example.com").blockers == ()


def test_a_witness_that_the_run_brings_back_comes_before_the_hosts_of_its_cluster() -> None:
    expired = host("witness.example.com", ends=-5, **LOST, cluster=None, cluster_moid=None, moid="host-witness")
    plan = made(data_host("a1"), data_host("a2"), expired, canary=0, batch=1)
    assert [one.blockers for one in plan.hosts] == [(), (), ()]
    assert plan.batches[0] == ("witness.example.com",)


def test_who_a_failure_left_away_holds_back_the_other_side() -> None:
    plan = made(data_host("a1"), data_host("a2"), witness()).to_facts()

    def held(failed: str) -> list[str]:
        result = {"esxi_host": failed, "step": "reconnect", "failed": True, "status": "failed", "after": {"connection_state": None}}
        found = held_back(plan, [result], ["a1", "a2", "witness.example.com"], at_once=True)
        assert all(never_together([failed]) in one["reason"] for one in found)
        return sorted(one["esxi_host"] for one in found)

    assert held("witness.example.com") == ["a1", "a2"]
    assert held("a2") == ["witness.example.com"]
    [away] = made(data_host("a1"), witness(**LOST)).to_facts()["away"]
    assert away["moid"] == "host-witness"


def test_names_in_a_sentence() -> None:
    assert never_together(["a"]).startswith("a is away from vCenter, and a witness of vSAN is never away together")
    assert never_together(["a", "b"]).startswith("a, b are away")


def world_of(*, hosts: int = 2, health: VsanHealth = CALM) -> FakeEstate:
    """Hosts of one cluster with vSAN, of which the first is the witness instead."""
    world = fake_estate(hosts=hosts)
    for fake in world.fakes:
        fake.cluster = "c1"
    world.fakes[0].cluster = None
    world.vsan = {"c1": replace(health, witnesses=(world.fakes[0].moid,))}
    return world


def reconnected(world: FakeEstate, policy: VsanPolicy, max_failures: int = 0) -> list[StepResult]:
    hosts = world.hosts()[0]
    vsan = vsan_of(world, hosts, policy, every_host=lambda: hosts)
    return reconnect(
        world,
        hosts,
        away=[one for one in hosts if not one.connected],
        certificates={},
        concurrency=len(hosts),
        per_cluster=len(hosts),
        max_failures=max_failures,
        timeout_seconds=300.0,
        check_mode=False,
        vsan=vsan,
    )


def most_away(world: FakeEstate) -> set[int]:
    """The sizes of the groups that are away together while it is worked on, as they are when another goes away."""
    away: set[str] = set()
    seen: set[int] = set()
    leave, come = world.disconnect, world.reconnect

    def disconnect_seen(gone: EsxiHost, *given: Any) -> None:
        away.add(gone.moid)
        seen.add(len(away))
        leave(gone, *given)

    def reconnect_seen(back: EsxiHost, *given: Any) -> None:
        come(back, *given)
        away.discard(back.moid)

    world.disconnect, world.reconnect = disconnect_seen, reconnect_seen  # type: ignore[method-assign]
    return seen


@pytest.mark.parametrize("policy", [WARN, REQUIRE], ids=["warn", "require"])
def test_in_a_step_they_go_one_after_another(policy: VsanPolicy) -> None:
    world = world_of()
    seen = most_away(world)
    assert [one.status for one in reconnected(world, policy)] == ["changed", "changed"]
    assert seen == {1}


@pytest.mark.parametrize("policy", [WARN, REQUIRE], ids=["warn", "require"])
def test_in_a_step_nobody_begins_whose_other_side_was_left_away(policy: VsanPolicy) -> None:
    world = world_of()
    world.spoil("reconnect", BROKEN, times=99)
    found = reconnected(world, policy, max_failures=9)
    assert sorted(one.status for one in found) == ["failed", "not_started"]
    [waiting] = [one for one in found if one.status == "not_started"]
    assert "a witness of vSAN is never away together with a host of its cluster" in waiting.reason


def test_one_that_is_away_comes_back_and_the_others_follow() -> None:
    world = world_of()
    world.fakes[0].state = "disconnected"
    assert [one.status for one in reconnected(world, WARN)] == ["changed", "changed"]


def test_who_may_be_a_witness_goes_alone_where_nobody_tells_it() -> None:
    world = world_of()
    world.vsan = {"c1": CALM}
    seen = most_away(world)
    world.spoil("vsan_health", BROKEN, times=99)
    assert [one.status for one in reconnected(world, WARN)] == ["changed", "changed"]
    assert seen == {1}


@pytest.mark.parametrize("inside", [0, 3], ids=["all of them outside", "all of them in the cluster"])
def test_nothing_is_asked_where_none_of_the_hosts_can_be_a_witness_of_another(inside: int) -> None:
    world = world_of(hosts=3)
    for number, fake in enumerate(world.fakes):
        fake.cluster = "c1" if number < inside else None
    assert {one.status for one in reconnected(world, WARN)} == {"changed"}
    assert world.count("vsan_health") == 0


def test_clusters_that_cannot_be_read_part_nobody() -> None:
    world = world_of()
    world.spoil("clusters", BROKEN, times=99)
    assert {one.status for one in reconnected(world, WARN)} == {"changed"}


def test_work_that_breaks_leaves_its_host_away() -> None:
    one, other = data_host(), witness()
    apart = Apart(Witnesses.of([Cluster("c1", "domain-c1", "dc1", vsan_health=replace(CALM, witnesses=("host-witness",)))]))

    def broken(_host: EsxiHost) -> StepResult:
        raise RuntimeError

    work = apart.around("reconnect", broken, lambda _host, _result: False)
    with pytest.raises(RuntimeError):
        work(one)
    assert work(other).status == "not_started"


def test_two_hosts_of_a_cluster_are_at_work_together_while_its_witness_waits() -> None:
    hosts = [data_host("a1"), data_host("a2")]
    apart = Apart(Witnesses.of([Cluster("c1", "domain-c1", "dc1", vsan_health=replace(CALM, witnesses=("host-witness",)))]))
    both, begun = threading.Barrier(2, timeout=20), []

    def work(host: EsxiHost) -> StepResult:
        if host.cluster is not None:
            both.wait()
        begun.append(host.name)
        return StepResult(host.name, "reconnect", "changed", "")

    worked = apart.around("reconnect", work, lambda _host, _result: False)
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(worked, one) for one in hosts]
        running.append(pool.submit(worked, witness()))
        assert [one.result().status for one in running] == ["changed"] * 3
    assert len(begun) == 3
