# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module call costs that finds nothing to do."""

from __future__ import annotations

import json
from pathlib import Path

from vsphere_sim.testing import RunningEstate, estate

from ..accounting import run
from ..commands import BIN, ROOT, account, environment
from ..row import Row, median, spread
from ..sizes import Sizes

MOST_SECONDS = 0.5
OWN = "certops.vsphere.esxi_cert_regenerate"
HOSTS = 4


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """A module that changes nothing and ansible.builtin.ping, in turn."""
    with estate(folder, hosts=HOSTS, healthy=True, own_process=True) as running:
        options = {**account(running, running.vcenters[0], True), "esxi_hosts": ["*"]}
        ping: list[float] = []
        own: list[float] = []
        for _run in range(sizes.starting_runs):
            ping.append(_adhoc(running, "ansible.builtin.ping"))
            own.append(_adhoc(running, OWN, "-a", json.dumps(options)))
    more = median([mine - plain for mine, plain in zip(own, ping, strict=True)])
    how = f"{OWN} on {HOSTS} hosts that need nothing, over ansible.builtin.ping ({spread(ping, 2)} s), in turn"
    return [Row("starting up", how, f"under {MOST_SECONDS:g} s more", f"{more:.2f} s more", more < MOST_SECONDS)]


def _adhoc(running: RunningEstate, module: str, *arguments: str) -> float:
    command = [str(BIN / "ansible"), "localhost", "-m", module, *arguments]
    return run(command, ROOT, environment(running)).check().wall_seconds
