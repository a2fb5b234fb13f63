# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Estates of any size, the same for the same seed."""

from __future__ import annotations

import random

from . import demo
from .schema import ClusterSpec, HostSpec, Scenario, VCenterSpec

HOSTS_IN_A_CLUSTER = 8
VERSIONS = ("7.0.3", "8.0.3", "8.0.3", "8.0.3", "8.0.2")
# Of the hosts that are not expiring: how many are which.
_OTHERS = (
    (0.03, demo.remembered_expired),
    (0.05, demo.stale_display),
    (0.01, demo.without_provider),
    (0.02, demo.ailing),
)


def generated(vcenters: int, hosts: int, seed: int, due: float, healthy: bool) -> Scenario:
    """So many vCenters with so many hosts each; due is the fraction of hosts that are expiring."""
    chance = random.Random(f"{seed}-scenario")
    return {"vcenters": [_vcenter(index, hosts, chance, due, healthy) for index in range(vcenters)]}


def _vcenter(index: int, hosts: int, chance: random.Random, due: float, healthy: bool) -> VCenterSpec:
    all_hosts = [demo.healthy(chance.choice(VERSIONS)) for _position in range(hosts)] if healthy else _mixture(hosts, chance, due)
    clusters: list[ClusterSpec] = [
        {"name": f"cluster-{number + 1:03d}", "hosts": all_hosts[start : start + HOSTS_IN_A_CLUSTER]}
        for number, start in enumerate(range(0, hosts, HOSTS_IN_A_CLUSTER))
    ]
    return {"name": f"vc{index + 1:02d}", "version": "8.0.3", "clusters": clusters, "other_providers": not healthy}


def _mixture(hosts: int, chance: random.Random, due: float) -> list[HostSpec]:
    expiring = set(chance.sample(range(hosts), round(hosts * due)))
    found: list[HostSpec] = []
    for number in range(hosts):
        version = chance.choice(VERSIONS)
        if number in expiring:
            found.append(demo.expiring(version, days_left=chance.randint(5, 45)))
            continue
        drawn = chance.random()
        for share, kind in _OTHERS:
            if drawn < share:
                found.append(kind(version))
                break
            drawn -= share
        else:
            found.append(demo.healthy(version))
    return found
