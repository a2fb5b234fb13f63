# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/vcenter/services"""

from __future__ import annotations

import json
from typing import Any

from ..estate.storage_service import DISABLED, STARTED, STARTING, STOPPED, STOPPING
from ..server.http import Response
from .answers import RestError, invalid_body, not_found, reply, unauthorized
from .router import RestCall, route

_OTHERS = {"vpxd": "VMware vCenter Server", "vsphere-ui": "VMware vSphere Client", "vmcad": "VMware Certificate Authority"}
_SPS = "sps"
# How long vCenter waits for a service that starts, in seconds of the estate. What it is for SPS is not documented.
START_TIMEOUT_SECONDS = 600.0
LOOK_SECONDS = 0.02


@route("GET", "/api/vcenter/services")
def listed(call: RestCall) -> Response:
    """All services, by their names."""
    return reply({_SPS: _sps(call), **{name: _service(name, STARTED) for name in _OTHERS}}, mapping=True)


@route("GET", "/api/vcenter/services/{service}")
def read(call: RestCall) -> Response:
    """One service."""
    name = call.parameters["service"]
    if name == _SPS:
        return reply(_sps(call))
    if name not in _OTHERS:
        raise not_found(f"The service {name}")
    return reply(_service(name, STARTED))


@route("PATCH", "/api/vcenter/services/{service}")
def update(call: RestCall) -> Response:
    """Set how it is started. What is not given stays as it is."""
    name = _changeable(call)
    given = _body(call).get("startup_type")
    storage = call.vcenter.storage
    if name == _SPS:
        if storage.state in (STARTING, STOPPING) or (given == DISABLED and storage.state != STOPPED):
            raise _not_allowed(name, storage.state)
        storage.startup_type = given or storage.startup_type
    return Response(204)


@route("POST", "/api/vcenter/services/{service}", action="restart")
def restart(call: RestCall) -> Response:
    """Restart it. The call answers when the service is up, or when its start took too long."""
    name = _changeable(call)
    if name != _SPS:
        raise RestError(500, "ERROR", "com.vmware.vapi.std.errors.error", f"The service {name} is not restarted here.")
    storage = call.vcenter.storage
    if not storage.restart():
        raise _not_allowed(name, storage.state)
    begun = storage.restarts
    if storage.restart_answers == "when_up":
        patience = call.vcenter.clock.monotonic() + call.vcenter.clock.scaled(START_TIMEOUT_SECONDS)
        while not storage.came_up(begun) and call.vcenter.clock.monotonic() < patience and not call.vcenter.clock.stopping.is_set():
            call.vcenter.clock.rest(LOOK_SECONDS)
    if storage.restart_answers != "at_once" and not storage.came_up(begun):
        raise RestError(
            500,
            "TIMED_OUT",
            "com.vmware.appliance.vmon.service.timed_out",
            f"The service {name} did not start in the time that is allowed for it.",
        )
    return Response(204)


def _changeable(call: RestCall) -> str:
    """The service that is to be changed. Raises RestError where the account may not, or there is none."""
    if call.session is None or not call.session.account.may_manage_services:
        raise unauthorized()
    name = call.parameters["service"]
    if name != _SPS and name not in _OTHERS:
        raise not_found(f"The service {name}")
    return name


def _body(call: RestCall) -> dict[str, Any]:
    try:
        given = json.loads(call.request.body or b"{}")
    except ValueError:
        given = None
    if not isinstance(given, dict) or given.get("startup_type") not in (None, "AUTOMATIC", "MANUAL", DISABLED):
        raise invalid_body()
    return given


def _not_allowed(name: str, state: str) -> RestError:
    return RestError(
        400,
        "NOT_ALLOWED_IN_CURRENT_STATE",
        "com.vmware.appliance.vmon.service.not_allowed_in_current_state",
        f"The service {name} is {state.lower()}.",
    )


def _sps(call: RestCall) -> dict[str, Any]:
    storage = call.vcenter.storage
    return {**_service(_SPS, storage.state), "startup_type": storage.startup_type}


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
