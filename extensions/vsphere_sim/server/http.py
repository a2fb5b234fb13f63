# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HTTP/1.1 on one connection: keep-alive, Content-Length and chunked bodies, Expect."""

from __future__ import annotations

import itertools
import socket
import time
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler
from io import BytesIO
from typing import Callable, Optional
from urllib.parse import parse_qs, unquote, urlsplit

IDLE_SECONDS = 1800.0
LARGEST_BODY_BYTES = 64 * 1024 * 1024
# Between two bytes of an answer that drips.
DRIP_SECONDS = 1.0


class ConnectionDropped(Exception):
    """The connection is to be closed without an answer."""


@dataclass
class Request:
    """What a client asked."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: Message
    body: bytes
    client: str

    def cookie(self, name: str) -> Optional[str]:
        """The value of a cookie, without the quotes that it may have."""
        for header in self.headers.get_all("Cookie") or []:
            for part in header.split(";"):
                key, _equals, value = part.strip().partition("=")
                if key.strip() == name:
                    return value.strip().strip('"')
        return None


@dataclass
class Response:
    """What it is answered."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain"
    headers: dict[str, str] = field(default_factory=dict)
    # Cookies besides those in headers, and what of it comes byte by byte: body, headers, or a "100 Continue" again and again.
    cookies: tuple[str, ...] = ()
    drip: Optional[str] = None


Answer = Callable[[Request], Response]


def serve_http(connection: socket.socket, answer: Answer, server_name: str) -> None:
    """Answer the requests of a connection until one side ends it."""
    connection.settimeout(IDLE_SECONDS)
    try:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = connection.getpeername()
    except OSError:
        return
    _Handler(connection, peer, answer, server_name)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def __init__(self, connection: socket.socket, peer: tuple[str, int], answer: Answer, server_name: str) -> None:
        self._answer = answer
        self._server_name = server_name
        super().__init__(connection, peer, None)  # type: ignore[arg-type]

    def version_string(self) -> str:
        return self._server_name

    def log_message(self, format: str, *args: object) -> None:
        """The journal says all that is to be said."""

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            pass  # The client did not wait for the answer.

    def _any(self) -> None:
        body = self._read_body()
        if body is None:
            return
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            unquote(parts.path),
            parse_qs(parts.query, keep_blank_values=True),
            self.headers,
            body,
            self.client_address[0],
        )
        try:
            response = self._answer(request)
        except ConnectionDropped:
            self.close_connection = True
            return
        if response.drip is not None:
            self._drip(response)
            return
        self._send(response)

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        for cookie in response.cookies:
            self.send_header("Set-Cookie", cookie)
        if response.body:
            self.send_header("Content-Type", response.content_type)
        if response.status not in (204, 304):
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _drip(self, response: Response) -> None:
        """Send an answer so that it takes for ever, as long as the client takes that."""
        self.close_connection = True
        sent, self.wfile = self.wfile, BytesIO()
        self._send(response)
        self.flush_headers()
        whole, self.wfile = self.wfile.getvalue(), sent
        head = whole[: len(whole) - len(response.body)]
        at_once, slow = {"body": (head, response.body), "headers": (b"", head), "continue": (b"", b"")}[response.drip or ""]
        unit = [bytes([byte]) for byte in slow] or itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")
        try:
            self.wfile.write(at_once)
            for part in unit:
                self.wfile.write(part)
                self.wfile.flush()
                time.sleep(DRIP_SECONDS)
        except OSError:
            pass  # The client did not wait for it.

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _any

    def _read_body(self) -> Optional[bytes]:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            return self._read_chunks()
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY_BYTES:
            self.send_error(400 if length < 0 else 413)
            self.close_connection = True
            return None
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return None
        return body

    def _read_chunks(self) -> Optional[bytes]:
        body = bytearray()
        while True:
            line = self.rfile.readline(1024)
            try:
                size = int(line.split(b";")[0], 16)
            except ValueError:
                size = -1
            if size < 0 or len(body) + size > LARGEST_BODY_BYTES:
                self.send_error(400)
                self.close_connection = True
                return None
            body += self.rfile.read(size)
            if size == 0:
                while self.rfile.readline(1024).strip():
                    pass  # Trailers say nothing here.
                return bytes(body)
            self.rfile.readline(16)
