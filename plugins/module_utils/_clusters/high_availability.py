# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step on hosts of clusters with vSphere HA: what is refused, in which order hosts go, and cluster by cluster where host monitoring is off meanwhile."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Callable, Collection, NamedTuple, Optional, Sequence

from .._common import notice
from .._common.errors import CertopsError
from .._deciding.availability import cluster_of
from .._deciding.policy import HA_REQUIRE_DISABLED, HA_SUSPEND, HA_WARN
from .._estate.cluster import HA_AGENT_NOT_WELL, MASTER, Cluster
from .._estate.estate import EsxiHost
from .._estate.host_now import HostState
from .._estate.step_result import FAILED, StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import not_started
from . import messages
from .agents import HaAgents
from .monitoring import HostMonitoring

HA_TIMEOUT_SECONDS = 300.0
# What works on hosts, some at a time, of whom so many may fail.
Work = Callable[[Sequence[EsxiHost], int], list[StepResult]]


def masters_last(hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
    """The masters of HA after all others, whose elections they cause."""
    return sorted(hosts, key=lambda host: host.ha_state == MASTER)


def not_well(result: StepResult) -> bool:
    """Whether a step left its host with an agent of HA that is not well."""
    return result.ha_pending or result.error_code == HA_AGENT_NOT_WELL


class Settled(NamedTuple):
    """What there is to remark on of a host's agent after a step. pending: whether it is ill, and judged after the reconnect that follows."""

    notes: tuple[str, ...]
    pending: bool = False


@dataclass(frozen=True)
class HaPolicy:
    """What is done about HA: warn, require_disabled or suspend, as the policy of a run has it; and how long an agent is waited for."""

    ha: str = HA_WARN
    timeout_seconds: float = HA_TIMEOUT_SECONDS


class HighAvailability:
    """HA of the clusters of a step's hosts."""

    def __init__(
        self,
        vsphere: VSphere,
        clusters: Sequence[Cluster],
        policy: HaPolicy,
        tell: Tell,
        *,
        in_flight: bool = False,
        reconnect_follows: Collection[str] = (),
        pending: Collection[str] = (),
    ) -> None:
        """in_flight: the hosts were begun before, and are finished whatever becomes of one of them. reconnect_follows: hosts that the run reconnects
        after this step. pending: those whose agents an earlier step of the run left ill."""
        self._reconnect_follows = frozenset(reconnect_follows)
        self._pending = frozenset(pending)
        self._in_flight = in_flight
        self._vsphere = vsphere
        self._clusters = {cluster.moid: cluster for cluster in clusters}
        self._policy = policy
        self._tell = tell
        self.agents = HaAgents(vsphere, self._clusters, policy.timeout_seconds, tell)
        # Host monitoring of the cluster that is worked on, where that is switched off meanwhile.
        self._monitoring: Optional[HostMonitoring] = None
        # Why the step may not be followed by another, though its hosts' results do not say so.
        self.problem: Optional[CertopsError] = None

    def place(self, host: EsxiHost) -> Hashable:
        """What a host shares its room with while services restart on it: its cluster where that has HA, or nobody."""
        cluster = self._clusters.get(host.cluster_moid or "")
        return cluster_of(host) if cluster is not None and cluster.ha_enabled is not False else ("host", host.name)

    def closes(self, result: StepResult) -> bool:
        """Whether nobody else of a host's cluster begins after this result, however much room there is."""
        return not_well(result) and not self._in_flight

    def settled(self, host: EsxiHost, before: HostState, step: str) -> Settled:
        """Wait until a host's agent is what it was before the step.

        A reconnect has vCenter configure HA on the host: where one follows, an agent that is ill is judged after it. Raises CertopsError where it is
        ill and none follows.
        """
        try:
            return Settled(self.agents.until_well(host, before, step, owed=host.name in self._pending))
        except CertopsError as error:
            if error.code != HA_AGENT_NOT_WELL or host.name not in self._reconnect_follows:
                raise
            return Settled((notice.HA_PENDING.of(esxi_host=host.name),), pending=True)

    def still_at_work(self) -> None:
        """Say on the cluster that is worked on that host monitoring is still needed off, where it is and that is due."""
        if self._monitoring is not None:
            self._monitoring.still_at_work()

    def work_through(self, hosts: Sequence[EsxiHost], step: str, max_failures: int, work: Work) -> list[StepResult]:
        """Work on these hosts, the masters last; a result each, in their order.

        Where host monitoring is to be off meanwhile, those of each such cluster by themselves, one cluster after another. What goes wrong with that
        is in `problem`, and nothing further is begun.
        """
        ordered = masters_last(hosts)
        results: dict[str, StepResult] = {}
        failures = 0
        for cluster, group in self._groups(ordered):
            if self.problem is not None:
                told = [not_started(host, step, f"not started, because {_inner(self.problem)}") for host in group]
            elif cluster is None or failures > max_failures:
                told = work(group, max_failures - failures)
            else:
                told = self._while_off(cluster, group, step, max_failures - failures, work)
            failures += sum(1 for one in told if one.status == FAILED)
            results.update({host.moid: one for host, one in zip(group, told, strict=True)})
        return [results[host.moid] for host in hosts]

    def _groups(self, hosts: Sequence[EsxiHost]) -> list[tuple[Optional[Cluster], list[EsxiHost]]]:
        """First those of no cluster that is to be switched, then those of each that is."""
        if self._policy.ha != HA_SUSPEND:
            return [(None, list(hosts))]
        groups: dict[Optional[str], list[EsxiHost]] = {}
        for host in hosts:
            cluster = self._clusters.get(host.cluster_moid or "")
            switched = cluster is not None and bool(cluster.restarts_vms or cluster.left_off)
            groups.setdefault(host.cluster_moid if switched else None, []).append(host)
        return [
            (self._clusters[moid] if moid else None, group) for moid, group in sorted(groups.items(), key=lambda one: one[0] or "")
        ]

    def _while_off(self, cluster: Cluster, hosts: Sequence[EsxiHost], step: str, max_failures: int, work: Work) -> list[StepResult]:
        monitoring = HostMonitoring(self._vsphere, cluster, hosts[0], self._policy.timeout_seconds, step, self._tell)

        def work_meanwhile() -> list[StepResult]:
            self.agents.while_unmonitored(cluster)
            self._monitoring = monitoring
            try:
                return work(hosts, max_failures)
            finally:
                self._monitoring = None

        try:
            told, self.problem = monitoring.while_off(work_meanwhile)
        except CertopsError as error:
            self.problem = error
            return [not_started(host, step, f"not started, because {_inner(error)}") for host in hosts]
        try:
            self.agents.monitored_again(cluster, step)
        except CertopsError as error:
            self.problem = self.problem or error
        return told


def high_availability(
    vsphere: VSphere,
    hosts: Sequence[EsxiHost],
    policy: HaPolicy,
    *,
    in_flight: bool = False,
    reconnect_follows: Collection[str] = (),
    pending: Collection[str] = (),
    tell: Tell = silent,
) -> HighAvailability:
    """HA of the clusters of these hosts, in one call, and none where they stand in none. Raises CertopsError where the policy forbids the step.

    in_flight: they were begun before, and are finished whatever the policy is. reconnect_follows, pending: as HighAvailability has them.
    """
    try:
        clusters = vsphere.clusters(hosts)[0] if any(host.cluster_moid for host in hosts) else []
    except CertopsError as error:
        if policy.ha != HA_WARN and not in_flight:
            names = ", ".join(sorted({str(host.cluster) for host in hosts if host.cluster_moid}))
            raise error.retold(sentence=messages.HA_NOT_READ(clusters=names, vcenter=vsphere.name).sentence) from error
        clusters = []
    if not in_flight:
        _refuse(vsphere, clusters, policy)
    return HighAvailability(
        vsphere, clusters, policy, tell, in_flight=in_flight, reconnect_follows=reconnect_follows, pending=pending
    )


def _refuse(vsphere: VSphere, clusters: Sequence[Cluster], policy: HaPolicy) -> None:
    """Raises CertopsError where the policy forbids a step on hosts of these clusters."""
    unknown = [cluster.name for cluster in clusters if cluster.restarts_vms is None]
    if unknown and policy.ha != HA_WARN:
        raise messages.HA_NOT_READ(clusters=", ".join(unknown), vcenter=vsphere.name)
    monitored = [cluster.name for cluster in clusters if cluster.restarts_vms]
    if monitored and policy.ha == HA_REQUIRE_DISABLED:
        raise messages.HA_MONITORS_HOSTS(clusters=", ".join(monitored), vcenter=vsphere.name)


def _inner(error: CertopsError) -> str:
    """A message within another one."""
    return str(error).rstrip(".")
