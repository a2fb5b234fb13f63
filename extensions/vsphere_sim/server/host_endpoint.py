# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What listens on an ESXi host: the IOFilter provider on 9080, and its own page on 443."""

from __future__ import annotations

import socket
import ssl
import struct

from ..estate.esxi_host import EsxiHost
from ..estate.storage_array import StorageArray
from ..estate.vcenter import VCenter
from ..journal import Entry
from .gate import pass_through
from .http import ConnectionDropped, Request, Response, serve_http
from .tls import handshake

IOFILTER_PORT = 9080


def version_xml(vasa_version: str) -> bytes:
    """Which VASA version a provider speaks, and where."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<supportedVersions>\n"
        f'  <version id="{vasa_version}">\n'
        "    <serviceLocation>/vasa</serviceLocation>\n"
        "  </version>\n"
        "</supportedVersions>\n"
    ).encode()


class HostEndpoint:
    """Serves the connections of one port of one host, with the certificate that the host has now."""

    def __init__(self, vcenter: VCenter, host: EsxiHost, port: int) -> None:
        self._vcenter = vcenter
        self._host = host
        self._port = port

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection. Raises OSError."""
        entry = self._entry("handshake")
        secured: list[ssl.SSLSocket] = []

        def execute(_error: object) -> tuple[Response, str]:
            if not self._host.reachable:
                _reset(connection)
                return Response(0), "unreachable"
            context = self._host.tls_context(self._port)
            if context is None:
                _reset(connection)
                return Response(0), "no daemon"
            try:
                secured.append(handshake(connection, context))
            except ssl.SSLError as error:
                return Response(0), f"refused ({error.reason})"
            return Response(0), "ok"

        try:
            pass_through(self._vcenter.surroundings, entry, execute, lambda _fault: Response(0))
        except ConnectionDropped:
            _reset(connection)
            return
        if secured:
            serve_http(secured[0], self._answer, "iofiltervpd" if self._port == IOFILTER_PORT else "VMware ESXi")

    def _answer(self, request: Request) -> Response:
        entry = self._entry(f"{request.method} {request.path}")
        return pass_through(self._vcenter.surroundings, entry, lambda _error: self._page(request), lambda _fault: Response(500))

    def _page(self, request: Request) -> tuple[Response, str]:
        if self._port == IOFILTER_PORT and request.path == "/version.xml" and request.method in ("GET", "HEAD"):
            return Response(200, version_xml(self._host.vasa_version), "text/xml"), "ok"
        return Response(404, b"404 Not Found\n"), "404"

    def _entry(self, method: str) -> Entry:
        return Entry(
            self._vcenter.name,
            "tls",
            f"{method} :{self._port}" if method == "handshake" else method,
            object=self._host.moid,
            target=self._host.name,
        )


class ArrayEndpoint:
    """Serves the VASA provider of a storage array."""

    def __init__(self, vcenter: VCenter, array: StorageArray) -> None:
        self._vcenter = vcenter
        self._array = array

    def serve(self, connection: socket.socket) -> None:
        """Serve one connection. Raises OSError."""
        if not self._array.reachable:
            _reset(connection)
            return
        serve_http(handshake(connection, self._array.tls_context()), self._answer, "vasa")

    def _answer(self, request: Request) -> Response:
        entry = Entry(
            self._vcenter.name, "tls", f"{request.method} {request.path}", object=self._array.name, target=self._array.name
        )
        return pass_through(self._vcenter.surroundings, entry, lambda _error: self._page(request), lambda _fault: Response(500))

    def _page(self, request: Request) -> tuple[Response, str]:
        if request.path == "/version.xml":
            return Response(200, version_xml("3.0"), "text/xml"), "ok"
        return Response(404, b"404 Not Found\n"), "404"


def _reset(connection: socket.socket) -> None:
    """End a connection as a machine does on which nobody listens."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
