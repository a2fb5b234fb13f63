# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps in clusters with vSAN: told by default, and where calm is required nobody is begun before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.vsan import VsanPolicy, vsan_of
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._estate.vsan import VsanHealth
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import reconnect
from ansible_collections.certops.vsphere.tests.unit.estates import POLICY
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

CALM = VsanHealth({"healthy": 20}, syncing=0)
BUSY = VsanHealth({"healthy": 20}, syncing=3)
REQUIRE = VsanPolicy("require", 600.0)


def clustered(*, hosts: int = 2, health: VsanHealth = CALM) -> FakeEstate:
    """Hosts of one cluster with vSAN."""
    world = fake_estate(hosts=hosts)
    for fake in world.fakes:
        fake.cluster = "c1"
    world.vsan = {"c1": health}
    return world


def reconnected(
    world: FakeEstate, policy: VsanPolicy = REQUIRE, *, in_flight: bool = False, concurrency: int = 1
) -> list[StepResult]:
    """Reconnect all of them."""
    hosts = world.hosts()[0]
    vsan = vsan_of(world, hosts, policy, every_host=lambda: hosts, in_flight=in_flight)
    return reconnect(
        world,
        hosts,
        away=(),
        certificates={},
        concurrency=concurrency,
        per_cluster=len(hosts),
        max_failures=0,
        timeout_seconds=300.0,
        check_mode=False,
        in_flight=in_flight,
        vsan=vsan,
    )


def statuses(results: list[StepResult]) -> list[str]:
    """How they ended."""
    return [one.status for one in results]


def resynchronises(world: FakeEstate, seconds: float) -> None:
    """Whoever is back has so long to resynchronise."""
    plain = world.reconnect

    def reconnect_and_resynchronise(*given: Any) -> None:
        plain(*given)
        world.vsan["c1"] = BUSY
        world.at(world.clock.seconds + seconds, lambda: world.vsan.update(c1=CALM))

    world.reconnect = reconnect_and_resynchronise  # type: ignore[method-assign]


def test_by_default_nothing_is_asked_of_vsan_in_a_step() -> None:
    world = clustered(health=BUSY)
    assert statuses(reconnected(world, VsanPolicy())) == ["changed", "changed"]
    assert not {"vsan_health"} & set(world.calls)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_the_next_host_waits_until_nothing_is_resynchronised(concurrency: int) -> None:
    world = clustered()
    resynchronises(world, 100)
    assert statuses(reconnected(world, concurrency=concurrency)) == ["changed", "changed"]
    assert world.clock.seconds >= 100


def test_a_host_is_not_begun_where_its_cluster_does_not_calm_down() -> None:
    world = clustered(health=replace(CALM, objects={"healthy": 19, "inaccessible": 1}))
    first, second = reconnected(world)
    assert (first.status, first.error_code, second.status) == ("failed", "vsan_not_calm", "not_started")
    assert "c1: 1 of 20 objects of vSAN are not healthy (inaccessible: 1)" in str(first.error)
    assert world.changes == []
    assert 600 <= world.clock.seconds < 660


def test_what_was_begun_is_finished_and_that_is_said() -> None:
    world = clustered(hosts=1, health=BUSY)
    [result] = reconnected(world, in_flight=True)
    assert result.status == "changed"
    assert any("went on though" in note and "resynchronises 3 objects" in note for note in result.notes)


def test_a_health_that_cannot_be_read_is_not_calm() -> None:
    world = clustered(hosts=1)
    world.spoil("vsan_health", CertopsError("Reading it failed", code="broken", vsphere_fault="HTTP 503"), times=9999)
    [result] = reconnected(world)
    assert (result.status, world.changes) == ("failed", [])
    assert "Reading it failed, vSphere said HTTP 503" in str(result.error)
    world.spoil("vsan_missing", CertopsError("Asking it failed", code="broken"), times=9999)
    [result] = reconnected(world)
    assert "c1: Asking it failed." in str(result.error)


def test_a_host_that_the_others_do_not_see_is_waited_for() -> None:
    world = clustered()
    world.vsan_cut_off = {"c1": ("esx09.example.com",)}
    world.at(100.0, world.vsan_cut_off.clear)
    assert statuses(reconnected(world)) == ["changed", "changed"]
    assert world.clock.seconds >= 100
    world.vsan_cut_off = {"c1": ("esx09.example.com",)}
    first, _second = reconnected(world)
    assert first.error_code == "vsan_not_calm"
    assert "c1: the other hosts do not see esx09.example.com in vSAN" in str(first.error)
    # That needs no health service.
    before = world.count("vsan_health")
    reconnected(world)
    assert world.count("vsan_health") == before


@pytest.mark.parametrize("act", ["renew", "install"])
def test_a_step_on_a_witness_alone_looks_at_the_clusters_of_its_vcenter(act: str) -> None:
    world = clustered(hosts=2)
    world.fakes[0].cluster = None
    world.vsan["c1"] = replace(BUSY, witnesses=(world.fakes[0].moid,))
    witness = world.hosts()[0][0]
    calm = vsan_of(world, [witness], REQUIRE)
    done: list[str] = []

    def work(host: EsxiHost) -> StepResult:
        done.append(host.name)
        return StepResult(host.name, act, "changed", "")

    assert calm.around(act, work)(witness).error_code == "vsan_not_calm"
    assert done == []


def test_a_witness_counts_as_a_host_of_its_cluster() -> None:
    world = clustered(hosts=2, health=BUSY)
    world.fakes[0].cluster = None
    world.vsan["c1"] = replace(BUSY, witnesses=(world.fakes[0].moid,))
    witness, other = reconnected(world)
    assert (witness.error_code, other.status) == ("vsan_not_calm", "not_started")
    assert world.changes == []


def test_hosts_without_vsan_wait_for_nobody() -> None:
    world = clustered(hosts=2, health=BUSY)
    world.fakes[0].cluster = None
    world.fakes[1].cluster = "c2"
    world.vsan["c3"] = BUSY
    assert statuses(reconnected(world)) == ["changed", "changed"]
    world.fakes[1].cluster = None
    assert statuses(reconnected(world)) == ["changed", "changed"]


def test_where_it_is_not_known_who_has_vsan_nothing_is_begun() -> None:
    world = clustered()
    world.clusters = lambda _hosts: ([Cluster("c1", "domain-c1", readable=False)], [])  # type: ignore[method-assign]
    with pytest.raises(CertopsError) as caught:
        reconnected(world)
    assert caught.value.code == "vsan_not_read"
    assert world.changes == []
    # Who was begun is finished.
    assert statuses(reconnected(world, in_flight=True)) == ["changed", "changed"]


LACKS = "the other hosts do not see esx09 in vSAN (its network is cut, or they are down)"


@pytest.mark.parametrize(
    ("health", "missing", "told"),
    [
        (CALM, (), ""),
        (BUSY, (), "; and vSAN resynchronises 3 objects"),
        (CALM, ("esx09",), f"; and {LACKS}"),
        (BUSY, ("esx09",), f"; and {LACKS}; vSAN resynchronises 3 objects"),
    ],
)
def test_the_plan_tells_of_the_conflict_and_of_what_is_not_calm(health: VsanHealth, missing: tuple[str, ...], told: str) -> None:
    world = clustered(health=health)
    world.vsan_cut_off = {"c1": missing}
    estate = observe(world, with_vsan=True).estate
    warnings = [one for one in decide(estate, POLICY, estate.observed_at).warnings if "has vSAN" in one]
    assert len(warnings) == 1
    assert warnings[0].startswith("c1 has vSAN")
    assert warnings[0].endswith(f"in maintenance mode{told}")
    # What is not asked for is not read, and told all the same.
    bare = observe(world).estate
    assert bare.clusters[0].vsan_health is None
    assert any("has vSAN" in one for one in decide(bare, POLICY, bare.observed_at).warnings)


def test_a_health_that_could_not_be_read_is_told() -> None:
    world = clustered()
    world.spoil("vsan_health", CertopsError("Reading it failed", code="broken"))
    world.vsan_cut_off = {"c1": ("esx09",)}
    estate = observe(world, with_vsan=True).estate
    assert [one.what for one in estate.unavailable] == ["vsan"]
    assert estate.clusters[0].vsan_health is None
    # What needs no health service is known all the same.
    assert estate.clusters[0].vsan_problem == LACKS
    assert Cluster.from_facts(estate.clusters[0].to_facts()) == estate.clusters[0]
    world.spoil("vsan_missing", CertopsError("Reading it failed", code="broken"))
    assert [one.what for one in observe(world, with_vsan=True).estate.unavailable] == ["vsan members"]
