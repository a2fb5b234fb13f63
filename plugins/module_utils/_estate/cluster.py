# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed of a cluster: vSphere HA, DRS, DPM, vSAN, and whether an image manages it.

By ClusterConfigInfoEx and ClusterDasConfigInfo of the vSphere API reference: every field may be unset, and what that means is said for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional

from .._certificates.certificate import needed
from .._common import times
from .ha_note import MONITORED, UNMONITORED, monitoring_in
from .vsan import VsanHealth, missing_members

# runtime.dasHostState.state (ClusterDasFdmAvailabilityState). Unset while HA is off, and on a host that is disconnected, in maintenance mode
# or in standby.
MASTER = "master"
WELL = frozenset({MASTER, "connectedToMaster"})
# What passes by itself: an election concerns all hosts of a cluster; retry is vCenter's own further attempt to configure a host (8.0).
SETTLING = frozenset({"election", "retry"})
# What a reconfiguration of HA on the host often cures, where it has lasted for a minute.
ILL = frozenset({"initializationError", "uninitialized", "fdmUnreachable", "uninitializationError"})

# The code of a step's result that left its host with an agent that is not well: nobody else of the cluster begins then.
HA_AGENT_NOT_WELL = "ha_agent_not_well"

# What switching host monitoring off and on takes, on the cluster (vSphere API reference: ReconfigureComputeResource_Task, SetField and AddCustomFieldDef).
EDIT_PRIVILEGE = "Host.Inventory.EditCluster"
SET_FIELD_PRIVILEGE = "Global.SetCustomField"
DEFINE_FIELD_PRIVILEGE = "Global.ManageCustomFields"
CLUSTER_PRIVILEGES = (EDIT_PRIVILEGE, SET_FIELD_PRIVILEGE, DEFINE_FIELD_PRIVILEGE)


@dataclass(frozen=True)
class Cluster:
    """A cluster. What could not be read, and what is unset, is None.

    host_monitoring: as vCenter has it. drs_behavior, dpm_behavior: only where these are on, since vCenter has a behaviour for those too that are off.
    noted: what a run wrote down before it switched host monitoring off, and has not taken away again. readable: whether its configuration was read.
    missing_privileges: what the account lacks to switch host monitoring. vsan_health, vsan_missing: how its objects are, and the hosts that its others do
    not see, where it has vSAN and that was asked for.
    """

    name: str
    moid: str
    datacenter: Optional[str] = None
    ha_enabled: Optional[bool] = None
    host_monitoring: Optional[str] = None
    drs_enabled: Optional[bool] = None
    drs_behavior: Optional[str] = None
    dpm_enabled: Optional[bool] = None
    dpm_behavior: Optional[str] = None
    vsan_enabled: Optional[bool] = None
    lifecycle_managed: Optional[bool] = None
    noted: Optional[str] = None
    missing_privileges: tuple[str, ...] = ()
    readable: bool = True
    vsan_health: Optional[VsanHealth] = None
    vsan_missing: tuple[str, ...] = ()

    @property
    def restarts_vms(self) -> Optional[bool]:
        """Whether HA restarts the virtual machines of a host that it takes for dead; None where that is not known."""
        if self.ha_enabled is None:
            return None
        return self.ha_enabled and self.host_monitoring != UNMONITORED

    @property
    def monitored_in_a_run(self) -> bool:
        """Whether HA restarts virtual machines when a run works on its hosts: it does so again where an earlier run left that switched off."""
        noted = self.noted is not None and monitoring_in(self.noted) == MONITORED
        return bool(self.restarts_vms or (self.ha_enabled and noted))

    @property
    def left_off(self) -> bool:
        """Whether an earlier run noted that it switched host monitoring off, and did not get to switch it on again."""
        return self.noted is not None

    @property
    def vsan_problem(self) -> Optional[str]:
        """Why no host of it should go away now, as far as vSAN was asked; None where nothing is seen that speaks against it."""
        problem = self.vsan_health.problem if self.vsan_health is not None else None
        return "; ".join(filter(None, (missing_members(self.vsan_missing), problem))) or None

    def to_facts(self) -> dict[str, Any]:
        """The cluster as facts show it."""
        return {
            "name": self.name,
            "moid": self.moid,
            "datacenter": self.datacenter,
            "ha": {"enabled": self.ha_enabled, "host_monitoring": self.host_monitoring, "noted": self.noted},
            "drs": {"enabled": self.drs_enabled, "behavior": self.drs_behavior},
            "dpm": {"enabled": self.dpm_enabled, "behavior": self.dpm_behavior},
            "vsan": {
                "enabled": self.vsan_enabled,
                "health": self.vsan_health.to_facts() if self.vsan_health else None,
                "missing": list(self.vsan_missing),
            },
            "lifecycle_managed": self.lifecycle_managed,
            "missing_privileges": list(self.missing_privileges),
            "readable": self.readable,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Cluster:
        """The cluster that facts describe."""
        ha, drs, dpm, vsan = (dict(facts.get(key) or {}) for key in ("ha", "drs", "dpm", "vsan"))
        return cls(
            name=needed(facts, "name"),
            moid=needed(facts, "moid"),
            datacenter=_text(facts.get("datacenter")),
            ha_enabled=_flag(ha.get("enabled")),
            host_monitoring=_text(ha.get("host_monitoring")),
            drs_enabled=_flag(drs.get("enabled")),
            drs_behavior=_text(drs.get("behavior")),
            dpm_enabled=_flag(dpm.get("enabled")),
            dpm_behavior=_text(dpm.get("behavior")),
            vsan_enabled=_flag(vsan.get("enabled")),
            vsan_health=VsanHealth.from_facts(vsan["health"]) if vsan.get("health") else None,
            vsan_missing=tuple(str(one) for one in vsan.get("missing") or ()),
            lifecycle_managed=_flag(facts.get("lifecycle_managed")),
            noted=_text(ha.get("noted")),
            missing_privileges=tuple(str(one) for one in facts.get("missing_privileges") or ()),
            readable=bool(facts.get("readable", True)),
        )


@dataclass(frozen=True)
class VmRestart:
    """A virtual machine that HA restarted on a host (com.vmware.vc.ha.VmRestartedByHAEvent)."""

    virtual_machine: str
    esxi_host: Optional[str]
    at: datetime

    def to_facts(self) -> dict[str, Any]:
        """As facts show it."""
        return {"virtual_machine": self.virtual_machine, "esxi_host": self.esxi_host, "at": times.to_text(self.at)}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> VmRestart:
        """The restart that facts describe."""
        return cls(needed(facts, "virtual_machine"), _text(facts.get("esxi_host")), times.from_text(needed(facts, "at")))


def _text(value: Any) -> Optional[str]:
    return None if value is None else str(value)


def _flag(value: Any) -> Optional[bool]:
    return None if value is None else bool(value)
