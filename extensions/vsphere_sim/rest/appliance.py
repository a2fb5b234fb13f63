# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/appliance"""

from __future__ import annotations

from ..server.http import Response
from .answers import reply
from .router import RestCall, route


@route("GET", "/api/appliance/recovery/backup/job/details")
def details(call: RestCall) -> Response:
    """File-based backups by their ids."""
    call.require("ApplianceManagement.Read")
    return reply(call.vcenter.backups, mapping=True)


@route("GET", "/api/appliance/recovery/backup/job")
def listed(call: RestCall) -> Response:
    """The ids of file-based backups."""
    call.require("ApplianceManagement.Read")
    return reply(list(call.vcenter.backups))


@route("GET", "/api/appliance/system/version")
def version(call: RestCall) -> Response:
    """What the appliance runs."""
    return reply(
        {
            "version": f"{call.vcenter.release.version}.00000",
            "product": "VMware vCenter Server",
            "build": call.vcenter.release.build,
            "type": "vCenter Server with an embedded Platform Services Controller",
            "summary": "",
            "releasedate": "2024-06-25",
            "install_time": "2024-07-01T00:00:00.000Z",
        }
    )
