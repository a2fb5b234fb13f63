# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step on hosts of clusters with vSAN: where calm is required none is begun before the objects of its cluster are healthy and nothing is
resynchronised."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Callable, Optional, Sequence

from .._common import notice
from .._common.errors import CertopsError, DeadlineExceeded
from .._common.progress import Progress
from .._deciding.availability import Witnesses, cluster_of
from .._deciding.policy import VSAN_REQUIRE, VSAN_WARN
from .._estate.cluster import Cluster
from .._estate.estate import EsxiHost
from .._estate.step_result import StepResult
from .._estate.vsan import missing_members
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import failed
from .._timing.waiting import Deadline, wait_until
from . import messages
from .apart import Apart, StillAway, witnesses_among

VSAN_TIMEOUT_SECONDS = 1800.0
LONGEST_PAUSE_SECONDS = 15.0
Work = Callable[[EsxiHost], StepResult]


@dataclass(frozen=True)
class VsanPolicy:
    """What is done about vSAN: warn or require, as the policy of a run has it; and how long a cluster is waited for."""

    vsan: str = VSAN_WARN
    timeout_seconds: float = VSAN_TIMEOUT_SECONDS


class Vsan:
    """The clusters with vSAN that a step's hosts are members or witnesses of."""

    def __init__(
        self,
        vsphere: VSphere,
        of_hosts: dict[str, list[Cluster]],
        timeout_seconds: float,
        tell: Tell = silent,
        *,
        in_flight: bool = False,
        apart: Optional[Apart] = None,
    ) -> None:
        """of_hosts: by the hosts' ids. in_flight: the hosts were begun before, and are finished though a cluster does not calm down. apart: witnesses,
        and hosts of their clusters."""
        self._vsphere = vsphere
        self._of_hosts = of_hosts
        self._timeout_seconds = timeout_seconds
        self._tell = tell
        self._in_flight = in_flight
        self._apart = apart or Apart(Witnesses())
        self._free = threading.Condition()
        self._taken: set[str] = set()

    def around(self, step: str, work: Work, still_away: StillAway = lambda _host, _result: False) -> Work:
        """The work, begun only when the host's clusters are calm; a witness and a host of its cluster are never away together.

        still_away: whether a host is away from vCenter after the work; it comes back by itself from what only restarts services.
        """

        def worked(host: EsxiHost) -> StepResult:
            clusters = self._of_hosts.get(host.moid, [])
            if not clusters:
                return work(host)
            with self._alone(clusters):
                error = self._wait(host, clusters, step)
                if error is not None and not self._in_flight:
                    reason = "its vSAN cluster is not calm"
                    return failed(host, step, error, reason=reason)
                result = work(host)
            told = () if error is None else (notice.VSAN_WENT_ON.of(problem=str(error.sentence)),)
            return replace(result, notes=(*told, *result.notes))

        return self._apart.around(step, worked, still_away)

    @contextmanager
    def _alone(self, clusters: Sequence[Cluster]) -> Iterator[None]:
        wanted = {cluster.moid for cluster in clusters}
        with self._free:
            while wanted & self._taken:
                self._free.wait()
            self._taken |= wanted
        try:
            yield
        finally:
            with self._free:
                self._taken -= wanted
                self._free.notify_all()

    def _wait(self, host: EsxiHost, clusters: Sequence[Cluster], step: str) -> Optional[CertopsError]:
        """Why the host should not go away now, when the patience has ended; None where its clusters are calm."""
        deadline = Deadline(self._timeout_seconds, self._vsphere.clock)
        seen = ""

        def look() -> Optional[bool]:
            nonlocal seen
            problem = next((found for cluster in clusters if (found := self._problem(cluster)) is not None), None)
            if problem is None:
                return True
            if not seen:
                self._tell(Progress(step, doing=f"{host.name} waits: {problem}"))
            seen = problem
            return None

        try:
            wait_until(look, deadline, longest_pause_seconds=LONGEST_PAUSE_SECONDS)
        except DeadlineExceeded:
            return messages.VSAN_NOT_CALM(esxi_host=host.name, seconds=deadline.seconds, problem=seen)
        return None

    def _problem(self, cluster: Cluster) -> Optional[str]:
        try:
            found = missing_members(self._vsphere.vsan_missing(cluster)) or self._vsphere.vsan_health(cluster).problem
        except CertopsError as error:
            said = f", vSphere said {error.vsphere_fault}" if error.vsphere_fault else ""
            return f"{cluster.name}: {error.sentence}{said}"
        return None if found is None else f"{cluster.name}: {found}"


def vsan_of(
    vsphere: VSphere,
    hosts: Sequence[EsxiHost],
    policy: VsanPolicy,
    *,
    every_host: Optional[Callable[[], Sequence[EsxiHost]]] = None,
    in_flight: bool = False,
    tell: Tell = silent,
) -> Vsan:
    """vSAN of the clusters of these hosts, and of those that one of them is the witness of. Unless the policy requires calm, no more is read than which
    of these hosts are witnesses of clusters of others.

    every_host: of the vCenter, asked for where one of these hosts may be a witness; they are read where none is given. Raises CertopsError where it
    cannot be determined who is in a cluster with vSAN, and nobody was begun.
    """
    if policy.vsan != VSAN_REQUIRE:
        apart = Apart(witnesses_among(vsphere, hosts), hosts)
        return Vsan(vsphere, {}, policy.timeout_seconds, tell, in_flight=in_flight, apart=apart)
    try:
        found = _clusters_of(vsphere, hosts, every_host)
    except CertopsError:
        if not in_flight:
            raise
        found = {}
    apart = Apart(_witnesses(hosts, found), hosts)
    return Vsan(vsphere, found, policy.timeout_seconds, tell, in_flight=in_flight, apart=apart)


def _witnesses(hosts: Sequence[EsxiHost], found: dict[str, list[Cluster]]) -> Witnesses:
    """Which of these hosts are witnesses: those with a cluster that they do not stand in."""
    places = {host.cluster_moid: cluster_of(host) for host in hosts if host.cluster_moid}
    return Witnesses.serving(
        (host.moid, places[cluster.moid])
        for host in hosts
        for cluster in found.get(host.moid, ())
        if cluster.moid != host.cluster_moid and cluster.moid in places
    )


def _clusters_of(
    vsphere: VSphere, hosts: Sequence[EsxiHost], every_host: Optional[Callable[[], Sequence[EsxiHost]]]
) -> dict[str, list[Cluster]]:
    with_vsan = _with_vsan(vsphere, hosts)
    found = {host.moid: [with_vsan[host.cluster_moid]] for host in hosts if host.cluster_moid in with_vsan}
    # A witness stands in no cluster with vSAN: only where there is such a host it is asked for.
    outside = {host.moid for host in hosts if host.moid not in found}
    if outside:
        everyone = every_host() if every_host is not None else vsphere.hosts(certificates=False)[0]
        with_vsan = _with_vsan(vsphere, everyone)
    for cluster in with_vsan.values() if outside else ():
        for moid in outside.intersection(vsphere.vsan_health(cluster).witnesses):
            found.setdefault(moid, []).append(cluster)
    return found


def _with_vsan(vsphere: VSphere, hosts: Sequence[EsxiHost]) -> dict[Optional[str], Cluster]:
    """By their ids those of the clusters of these hosts that have vSAN. Raises CertopsError where that cannot be determined of one."""
    clusters = vsphere.clusters(hosts)[0] if any(host.cluster_moid for host in hosts) else []
    unknown = [cluster.name for cluster in clusters if not cluster.readable]
    if unknown:
        raise messages.VSAN_NOT_READ(clusters=", ".join(unknown), vcenter=vsphere.name)
    return {cluster.moid: cluster for cluster in clusters if cluster.vsan_enabled}
