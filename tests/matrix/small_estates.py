# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The smallest estates in which there is each kind of case, and their hosts by what is the matter with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from vsphere_sim.scenario.demo import expired, expiring, healthy, remembered_expired, without_provider
from vsphere_sim.scenario.schema import HostSpec, Scenario, VCenterSpec
from vsphere_sim.testing import RunningEstate, estate

# What takes a second in life takes so many of them here: nothing is waited for but Ansible itself.
SPEED = 200

# The canary of each is the first that is connected and needs the most steps; the order is that of the addresses.
EVERY_KIND: dict[str, HostSpec] = {
    "canary": expiring(),
    "expiring": expiring("7.0.3"),
    "expiring9": expiring("9.0.0"),
    "lost": expired(),
    "remembers_expired": remembered_expired(),
    "missing": without_provider(),
    "healthy": healthy(),
}
# For a fault at the canary, at a host after it, and at one whose provider alone is due.
FEW: dict[str, HostSpec] = {
    "canary": expiring(),
    "expiring": expiring("7.0.3"),
    "remembers_expired": remembered_expired(),
    "healthy": healthy(),
}
# Hosts whose providers may come right in place: SMS renews its record, connects it again, or synchronises it.
FEW_IN_PLACE: dict[str, HostSpec] = {
    "canary": expiring(),
    "expiring9": expiring("9.0.0"),
    "disconnected": {**healthy(), "provider": {"condition": "disconnected"}},
    "unsynchronised": {**healthy(), "provider": {"condition": "syncError"}},
    "remembers_expired": remembered_expired(),
    "healthy": healthy(),
}


def vcenter(hosts: dict[str, HostSpec], name: str = "vc01", version: str = "9.0.0") -> VCenterSpec:
    """A vCenter with these hosts in one cluster, and with providers of others."""
    return {
        "name": name,
        "version": version,
        "clusters": [{"name": f"cluster-{name}", "hosts": list(hosts.values())}],
        "other_providers": True,
        "orphans": [{"name": "retired", "remembered": {"days_left": -100}}],
    }


def scenario(*vcenters: VCenterSpec) -> Scenario:
    """An estate of these vCenters."""
    return {"vcenters": list(vcenters)}


def names(running: RunningEstate, hosts: dict[str, HostSpec], vcenter_name: str = "vc01") -> dict[str, str]:
    """The hosts' names in this run of the simulator, by what they are called above."""
    shown = next(one for one in running.state()["vcenters"] if one["name"] == vcenter_name)
    return {label: host["name"] for label, host in zip(hosts, shown["hosts"], strict=True)}


def label_of(target: str | None, known: dict[str, str]) -> str:
    """Which host a call of the journal is about: one's label, several joined by +, or - for none."""
    # A provider that is registered is named by its url.
    words = re.split(r"[\s,/:]+", str(target or ""))
    found = [label for label, name in known.items() if name in words]
    return "+".join(found) or "-"


@contextmanager
def small_estate(
    folder: Path, hosts: dict[str, HostSpec], version: str = "9.0.0"
) -> Iterator[tuple[RunningEstate, dict[str, str]]]:
    """A running estate of one vCenter with these hosts, and the hosts' names in it by their labels."""
    with estate(folder / "estate", scenario=scenario(vcenter(hosts, version=version)), speed=SPEED) as running:
        yield running, names(running, hosts)


def executed(call: dict[str, Any]) -> bool:
    """Whether a call of the journal changed something, whatever became of its answer."""
    outcome, _comma, by_rule = call["outcome"].partition(", ")
    refused = by_rule.startswith("task ends") or str(call["detail"]).startswith("TaskInProgress")
    return bool(call["mutating"]) and outcome == "ok" and not refused
