# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Automation API under /api: sessions, routes, and errors in its shape."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import json
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Optional

from ..estate.sessions import Session
from ..journal import Entry, session_label
from ..server.gate import pass_through
from ..server.http import Request, Response
from ..sts.endpoint import challenge

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

log = logging.getLogger(__name__)
JSON = "application/json"
TOKEN = "vmware-api-session-id"  # noqa: S105


class RestError(Exception):
    """An error of the API: its status, its type, and what it says."""

    def __init__(self, status: int, error_type: str, message_id: str, message: str, challenge: Optional[str] = None) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message_id = message_id
        self.challenge = challenge

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


@dataclass
class RestCall:
    """A call, as what answers it sees it."""

    vcenter: VCenter
    request: Request
    session: Optional[Session]
    parameters: dict[str, str] = field(default_factory=dict)

    def require(self, privilege: str) -> None:
        """Raises RestError where the account does not have a privilege."""
        if self.session is None or not self.session.account.may(privilege):
            raise unauthorized()


Handler = Callable[[RestCall], Response]


@dataclass(frozen=True)
class Route:
    """A method and a path (with {names}), and what answers it."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler
    action: Optional[str] = None
    public: bool = False


_routes: list[Route] = []


def route(method: str, path: str, action: Optional[str] = None, public: bool = False) -> Callable[[Handler], Handler]:
    """Mark what answers a path."""
    pattern = re.compile("^" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "$")

    def mark(handler: Handler) -> Handler:
        _routes.append(Route(method, pattern, handler, action, public))
        return handler

    return mark


def reply(value: Any, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(status, json.dumps(value).encode(), JSON)


class RestEndpoint:
    """The REST API of one vCenter."""

    def __init__(self, vcenter: VCenter) -> None:
        self.vcenter = vcenter

    def answer(self, request: Request) -> Response:
        """Answer a request. Raises ConnectionDropped."""
        session = self.vcenter.rest_sessions.find(request.headers.get(TOKEN))
        action = next(iter(request.query.get("action") or []), None)
        entry = Entry(
            vcenter=self.vcenter.name,
            protocol="rest",
            method=f"{request.method} {request.path}" + (f"?action={action}" if action else ""),
            object=request.path,
            session=session_label(session.secret if session else None),
            username=session.account.username if session else None,
            client=request.client,
            mutating=request.method not in ("GET", "HEAD", "OPTIONS") and request.path != "/api/session",
        )

        def execute(_task_error: Any) -> tuple[Response, str]:
            try:
                response = self._route(RestCall(self.vcenter, request, session), action)
            except RestError as error:
                response = error.response()
            except Exception as error:
                log.exception("%s failed", entry.method)
                response = RestError(500, "ERROR", "com.vmware.vapi.std.errors.error", str(error)).response()
            return response, "ok" if response.status < 400 else str(response.status)

        def by_rule(fault: Any) -> Response:
            return RestError(500, "ERROR", "com.vmware.vapi.std.errors.error", fault.msg).response()

        return pass_through(self.vcenter.surroundings, entry, execute, by_rule)

    def _route(self, call: RestCall, action: Optional[str]) -> Response:
        path = call.request.path
        if any(fnmatch.fnmatchcase(path, missing) for missing in self.vcenter.missing_rest_paths):
            raise not_found(path)
        other_methods = False
        for one in _routes:
            matched = one.pattern.match(path)
            if matched is None or one.action != action:
                continue
            if one.method != call.request.method:
                other_methods = True
                continue
            if not one.public and call.session is None:
                raise unauthenticated(challenge(call.vcenter))
            call.parameters = matched.groupdict()
            return one.handler(call)
        if other_methods:
            raise RestError(405, "ERROR", "com.vmware.vapi.rest.httpMethodNotAllowed", "Method not allowed.")
        raise not_found(path)


def basic_credentials(request: Request) -> Optional[tuple[str, str]]:
    """The user and the password of an Authorization header."""
    kind, _space, encoded = (request.headers.get("Authorization") or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        username, separator, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (username, password) if separator else None
