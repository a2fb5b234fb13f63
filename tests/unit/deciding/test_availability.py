# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns: never more hosts of a cluster away than may be, and no slower than that demands."""

from __future__ import annotations

import heapq
from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.availability import (
    Turns,
    cluster_of,
    crowded,
    held_back,
    interleave,
    no_room,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from hypothesis import given
from hypothesis import strategies as st


def in_cluster(cluster: Optional[str], count: int, state: str = "connected", datacenter: str = "dc1") -> list[EsxiHost]:
    """So many hosts of a cluster."""
    return [
        EsxiHost(f"{datacenter}-{cluster}-{state[:1]}{number}", "", cluster, datacenter, connection_state=state)
        for number in range(count)
    ]


class Played:
    """Turns played with hosts that take a time each; who fails stays away."""

    def __init__(
        self, turns: Turns, hosts: list[EsxiHost], away: list[EsxiHost], failing: set[str], seconds: dict[str, int]
    ) -> None:
        self.order: list[str] = []
        self.most: dict[Any, int] = {}
        self.ended_at = 0
        missing = {host.name for host in away}
        places = {host.name: cluster_of(host) for host in [*hosts, *away]}
        running: list[tuple[int, int, EsxiHost]] = []
        now = 0
        while True:
            while (host := turns.next()) is not None:
                self.order.append(host.name)
                if host.name not in missing:
                    missing.add(host.name)
                    place = places[host.name]
                    self.most[place] = max(self.most.get(place, 0), sum(1 for name in missing if places[name] == place))
                heapq.heappush(running, (now + seconds.get(host.name, 1), len(self.order), host))
            if not running:
                break
            now, _number, host = heapq.heappop(running)
            turns.ended(host, still_away=host.name in failing)
            if host.name not in failing:
                missing.remove(host.name)
            self.ended_at = now


CLUSTERS = st.sampled_from(["a", "b", "c", None])


@st.composite
def fleets(draw: st.DrawFn) -> tuple[list[EsxiHost], list[EsxiHost]]:
    """Hosts to be worked on, and all that are away, some of them among the others."""
    rows = draw(st.lists(st.tuples(CLUSTERS, st.sampled_from("cccd"), st.booleans()), max_size=12))
    everyone = [
        EsxiHost(f"esx{number}", "", cluster, "dc1", connection_state="connected" if state == "c" else "disconnected")
        for number, (cluster, state, _wanted) in enumerate(rows)
    ]
    wanted = [host for host, row in zip(everyone, rows, strict=True) if row[2]]
    return wanted, [host for host in everyone if not host.connected]


@given(
    fleets(),
    st.integers(1, 5),
    st.integers(1, 3),
    st.sets(st.integers(0, 11)),
    st.dictionaries(st.integers(0, 11), st.integers(1, 9)),
)
def test_nobody_makes_a_cluster_shorter_than_it_may_be(
    fleet: tuple[list[EsxiHost], list[EsxiHost]], concurrency: int, per_cluster: int, fails: set[int], times: dict[int, int]
) -> None:
    hosts, away = fleet
    turns = Turns(hosts, concurrency=concurrency, per_cluster=per_cluster, away=away)
    failing = {f"esx{number}" for number in fails}
    played = Played(turns, hosts, away, failing, {f"esx{number}": seconds for number, seconds in times.items()})
    assert all(count <= per_cluster for count in played.most.values())
    # Nobody is forgotten: who did not begin may not.
    assert sorted([*played.order, *(host.name for host in turns.waiting)]) == sorted(host.name for host in hosts)
    for host in turns.waiting:
        assert len(turns.away_with(host)) >= per_cluster
    again = Turns(hosts, concurrency=concurrency, per_cluster=per_cluster, away=away)
    assert Played(again, hosts, away, failing, {f"esx{number}": seconds for number, seconds in times.items()}).order == played.order


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.integers(1, 6), st.integers(1, 3))
def test_it_takes_no_longer_than_the_largest_cluster_or_all_of_them(sizes: list[int], concurrency: int, per_cluster: int) -> None:
    hosts = interleave([host for number, size in enumerate(sizes) for host in in_cluster(f"c{number}", size)], cluster_of)
    turns = Turns(hosts, concurrency=concurrency, per_cluster=per_cluster)
    rounds = turns.rounds_left()
    assert rounds == max(-(-sum(sizes) // concurrency), *(-(-size // per_cluster) for size in sizes), 0)
    assert Played(turns, hosts, [], set(), {}).ended_at == rounds
    assert turns.rounds_left() == 0


def test_without_a_limit_they_begin_in_their_order() -> None:
    hosts = [*in_cluster("a", 3), *in_cluster("b", 1)]
    turns = Turns(hosts, concurrency=2)
    assert (turns.rounds_left(), turns.next(), turns.next(), turns.next()) == (2, hosts[0], hosts[1], None)
    turns.ended(hosts[1], still_away=False)
    assert (turns.next(), turns.rounds_left()) == (hosts[2], 2)


def test_clusters_take_turns() -> None:
    assert interleave("aaabbc", str) == ["a", "b", "c", "a", "b", "a"]
    assert interleave([], str) == []


def test_a_cluster_of_the_same_name_elsewhere_and_hosts_in_none_have_room_of_their_own() -> None:
    hosts = [*in_cluster("a", 1), *in_cluster("a", 1, datacenter="dc2"), *in_cluster(None, 2), *in_cluster("", 1)]
    assert len({cluster_of(host) for host in hosts}) == 5


def test_who_may_not_begin_is_told_with_who_is_away() -> None:
    hosts, dead = in_cluster("a", 2), in_cluster("a", 2, "notResponding")
    everyone = [*hosts, *in_cluster("b", 1), dead[0]]
    assert crowded(everyone, dead, 2) == dict.fromkeys(["dc1-a-c0", "dc1-a-c1"], ("dc1-a-n0", "dc1-a-n1"))
    assert crowded(everyone, dead, 3) == {}
    assert no_room(["x"], 1).startswith("x of the same cluster is away from vCenter, and no more than 1 may be")
    assert no_room(["x", "y"], 2).startswith("x, y of the same cluster are away")


ALL = ["renew", "reconnect", "reregister"]


def planned(name: str, steps: list[str], state: str = "connected", cluster: Optional[str] = "a") -> dict[str, Any]:
    """A host in a plan."""
    return {"esxi_host": name, "steps": steps, "connection_state": state, "cluster": cluster, "datacenter": "dc1"}


def result(name: str, step: str, status: str, state: Optional[str] = None, **more: Any) -> dict[str, Any]:
    """What a step did to a host."""
    return {
        "esxi_host": name,
        "step": step,
        "status": status,
        "failed": status == "failed",
        "after": state and {"connection_state": state},
        **more,
    }


def held(*results: dict[str, Any], per_cluster: int = 1, at_once: bool = False, away: tuple[str, ...] = ()) -> list[str]:
    """Who is held back of a1 to a3, b1 and a host that only a provider is due for, where these are away from the beginning."""
    hosts = [
        *(planned(name, ALL, "disconnected" if name in away else "connected") for name in ("a1", "a2", "a3")),
        planned("b1", ALL, cluster="b"),
        planned("a4", ["reregister"]),
    ]
    gone = [planned(name, [], "disconnected") for name in away]
    plan = {"policy": {"per_cluster": per_cluster}, "hosts": hosts, "away": gone}
    found = held_back(plan, results, ["a1", "a2", "b1", "a4"], at_once=at_once)
    assert all(one["step"] == "renew" and one["status"] == "not_started" and not one["failed"] for one in found)
    return [one["esxi_host"] for one in found]


def test_a_host_that_a_failure_left_away_holds_back_the_others_of_its_cluster() -> None:
    assert held() == []
    failed = result("a3", "reconnect", "failed", "disconnected")
    assert held(failed) == ["a1", "a2"]
    assert held(failed, per_cluster=2) == []
    assert held(result("a3", "reconnect", "failed", "connected")) == []
    assert held(result("a3", "reconnect", "failed")) == ["a1", "a2"]
    assert held(result("a1", "reconnect", "failed", "notResponding")) == ["a2"]
    assert held(failed, result("a3", "reconnect_pinned", "changed", "connected")) == []
    assert held(result("a3", "renew", "failed"), result("unknown", "reconnect", "failed")) == []


def test_what_was_not_started_left_nobody_away() -> None:
    assert held(result("a3", "reconnect", "not_started")) == []
    assert held(result("a3", "reconnect", "unchanged")) == []
    assert held(result("a3", "renew_cli", "changed", backup="/var/old")) == []


def test_a_host_that_was_removed_from_vcenter_is_not_missed_by_its_cluster() -> None:
    removed = {**result("a3", "reconnect", "failed"), "after": {"connection_state": None, "in_vcenter": False}}
    assert held(removed) == []
    assert held({**removed, "after": {"connection_state": None}}) == ["a1", "a2"]


def test_a_host_takes_no_room_from_itself() -> None:
    # Seen as away a moment ago, and connected by now: it is no other of its cluster.
    [host] = in_cluster("a", 1)
    assert crowded([host], [host], 1) == {}
    other, third = in_cluster("a", 3)[1:]
    assert crowded([host, other], [host, third], 2) == {other.name: (host.name, third.name)}


def test_a_host_that_its_own_cli_failed_to_renew_counts_once_something_was_replaced() -> None:
    assert held(result("a3", "renew_cli", "failed", backup="/var/old")) == ["a1", "a2"]
    assert held(result("a3", "renew_cli", "failed", backup=None)) == []


def test_who_was_away_before_counts_unless_it_is_brought_back() -> None:
    assert held(away=("elsewhere",)) == ["a1", "a2"]
    assert held(away=("a3",)) == []
    assert held(away=("a3",), at_once=True) == ["a1", "a2"]
    assert held(result("a3", "reconnect", "changed", "connected"), away=("a3",), at_once=True) == []
    # Who is away itself comes back, and takes nobody's room.
    assert held(away=("a1",), at_once=True) == ["a2"]
