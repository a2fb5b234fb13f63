# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A session with the vCenter's REST API: opened at the first call, in the dialect that the vCenter speaks, and opened anew where it ended."""

from __future__ import annotations

import base64
import ssl
import threading
from http.client import HTTPException
from typing import Any, Callable, Mapping, Optional, TypeVar

from ..._common.errors import TransientError
from ..._timing import waiting
from ..._wire.answer_errors import NotAnAnswer
from ..._wire.connection import Connection
from ..._wire.https import Answer, request
from .. import fault_messages, messages
from ..faults import of_login, translate
from .answers import Shape, error_of, message_of, require_void, value_of
from .dialect import Dialect, in_order

ATTEMPTS = 4
PAUSE_SECONDS = 0.5
# Nobody waits for longer for the end of a session.
LOGOUT_SECONDS = 10.0
_TOKEN = "vmware-api-session-id"  # noqa: S105

T = TypeVar("T")


class RestSession:
    """One vCenter's REST API. Methods raise CertopsError.

    api_version: what the vCenter says of itself (about.apiVersion): by it the likelier dialect is tried first. Where nothing is there
    (HTTP 404) it is the other one.
    """

    def __init__(
        self, connection: Connection, context: ssl.SSLContext, count_retry: Callable[[], None], api_version: str = ""
    ) -> None:
        self.connection = connection
        self.context = context
        self._count_retry = count_retry
        self._dialects: tuple[Dialect, ...] = in_order(api_version)
        self._token: Optional[str] = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The vCenter's hostname, for messages."""
        return self.connection.hostname

    def get(self, resource: str, what: str, shape: Shape) -> Any:
        """Read a resource; what fails in passing is tried again."""

        def read(deadline: waiting.Deadline) -> Any:
            return self._call(lambda dialect: ("GET", dialect.path(resource), None), what, shape, (), deadline)

        return self.patiently(read)

    def restart(self, resource: str, what: str, deadline: waiting.Deadline) -> None:
        """Restart a service, once. Raises TransientError where it is in the middle of another, or for an error of vCenter's own (500)."""
        self._call(lambda dialect: ("POST", dialect.restart(resource), None), what, None, (400, 500), deadline)

    def set(self, resource: str, fields: Mapping[str, str], what: str) -> None:
        """Set fields of a resource, once. Raises TransientError where its state does not allow it now (400)."""
        self._call(lambda dialect: ("PATCH", dialect.path(resource), dialect.fields(fields)), what, None, (400,), None)

    def challenge(self, what: str, deadline: waiting.Deadline) -> str:
        """What the API tells somebody who is not logged in (WWW-Authenticate); empty where it tells nothing. Raises what a request raises."""

        def ask(dialect: Dialect) -> Answer:
            method, path = dialect.whose_session
            return self._send(method, path, {}, deadline)

        dialect, stranger = self._first_there(ask)
        if stranger.status < 400:
            raise NotAnAnswer(f"HTTP {stranger.status} for somebody who is not logged in")
        # What /rest tells a stranger is not documented: where it is no challenge the account's name has to do.
        if stranger.status != 401 and not (dialect.wrapped and stranger.status < 500):
            raise error_of(stranger.status, stranger.body, what, ())
        return stranger.challenge

    def page(self, path: str, deadline: waiting.Deadline) -> Answer:
        """What is at a path of the vCenter beside its API, for somebody who is not logged in. Raises what a request raises."""
        return self._send("GET", path, {"Accept": "*/*"}, deadline)

    def log_out(self) -> None:
        """End the session where there is one."""
        with self._lock:
            token, self._token = self._token, None
            dialect = self._dialects[0]
        if token is None:
            return
        try:
            deadline = waiting.Deadline(min(LOGOUT_SECONDS, self.connection.request_timeout_seconds))
            self._send("DELETE", dialect.session, {_TOKEN: token}, deadline)
        except (OSError, HTTPException):
            pass  # The server is gone, and the session with it.

    def patiently(self, read: Callable[[waiting.Deadline], T]) -> T:
        """Read something; what fails in passing is tried again."""
        # Of all attempts together, a login among them.
        deadline = waiting.Deadline(self.connection.request_timeout_seconds)
        for attempt in range(1, ATTEMPTS + 1):
            pause = PAUSE_SECONDS * 2 ** (attempt - 1)
            try:
                return read(deadline)
            except TransientError:
                if attempt == ATTEMPTS or deadline.left_seconds <= pause:
                    raise
            self._count_retry()
            waiting.rest(pause)
        raise AssertionError("unreachable")

    def _call(
        self,
        asked: Callable[[Dialect], tuple[str, str, Optional[bytes]]],
        what: str,
        shape: Optional[Shape],
        passing: tuple[int, ...],
        deadline: Optional[waiting.Deadline],
    ) -> Any:
        """The value that is answered. asked: method, path and body; shape: what the value has to be, None where none is answered."""
        what = f"{what} of {self.name}"
        deadline = deadline or waiting.Deadline(self.connection.request_timeout_seconds)
        try:
            dialect, answer = self._logged_in(asked, deadline)
            if answer.status == 401:
                self._forget_session()
                dialect, answer = self._logged_in(asked, deadline)
            if 200 <= answer.status < 300:
                return require_void(answer, dialect) if shape is None else value_of(answer, dialect, shape, (200,))
        except (OSError, HTTPException) as error:
            raise translate(error, what, server=self.name) from error
        raise error_of(answer.status, answer.body, what, passing)

    def _logged_in(
        self, asked: Callable[[Dialect], tuple[str, str, Optional[bytes]]], deadline: waiting.Deadline
    ) -> tuple[Dialect, Answer]:
        dialect, token = self._session(deadline)
        method, path, body = asked(dialect)
        return dialect, self._send(method, path, {_TOKEN: token}, deadline, body)

    def _session(self, deadline: waiting.Deadline) -> tuple[Dialect, str]:
        with self._lock:
            if self._token is None:
                self._token = self._log_in(deadline)
            return self._dialects[0], self._token

    def _forget_session(self) -> None:
        with self._lock:
            self._token = None

    def _log_in(self, deadline: waiting.Deadline) -> str:
        what = f"Logging in to the REST API of {self.name}"
        account = f"{self.connection.username}:{self.connection.password}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(account).decode("ascii")}
        dialect, answer = self._first_there(lambda dialect: self._send("POST", dialect.session, headers, deadline))
        if answer.status == 401:
            refused = fault_messages.LOGIN_REFUSED(action=what, vsphere_fault=f"HTTP 401{message_of(answer.body)}")
            raise of_login(refused, what)
        if not 200 <= answer.status < 300:
            raise of_login(error_of(answer.status, answer.body, what, ()), what)
        token = value_of(answer, dialect, lambda _value: True, (200, 201))
        if not isinstance(token, str) or not token:
            raise messages.REST_SESSION_MISSING(action=what)
        self._dialects = (dialect,)
        return token

    def _first_there(self, ask: Callable[[Dialect], Answer]) -> tuple[Dialect, Answer]:
        """The answer in the first dialect in which there is something at that path; in the last one otherwise."""
        with self._lock:
            dialects = self._dialects
        for dialect in dialects[:-1]:
            answer = ask(dialect)
            if answer.status != 404:
                return dialect, answer
        return dialects[-1], ask(dialects[-1])

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], deadline: waiting.Deadline, body: Optional[bytes] = None
    ) -> Answer:
        sent = headers if body is None else {**headers, "Content-Type": "application/json"}
        return request(self.connection, self.context, method, path, headers=sent, body=body, deadline=deadline)
