# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Automation API as it is under /rest: the only one before vCenter 7.0 U2, and there beside /api since.

The resources are those of /api; what differs is how they are asked and answered.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any, Optional

from ..server.http import Request, Response
from .answers import JSON, RestError, Value, invalid_body

PREFIX = "/rest/"
SESSION = "/rest/com/vmware/cis/session"
_VERB = re.compile(r"^(/rest/vcenter/services/[^/]+)/(start|stop|restart)$")
# Since when errors say their type twice (7.0 U3).
ERROR_TYPE_SINCE = (7, 0, 3)


def translated(request: Request) -> tuple[Request, Optional[str]]:
    """A request under /rest as it would be under /api, with its action. Raises RestError for a body that is not wrapped."""
    verb = _VERB.match(request.path)
    if request.path == SESSION:
        got = request.query.get("~action") == ["get"]
        method = "GET" if got and request.method == "POST" else "?" if request.method == "GET" else request.method
        return replace(request, path="/api/session", method=method), None
    if verb:
        return replace(request, path="/api/" + verb.group(1)[len(PREFIX) :]), verb.group(2)
    moved = replace(request, path="/api/" + request.path[len(PREFIX) :])
    return (replace(moved, body=_unwrapped(request.body)) if request.method == "PATCH" else moved), None


def answered(response: Response) -> Response:
    """An answer of /api as it is under /rest: wrapped, maps as lists of key and value, and no status but 200."""
    if not isinstance(response, Value):
        return replace(response, status=200)
    value: Any = response.value
    if response.mapping:
        value = [{"key": key, "value": item} for key, item in value.items()]
    return Response(200, json.dumps({"value": value}).encode(), JSON, response.headers)


def refused(error: RestError, release: tuple[int, int, int]) -> Response:
    """An error as it is under /rest."""
    kind = error.error_type.lower()
    message_id = "com.vmware.vapi.rest.operationsForUrlNotFound" if error.unknown_path else error.message_id
    value: dict[str, Any] = {"messages": [{"args": [], "default_message": str(error), "id": message_id}]}
    if release >= ERROR_TYPE_SINCE:
        value["error_type"] = error.error_type
    body = {"type": f"com.vmware.vapi.std.errors.{kind}", "value": value}
    # The runtime of /rest has another status for what was not over in time (error table of vmware.vapi.lib.rest).
    status = 504 if error.error_type == "TIMED_OUT" else error.status
    headers = {"WWW-Authenticate": error.challenge} if error.challenge else {}
    return Response(status, json.dumps(body).encode(), JSON, headers)


def _unwrapped(body: bytes) -> bytes:
    try:
        given = json.loads(body or b"{}")
    except ValueError:
        raise invalid_body() from None
    if not isinstance(given, dict) or not isinstance(given.get("spec"), dict):
        raise invalid_body()
    return json.dumps(given["spec"]).encode()
