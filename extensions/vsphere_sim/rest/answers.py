# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values and errors of the Automation API, as they are under /api."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Optional

from ..server.http import Response

JSON = "application/json"


@dataclass
class Value(Response):
    """A value as an answer. mapping: whether it is a map, whose keys are data and no names of fields."""

    value: Any = None
    mapping: bool = False


def reply(value: Any, status: int = 200, mapping: bool = False) -> Value:
    """A value as JSON."""
    return Value(status, json.dumps(value).encode(), JSON, value=value, mapping=mapping)


class RestError(Exception):
    """An error of the API: its status, its type, and what it says. unknown_path: nothing at all is at this path."""

    def __init__(
        self,
        status: int,
        error_type: str,
        message_id: str,
        message: str,
        challenge: Optional[str] = None,
        unknown_path: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message_id = message_id
        self.challenge = challenge
        self.unknown_path = unknown_path

    def response(self) -> Response:
        """The error as an answer."""
        body: dict[str, Any] = {
            "error_type": self.error_type,
            "messages": [{"args": [], "default_message": str(self), "id": self.message_id}],
        }
        headers = {}
        if self.challenge:
            body["challenge"] = self.challenge
            headers["WWW-Authenticate"] = self.challenge
        return Response(self.status, json.dumps(body).encode(), JSON, headers)


def not_found(what: str) -> RestError:
    """There is no such thing."""
    return RestError(404, "NOT_FOUND", "com.vmware.vapi.std.errors.not_found", f"{what} could not be found.")


def no_such_path(path: str) -> RestError:
    """Nothing is at this path."""
    return RestError(404, "NOT_FOUND", "com.vmware.vapi.rest.httpNotFound", f"{path} could not be found.", unknown_path=True)


def unauthenticated(challenge: str) -> RestError:
    """Who calls is not logged in."""
    return RestError(
        401,
        "UNAUTHENTICATED",
        "com.vmware.vapi.endpoint.method.authentication.required",
        "Authentication required.",
        challenge,
    )


def unauthorized() -> RestError:
    """Who calls may not do this."""
    return RestError(403, "UNAUTHORIZED", "vapi.method.authorization.denied", "Unable to authorize user.")


def invalid_body() -> RestError:
    """What was sent is not what this takes."""
    return RestError(400, "INVALID_ARGUMENT", "com.vmware.vapi.rest.invalidInput", "The request body cannot be understood.")
