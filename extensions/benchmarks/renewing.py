# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renewing: against the shortest time that vSphere allows, and against the peers' modules host by host."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate, estate

from . import peers
from .accounting import Accounted
from .commands import renew
from .critical_path import seconds
from .row import Row
from .sizes import Sizes

TIMES_THE_PATH = 1.3
TIMES_FASTER = 10
MOST_RESTARTS = 2
# Every host is due with 20 days left; whatever is new has years.
RENEWED = timedelta(days=60)
# The collection's defaults.
CANARY, CONCURRENCY = 1, 4
RESTART = "POST /api/vcenter/services/sps"


def due(vcenters: int, hosts: int) -> dict[str, Any]:
    """An estate in which every host's certificate ends soon."""
    cluster = {"name": "cluster-001", "hosts": [{"certificate": {"days_left": 20}} for _host in range(hosts)]}
    return {"vcenters": [{"name": f"vc{number + 1:02d}", "clusters": [cluster]} for number in range(vcenters)]}


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """The collection on all hosts, and the peers on a few of them."""
    vcenters, hosts = sizes.renewing_vcenters, sizes.renewing_hosts
    with estate(folder / "own", scenario=due(vcenters, hosts), speed=sizes.renewing_speed) as running:
        own = renew(running, folder / "own")
        restarts = _restarts(running)
        left = _left(running)
    with estate(folder / "peers", scenario=due(1, hosts), speed=sizes.renewing_speed) as running:
        vcenter = running.state()["vcenters"][0]
        names = [host["name"] for host in vcenter["hosts"]][: sizes.peer_hosts]
        theirs = peers.renew(running, folder / "peers", "dc01", names)
        left_by_peers = _left(running, names)
    return _rows(sizes, own, theirs, restarts, (left, left_by_peers))


def _rows(sizes: Sizes, own: Accounted, theirs: Accounted, restarts: dict[str, int], left: tuple[int, int]) -> list[Row]:
    vcenters, hosts = sizes.renewing_vcenters, sizes.renewing_hosts
    path = seconds(hosts, CANARY, CONCURRENCY) / sizes.renewing_speed
    each = theirs.wall_seconds / sizes.peer_hosts
    whole = each * vcenters * hosts
    ratio, times = own.wall_seconds / path, whole / own.wall_seconds
    how = f"{vcenters} vCenters with {hosts} due hosts each, tasks {sizes.renewing_speed:g} times as fast as in life"
    most = max(restarts.values(), default=0)
    return [
        Row(
            "renewing",
            f"{how}; the path that concurrency {CONCURRENCY}, the canary and SPS allow is {path:.0f} s",
            f"at most {TIMES_THE_PATH:g} times the path",
            f"{ratio:.2f} times ({own.wall_seconds:.0f} s wall, {own.cpu_seconds:.0f} s of CPU)",
            ratio <= TIMES_THE_PATH and left[0] == 0,
        ),
        Row(
            "renewing: against the peers",
            f"{peers.CONNECTION} and {peers.PROVIDER}, host by host in one play: measured on {sizes.peer_hosts} hosts ({each:.1f} s each), "
            f"and extrapolated to {vcenters * hosts} by multiplication ({whole:.0f} s)",
            f"at least {TIMES_FASTER} times faster",
            f"{times:.1f} times; {whole / vcenters / own.wall_seconds:.1f} times if they ran in a play for each vCenter at once",
            times >= TIMES_FASTER,
        ),
        Row(
            "renewing: the outcome",
            "hosts whose certificate, port 9080 and SMS's memory do not agree afterwards, or whose provider is not online",
            "none",
            f"{left[0]} of {vcenters * hosts}; peers: {left[1]} of {sizes.peer_hosts}",
            left[0] == 0,
        ),
        Row(
            "SPS",
            "restarts of SPS in that run, by the journal",
            f"at most {MOST_RESTARTS} a vCenter",
            f"{most}",
            most <= MOST_RESTARTS,
        ),
    ]


def _restarts(running: RunningEstate) -> dict[str, int]:
    found: dict[str, int] = {}
    for call in running.journal():
        if call["mutating"] and call["method"].startswith(RESTART):
            found[call["vcenter"]] = found.get(call["vcenter"], 0) + 1
    return found


def _left(running: RunningEstate, names: list[str] | None = None) -> int:
    """How many hosts are not as they should be, in truth."""
    hosts = [host for vcenter in running.state()["vcenters"] for host in vcenter["hosts"] if names is None or host["name"] in names]
    return sum(1 for host in hosts if not _sound(host))


def _sound(host: dict[str, Any]) -> bool:
    provider = host["provider"] or {}
    remembered = (provider.get("certificate") or {}).get("sha256_fingerprint")
    return (
        host["connection_state"] == "connected"
        and provider.get("status") == "online"
        and remembered == host["certificate"]["sha256_fingerprint"]
        and datetime.fromisoformat(host["certificate"]["not_after"]) > datetime.now(timezone.utc) + RENEWED
    )
