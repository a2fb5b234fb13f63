# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vSphere HA of a cluster: the agents of its hosts, their master, and the virtual machines that it restarts."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Literal, Optional

from .esxi_host import AWAKE, CONNECTED, EsxiHost

if TYPE_CHECKING:
    from .vcenter import VCenter

MASTER, SLAVE, ELECTION, RETRY, UNINITIALIZED = "master", "connectedToMaster", "election", "retry", "uninitialized"
WELL = (MASTER, SLAVE)
ON, OFF = "enabled", "disabled"
# Until an agent whose daemons were restarted is well again, in seconds of the estate. Another master is elected in half of that.
SETTLE_SECONDS = 6.0

# When HA takes a host whose agents restart for dead and restarts its virtual machines: whenever one restarts, where one restarts while
# another's agent is not well, or never.
FailsOver = Literal["restart", "unsettled", "never"]
FAILS_OVER: tuple[FailsOver, ...] = ("restart", "unsettled", "never")


@dataclass
class HighAvailability:
    """HA of one cluster. states: by the hosts' ids how their agents are, while HA counts on them."""

    vcenter: VCenter
    name: str
    enabled: bool = False
    host_monitoring: Optional[str] = ON
    fails_over: FailsOver = "unsettled"
    settle_seconds: float = SETTLE_SECONDS
    hosts: list[EsxiHost] = field(default_factory=list)
    # Told of a virtual machine that was restarted, and of a change of host monitoring.
    tell_restart: Callable[[str, EsxiHost], None] = lambda _machine, _host: None
    tell_monitoring: Callable[[Optional[str], Optional[str]], None] = lambda _before, _after: None
    restarted_machines: list[str] = field(default_factory=list)
    # What host monitoring was set to, one after another.
    monitoring_set: list[Optional[str]] = field(default_factory=list)
    # What was done to the cluster that nobody should do.
    damage: list[str] = field(default_factory=list)
    _states: dict[str, str] = field(default_factory=dict)
    _turns: dict[str, int] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def add(self, host: EsxiHost) -> None:
        """A host of the cluster; the first that counts is the master."""
        host.ha = self
        self.hosts.append(host)
        self._states[host.moid] = SLAVE
        self._elect()

    def remove(self, host: EsxiHost) -> None:
        """A host leaves the cluster."""
        with self._lock:
            host.ha = None
            self.hosts.remove(host)
            self._states.pop(host.moid, None)
            self._elect()

    def state_of(self, host: EsxiHost) -> Optional[str]:
        """How a host's agent is; None where HA is off, or does not count on the host."""
        return self._states.get(host.moid, UNINITIALIZED) if self._counts(host) else None

    def _counts(self, host: EsxiHost) -> bool:
        return self.enabled and host.connection_state == CONNECTED and not host.in_maintenance_mode and host.standby_mode == AWAKE

    @property
    def monitors(self) -> bool:
        """Whether it restarts the machines of a host that it takes for dead."""
        return self.enabled and self.host_monitoring != OFF

    def agents_restarted(self, host: EsxiHost) -> None:
        """hostd and vpxa of a host were restarted, as a renewal through vCenter does it: its agent is not well for a while."""
        with self._lock:
            if not self.enabled:
                return
            others_well = all(
                self._states.get(other.moid) in WELL for other in self.hosts if other is not host and self._counts(other)
            )
            if self.monitors and (self.fails_over == "restart" or (self.fails_over == "unsettled" and not others_well)):
                machine = f"vm-of-{host.name}"
                self.restarted_machines.append(machine)
                self.tell_restart(machine, host)
            was_master = self._states.get(host.moid) == MASTER
            self._unsettle(host, RETRY if host.major >= 8 else UNINITIALIZED)
            if was_master:
                self._hold_election(host)

    def configured(self, host: EsxiHost, *, anew: bool = False, reconnected: bool = False) -> None:
        """vCenter configures a host's agent, as at a reconnect; anew: somebody asked for it, which cures what can be cured."""
        with self._lock:
            if (anew and not host.ha_incurable) or (reconnected and host.ha_reconnect_cures):
                host.ha_ends_in = None
            if self.enabled:
                self._unsettle(host, UNINITIALIZED)

    def switch(self, enabled: Optional[bool], host_monitoring: Optional[str]) -> None:
        """What is given is set; the rest stays as it is."""
        with self._lock:
            if host_monitoring is not None and host_monitoring != self.host_monitoring:
                self.monitoring_set.append(host_monitoring)
                self.tell_monitoring(self.host_monitoring, host_monitoring)
                self.host_monitoring = host_monitoring
            if enabled is not None and enabled != self.enabled:
                self.enabled = enabled
                for host in self.hosts:
                    self._unsettle(host, UNINITIALIZED)
        self.vcenter.notify()

    def reset(self) -> None:
        """To what a new cluster has, as a specification with modify=false does it."""
        self.damage.append("modify=false: the cluster's configuration was reset")
        self.switch(False, ON)

    def _unsettle(self, host: EsxiHost, meanwhile: str) -> None:
        self._states[host.moid] = meanwhile
        turn = self._turns[host.moid] = self._turns.get(host.moid, 0) + 1

        def settled() -> None:
            with self._lock:
                if self._turns.get(host.moid) == turn:
                    self._states[host.moid] = host.ha_ends_in or SLAVE
                    self._elect()
            self.vcenter.notify()

        self.vcenter.notify()
        self.vcenter.after(self.settle_seconds, settled)

    def _hold_election(self, without: EsxiHost) -> None:
        """All others are in election for a while."""
        for other in self.hosts:
            if other is not without and self._states.get(other.moid) in WELL:
                self._states[other.moid] = ELECTION

        def elected() -> None:
            with self._lock:
                for other in self.hosts:
                    if self._states.get(other.moid) == ELECTION:
                        self._states[other.moid] = SLAVE
                self._elect()
            self.vcenter.notify()

        self.vcenter.after(self.settle_seconds / 2, elected)

    def _elect(self) -> None:
        """See that there is one master among those that are well."""
        well = [host for host in self.hosts if self._counts(host) and self._states.get(host.moid) in WELL]
        masters = [host for host in well if self._states[host.moid] == MASTER]
        if well and not masters:
            self._states[well[0].moid] = MASTER
        for surplus in masters[1:]:
            self._states[surplus.moid] = SLAVE

    def described(self) -> dict[str, Any]:
        """The truth about it."""
        return {
            "enabled": self.enabled,
            "host_monitoring": self.host_monitoring,
            "states": {host.name: self.state_of(host) for host in self.hosts},
            "restarted_machines": list(self.restarted_machines),
            "monitoring_set": list(self.monitoring_set),
            "damage": list(self.damage),
        }
