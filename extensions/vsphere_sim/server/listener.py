# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One loop accepts on all listening sockets; a thread serves each connection."""

from __future__ import annotations

import logging
import selectors
import socket
import threading
from typing import Callable

Serve = Callable[[socket.socket], None]
log = logging.getLogger(__name__)

STACK_BYTES = 512 * 1024


class Listener:
    """Accepts, and hands each connection to who serves that port. Asleep while nobody connects."""

    def __init__(self) -> None:
        threading.stack_size(STACK_BYTES)
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = socket.socketpair()
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._stopped = False
        self.closed = False

    def add(self, listening: socket.socket, serve: Serve) -> None:
        """Serve what connects to this socket. Once all is closed it is closed at once."""
        with self._lock:
            if self.closed:
                listening.close()
                return
            self._sockets.add(listening)
        self._selector.register(listening, selectors.EVENT_READ, serve)

    def remove(self, listening: socket.socket) -> None:
        """Close a listening socket: its port refuses. What is connected stays so."""
        with self._lock:
            self._sockets.discard(listening)
        if not self._stopped:
            self._selector.unregister(listening)
        listening.close()

    def run(self) -> None:
        """Accept until stopped."""
        while not self._stopped:
            for key, _events in self._selector.select():
                if key.data is None:
                    continue
                try:
                    connection, _peer = key.fileobj.accept()  # type: ignore[union-attr]
                except (BlockingIOError, OSError):
                    continue  # It went away before it was accepted.
                connection.setblocking(True)
                # TLS takes the socket for itself; this one is to cut the connection by.
                handle = connection.dup()
                with self._lock:
                    self._open.add(handle)
                threading.Thread(target=self._serve, args=(key.data, connection, handle), name="connection", daemon=True).start()

    def stop(self) -> None:
        """Accept no more and cut what is open. May be called again, and from a signal handler."""
        if self._stopped:
            return
        self._stopped = True
        self._wake_write.send(b"x")

    def close(self) -> None:
        """Free the sockets, after run has returned."""
        with self._lock:
            self._stopped = self.closed = True
            listening_sockets = list(self._sockets)
            still_open = list(self._open)
        for listening in listening_sockets:
            listening.close()
        for connection in still_open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self._selector.close()
        self._wake_read.close()
        self._wake_write.close()

    def _serve(self, serve: Serve, connection: socket.socket, handle: socket.socket) -> None:
        try:
            serve(connection)
        except (OSError, EOFError):
            pass  # The client is gone; who called is not to be told.
        except Exception:
            log.exception("a connection could not be served")
        finally:
            with self._lock:
                self._open.discard(handle)
            connection.close()
            handle.close()
