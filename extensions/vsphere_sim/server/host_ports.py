# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ports of one host: which of them listen, as the state of the host has it."""

from __future__ import annotations

import logging
import socket
import threading
from typing import Callable

from .listener import Listener, Serve
from .network import listen

log = logging.getLogger(__name__)


class HostPorts:
    """Opens and closes listening sockets, so that a port whose daemon does not run refuses."""

    def __init__(self, listener: Listener, address: str) -> None:
        self._listener = listener
        self._address = address
        self._lock = threading.Lock()
        self._wanted: dict[int, tuple[Callable[[], bool], Serve]] = {}
        self._open: dict[int, socket.socket] = {}

    def add(self, port: int, is_wanted: Callable[[], bool], serve: Serve) -> None:
        """Serve a port whenever it is wanted. Raises OSError where it is wanted now and can't be had."""
        with self._lock:
            self._wanted[port] = (is_wanted, serve)
            if is_wanted():
                self._open_port(port)

    def refresh(self) -> None:
        """Open and close what has to be."""
        with self._lock:
            for port, (is_wanted, _serve) in self._wanted.items():
                wanted = is_wanted()
                if wanted and port not in self._open:
                    # Who changes the host may not have heard that the estate has ended; its addresses may be another's by now.
                    if self._listener.closed:
                        return
                    try:
                        self._open_port(port)
                    except OSError as error:
                        log.error("%s:%s cannot be listened on any more (%s)", self._address, port, error.strerror)
                elif not wanted and port in self._open:
                    self._listener.remove(self._open.pop(port))

    def _open_port(self, port: int) -> None:
        listening = listen(self._address, port)
        self._open[port] = listening
        self._listener.add(listening, self._wanted[port][1])
