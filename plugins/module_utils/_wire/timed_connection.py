# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTPS with a deadline for a whole request: connecting, a proxy's CONNECT, the handshake, what is sent and all that comes back.

The timeout of a socket starts anew with each byte that arrives: who sends one a second is waited for without end. So the time that is
left of the request becomes the socket's timeout before each of its calls.
"""

from __future__ import annotations

import ipaddress
import queue
import socket
import ssl
import threading
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, Optional

from .._timing.waiting import Deadline
from .answer_errors import OutOfTime
from .connection import Connection
from .proxy import through_proxy, tunnel_headers


class _Timed:
    """A socket whose calls end with the deadline."""

    deadline: Optional[Deadline] = None

    def limit(self: Any, share: float = 1.0) -> None:
        """Let the next call take this share of what is left, and no longer. Raises OutOfTime."""
        if self.deadline is None:
            return
        left = self.deadline.left_seconds
        if left <= 0:
            raise OutOfTime(self.deadline.seconds)
        self.settimeout(left * share)

    def recv(self, *arguments: Any, **named: Any) -> Any:
        """As a socket does."""
        self.limit()
        return super().recv(*arguments, **named)  # type: ignore[misc]

    def recv_into(self, *arguments: Any, **named: Any) -> Any:
        """As a socket does."""
        self.limit()
        return super().recv_into(*arguments, **named)  # type: ignore[misc]

    def send(self, *arguments: Any, **named: Any) -> Any:
        """As a socket does."""
        self.limit()
        return super().send(*arguments, **named)  # type: ignore[misc]

    def sendall(self, *arguments: Any, **named: Any) -> Any:
        """As a socket does."""
        self.limit()
        return super().sendall(*arguments, **named)  # type: ignore[misc]


class TimedSocket(_Timed, socket.socket):
    """A TCP socket."""


class TimedTlsSocket(_Timed, ssl.SSLSocket):
    """A TLS socket; client_context has a context make these."""


def open_socket(host: str, port: int, deadline: Deadline) -> TimedSocket:
    """Connect to the first of a host's addresses that can be reached. None of them takes the time of those after it.

    Raises OutOfTime and OSError.
    """
    try:
        found = _addresses(host, port, deadline)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} cannot be a name of DNS") from error
    problem: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
    for number, (family, kind, protocol, _name, address) in enumerate(found):
        opened = TimedSocket(family, kind, protocol)
        try:
            opened.deadline = deadline
            opened.limit(1 / (len(found) - number))
            opened.connect(address)
            return opened
        except OSError as error:
            opened.close()
            problem = error
    raise problem


def _addresses(host: str, port: int, deadline: Deadline) -> list[Any]:
    """What a name resolves to. Raises OutOfTime, OSError and UnicodeError.

    The system's resolver asks each name server several times, for minutes where none answers, and nothing interrupts it: it is asked in a
    thread, which is left to its end when the time is over.
    """
    if _is_numeric(host):
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    answers: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM))
        # Whatever it is, it is raised where it is waited for.
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=deadline.left_seconds)
    except queue.Empty:
        raise OutOfTime(deadline.seconds) from None
    if isinstance(answer, Exception):
        raise answer
    found: list[Any] = answer
    return found


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class TimedConnection(HTTPSConnection):
    """A connection to the vCenter, over the proxy where there is one. deadline is that of the request that it is used for."""

    def __init__(self, connection: Connection, context: ssl.SSLContext, deadline: Deadline) -> None:
        self._server = connection.server.strip("[]")
        if connection.proxy_host and connection.proxy_port:
            super().__init__(connection.proxy_host.strip("[]"), connection.proxy_port, context=context)
            self.set_tunnel(self._server, connection.port, tunnel_headers(connection))
        else:
            super().__init__(self._server, connection.port, context=context)
        self._connection = connection
        self._tls = context
        self._deadline = deadline
        self._create_connection = self._open

    def begin(self, deadline: Deadline) -> None:
        """Use it for another request."""
        self._deadline = deadline
        if isinstance(self.sock, _Timed):
            self.sock.deadline = deadline

    def connect(self) -> None:
        """Connect, and shake hands. Raises OSError, ssl.SSLError and HTTPException."""
        with through_proxy(self._connection):
            # The tunnel's CONNECT is part of it.
            HTTPConnection.connect(self)
        plain: Any = self.sock
        plain.limit()
        wrapped: Any = self._tls.wrap_socket(plain, server_hostname=self._server)
        wrapped.deadline = self._deadline
        self.sock = wrapped

    def _open(self, address: tuple[str, int], *_others: Any) -> TimedSocket:
        return open_socket(*address, self._deadline)
