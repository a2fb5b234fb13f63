# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All hosts of a vCenter are due at the same time: what vCenter sends for all steps of the run, and the controller's CPU for each host."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Sequence

from vsphere_sim.testing import estate

from ..commands import renew
from ..row import Row
from ..sizes import Sizes
from .renewing import due

MOST_READINGS = 3
MOST_GROWTH = 0.2
WAITED_FOR = ("QueryProvider", "QueryProviderInfo")


@dataclass(frozen=True)
class Expiry:
    """A run over a vCenter whose hosts are all due.

    reading: bytes of the plan's reading; steps: of all that came after it, without those of providers that were waited for. whole: how often the whole
    inventory was read.
    """

    hosts: int
    cpu_seconds: float
    reading: int
    steps: int
    waiting: int
    whole: int

    @property
    def readings(self) -> float:
        """How many readings the steps amount to."""
        return self.steps / self.reading


def run(folder: Path, hosts: int, speed: float) -> Expiry:
    """The collection's playbook on all of them."""
    with estate(folder, scenario=due(1, hosts), speed=speed, own_process=True) as running:
        command = renew(running, folder)
        return counted(running.journal(), hosts, command.cpu_seconds)


def counted(journal: Sequence[dict[str, Any]], hosts: int, cpu_seconds: float) -> Expiry:
    """By the bodies of all answers. The plan is made in the first session, and the run goes on in others."""
    sessions = reading = steps = waiting = 0
    waits = False
    for call in journal:
        sessions += (call["protocol"], call["method"]) == ("vim", "Login")
        # Providers are waited for from the first that is unregistered until something is read for another step.
        waits = call["method"] == "UnregisterProvider_Task" or (waits and call["method"] != "QueryOptions")
        if sessions < 2:
            reading += call["sent_bytes"]
        elif waits and call["method"] in WAITED_FOR:
            waiting += call["sent_bytes"]
        else:
            steps += call["sent_bytes"]
    whole = sum(1 for call in journal if call["method"] == "CreateContainerView")
    return Expiry(hosts, cpu_seconds, reading, steps, waiting, whole)


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """At several sizes."""
    found = [run(folder / str(hosts), hosts, sizes.expiry_speed) for hosts in sizes.expiry_hosts]
    how = f"renew_iofilter.yml, one vCenter with {' and '.join(str(one.hosts) for one in found)} hosts, all due"
    each = [one.cpu_seconds / one.hosts for one in found]
    growth = max(each) / min(each) - 1
    return [
        Row(
            "mass expiry",
            f"{how}; bytes that vCenter sends for all steps after the plan, over those of the plan's reading",
            f"at most {MOST_READINGS} times",
            ", ".join(
                f"{one.hosts} hosts: {one.readings:.1f}, and {one.waiting / one.reading:.1f} while SPS is waited for"
                for one in found
            ),
            all(one.readings <= MOST_READINGS for one in found),
        ),
        Row(
            "mass expiry: CPU",
            "of the controller for each host of that run",
            f"differs by at most {MOST_GROWTH:.0%}",
            ", ".join(f"{one.hosts} hosts: {1000 * own:.0f} ms" for one, own in zip(found, each, strict=True)),
            growth <= MOST_GROWTH,
        ),
    ]
