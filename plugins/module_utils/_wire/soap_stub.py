# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How pyVmomi's calls get to the vCenter and back: its own way of writing a request, and ours of sending it and of reading the answer."""

from __future__ import annotations

import re
import ssl
import time
from http.client import HTTPException, HTTPResponse
from typing import Any, Optional

from .._timing.waiting import Deadline
from .answer_body import joined, pieces
from .answer_errors import OutOfTime
from .byte_arrays import rewritten
from .connection import Connection
from .journal.answered import Answered
from .pyvmomi_library import VERSION, SoapStubAdapter
from .soap_answer import parse
from .timed_connection import TimedConnection

# Connections that are kept open: as many as are ever used at the same time.
POOL_SIZE = 16
# One that was idle for longer may be dropped on the way, which shows only when nobody answers.
IDLE_SECONDS = 60.0

# A vCenter quotes the value, other servers do not. What cannot be sent back in a header, as a line break of a folded one, is no session's.
_SESSION_COOKIE = re.compile(r'\s*(vmware_soap_session\s*=\s*(?:"[^"\x00-\x1f\x7f]+"|[^";\s\x00-\x1f\x7f]+))', re.IGNORECASE)


class SoapStub(SoapStubAdapter):  # type: ignore[misc]
    """One of a vCenter's SOAP services. pyVmomi's objects call InvokeMethod for each method and each property."""

    def __init__(
        self, connection: Connection, context: ssl.SSLContext, version: str, path: str, *, session_id: Optional[str] = None
    ) -> None:
        """session_id: the value of the vim session's cookie, which SMS wants in a header of its own."""
        super().__init__(
            host=connection.server,
            port=connection.port,
            path=path,
            version=version,
            requestContext={"vcSessionCookie": session_id} if session_id else None,
        )
        self.cookie = ""
        # The vCenter's API version, for whoever has to say that pyVmomi is too old for it.
        self.server_version = ""
        # Of all requests together while it is set, as those of a login; otherwise each has one of its own.
        self.deadline: Optional[Deadline] = None
        self._connection = connection
        self._context = context
        self._idle: list[tuple[TimedConnection, float]] = []

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:
        """Call a method and return its value.

        Raises the fault that is answered, OSError, HTTPException, NotAnAnswer and UnreadableByPyvmomi.
        """
        request = self.SerializeRequest(mo, info, args)
        deadline = self.deadline or Deadline(self._connection.request_timeout_seconds)
        journal, answer = self._connection.journal, Answered()
        try:
            status, body = self._exchange(request, deadline)
        except BaseException as error:
            if journal is not None:
                journal.soap(self.path, self.versionId, info, request, answer.failed(error))
            if isinstance(error, TimeoutError):
                raise OutOfTime(deadline.seconds) from error
            raise
        if journal is not None:
            journal.soap(self.path, self.versionId, info, request, answer.answered(status, body))
        return parse(self, info, status, body)

    def DropConnections(self) -> None:
        """Close what is kept open."""
        with self.lock:
            idle, self._idle = self._idle, []
        for client, _since in idle:
            client.close()

    def _exchange(self, request: bytes, deadline: Deadline) -> tuple[int, bytes]:
        headers = {
            "SOAPAction": self.versionId,
            "Content-Type": "text/xml; charset=UTF-8",
            "User-Agent": f"pyvmomi {VERSION}",
            "Accept-Encoding": "gzip",
        }
        if self.cookie:
            headers["Cookie"] = self.cookie
        client = self._take(deadline)
        try:
            client.request("POST", self.path, request, headers)
            answer = client.getresponse()
            self._keep_session(answer)
            # SOAP 1.1 over HTTP has no other for an answer.
            if answer.status not in (200, 500):
                raise HTTPException(f"{answer.status} {answer.reason}")
            body = joined(rewritten(pieces(answer)))
        except BaseException:
            client.close()
            # The others may be broken as well.
            self.DropConnections()
            raise
        self._give_back(client)
        return answer.status, body

    def _keep_session(self, answer: HTTPResponse) -> None:
        """Keep the session's cookie, and none of a load balancer's."""
        for header in answer.headers.get_all("Set-Cookie") or ():
            found = _SESSION_COOKIE.match(header)
            if found is not None:
                self.cookie = found.group(1)

    def _take(self, deadline: Deadline) -> TimedConnection:
        with self.lock:
            while self._idle:
                client, since = self._idle.pop()
                if time.monotonic() - since <= IDLE_SECONDS:
                    client.begin(deadline)
                    return client
                client.close()
        return TimedConnection(self._connection, self._context, deadline)

    def _give_back(self, client: TimedConnection) -> None:
        with self.lock:
            if len(self._idle) < POOL_SIZE:
                self._idle.append((client, time.monotonic()))
                return
        client.close()
