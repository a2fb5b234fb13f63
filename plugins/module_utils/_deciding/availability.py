# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host may go away from vCenter now: never more of one cluster at the same time than may.

Pure. A host is away from vCenter from its disconnect to its reconnect, and whenever vCenter has no connection to it, whoever is the
cause: what a cluster can do without is the same then. Hosts that stand in no cluster count by themselves.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Callable, Collection, Hashable, Iterable, Mapping, Optional, Sequence, TypeVar

from .._estate.cluster import HA_AGENT_NOT_WELL, Cluster
from .._estate.estate import CONNECTED, EsxiHost
from .._estate.step_result import CHANGED, NOT_STARTED, UNCHANGED, StepResult
from .rules import RECONNECT, RECONNECT_PINNED, RENEW, RENEW_CLI, RENEW_CUSTOM_CA

T = TypeVar("T")

# A host that takes one of these comes back by it; one that takes none of them stays where it is.
RETURNING = frozenset({RECONNECT, RECONNECT_PINNED})
# What restarts services of a host or takes it away from vCenter, so that HA may take it for dead.
DISTURBING = RETURNING | {RENEW, RENEW_CLI, RENEW_CUSTOM_CA}


def cluster_of(host: EsxiHost) -> Hashable:
    """What a host shares its room with: its cluster, or nobody. Two datacenters may each have a cluster of the same name."""
    return _place(host.name, host.datacenter, host.cluster)


def interleave(items: Iterable[T], place: Callable[[T], Hashable]) -> list[T]:
    """In turn one of each place, each place's own in the order in which they were given: the same input gives the same output."""
    seen: Counter[Hashable] = Counter()
    numbered = []
    for item in items:
        numbered.append((seen[place(item)], item))
        seen[place(item)] += 1
    return [item for _turn, item in sorted(numbered, key=lambda entry: entry[0])]


def crowded(hosts: Sequence[EsxiHost], away: Collection[EsxiHost], per_cluster: int) -> dict[str, tuple[str, ...]]:
    """Those of these hosts that may not begin whatever becomes of the others, each with the hosts of its cluster that are away.

    away: who stays away, as far as is known. A host that is away itself takes no room by coming back.
    """
    found = {}
    for host in hosts:
        others = tuple(other.name for other in away if other.name != host.name and cluster_of(other) == cluster_of(host))
        if host.connected and len(others) >= per_cluster:
            found[host.name] = others
    return found


@dataclass(frozen=True)
class Witnesses:
    """Which hosts are witnesses of vSAN, and of which clusters: one is never away together with a host of its cluster, however many of that may be.

    served: by the ids of witnesses the places of their clusters.
    """

    served: Mapping[str, frozenset[Hashable]] = field(default_factory=dict)

    @classmethod
    def of(cls, clusters: Iterable[Cluster]) -> Witnesses:
        """Those of these clusters, as far as vSAN was asked."""
        return cls.serving(
            (moid, _place("", cluster.datacenter, cluster.name))
            for cluster in clusters
            if cluster.vsan_health is not None
            for moid in cluster.vsan_health.witnesses
        )

    @classmethod
    def serving(cls, pairs: Iterable[tuple[str, Hashable]]) -> Witnesses:
        """Those by the ids of witnesses, each with the place of one of its clusters."""
        found: dict[str, set[Hashable]] = {}
        for moid, place in pairs:
            found.setdefault(moid, set()).add(place)
        return cls({moid: frozenset(places) for moid, places in found.items()})

    def part(self, one: EsxiHost, other: EsxiHost) -> bool:
        """Whether one of these hosts is the witness of the other's cluster."""
        return self._part(one.moid, cluster_of(one), other.moid, cluster_of(other))

    def parted(self, hosts: Sequence[EsxiHost], away: Collection[EsxiHost]) -> dict[str, tuple[str, ...]]:
        """Those of these hosts that may not begin, each with the witnesses, or the hosts of its clusters, that are away."""
        found = {host.name: tuple(other.name for other in away if self.part(host, other)) for host in hosts if host.connected}
        return {name: others for name, others in found.items() if others}

    def parted_in(self, host: Mapping[str, Any], away: Mapping[str, tuple[str, Hashable]]) -> list[str]:
        """Who of these is not to be away together with a host of a plan. away: by their names their ids and places."""
        return [name for name, (moid, place) in away.items() if self._part(_moid_of(host), _place_of(host), moid, place)]

    def _part(self, moid: str, place: Hashable, other_moid: str, other_place: Hashable) -> bool:
        return other_place in self.served.get(moid, ()) or place in self.served.get(other_moid, ())


class Turns:
    """Hands out hosts, as many at the same time as may be worked on, and of each cluster as many as may be away."""

    def __init__(
        self,
        hosts: Sequence[EsxiHost],
        *,
        concurrency: int,
        per_cluster: Optional[int] = None,
        away: Iterable[EsxiHost] = (),
        place: Callable[[EsxiHost], Hashable] = cluster_of,
    ) -> None:
        """per_cluster: None where nobody goes away. away: who is away when it begins, these hosts or others. place: what a host shares its room with."""
        self._waiting = list(hosts)
        self._concurrency = concurrency
        self._per_cluster = per_cluster
        self._running: list[EsxiHost] = []
        self._place = place
        self._away: dict[str, Hashable] = {host.name: place(host) for host in away}
        # Where nobody begins any more, and because of which hosts.
        self._closed: dict[Hashable, tuple[str, ...]] = {}

    @property
    def waiting(self) -> tuple[EsxiHost, ...]:
        """Those that have not started, in the order in which they were given."""
        return tuple(self._waiting)

    def next(self) -> Optional[EsxiHost]:
        """The host that begins now; None where none may. Who is away already comes first, since that makes room.

        Then comes who has the most others of its cluster behind it: the largest cluster decides how long it takes in all.
        """
        able = [host for host in self._waiting if self._may_begin(host)]
        if len(self._running) >= self._concurrency or not able:
            return None
        if self._per_cluster is not None:
            behind = Counter(self._place(host) for host in self._waiting)
            able.sort(key=lambda host: (host.name not in self._away, -behind[self._place(host)]))
        host = able[0]
        self._waiting.remove(host)
        self._running.append(host)
        self._away[host.name] = self._place(host)
        return host

    def ended(self, host: EsxiHost, *, still_away: bool) -> None:
        """A host that began has ended, and is back or not."""
        self._running.remove(host)
        if not still_away:
            del self._away[host.name]

    def away_with(self, host: EsxiHost) -> tuple[str, ...]:
        """Who of the host's cluster is away now."""
        return tuple(name for name, place in self._away.items() if place == self._place(host) and name != host.name)

    def close(self, host: EsxiHost) -> None:
        """Nobody of the host's cluster begins any more, because of it."""
        self._closed[self._place(host)] = (*self.closed_by(host), host.name)

    def closed_by(self, host: EsxiHost) -> tuple[str, ...]:
        """Because of whom a host may not begin."""
        return self._closed.get(self._place(host), ())

    def rounds_left(self) -> int:
        """How many hosts must still follow one another, those at work included: what the largest cluster demands, or all of them."""
        hosts = [*self._waiting, *self._running]
        rounds = -(-len(hosts) // self._concurrency)
        if self._per_cluster is None:
            return rounds
        counts = Counter(self._place(host) for host in hosts)
        return max(rounds, *(-(-count // self._per_cluster) for count in counts.values()), 0)

    def _may_begin(self, host: EsxiHost) -> bool:
        if self.closed_by(host):
            return False
        if self._per_cluster is None or host.name in self._away:
            return True
        return len(self.away_with(host)) < self._per_cluster


def held_back(
    plan: Mapping[str, Any], results: Sequence[Mapping[str, Any]], esxi_hosts: Collection[str], *, at_once: bool = False
) -> list[dict[str, Any]]:
    """Results for those of these hosts that may not begin, because a failure left others of their cluster away.

    plan: what the plan filter returned. results: of all steps so far. at_once: whether the host goes away at once, so that those
    count too that are away and will be brought back later.
    """
    away = _away_now(plan, results, at_once)
    limit = int(plan["policy"]["per_cluster"])
    ill = _without_ha(plan, results)
    witnesses = Witnesses.of(Cluster.from_facts(one) for one in plan.get("clusters") or ())
    found = []
    for host in plan["hosts"]:
        place = _place_of(host)
        if host["esxi_host"] in esxi_hosts and DISTURBING & set(host["steps"]) and ill.get(place):
            found.append(_not_started(host, without_ha(ill[place])))
            continue
        gone = host["esxi_host"] in away or host["connection_state"] != CONNECTED
        if host["esxi_host"] not in esxi_hosts or gone or not RETURNING & set(host["steps"]):
            continue
        others = [name for name, (_moid, where) in away.items() if where == place]
        parted = witnesses.parted_in(host, away)
        if parted:
            found.append(_not_started(host, never_together(parted)))
        elif len(others) >= limit:
            found.append(_not_started(host, no_room(others, limit)))
    return found


def no_room(others: Sequence[str], per_cluster: int) -> str:
    """Why a host does not begin, in words."""
    verb = "is" if len(others) == 1 else "are"
    return (
        f"{', '.join(others)} of the same cluster {verb} away from vCenter, and no more than {per_cluster} may be at the same time"
        " (certops_per_cluster)"
    )


def never_together(others: Sequence[str]) -> str:
    """Why a host does not begin, in words."""
    verb = "is" if len(others) == 1 else "are"
    return f"{', '.join(others)} {verb} away from vCenter, and a witness of vSAN is never away together with a host of its cluster"


def without_ha(others: Sequence[str]) -> str:
    """Why a host does not begin, in words: HA would take one more for dead."""
    return f"the vSphere HA agent of {', '.join(others)} of the same cluster is not well"


def _without_ha(plan: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> dict[Hashable, list[str]]:
    """By their places the hosts that a step left with an agent of HA that is not well."""
    places = {host["esxi_host"]: _place_of(host) for host in plan["hosts"]}
    found: dict[Hashable, list[str]] = {}
    for result in results:
        name = result["esxi_host"]
        if name not in places:
            continue
        if result.get("error_code") == HA_AGENT_NOT_WELL or result.get("ha_pending"):
            found.setdefault(places[name], []).append(name)
        elif result["step"] in RETURNING and result["status"] in (CHANGED, UNCHANGED):
            # Its reconnect has waited for the agent once more.
            found[places[name]] = [one for one in found.get(places[name], []) if one != name]
    return found


def _away_now(plan: Mapping[str, Any], results: Sequence[Mapping[str, Any]], at_once: bool) -> dict[str, tuple[str, Hashable]]:
    """Who is away from vCenter, by its id, and where it stands. Without at_once those are left out that are still to be brought back."""
    returning = {host["esxi_host"] for host in plan["hosts"] if RETURNING & set(host["steps"])}
    away = {host["esxi_host"]: _known_by(host) for host in plan["away"] if at_once or host["esxi_host"] not in returning}
    places = {host["esxi_host"]: _known_by(host) for host in plan["hosts"]}
    for result in results:
        name = result["esxi_host"]
        if result["step"] in RETURNING and result["status"] == "changed":
            away.pop(name, None)
        elif result["failed"] and name in places and _left_away(result):
            away[name] = places[name]
    return away


def _left_away(result: Mapping[str, Any]) -> bool:
    """Whether a step that failed may have left its host without a connection. What was not read back counts as away.

    A host that somebody removed from vCenter is nothing that its cluster lacks.
    """
    if result["step"] in RETURNING:
        after = result.get("after") or {}
        return after.get("connection_state") != CONNECTED and after.get("in_vcenter") is not False
    # By its own CLI a host is lost to vCenter once its certificate is another; nothing was replaced before there is a backup.
    return bool(result.get("backup"))


def _known_by(host: Mapping[str, Any]) -> tuple[str, Hashable]:
    return _moid_of(host), _place_of(host)


def _moid_of(host: Mapping[str, Any]) -> str:
    # A plan that was made before does not tell it of those that are away.
    return str(host.get("moid") or "")


def _place_of(host: Mapping[str, Any]) -> Hashable:
    return _place(host["esxi_host"], host["datacenter"], host["cluster"])


def _place(name: str, datacenter: Optional[str], cluster: Optional[str]) -> Hashable:
    return ("cluster", datacenter, cluster) if cluster else ("host", name)


def _not_started(host: Mapping[str, Any], why: str) -> dict[str, Any]:
    reason = f"not started, because {why}"
    return StepResult(host["esxi_host"], host["steps"][0], NOT_STARTED, reason).to_facts()
