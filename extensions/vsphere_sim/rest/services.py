# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/vcenter/services"""

from __future__ import annotations

from typing import Any

from ..estate.storage_service import STARTED
from ..server.http import Response
from .router import RestCall, RestError, not_found, reply, route

_OTHERS = {"vpxd": "VMware vCenter Server", "vsphere-ui": "VMware vSphere Client", "vmcad": "VMware Certificate Authority"}
_SPS = "sps"


@route("GET", "/api/vcenter/services")
def listed(call: RestCall) -> Response:
    """All services, by their names."""
    return reply({_SPS: _sps(call), **{name: _service(name, STARTED) for name in _OTHERS}})


@route("GET", "/api/vcenter/services/{service}")
def read(call: RestCall) -> Response:
    """One service."""
    name = call.parameters["service"]
    if name == _SPS:
        return reply(_sps(call))
    if name not in _OTHERS:
        raise not_found(f"The service {name}")
    return reply(_service(name, STARTED))


@route("POST", "/api/vcenter/services/{service}", action="restart")
def restart(call: RestCall) -> Response:
    """Begin a restart. It has only been begun when this answers."""
    call.require("ServiceManagement.Administer")
    name = call.parameters["service"]
    if name != _SPS:
        if name in _OTHERS:
            raise RestError(500, "ERROR", "com.vmware.vapi.std.errors.error", f"The service {name} is not restarted here.")
        raise not_found(f"The service {name}")
    if not call.vcenter.storage.restart():
        raise RestError(
            400,
            "NOT_ALLOWED_IN_CURRENT_STATE",
            "com.vmware.appliance.vmon.service.not_allowed_in_current_state",
            f"The service {name} is {call.vcenter.storage.state.lower()}.",
        )
    return Response(204)


def _sps(call: RestCall) -> dict[str, Any]:
    return _service(_SPS, call.vcenter.storage.state)


def _service(name: str, state: str) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name_key": f"cis.{name}.ServiceName",
        "description_key": f"cis.{name}.ServiceDescription",
        "startup_type": "AUTOMATIC",
        "state": state,
    }
    if state == STARTED:
        described["health"] = "HEALTHY"
        described["health_messages"] = []
    return described
