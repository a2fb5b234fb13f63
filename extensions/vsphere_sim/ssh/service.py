# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SSH for all hosts of an estate: keys, files, processes, and one event loop."""

from __future__ import annotations

import asyncio
import itertools
import logging
import socket
import threading
from pathlib import Path
from typing import Callable, Optional

import asyncssh

from ..estate.builder import Estate
from ..estate.esxi_host import EsxiHost
from ..estate.vcenter import VCenter
from ..server.listener import Serve
from .calls import HostCalls
from .execs import HostExec
from .files import HostFiles
from .gate import Gate
from .keys import SshKeys
from .login import HostLogin
from .namespace import MS_NOSUID, Processes, mount, unmount
from .running import RunningExecs
from .template import build_template

LOGIN_SECONDS = 120.0
SERVER_VERSION = "OpenSSH_9.6"
log = logging.getLogger(__name__)


class SshService:
    """Serves the port 22 of every host. The process has its own mounts already."""

    def __init__(self, estate: Estate, directory: Path, port: int) -> None:
        self._estate = estate
        self._numbers = itertools.count(1)
        self._running = RunningExecs()
        everyone = [(vcenter, host) for vcenter in estate.vcenters for host in vcenter.hosts]
        self.keys = SshKeys(directory, [host for _vcenter, host in everyone], port)
        self._place = (directory / "hosts").resolve()
        self._place.mkdir(exist_ok=True)
        mount("hosts", str(self._place), "tmpfs", MS_NOSUID, "mode=700")
        self._shared = self._place / "usr"
        self._shared.mkdir()
        secrets = (estate.password, estate.host_password)
        self._logins: dict[str, set[HostLogin]] = {host.address: set() for _vcenter, host in everyone}
        self._hosts: dict[str, tuple[VCenter, EsxiHost, HostFiles, Gate]] = {}
        for vcenter, host in everyone:
            files = HostFiles(host, self._place / host.address, self._shared, self.keys.operator_line, _roots_of(vcenter))
            host.disk = files
            host.hang_up = self._hanging_up(host.address)
            self._hosts[host.address] = (vcenter, host, files, Gate(vcenter, host, secrets))
        self.calls = HostCalls(self._hosts, self._running)
        self._processes = Processes()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="ssh", daemon=True)

    def start(self, address: str, port: int) -> None:
        """Begin, with the address at which the programs of hosts find the simulator. Raises SshError."""
        build_template(self._shared, address, port)
        self._thread.start()

    def serve_host(self, host: EsxiHost) -> Serve:
        """What serves the connections to a host."""

        def serve(connection: socket.socket) -> None:
            # Who accepted it closes it; the event loop keeps it.
            kept = connection.dup()
            kept.setblocking(False)
            self._loop.call_soon_threadsafe(lambda: self._loop.create_task(self._serve(kept, host)))

        return serve

    def stop(self) -> None:
        """End all sessions, processes and mounts."""
        self._processes.stop()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        for _vcenter, _host, files, _gate in self._hosts.values():
            files.close()
        unmount(str(self._place))

    def _hanging_up(self, address: str) -> Callable[[], None]:
        def drop_all() -> None:
            for login in list(self._logins[address]):
                login.drop()

        def hang_up() -> None:
            self._loop.call_soon_threadsafe(drop_all)

        return hang_up

    async def _serve(self, connection: socket.socket, host: EsxiHost) -> None:
        vcenter, _host, files, gate = self._hosts[host.address]
        login = HostLogin(vcenter, host, files, gate, next(self._numbers))
        execs = HostExec(login, files, gate, self._running, self._processes)
        self._logins[host.address].add(login)
        served: Optional[asyncssh.SSHServerConnection] = None
        try:
            served = await asyncssh.run_server(
                connection,
                server_factory=lambda: login,
                server_host_keys=[self.keys.host_keys[host.address]],
                server_version=SERVER_VERSION,
                process_factory=execs.handle,
                encoding=None,
                line_editor=False,
                allow_scp=False,
                agent_forwarding=False,
                login_timeout=LOGIN_SECONDS,
            )
            await served.wait_closed()
        except (OSError, asyncssh.Error):
            pass  # The client went away, or was not let in.
        except Exception:
            log.exception("an SSH connection could not be served")
        finally:
            self._logins[host.address].discard(login)
            if served is None:
                connection.close()


def _roots_of(vcenter: VCenter) -> Callable[[], str]:
    return lambda: "".join(root.pem for root in vcenter.trusted_roots)
