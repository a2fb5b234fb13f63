# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The service SSH of an ESXi host (TSM-SSH), through vCenter: whether it runs, and starting and stopping it."""

from __future__ import annotations

from typing import Any, Iterable, Optional

from .._common.printable import printable
from .._estate.estate import EsxiHost
from .._estate.host_service import HostService
from .._wire.pyvmomi_library import vim
from . import messages
from .properties import read_object
from .session import VSphereSession

SSH = "TSM-SSH"
_SYSTEM = "configManager.serviceSystem"


def ssh_among(services: Optional[Iterable[Any]]) -> Optional[HostService]:
    """SSH among the services of a host (HostService); None where it is not there."""
    return next((HostService(bool(one.running), printable(str(one.policy))) for one in services or () if one.key == SSH), None)


def read_ssh(session: VSphereSession, host: EsxiHost) -> Optional[HostService]:
    """SSH as it is now; None where vCenter does not show it. Raises CertopsError."""
    what = f"Reading the services of {host.name}"
    found = read_object(session, [_service_system(session, host)], ("serviceInfo",), what)
    info = found[0].get("serviceInfo") if found else None
    return None if info is None else ssh_among(info.service)


def start_ssh(session: VSphereSession, host: EsxiHost) -> None:
    """HostServiceSystem.StartService."""
    system = _service_system(session, host)
    session.change(f"Starting SSH on {host.name}", lambda: session.of_now(system).StartService(SSH))


def stop_ssh(session: VSphereSession, host: EsxiHost) -> None:
    """HostServiceSystem.StopService. Sessions that are open go on."""
    system = _service_system(session, host)
    session.change(f"Stopping SSH on {host.name}", lambda: session.of_now(system).StopService(SSH))


def _service_system(session: VSphereSession, host: EsxiHost) -> Any:
    reference = session.managed_object(vim.HostSystem, host.moid)
    found = read_object(session, [reference], (_SYSTEM,), f"Reading the service system of {host.name}")
    system = found[0].get(_SYSTEM) if found else None
    if system is None:
        raise messages.SERVICE_SYSTEM_HIDDEN(esxi_host=host.name)
    return system
