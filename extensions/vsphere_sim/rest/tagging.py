# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/api/cis/tagging, and /rest/com/vmware/cis/tagging: there because clients look for tags."""

from __future__ import annotations

from ..server.http import Response
from .answers import reply
from .router import RestCall, route


@route("GET", "/api/cis/tagging/tag")
@route("GET", "/api/com/vmware/cis/tagging/tag")
@route("GET", "/api/cis/tagging/category")
@route("GET", "/api/com/vmware/cis/tagging/category")
def listed(call: RestCall) -> Response:
    """Nothing has a tag here, and there are no categories."""
    return reply([])
