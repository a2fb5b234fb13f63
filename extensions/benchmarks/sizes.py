# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large the estates are that are measured; the tests take the small ones, by which counts can be told but no times."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Hosts, vCenters, runs."""

    reading_hosts: int = 1000
    reading_rtt_ms: float = 10
    reading_runs: int = 3
    call_hosts: tuple[int, ...] = (10, 100, 1000)
    growth_hosts: tuple[int, ...] = (100, 1000, 5000)
    growth_runs: int = 3
    fleet_vcenters: int = 20
    fleet_hosts: int = 250
    renewing_vcenters: int = 4
    renewing_hosts: int = 50
    renewing_speed: float = 1
    peer_hosts: int = 10
    expiry_hosts: tuple[int, ...] = (1000, 5000)
    expiry_speed: float = 50
    starting_runs: int = 7
    session_runs: int = 1000
    simulated_hosts: int = 1000
    idle_seconds: float = 5


SMALL = Sizes(
    reading_hosts=6,
    reading_rtt_ms=0,
    reading_runs=1,
    call_hosts=(3, 9),
    growth_hosts=(3, 6, 9),
    growth_runs=1,
    fleet_vcenters=2,
    fleet_hosts=4,
    renewing_vcenters=2,
    renewing_hosts=3,
    renewing_speed=50,
    peer_hosts=1,
    expiry_hosts=(3, 6),
    expiry_speed=100,
    starting_runs=1,
    session_runs=24,
    simulated_hosts=3,
    idle_seconds=0.5,
)
