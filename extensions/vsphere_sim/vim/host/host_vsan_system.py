# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostVsanSystem: which members of its vSAN a host sees."""

from __future__ import annotations

from typing import Any

from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED, EsxiHost
from ...estate.servant import EstateServant
from ...estate.vcenter import VCenter
from ...estate.vsan_cluster import VsanCluster
from ...soap.servant import Call, method


class HostVsanSystem(EstateServant):
    """Of a host of a cluster with vSAN."""

    kind = vim.host.VsanSystem

    def __init__(self, vcenter: VCenter, host: EsxiHost, vsan: VsanCluster) -> None:
        super().__init__(vcenter, f"vsanSystem-{host.moid.rpartition('-')[2]}")
        self._host = host
        self._vsan = vsan

    @property
    def label(self) -> str:
        return self._host.name

    @method("QueryHostStatus")
    def query(self, call: Call) -> Any:
        if self._host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        uuids = {host.moid: host.uuid for host in self.vcenter.hosts}
        return vim.vsan.host.ClusterStatus(
            nodeUuid=self._host.uuid,
            health="healthy",
            nodeState=vim.vsan.host.ClusterStatus.State(state="agent"),
            memberUuid=[uuids[moid] for moid in self._vsan.seen_by(self._host.moid) if moid in uuids],
        )
