# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostVirtualNicManager: which VMkernel adapter is for what."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED, EsxiHost
from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import Call, method, readable
from .host_config import management_nic


class HostVirtualNicManager(EstateServant):
    """One adapter is for management, and none for anything else."""

    kind = vim.host.VirtualNicManager

    def __init__(self, vcenter: VCenter, host: EsxiHost) -> None:
        super().__init__(vcenter, f"virtualNicManager-{host.moid.rpartition('-')[2]}")
        self._host = host

    @property
    def label(self) -> str:
        return self._host.name

    @method("QueryNetConfig")
    def query(self, call: Call) -> Any:
        if self._host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        return self._net_config(str(call.require("nicType")))

    @readable("info")
    def info(self, session: Optional[Session]) -> Any:
        if self._host.connection_state != CONNECTED:
            return None
        return vim.host.VirtualNicManagerInfo(netConfig=[self._net_config("management"), self._net_config("vmotion")])

    def _net_config(self, kind: str) -> Any:
        nic = management_nic(self._host)
        nic.key = f"{kind}.key-vim.host.VirtualNic-vmk0"
        selected = [nic.key] if kind == "management" else []
        return vim.host.VirtualNicManager.NetConfig(
            nicType=kind, multiSelectAllowed=True, candidateVnic=[nic], selectedVnic=selected
        )
