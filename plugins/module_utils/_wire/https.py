# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTPS request to the vCenter that is not SOAP, over the proxy where there is one."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import Mapping, Optional

from .._timing.waiting import Deadline
from .answer_body import whole
from .answer_errors import OutOfTime
from .connection import Connection
from .journal.answered import Answered
from .timed_connection import TimedConnection


@dataclass(frozen=True)
class Answer:
    """What came: the status, the type that the server gives its body (text/html, lower case, or empty), the body, unpacked, and what it wants of
    somebody who is not logged in (WWW-Authenticate)."""

    status: int
    kind: str
    body: bytes
    challenge: str = ""


def request(
    connection: Connection,
    context: ssl.SSLContext,
    method: str,
    path: str,
    *,
    headers: Optional[Mapping[str, str]] = None,
    body: Optional[bytes] = None,
    deadline: Optional[Deadline] = None,
) -> Answer:
    """Send a request and return its answer. deadline: when it has to be over; its own, where none is given.

    Raises OSError, ssl.SSLError or http.client.HTTPException.
    """
    deadline = deadline or Deadline(connection.request_timeout_seconds)
    journal = connection.journal
    if journal is None:
        return _requested(connection, context, method, path, headers, body, deadline)
    noted = Answered()
    try:
        answer = _requested(connection, context, method, path, headers, body, deadline)
    except BaseException as error:
        journal.http(method, path, body, noted.failed(error))
        raise
    journal.http(method, path, body, noted.answered(answer.status, answer.body, answer.kind, answer.challenge))
    return answer


def _requested(
    connection: Connection,
    context: ssl.SSLContext,
    method: str,
    path: str,
    headers: Optional[Mapping[str, str]],
    body: Optional[bytes],
    deadline: Deadline,
) -> Answer:
    client = TimedConnection(connection, context, deadline)
    try:
        client.request(
            method, path, body=body, headers={"Accept": "application/json", "Accept-Encoding": "gzip", **(headers or {})}
        )
        answer = client.getresponse()
        kind = answer.headers.get_content_type() if answer.headers.get("Content-Type") else ""
        return Answer(answer.status, kind, whole(answer), ", ".join(answer.headers.get_all("WWW-Authenticate") or ()))
    except TimeoutError as error:
        raise OutOfTime(deadline.seconds) from error
    finally:
        client.close()
