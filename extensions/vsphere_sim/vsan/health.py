# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VsanObjectSystem and VsanVcStretchedClusterSystem, as far as their clients ask for health."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from ..estate.servant import EstateServant
from ..estate.vcenter import VCenter
from ..estate.vsan_cluster import BYTES_OF_AN_OBJECT, VsanCluster
from ..soap.servant import Call, method


class _OfCluster(EstateServant):
    """What is asked about a cluster."""

    def vsan(self, call: Call) -> VsanCluster:
        """The vSAN of the cluster that is meant. Raises faults."""
        cluster = call.require("cluster")
        found = self.vcenter.vsan_clusters.get(str(cluster._GetMoId()))
        if found is None:
            raise vmodl.fault.NotSupported(msg="vSAN is not enabled on the cluster.")
        return found


class ObjectSystem(_OfCluster):
    """The objects of vSAN clusters."""

    kind = vim.cluster.VsanObjectSystem

    def __init__(self, vcenter: VCenter) -> None:
        super().__init__(vcenter, "vsan-cluster-object-system")

    @method("VsanQueryObjectIdentities")
    def identities(self, call: Call) -> Any:
        details = [
            vim.host.VsanObjectHealth(numObjects=number, health=state) for state, number in sorted(self.vsan(call).objects.items())
        ]
        # A state that no object is in may be listed all the same.
        details.append(vim.host.VsanObjectHealth(numObjects=0, health="datamove"))
        health = vim.host.VsanObjectOverallHealth(objectHealthDetail=details) if call.get("includeHealth") else None
        return vim.cluster.VsanObjectIdentityAndHealth(health=health)

    @method("QuerySyncingVsanObjectsSummary")
    def syncing(self, call: Call) -> Any:
        number = self.vsan(call).syncing
        return vim.vsan.host.VsanSyncingObjectQueryResult(
            totalObjectsToSync=number, totalBytesToSync=number * BYTES_OF_AN_OBJECT, totalRecoveryETA=number * 60
        )


class StretchedClusterSystem(_OfCluster):
    """The witnesses of vSAN clusters."""

    kind = vim.cluster.VsanVcStretchedClusterSystem

    def __init__(self, vcenter: VCenter) -> None:
        super().__init__(vcenter, "vsan-stretched-cluster-system")

    @method("VSANVcGetWitnessHosts")
    def witnesses(self, call: Call) -> list[Any]:
        vsan = self.vsan(call)
        if vsan.witness is None:
            return []
        known = {host.moid: host for host in self.vcenter.hosts}
        return [
            vim.cluster.VSANWitnessHostInfo(
                nodeUuid=known[vsan.witness].uuid,
                unicastAgentAddr=known[vsan.witness].address,
                host=vim.HostSystem(vsan.witness),
            )
        ]
