# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command line."""

from __future__ import annotations

import argparse
import json
import logging
import signal
import sys
from pathlib import Path
from typing import Optional, Sequence

from .estate.accounts import ADMINISTRATOR
from .fault_rules import RuleError
from .scenario.demo import demo
from .scenario.generated import generated
from .scenario.schema import Scenario, ScenarioError, check
from .server.network import NetworkError
from .simulator import SSH_PORT, Simulator
from .ssh.requirements import SshError

DEMO_SPEED = 10.0
CANNOT_OPEN = (SshError, NetworkError, ScenarioError, RuleError, OSError)


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Build an estate, say where it listens, and serve it until a signal."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    given = parser().parse_args(arguments)
    try:
        simulator = open_estate(given, scenario_of(given))
    except CANNOT_OPEN as error:
        print(f"vsphere_sim: {error}", file=sys.stderr)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: simulator.stop())
    announce(simulator, given.dir)
    simulator.run()
    return 0


def open_estate(given: argparse.Namespace, scenario: Scenario) -> Simulator:
    """Build the estate of a command line, and listen. Raises one of CANNOT_OPEN."""
    return Simulator(
        scenario,
        given.dir,
        speed=given.speed,
        rtt_seconds=given.rtt / 1000,
        seed=given.seed,
        network=given.network,
        by_fqdn=given.host_names == "fqdn",
        page_size=given.page_size,
        inventory_esxi=given.inventory_esxi,
        ssh=None if given.ssh is None else given.ssh == "on",
        ssh_port=given.ssh_port,
    )


def announce(simulator: Simulator, directory: Path) -> None:
    """Say where it listens, and that it is ready."""
    for vcenter in simulator.estate.vcenters:
        identity = vcenter.identity
        print(
            f"{vcenter.name} ({identity.version}, {vcenter.settings.mode}) https://{identity.address}:{identity.port}, {len(vcenter.hosts)} hosts"
        )
    print(f"account {ADMINISTRATOR}, password in {directory / 'control.json'}")
    print(f"control {simulator.control_url}")
    print("ready", flush=True)


def scenario_of(given: argparse.Namespace) -> Scenario:
    """What an estate starts as. Raises ScenarioError and OSError."""
    if given.scenario is None:
        return generated(given.vcenters, given.hosts, given.seed, given.due, given.healthy)
    if given.scenario == "demo":
        return demo()
    try:
        return check(json.loads(Path(given.scenario).read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise ScenarioError(f"{given.scenario} is no JSON: {error}") from error


def parser() -> argparse.ArgumentParser:
    """The options of an estate."""
    parser = argparse.ArgumentParser(
        prog="vsphere_sim",
        description="A simulated vSphere estate on loopback.",
        epilog="--stay, alone: one estate after another, as lines of standard input say (see the README)",
    )
    parser.add_argument("--scenario", help="demo, or a JSON file; without it an estate is generated")
    parser.add_argument("--vcenters", type=_count, default=1, help="vCenters of a generated estate (1)")
    parser.add_argument("--hosts", type=_count, default=8, help="ESXi hosts of each vCenter (8)")
    parser.add_argument("--due", type=_fraction, default=0.2, help="fraction of hosts that are expiring (0.2)")
    parser.add_argument("--healthy", action="store_true", help="no host needs anything")
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same estate (1)")
    parser.add_argument("--dir", type=Path, required=True, help="where inventory.yml, ca.pem, control.json and journal.jsonl go")
    parser.add_argument("--speed", type=_positive, default=DEMO_SPEED, help="how much faster than in real life tasks are (10)")
    parser.add_argument("--rtt", type=_not_negative, default=0.0, metavar="MS", help="milliseconds added to every call (0)")
    parser.add_argument("--network", help="a network 127.B.0.0/16; otherwise the first that is free")
    parser.add_argument(
        "--host-names", choices=("address", "fqdn"), default="address", help="what vCenter calls its hosts (address)"
    )
    parser.add_argument("--page-size", type=_count, help="objects in a page where the client sets no limit")
    parser.add_argument("--inventory-esxi", action="store_true", help="the inventory has a group esxi too")
    parser.add_argument(
        "--ssh",
        nargs="?",
        choices=("on", "off"),
        const="on",
        help="hosts have SSH and a file system; off: only where the scenario has it, or somebody starts TSM-SSH, it runs (needs root)",
    )
    parser.add_argument("--ssh-port", type=_count, default=SSH_PORT, help="where hosts listen for SSH (22)")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("it must be 1 or more")
    return value


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("it must be above 0")
    return value


def _not_negative(text: str) -> float:
    value = float(text)
    if value < 0:
        raise argparse.ArgumentTypeError("it must not be negative")
    return value


def _fraction(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("it must be between 0 and 1")
    return value
