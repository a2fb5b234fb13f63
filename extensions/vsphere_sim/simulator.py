# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulated estate that runs: everything that listens, and how it stops."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Optional

from .clock import Clock
from .control import Control
from .estate.builder import Estate, EstateBuilder, Naming
from .estate.storage_array import PORT as ARRAY_PORT
from .estate.vcenter import Surroundings
from .fault_rules import FaultRules
from .journal import Journal
from .output import write_files
from .scenario.schema import Scenario
from .schedule import Schedule
from .server.host_endpoint import IOFILTER_PORT, ArrayEndpoint, HostEndpoint
from .server.listener import Listener
from .server.network import Block, NetworkError, allow_files, listen
from .server.vcenter_endpoint import VCenterEndpoint

CONTROL_PORT = 0
HTTPS = 443
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
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._clock = Clock(speed)
        self._block = Block(network)
        self._journal = Journal(directory / "journal.jsonl", self._clock)
        self._rules = FaultRules()
        for rule in scenario.get("faults") or []:
            self._rules.add(rule)
        self._schedule = Schedule()
        self._listener = Listener()
        surroundings = Surroundings(self._clock, self._schedule, self._journal, self._rules, rtt_seconds, page_size)
        builder = EstateBuilder(self._block, surroundings, seed, Naming(by_fqdn))
        self.estate: Estate = builder.build(scenario)
        control_url = self._listen(builder)
        write_files(directory, self.estate, control_url, inventory_esxi)
        self.control_url = control_url

    def _listen(self, builder: EstateBuilder) -> str:
        hosts = sum(len(vcenter.hosts) for vcenter in self.estate.vcenters)
        allow_files(2 * hosts + len(self.estate.vcenters) + SPARE_FILES)
        for vcenter in self.estate.vcenters:
            self._listener.add(_bound(vcenter.identity.address, vcenter.identity.port), VCenterEndpoint(vcenter).serve)
            secure = vcenter.identity.port == HTTPS
            for host in vcenter.hosts:
                self._listener.add(_bound(host.address, IOFILTER_PORT), HostEndpoint(vcenter, host, IOFILTER_PORT).serve)
                if secure:
                    self._listener.add(_bound(host.address, HTTPS), HostEndpoint(vcenter, host, HTTPS).serve)
            for array in vcenter.arrays:
                self._listener.add(_bound(array.address, ARRAY_PORT), ArrayEndpoint(vcenter, array).serve)
        control = Control(self.estate, builder, self._journal, self._rules, self.stop)
        listening = _bound(self._block.control_address, CONTROL_PORT)
        self._listener.add(listening, control.serve)
        address, port = listening.getsockname()
        return f"http://{address}:{port}"

    def run(self) -> None:
        """Serve until it is stopped, and then free everything."""
        try:
            self._listener.run()
        finally:
            self._clock.stopping.set()
            for vcenter in self.estate.vcenters:
                vcenter.notify()
            self._schedule.stop()
            self._listener.close()
            self._block.claim.close()
            self._journal.close()

    def stop(self) -> None:
        """Let run return. May be called again."""
        self._listener.stop()


def _bound(address: str, port: int) -> socket.socket:
    try:
        return listen(address, port)
    except OSError as error:
        raise NetworkError(f"{address}:{port} cannot be listened on ({error.strerror})") from error
