# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step on witnesses of vSAN and on hosts of their clusters: they are never away from vCenter together, whatever the policy is.

A witness has no data, but without it and a host of its cluster nobody knows which copy of an object is the right one.
"""

from __future__ import annotations

import threading
from typing import Callable, Optional, Sequence

from .._common.errors import CertopsError
from .._deciding.availability import Witnesses, cluster_of, never_together
from .._estate.cluster import Cluster
from .._estate.estate import EsxiHost
from .._estate.step_result import StepResult
from .._stepping.port import VSphere
from .._stepping.step import not_started

# Whether a host is away from vCenter after a step.
StillAway = Callable[[EsxiHost, StepResult], bool]


class Apart:
    """Has each of a step's hosts wait for those that it is not to be away together with, and not begin where they stay away."""

    def __init__(self, witnesses: Witnesses, hosts: Sequence[EsxiHost] = ()) -> None:
        """hosts: of the step. Those of them that are away are brought back by it, or stay so."""
        self._witnesses = witnesses
        self._free = threading.Condition()
        self._at_work: list[EsxiHost] = []
        self._away = [host for host in hosts if not host.connected]

    def around(self, step: str, work: Callable[[EsxiHost], StepResult], still_away: StillAway) -> Callable[[EsxiHost], StepResult]:
        """The work, begun only while nobody of the other side is away."""
        if not self._witnesses.served:
            return work

        def worked(host: EsxiHost) -> StepResult:
            others = self._begin(host)
            if others:
                return not_started(host, step, f"not started, because {never_together(others)}")
            result: Optional[StepResult] = None
            try:
                result = work(host)
            finally:
                self._end(host, away=result is None or still_away(host, result))
            return result

        return worked

    def _begin(self, host: EsxiHost) -> list[str]:
        """Take the host's turn; where it may not have it, because of whom."""
        with self._free:
            while self._of_other_side(host, self._at_work):
                self._free.wait()
            # Who is away itself takes nothing from the others by coming back.
            others = self._of_other_side(host, self._away) if host.connected else []
            if not others:
                self._at_work.append(host)
            return others

    def _end(self, host: EsxiHost, *, away: bool) -> None:
        with self._free:
            self._at_work.remove(host)
            self._away = [one for one in self._away if one.moid != host.moid]
            if away:
                self._away.append(host)
            self._free.notify_all()

    def _of_other_side(self, host: EsxiHost, hosts: Sequence[EsxiHost]) -> list[str]:
        return [one.name for one in hosts if self._witnesses.part(host, one)]


def witnesses_among(vsphere: VSphere, hosts: Sequence[EsxiHost]) -> Witnesses:
    """Which of these hosts are witnesses of clusters that others of them stand in; nothing is asked where none can be.

    Where vCenter does not tell who is the witness of a cluster, each of these that stands in no cluster may be.
    """
    outside = [host for host in hosts if host.cluster_moid is None]
    if not outside or len(outside) == len(hosts):
        return Witnesses()
    return Witnesses.serving(
        (moid, cluster_of(host))
        for cluster in _with_vsan(vsphere, hosts)
        for moid in _witnesses_of(vsphere, cluster, outside)
        for host in hosts
        if host.cluster_moid == cluster.moid
    )


def _with_vsan(vsphere: VSphere, hosts: Sequence[EsxiHost]) -> list[Cluster]:
    try:
        return [cluster for cluster in vsphere.clusters(hosts)[0] if cluster.vsan_enabled]
    except CertopsError:
        # The step says by itself what of its clusters it needs.
        return []


def _witnesses_of(vsphere: VSphere, cluster: Cluster, outside: Sequence[EsxiHost]) -> Sequence[str]:
    try:
        return vsphere.vsan_health(cluster).witnesses
    except CertopsError:
        return [host.moid for host in outside]
