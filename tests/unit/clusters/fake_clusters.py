# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The clusters of the estate in memory, and their vSphere HA: what tests/sim/test_port.py holds the simulated estate to as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Callable, Optional, Protocol

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import AccessDenied
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import (
    CLUSTER_PRIVILEGES,
    MASTER,
    SET_FIELD_PRIVILEGE,
    WELL,
    Cluster,
    VmRestart,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CONNECTED
from ansible_collections.certops.vsphere.plugins.module_utils._estate.ha_note import UNMONITORED

SLAVE = "connectedToMaster"
# Until the agent of a host whose daemons were restarted is well again, and until there is another master.
SETTLE_SECONDS = 10.0
ELECTION_SECONDS = 5.0


class HaHost(Protocol):
    """What is asked of a host. ha_ends_in: how its agent is after the next restart, until HA is configured anew on it, or it is reconnected."""

    name: str
    cluster: Optional[str]
    state: str
    asleep: bool
    in_maintenance_mode: bool
    ha_state: str
    ha_ends_in: Optional[str]
    ha_incurable: bool
    ha_reconnect_cures: bool


@dataclass
class FakeCluster:
    """A cluster. monitoring: None where it is unset, which means enabled."""

    ha: Optional[bool] = True
    monitoring: Optional[str] = "enabled"
    lifecycle_managed: Optional[bool] = False
    readable: bool = True
    note: str = ""
    # Whether HA restarts the virtual machines of a host whose agents restart while another's agent is not well, or whenever they restart.
    fails_over: str = "unsettled"
    settle_seconds: float = SETTLE_SECONDS
    tasks: list[str] = field(default_factory=list)
    missing: tuple[str, ...] = ()
    # What host monitoring was set to, one after another, and what was written as events.
    switched: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    # Whether vCenter tells no state of agents while host monitoring is off.
    silent_while_off: bool = False

    def seen(self, name: str) -> Cluster:
        """As it is read."""
        if not self.readable:
            return Cluster(name, f"domain-{name}", "dc", readable=False)
        return Cluster(
            name,
            f"domain-{name}",
            "dc",
            ha_enabled=self.ha,
            host_monitoring=self.monitoring,
            drs_enabled=False,
            dpm_enabled=False,
            lifecycle_managed=self.lifecycle_managed,
            noted=self.note or None,
        )

    def switch(self, host_monitoring: str) -> None:
        """Set host monitoring."""
        if host_monitoring != self.monitoring:
            self.switched.append(host_monitoring)
        self.monitoring = host_monitoring

    def write(self, text: str) -> None:
        """Note a text."""
        if SET_FIELD_PRIVILEGE in self.missing:
            raise AccessDenied("Writing a note failed", code="broken", vsphere_fault="NoPermission", remedy="Ask for it.")
        self.note = text

    def lacking(self) -> tuple[str, ...]:
        """What the account lacks."""
        return tuple(one for one in CLUSTER_PRIVILEGES if one in self.missing)


@dataclass
class FakeHa:
    """HA of an estate: its agents, by the hosts. at: has something happen when so many seconds have passed."""

    at: Callable[[float, Callable[[], None]], None]
    now: Callable[[], datetime]
    clusters: dict[str, FakeCluster] = field(default_factory=dict)
    restarts: list[VmRestart] = field(default_factory=list)

    def cluster_of(self, host: HaHost) -> Optional[FakeCluster]:
        """The cluster with HA that a host stands in."""
        cluster = self.clusters.get(host.cluster or "")
        return cluster if cluster is not None and cluster.ha else None

    def state_of(self, host: HaHost) -> Optional[str]:
        """How its agent is; None where HA does not count on it."""
        cluster = self.cluster_of(host)
        if cluster is None or host.state != CONNECTED or host.asleep or host.in_maintenance_mode:
            return None
        return None if cluster.silent_while_off and cluster.monitoring == UNMONITORED else host.ha_state

    def agents_restarted(self, host: HaHost, fakes: list[HaHost]) -> None:
        """A renewal restarts them."""
        cluster = self.cluster_of(host)
        if cluster is None:
            return
        others = list(self._others(host, fakes))
        unsettled = any(self.state_of(one) not in (None, *WELL) for one in others)
        if cluster.monitoring != UNMONITORED and (
            cluster.fails_over == "restart" or (cluster.fails_over == "unsettled" and unsettled)
        ):
            self.restarts.append(VmRestart(f"vm-of-{host.name}", host.name, self.now()))
        was_master = host.ha_state == MASTER
        self._unsettle(host, cluster, "retry")
        if was_master:
            for one in others:
                one.ha_state = "election" if one.ha_state in WELL else one.ha_state
            self.at(ELECTION_SECONDS, lambda: self._elected(others))

    def reconnected(self, host: HaHost) -> None:
        """vCenter configures it then."""
        if host.ha_reconnect_cures:
            host.ha_ends_in = None
        self.configured(host)

    def configured(self, host: HaHost) -> None:
        """vCenter does it."""
        cluster = self.cluster_of(host)
        if cluster is not None:
            self._unsettle(host, cluster, "uninitialized")

    def reconfigured(self, host: HaHost) -> None:
        """Somebody asked for it."""
        if not host.ha_incurable:
            host.ha_ends_in = None
        self.configured(host)

    def _unsettle(self, host: HaHost, cluster: FakeCluster, meanwhile: str) -> None:
        host.ha_state = meanwhile

        def settled() -> None:
            if host.ha_state == meanwhile:
                host.ha_state = host.ha_ends_in or SLAVE

        self.at(cluster.settle_seconds, settled)

    def _others(self, host: HaHost, fakes: list[HaHost]) -> Iterator[HaHost]:
        return (one for one in fakes if one is not host and one.cluster == host.cluster)

    def _elected(self, others: list[HaHost]) -> None:
        candidates = [one for one in others if one.ha_state == "election"]
        for one in candidates:
            one.ha_state = SLAVE
        if candidates:
            candidates[0].ha_state = MASTER
