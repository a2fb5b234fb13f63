# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The agents of vSphere HA on hosts that were worked on: waited for until they are well again, and cured where that is what it takes.

By the states of ClusterDasFdmAvailabilityState (vSphere API reference). How long an agent takes is documented nowhere; the availability guide calls a
state a problem that lasts for a minute or more.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Optional

from .._common import notice
from .._common.errors import CertopsError
from .._common.progress import Progress
from .._estate.cluster import ILL, SETTLING, WELL, Cluster
from .._estate.estate import CONNECTED, EsxiHost
from .._estate.host_now import HostState
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._timing.waiting import Deadline, wait_until
from . import messages

# How long a state that does not pass by itself may last before HA is configured anew.
ILL_SECONDS = 60.0
_UNSET = "unset"


class HaAgents:
    """Waits for the agents of a step's hosts. clusters: those that could be read, by their ids."""

    def __init__(self, vsphere: VSphere, clusters: Mapping[str, Cluster], timeout_seconds: float, tell: Tell) -> None:
        self._vsphere = vsphere
        self._clusters = clusters
        self._timeout_seconds = timeout_seconds
        self._tell = tell
        self._lock = threading.Lock()
        # The clusters whose host monitoring is off for the moment, by their ids, and hosts of them that vCenter tells no state of meanwhile.
        self._unmonitored: set[str] = set()
        self._silent: list[EsxiHost] = []

    def until_well(self, host: EsxiHost, before: HostState, step: str, *, owed: bool = False) -> tuple[str, ...]:
        """Wait until a host's agent is what it was before the step, in one call where it is; remarks.

        before: how the host was right before. A host that HA does not count on, or whose agent was ill before, is not waited for; the latter is told.
        owed: it was well before the run, and a step of it left it ill. Raises CertopsError where it does not get well.
        """
        if not self._expected(host, before) and not (owed and not self._not_counted_on(host, before)):
            return self._remark(host, before)
        if self._well(host, step, self._deadline()):
            return ()
        if self._switched_off(host):
            return (notice.HA_OFF_NOW.of(cluster=host.cluster, esxi_host=host.name),)
        problem = self._configured_anew(host, step)
        if self._well(host, step, self._deadline()):
            return (notice.HA_CONFIGURED_ANEW.of(esxi_host=host.name),)
        raise messages.HA_AGENT_NOT_WELL(
            esxi_host=host.name,
            cluster=host.cluster,
            state=self._vsphere.host_state(host).ha_state or _UNSET,
            seconds=self._timeout_seconds,
            problem=f" ({str(problem).rstrip('.')})" if problem is not None else "",
        )

    def while_unmonitored(self, cluster: Cluster) -> None:
        """Host monitoring of a cluster is off from now on: vCenter may tell no states of its hosts meanwhile."""
        self._unmonitored.add(cluster.moid)

    def monitored_again(self, cluster: Cluster, step: str) -> None:
        """It is on again: hosts that nothing was told of are looked at now. Raises CertopsError where one is not well."""
        self._unmonitored.discard(cluster.moid)
        silent, self._silent = self._silent, []
        for host in silent:
            self.until_well(host, HostState(CONNECTED, None, None, ha_state=host.ha_state), step)

    def _expected(self, host: EsxiHost, before: HostState) -> bool:
        """Whether the agent is to be well after the step."""
        if self._not_counted_on(host, before):
            return False
        if before.connection_state != CONNECTED:
            # It had no state, by design.
            cluster = self._cluster(host)
            return cluster is not None and cluster.ha_enabled is True
        if before.ha_state is None and host.cluster_moid in self._unmonitored and host.ha_state in WELL:
            with self._lock:
                self._silent.append(host)
            return False
        return before.ha_state in WELL | SETTLING

    def _not_counted_on(self, host: EsxiHost, before: HostState) -> bool:
        cluster = self._cluster(host)
        without_ha = host.outside_of_clusters or (cluster is not None and cluster.ha_enabled is False)
        return without_ha or bool(host.in_maintenance_mode or before.in_maintenance_mode or before.asleep)

    def _remark(self, host: EsxiHost, before: HostState) -> tuple[str, ...]:
        cluster = self._cluster(host)
        known = cluster is not None and cluster.ha_enabled is True
        ill = known and before.connection_state == CONNECTED and host not in self._silent and not self._not_counted_on(host, before)
        return (notice.HA_ILL_BEFORE.of(esxi_host=host.name, state=before.ha_state or _UNSET),) if ill else ()

    def _well(self, host: EsxiHost, step: str, deadline: Deadline) -> bool:
        """Whether it is well by the deadline; not where it is ill for so long that waiting does not help."""
        ill_since: Optional[float] = None
        told = False

        def look() -> Optional[bool]:
            nonlocal ill_since, told
            state = self._vsphere.host_state(host)
            if state.ha_state in WELL or state.in_maintenance_mode or state.asleep:
                return True
            if not told:
                self._tell(Progress(step, doing=f"waiting for the vSphere HA agent of {host.name} ({state.ha_state or _UNSET})"))
                told = True
            now = self._vsphere.clock.monotonic()
            ill_since = (now if ill_since is None else ill_since) if state.ha_state in ILL else None
            lasting = ill_since is not None and now - ill_since >= ILL_SECONDS
            return False if lasting or deadline.passed else None

        return wait_until(look, deadline)

    def _switched_off(self, host: EsxiHost) -> bool:
        """Whether somebody switched HA of its cluster off meanwhile."""
        clusters, _unavailable = self._vsphere.clusters([host])
        return any(cluster.ha_enabled is False for cluster in clusters)

    def _configured_anew(self, host: EsxiHost, step: str) -> Optional[CertopsError]:
        """Configure HA on a host anew, once; why that failed, None where it did not."""
        self._tell(Progress(step, doing=f"configuring vSphere HA on {host.name} anew"))
        try:
            self._vsphere.reconfigure_ha(host, self._deadline())
        except CertopsError as error:
            return error
        return None

    def _cluster(self, host: EsxiHost) -> Optional[Cluster]:
        return self._clusters.get(host.cluster_moid or "")

    def _deadline(self) -> Deadline:
        return Deadline(self._timeout_seconds, self._vsphere.clock)
