# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated estate that runs: everything that listens, and how it stops."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Callable, Optional

from .clock import Clock
from .control import Control
from .estate.builder import Estate, EstateBuilder, Naming
from .estate.esxi_host import EsxiHost
from .estate.storage_array import PORT as ARRAY_PORT
from .estate.vcenter import Surroundings, VCenter
from .fault_rules import FaultRules
from .journal import Journal
from .output import SshAccess, write_files
from .scenario.schema import Scenario
from .schedule import Schedule
from .server.host_endpoint import IOFILTER_PORT, ArrayEndpoint, HostEndpoint
from .server.host_ports import HostPorts
from .server.listener import Listener, Serve
from .server.network import Block, NetworkError, allow_files, listen
from .server.vcenter_endpoint import VCenterEndpoint

if TYPE_CHECKING:
    from .ssh.service import SshService

CONTROL_PORT = 0
HTTPS = 443
SSH_PORT = 22
SPARE_FILES = 1024


class Simulator:
    """One estate, listening."""

    def __init__(
        self,
        scenario: Scenario,
        directory: Path,
        *,
        speed: float,
        rtt_seconds: float,
        seed: int,
        network: Optional[str],
        by_fqdn: bool,
        page_size: Optional[int],
        inventory_esxi: bool,
        ssh: Optional[bool] = None,
        ssh_port: int = SSH_PORT,
    ) -> None:
        """Build it, and listen. ssh: None for none at all (unless the scenario has it), else whether TSM-SSH runs where nothing else is said."""
        directory.mkdir(parents=True, exist_ok=True)
        with_ssh = ssh is not None or bool(scenario.get("ssh"))
        if with_ssh:
            _prepare_ssh()
        with ExitStack() as opened:
            # What was opened is freed where it cannot be opened whole.
            self._clock = Clock(speed)
            self._block = Block(network)
            opened.callback(self._block.claim.close)
            self._journal = Journal(directory / "journal.jsonl", self._clock)
            opened.callback(self._journal.close)
            self._rules = FaultRules()
            for rule in scenario.get("faults") or []:
                self._rules.add(rule)
            self._listener = Listener()
            opened.callback(self._listener.close)
            self._schedule = Schedule()
            opened.callback(self._schedule.stop)
            surroundings = Surroundings(self._clock, self._schedule, self._journal, self._rules, rtt_seconds, page_size)
            builder = EstateBuilder(self._block, surroundings, seed, Naming(by_fqdn), with_ssh, ssh is not False)
            self.estate: Estate = builder.build(scenario)
            self._ssh_port = ssh_port
            self._ssh = self._open_ssh(directory / "ssh") if with_ssh else None
            if self._ssh is not None:
                opened.callback(self._ssh.stop)
            opened.callback(self._let_go)
            control_url = self._listen(builder)
            access = SshAccess(ssh_port, self._ssh.keys.private_key_path, self._ssh.keys.known_hosts_path) if self._ssh else None
            write_files(directory, self.estate, control_url, inventory_esxi, access)
            self.control_url = control_url
            self._freeing = opened.pop_all()

    def _listen(self, builder: EstateBuilder) -> str:
        hosts = sum(len(vcenter.hosts) for vcenter in self.estate.vcenters)
        allow_files(3 * hosts + len(self.estate.vcenters) + SPARE_FILES)
        for vcenter in self.estate.vcenters:
            self._listener.add(_bound(vcenter.identity.address, vcenter.identity.port), VCenterEndpoint(vcenter).serve)
            secure = vcenter.identity.port == HTTPS
            for host in vcenter.hosts:
                self._listen_host(vcenter, host, secure)
            for array in vcenter.arrays:
                self._listener.add(_bound(array.address, ARRAY_PORT), ArrayEndpoint(vcenter, array).serve)
        control = Control(self.estate, builder, self._journal, self._rules, self.stop)
        listening = _bound(self._block.control_address, CONTROL_PORT)
        self._listener.add(listening, control.serve)
        address, port = listening.getsockname()
        return f"http://{address}:{port}"

    def _listen_host(self, vcenter: VCenter, host: EsxiHost, secure: bool) -> None:
        ports = HostPorts(self._listener, host.address)
        for port in (IOFILTER_PORT, HTTPS) if secure else (IOFILTER_PORT,):
            endpoint = HostEndpoint(vcenter, host, port)
            _add(ports, host, port, lambda port=port: host.shown_on(port) is not None, endpoint.serve)  # type: ignore[misc]
            # A daemon reads its certificate when it starts, and not when the first client comes.
            host.tls_context(port)
        if self._ssh is not None:
            _add(ports, host, self._ssh_port, lambda: host.answers_ssh, self._ssh.serve_host(host))
        host.ports_changed = ports.refresh

    def _open_ssh(self, directory: Path) -> SshService:
        from .ssh.service import SshService

        service = SshService(self.estate, directory, self._ssh_port)
        listening = _bound(self._block.control_address, CONTROL_PORT)
        self._listener.add(listening, service.calls.serve)
        service.start(*listening.getsockname())
        return service

    def run(self) -> None:
        """Serve until it is stopped, and then free everything."""
        with self._freeing:
            self._listener.run()

    def _let_go(self) -> None:
        """Whoever waits goes on, and nothing happens any more."""
        self._clock.stopping.set()
        for vcenter in self.estate.vcenters:
            vcenter.notify()
        self._schedule.stop()

    def stop(self) -> None:
        """Let run return. May be called again."""
        self._listener.stop()


def _prepare_ssh() -> None:
    """What SSH needs; without it nothing of this is imported. Before any thread. Raises SshError and NamespaceError."""
    from .ssh.requirements import check_requirements

    check_requirements()
    from .ssh.namespace import enter

    enter()


def _add(ports: HostPorts, host: EsxiHost, port: int, is_wanted: Callable[[], bool], serve: Serve) -> None:
    try:
        ports.add(port, is_wanted, serve)
    except OSError as error:
        remedy = "" if port in (IOFILTER_PORT, HTTPS) else "; --ssh-port names another port"
        raise NetworkError(f"{host.address}:{port} cannot be listened on ({error.strerror}){remedy}") from error


def _bound(address: str, port: int) -> socket.socket:
    try:
        return listen(address, port)
    except OSError as error:
        raise NetworkError(f"{address}:{port} cannot be listened on ({error.strerror})") from error
