# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet in check mode, in which nothing is due."""

from __future__ import annotations

from pathlib import Path

from vsphere_sim.testing import estate

from ..accounting import Accounted
from ..commands import recap, renew
from ..row import Row
from ..sizes import Sizes

LONGEST_SECONDS = 60
LARGEST_MIB = 400
FEW_HOSTS = 2


def check(folder: Path, vcenters: int, hosts: int) -> Accounted:
    """Check a fleet, whose ESXi hosts stand in the inventory too."""
    with estate(folder, vcenters=vcenters, hosts=hosts, healthy=True, inventory_esxi=True, own_process=True) as running:
        return renew(running, folder, "--check")


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """The fleet, and one with the same vCenters and hardly any hosts."""
    whole = check(folder / "fleet", sizes.fleet_vcenters, sizes.fleet_hosts)
    few = check(folder / "few", sizes.fleet_vcenters, FEW_HOSTS)
    how = f"renew_iofilter.yml --check, {sizes.fleet_vcenters} vCenters with {sizes.fleet_hosts} hosts each, nothing due"
    took = f"{whole.wall_seconds:.0f} s wall, {whole.cpu_seconds:.0f} s of CPU"
    tasks, tasks_few = recap(whole.printed), recap(few.printed)
    ran = sorted({sum(counts) for counts in tasks.values()})
    told = f"{sum(map(sum, tasks.values()))} at {sizes.fleet_hosts} hosts a vCenter, {sum(map(sum, tasks_few.values()))} at {FEW_HOSTS}"
    return [
        Row("checking a fleet", how, f"under {LONGEST_SECONDS} s wall", took, whole.wall_seconds < LONGEST_SECONDS),
        Row(
            "checking: tasks",
            f"tasks in the recap; a vCenter has {ran[-2] if len(ran) > 1 else ran[-1]}",
            "independent of the number of hosts",
            told,
            tasks == tasks_few,
        ),
        Row(
            "checking: memory",
            "the controller's processes together (PSS)",
            f"under {LARGEST_MIB} MiB",
            f"{whole.peak_mib:.0f} MiB",
            whole.peak_mib < LARGEST_MIB,
        ),
    ]
