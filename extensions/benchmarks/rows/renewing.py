# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renewing: against the shortest time that vSphere allows, and against the peers' modules host by host."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate, estate, sound

from ..accounting import Accounted
from ..commands import renew
from ..critical_path import seconds
from ..row import Row
from ..sizes import Sizes
from . import peers

TIMES_THE_PATH = 1.3
TIMES_FASTER = 10
MOST_RESTARTS = 2
# Every host is due with 20 days left; whatever is new has years.
RENEWED = timedelta(days=60)
# The collection's defaults.
CANARY, CONCURRENCY = 1, 4
# Hosts of a cluster. No more than one of a cluster is away at a time, so that one cluster would have them reconnect one by one.
CLUSTER = 10
RESTART = "POST /api/vcenter/services/sps"


def due(vcenters: int, hosts: int) -> dict[str, Any]:
    """An estate in which every host's certificate ends soon."""
    sizes = [min(CLUSTER, hosts - begun) for begun in range(0, hosts, CLUSTER)]
    clusters = [
        {"name": f"cluster-{number + 1:03d}", "hosts": [{"certificate": {"days_left": 20}} for _host in range(size)]}
        for number, size in enumerate(sizes)
    ]
    return {"vcenters": [{"name": f"vc{number + 1:02d}", "clusters": clusters} for number in range(vcenters)]}


@dataclass(frozen=True)
class Renewed:
    """A run over an estate in which every host was due: how often SPS was restarted, and how many hosts are not as they should be."""

    command: Accounted
    restarts: dict[str, int]
    left: int


def by_the_collection(folder: Path, vcenters: int, hosts: int, speed: float) -> Renewed:
    """The collection's playbook on all hosts."""
    with estate(folder, scenario=due(vcenters, hosts), speed=speed, own_process=True) as running:
        command = renew(running, folder)
        return Renewed(command, _restarts(running), _left(running))


def by_the_peers(folder: Path, hosts: int, few: int, speed: float) -> Renewed:
    """The peers' modules on a few hosts of a vCenter."""
    with estate(folder, scenario=due(1, hosts), speed=speed, own_process=True) as running:
        names = [host["name"] for host in running.state()["vcenters"][0]["hosts"]][:few]
        command = peers.renew(running, folder, "dc01", names)
        return Renewed(command, _restarts(running), _left(running, names))


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """The collection on all hosts, and the peers on a few of them."""
    speed = sizes.renewing_speed
    own = by_the_collection(folder / "own", sizes.renewing_vcenters, sizes.renewing_hosts, speed)
    return _rows(sizes, own, by_the_peers(folder / "peers", sizes.renewing_hosts, sizes.peer_hosts, speed))


def _rows(sizes: Sizes, own: Renewed, theirs: Renewed) -> list[Row]:
    vcenters, hosts = sizes.renewing_vcenters, sizes.renewing_hosts
    path = seconds(hosts, CANARY, CONCURRENCY) / sizes.renewing_speed
    took = own.command.wall_seconds
    how = f"{vcenters} vCenters with {hosts} due hosts each, {CLUSTER} a cluster, tasks {sizes.renewing_speed:g} times as fast as in life"
    most = max(own.restarts.values(), default=0)
    return [
        Row(
            "renewing",
            f"{how}; the path that concurrency {CONCURRENCY}, the canary and SPS allow is {path:.0f} s",
            f"at most {TIMES_THE_PATH:g} times the path",
            f"{took / path:.2f} times ({took:.0f} s wall, {own.command.cpu_seconds:.0f} s of CPU)",
            took <= TIMES_THE_PATH * path and own.left == 0,
        ),
        _against_the_peers(sizes, took, theirs.command.wall_seconds / sizes.peer_hosts),
        Row(
            "renewing: the outcome",
            "hosts whose certificate, port 9080 and SMS's memory do not agree afterwards, or whose provider is not online",
            "none",
            f"{own.left} of {vcenters * hosts}; peers: {theirs.left} of {sizes.peer_hosts}",
            own.left == 0,
        ),
        Row(
            "SPS",
            "restarts of SPS in that run, by the journal",
            f"at most {MOST_RESTARTS} a vCenter",
            f"{most}",
            most <= MOST_RESTARTS,
        ),
    ]


def _against_the_peers(sizes: Sizes, own_seconds: float, each_seconds: float) -> Row:
    hosts = sizes.renewing_vcenters * sizes.renewing_hosts
    times = each_seconds * hosts / own_seconds
    return Row(
        "renewing: against the peers",
        f"{peers.CONNECTION} and {peers.PROVIDER}, host by host in one play: measured on {sizes.peer_hosts} hosts "
        f"({each_seconds:.1f} s each) and extrapolated to {hosts} by multiplication ({each_seconds * hosts:.0f} s)",
        f"at least {TIMES_FASTER} times faster",
        f"{times:.1f} times; {times / sizes.renewing_vcenters:.1f} times if they ran in a play for each vCenter at once",
        times >= TIMES_FASTER,
    )


def _restarts(running: RunningEstate) -> dict[str, int]:
    found: dict[str, int] = {}
    for call in running.journal():
        if call["mutating"] and call["method"].startswith(RESTART):
            found[call["vcenter"]] = found.get(call["vcenter"], 0) + 1
    return found


def _left(running: RunningEstate, names: list[str] | None = None) -> int:
    """How many hosts are not as they should be, in truth."""
    hosts = [host for vcenter in running.state()["vcenters"] for host in vcenter["hosts"] if names is None or host["name"] in names]
    return sum(1 for host in hosts if not (sound(host) and _new(host)))


def _new(host: dict[str, Any]) -> bool:
    return datetime.fromisoformat(host["certificate"]["not_after"]) > datetime.now(timezone.utc) + RENEWED
