# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which calls to vCenter grow with the number of hosts."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from vsphere_sim.testing import estate

from ..commands import account, play, tasks_on_localhost
from ..row import Row
from ..sizes import Sizes

PER_PROVIDER = "QueryProviderInfo"
# What a host's own port is asked is no call to vCenter.
TO_VCENTER = ("vim", "sms", "rest", "https")


def counted(folder: Path, hosts: int) -> Counter[str]:
    """The calls of one reading, by their methods."""
    with estate(folder, hosts=hosts, healthy=True, own_process=True) as running:
        task = {"name": "Read", "certops.vsphere.cert_expiry_facts": account(running, running.vcenters[0], True)}
        play(running, folder, tasks_on_localhost(task))
        # Providers are asked several at a time; SMS is then asked for its manager just once all the same.
        return Counter(call["method"] for call in running.journal() if call["protocol"] in TO_VCENTER)


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """The calls at several sizes, by the simulator's journal."""
    found = {hosts: counted(folder / str(hosts), hosts) for hosts in sizes.call_hosts}
    others = {hosts: sum(calls.values()) - calls[PER_PROVIDER] for hosts, calls in found.items()}
    told = ", ".join(f"{hosts} hosts: {others[hosts]} + {calls[PER_PROVIDER]}" for hosts, calls in found.items())
    same = len(set(others.values())) == 1 and all(calls[PER_PROVIDER] == hosts for hosts, calls in found.items())
    return [Row("calls", "calls to vCenter of one reading, by the journal", "a constant + N (QueryProviderInfo)", told, same)]
