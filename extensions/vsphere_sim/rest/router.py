# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Automation API under /api and /rest: sessions and routes. Routes stand as they are under /api; old_dialect says how /rest differs."""

from __future__ import annotations

import base64
import binascii
import fnmatch
import logging
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, Optional

from ..estate.sessions import Session
from ..journal import Entry, session_label
from ..server.gate import pass_through
from ..server.http import Request, Response
from ..sts.endpoint import challenge
from . import old_dialect
from .answers import RestError, no_such_path, unauthenticated, unauthorized

if TYPE_CHECKING:
    from ..estate.vcenter import VCenter

log = logging.getLogger(__name__)
TOKEN = "vmware-api-session-id"  # noqa: S105


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


class RestEndpoint:
    """The REST API of one vCenter."""

    def __init__(self, vcenter: VCenter) -> None:
        self.vcenter = vcenter

    def answer(self, request: Request) -> Response:
        """Answer a request. Raises ConnectionDropped."""
        session = self.vcenter.rest_sessions.find(request.headers.get(TOKEN))
        old = request.path.startswith(old_dialect.PREFIX)
        shown = "&".join(f"{key}={request.query[key][0]}" for key in ("action", "~action") if request.query.get(key))
        entry = Entry(
            vcenter=self.vcenter.name,
            protocol="rest",
            method=f"{request.method} {request.path}" + (f"?{shown}" if shown else ""),
            object=request.path,
            session=session_label(session.secret if session else None),
            username=session.account.username if session else None,
            client=request.client,
            mutating=request.method not in ("GET", "HEAD", "OPTIONS")
            and request.path not in ("/api/session", "/rest/session", old_dialect.SESSION),
        )

        def execute(_task_error: Any) -> tuple[Response, str]:
            try:
                response = self._old(request, session) if old else self._new(request, session)
            except RestError as error:
                response = self._refused(error, old)
            except Exception as error:
                log.exception("%s failed", entry.method)
                response = self._refused(RestError(500, "ERROR", "com.vmware.vapi.std.errors.error", str(error)), old)
            return response, "ok" if response.status < 400 else str(response.status)

        def by_rule(fault: Any) -> Response:
            return self._refused(RestError(500, "ERROR", "com.vmware.vapi.std.errors.error", fault.msg), old)

        return pass_through(self.vcenter.surroundings, entry, execute, by_rule)

    def _refused(self, error: RestError, old: bool) -> Response:
        return old_dialect.refused(error, self.vcenter.release.numbers) if old else error.response()

    def _new(self, request: Request, session: Optional[Session]) -> Response:
        if not self.vcenter.release.has_new_api:
            # There the whole of /api is another service, which knows none of these paths.
            return Response(404, b"<html><head><title>Error 404 Not Found</title></head><body>Not Found</body></html>", "text/html")
        action = next(iter(request.query.get("action") or []), None)
        return self._route(RestCall(self.vcenter, request, session), request.path, action)

    def _old(self, request: Request, session: Optional[Session]) -> Response:
        moved, action = old_dialect.translated(request)
        return old_dialect.answered(self._route(RestCall(self.vcenter, moved, session), request.path, action))

    def _route(self, call: RestCall, asked: str, action: Optional[str]) -> Response:
        path = call.request.path
        missing = [*self.vcenter.missing_rest_paths]
        if not self.vcenter.release.has(path) or any(fnmatch.fnmatchcase(one, gone) for one in (path, asked) for gone in missing):
            raise no_such_path(asked)
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
        raise no_such_path(asked)


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
