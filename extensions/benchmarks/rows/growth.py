# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host costs more where there are more of them under one vCenter."""

from __future__ import annotations

from pathlib import Path

from vsphere_sim.testing import RunningEstate, estate

from ..accounting import Accounted
from ..commands import account, play, tasks_on_localhost
from ..row import Row, median, spread
from ..sizes import Sizes

RISES_BY = 0.2
POLICY = {"protection": "none"}


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """Facts and plan at several sizes, and what each further host takes between two of them."""
    found: dict[int, list[Accounted]] = {}
    for hosts in sizes.growth_hosts:
        with estate(folder / str(hosts), hosts=hosts, healthy=True, own_process=True) as running:
            found[hosts] = [_play(running, folder / str(hosts)) for _run in range(sizes.growth_runs)]
    walls = {hosts: median([one.wall_seconds for one in runs]) for hosts, runs in found.items()}
    small, middle, large = sizes.growth_hosts
    first = (walls[middle] - walls[small]) / (middle - small) * 1000
    then = (walls[large] - walls[middle]) / (large - middle) * 1000
    rise = then / first - 1 if first > 0 else float("inf")
    how = "facts and plan in one play; " + ", ".join(
        f"{hosts} hosts {spread([one.wall_seconds for one in runs])} s" for hosts, runs in found.items()
    )
    result = f"a further host takes {first:.2f} ms up to {middle} hosts, {then:.2f} ms up to {large}: {rise:+.0%}"
    whole = f"{1000 * walls[small] / small:.1f}, {1000 * walls[middle] / middle:.1f}, {1000 * walls[large] / large:.1f} ms"
    return [
        Row("growth", how, f"time per host rises by at most {RISES_BY:.0%}", result, rise <= RISES_BY),
        Row("growth: the whole time by the number of hosts", "the same runs, start of Ansible included", "", whole, None),
    ]


def _play(running: RunningEstate, folder: Path) -> Accounted:
    given = account(running, running.vcenters[0], True)
    read = {"name": "Read", "certops.vsphere.cert_expiry_facts": given, "register": "seen"}
    plan = "{{ (seen.ansible_facts.certops | certops.vsphere.plan(policy)).counts }}"
    decide = {"name": "Decide", "ansible.builtin.set_fact": {"counts": plan}, "vars": {"policy": POLICY}}
    return play(running, folder, tasks_on_localhost(read, decide))
