# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ClusterComputeResource, and ComputeResource for a host that stands alone."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED
from ...estate.high_availability import HighAvailability
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import Call, method, readable
from ..host.host_system import CORES, CPU_MHZ, MEMORY_BYTES, HostSystem
from ..task import start_task
from .datacenter import Datacenter
from .managed_entity import ManagedEntity
from .resource_pool import ResourcePool


class ComputeResource(ManagedEntity):
    """Hosts and their resource pool."""

    kind = vim.ComputeResource
    holds = True
    prefix = "domain-s"
    summary_kind = vim.ComputeResource.Summary

    def __init__(self, vcenter: VCenter, number: int, name: str, datacenter: Datacenter) -> None:
        super().__init__(vcenter, f"{self.prefix}{number}", name, datacenter.hosts)
        self.datacenter = datacenter
        self.hosts: list[HostSystem] = []
        self.pool = ResourcePool(vcenter, f"resgroup-{number + 1}", "Resources", self, self.machines)
        datacenter.hosts.children.append(self)

    def contents(self) -> list[ManagedEntity]:
        return [*self.hosts, self.pool]

    def machines(self) -> list[Any]:
        """The virtual machines on its hosts."""
        return [machine for host in self.hosts for machine in host.machines]

    def _totals(self) -> dict[str, Any]:
        hosts = len(self.hosts)
        effective = sum(host.host.connection_state == CONNECTED and not host.host.in_maintenance_mode for host in self.hosts)
        return {
            "totalCpu": hosts * CORES * CPU_MHZ,
            "totalMemory": hosts * MEMORY_BYTES,
            "numCpuCores": hosts * CORES,
            "numCpuThreads": hosts * CORES * 2,
            "effectiveCpu": effective * CORES * CPU_MHZ,
            "effectiveMemory": effective * MEMORY_BYTES // 1024**2,
            "numHosts": hosts,
            "numEffectiveHosts": effective,
            "overallStatus": "green",
        }

    @readable("summary")
    def summary(self, session: Optional[Session]) -> Any:
        return self.summary_kind(**self._totals())

    @readable("host")
    def read_host(self, session: Optional[Session]) -> list[Any]:
        return [host.reference for host in self.hosts]

    @readable("resourcePool")
    def resource_pool(self, session: Optional[Session]) -> Any:
        return self.pool.reference

    @readable("datastore")
    def datastore(self, session: Optional[Session]) -> list[Any]:
        return [self.datacenter.datastore.reference]

    @readable("network")
    def network(self, session: Optional[Session]) -> list[Any]:
        return [self.datacenter.network.reference]


RECONFIGURE_SECONDS = 2.0


class ClusterComputeResource(ComputeResource):
    """A cluster with DRS, and with HA where the scenario says so."""

    kind = vim.ClusterComputeResource
    prefix = "domain-c"
    summary_kind = vim.ClusterComputeResource.Summary

    def __init__(self, vcenter: VCenter, number: int, name: str, datacenter: Datacenter) -> None:
        super().__init__(vcenter, number, name, datacenter)
        self.ha = HighAvailability(vcenter, name)
        self.lifecycle_managed = False
        self.hidden: list[str] = []

    @property
    def unreadable(self) -> Sequence[str]:
        """Paths of properties that the vCenter tells nobody."""
        return self.hidden

    def _totals(self) -> dict[str, Any]:
        return {**super()._totals(), "currentFailoverLevel": 1, "numVmotions": 0}

    @readable("configurationEx")
    def configuration_ex(self, session: Optional[Session]) -> Any:
        return vim.cluster.ConfigInfoEx(
            vmSwapPlacement="vmDirectory",
            dasConfig=self._das(),
            drsConfig=_drs(),
            dpmConfigInfo=vim.cluster.DpmConfigInfo(enabled=False, defaultDpmBehavior="manual", hostPowerActionRate=3),
            vsanConfigInfo=vim.vsan.cluster.ConfigInfo(enabled=True) if self.moid in self.vcenter.vsan_clusters else None,
            vsanHostConfig=self._vsan_hosts() if self.moid in self.vcenter.vsan_clusters else [],
        )

    def _vsan_hosts(self) -> list[Any]:
        return [
            vim.vsan.host.ConfigInfo(
                enabled=True,
                hostSystem=vim.HostSystem(host.moid),
                clusterInfo=vim.vsan.host.ConfigInfo.ClusterInfo(uuid=f"vsan-of-{self.moid}", nodeUuid=host.host.uuid),
            )
            for host in self.hosts
        ]

    @readable("configuration")
    def configuration(self, session: Optional[Session]) -> Any:
        return vim.cluster.ConfigInfo(dasConfig=self._das(), drsConfig=_drs())

    @readable("lifecycleManaged")
    def read_lifecycle_managed(self, session: Optional[Session]) -> bool:
        return self.lifecycle_managed

    @method("ReconfigureComputeResource_Task")
    def reconfigure(self, call: Call) -> Any:
        specification = call.require("spec")
        modify = bool(call.require("modify"))
        das = getattr(specification, "dasConfig", None)
        if das is not None and das.hostMonitoring not in (None, "enabled", "disabled"):
            raise vmodl.fault.InvalidArgument(invalidProperty="spec.dasConfig.hostMonitoring")
        call.detail = f"hostMonitoring={getattr(das, 'hostMonitoring', None)} modify={str(modify).lower()}"

        def act() -> None:
            if not modify:
                self.ha.reset()
            if das is not None:
                self.ha.switch(das.enabled, das.hostMonitoring)

        return start_task(self.vcenter, call, self, RECONFIGURE_SECONDS, act)

    def _das(self) -> Any:
        return vim.cluster.DasConfigInfo(
            enabled=self.ha.enabled,
            vmMonitoring="vmMonitoringDisabled",
            hostMonitoring=self.ha.host_monitoring,
            admissionControlEnabled=True,
            failoverLevel=1,
        )

    def described(self) -> dict[str, Any]:
        """The truth about it."""
        return {"name": self.name, "ha": self.ha.described(), "notes": self.named_values()}


def _drs() -> Any:
    return vim.cluster.DrsConfigInfo(
        enabled=True, enableVmBehaviorOverrides=True, defaultVmBehavior="fullyAutomated", vmotionRate=3
    )
