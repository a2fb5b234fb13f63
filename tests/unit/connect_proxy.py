# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An HTTP proxy on loopback that lets in who has the account: it takes CONNECT, and hands bytes on."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Optional


class ConnectProxy:
    """asked: the heads of the requests that it was sent."""

    def __init__(self, account: Optional[str]) -> None:
        self.asked: list[str] = []
        self._wanted = f"Basic {base64.b64encode(account.encode()).decode()}" if account else None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        with contextlib.suppress(OSError):
            # What waits for the next one ends by this, and not by its being closed.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._socket.accept()
                threading.Thread(target=self._one, args=(client,), daemon=True).start()

    def _one(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            text = head.decode("latin-1")
            self.asked.append(text)
            if self._wanted is not None and f"Proxy-Authorization: {self._wanted}\r\n" not in text:
                client.sendall(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n')
                return
            host, _colon, port = text.split(" ")[1].rpartition(":")
            try:
                server = socket.create_connection((host, int(port)), timeout=10)
            except OSError:
                client.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
                return
            with server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=_hand_on, args=(server, client), daemon=True)
                back.start()
                _hand_on(client, server)
                back.join()


def _hand_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


@contextlib.contextmanager
def connect_proxy(account: Optional[str] = None) -> Iterator[ConnectProxy]:
    """One that runs for as long as it is entered. account: name:password that it wants; None where it lets everybody in."""
    proxy = ConnectProxy(account)
    try:
        yield proxy
    finally:
        proxy.close()
