# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulator itself costs: how long a large estate takes to start, and what it takes when nobody asks it anything."""

from __future__ import annotations

import os
import time
from pathlib import Path

from vsphere_sim.testing import estate

from .row import Row
from .sizes import Sizes

MOST_SECONDS = 15.0
MOST_IDLE_PERCENT = 2.0


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """From the start of the process to the first call that it would answer, and the CPU of an idle estate."""
    begun = time.monotonic()
    with estate(folder, hosts=sizes.simulated_hosts, own_process=True) as running:
        started = time.monotonic() - begun
        before = _cpu_seconds(running.pid)
        time.sleep(sizes.idle_seconds)
        idle = 100 * (_cpu_seconds(running.pid) - before) / sizes.idle_seconds
    how = f"a simulated vCenter with {sizes.simulated_hosts} hosts"
    return [
        Row("simulator", f"{how}, from nothing", f"under {MOST_SECONDS:g} s", f"{started:.1f} s", started < MOST_SECONDS),
        Row(
            "simulator: idle",
            f"CPU of one core in {sizes.idle_seconds:g} s, {how}",
            f"at most {MOST_IDLE_PERCENT:g}%",
            f"{idle:.1f}%",
            idle <= MOST_IDLE_PERCENT,
        ),
    ]


def _cpu_seconds(pid: int) -> float:
    """What a process has taken until now, in user's and system's mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
