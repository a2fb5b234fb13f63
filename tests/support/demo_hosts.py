# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of the scenario demo by what is the matter with them, in the order in which it makes them."""

from __future__ import annotations

from dataclasses import dataclass

from vsphere_sim.testing import RunningEstate


@dataclass(frozen=True)
class DemoHosts:
    """Names in vc01, and in vc02 of the site's own CA."""

    lost: str
    expiring: tuple[str, str, str]
    remembers_expired: str
    stale_display: str
    missing: str
    offline: str
    healthy: tuple[str, str, str]
    resting: str
    custom_expiring: str
    custom_remembers_expired: str


def demo_hosts(estate: RunningEstate) -> DemoHosts:
    """Their names in this run of the simulator."""
    first, second = ([host["name"] for host in vcenter["hosts"]] for vcenter in estate.state()["vcenters"])
    return DemoHosts(
        lost=first[0],
        expiring=(first[1], first[2], first[11]),
        remembers_expired=first[3],
        stale_display=first[4],
        missing=first[6],
        offline=first[7],
        healthy=(first[5], first[8], first[9]),
        resting=first[10],
        custom_expiring=second[1],
        custom_remembers_expired=second[2],
    )
