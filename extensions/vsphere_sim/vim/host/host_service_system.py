# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostServiceSystem: the services of a host."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim, vmodl

from ...estate.esxi_host import CONNECTED, EsxiHost, HostService
from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import Call, method, readable
from .host_config import service_info

POLICIES = ("on", "off", "automatic")


class HostServiceSystem(EstateServant):
    """Starts and stops services."""

    kind = vim.host.ServiceSystem

    def __init__(self, vcenter: VCenter, host: EsxiHost) -> None:
        super().__init__(vcenter, f"serviceSystem-{host.moid.rpartition('-')[2]}")
        self._host = host

    @property
    def label(self) -> str:
        return self._host.name

    @readable("serviceInfo")
    def read_service_info(self, session: Optional[Session]) -> Any:
        return service_info(self._host)

    @method("StartService")
    def start(self, call: Call) -> None:
        self._service(call).running = True
        self.vcenter.notify(self._host)

    @method("StopService")
    def stop(self, call: Call) -> None:
        service = self._service(call)
        if not service.running:
            raise vim.fault.InvalidState()
        service.running = False
        self.vcenter.notify(self._host)

    @method("RestartService")
    def restart(self, call: Call) -> None:
        self._service(call).running = True
        self.vcenter.notify(self._host)

    @method("UpdateServicePolicy")
    def update_policy(self, call: Call) -> None:
        if call.require("policy") not in POLICIES:
            raise vmodl.fault.InvalidArgument(invalidProperty="policy")
        self._service(call).policy = str(call.arguments["policy"])
        self.vcenter.notify(self._host)

    @method("RefreshServices")
    def refresh(self, call: Call) -> None:
        """What is shown is never stale here."""

    def _service(self, call: Call) -> HostService:
        if self._host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        service = self._host.services.get(str(call.require("id")))
        call.detail = str(call.arguments["id"])
        if service is None:
            raise vim.fault.NotFound()
        return service
