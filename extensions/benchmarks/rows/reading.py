# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a reading of a vCenter takes, beside the peer's module that reads its providers only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate, estate

from ..accounting import Accounted
from ..commands import account, play, tasks_on_localhost
from ..row import Row, median, spread
from ..sizes import Sizes

OWN = "certops.vsphere.cert_expiry_facts"
PEER = "community.vmware.vmware_vasa_info"
TIMES_FASTER = 8
LARGEST_MIB = 250
VARIANTS: dict[str, dict[str, Any]] = {"": {}, "without port 9080": {"probe": False}}


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """Both modules in turn, each as a play of one task."""
    with estate(folder, hosts=sizes.reading_hosts, rtt=sizes.reading_rtt_ms, healthy=True, own_process=True) as running:
        peer: list[Accounted] = []
        own: dict[str, list[Accounted]] = {name: [] for name in VARIANTS}
        for _run in range(sizes.reading_runs):
            peer.append(_play(running, folder, PEER, {}))
            for name, options in VARIANTS.items():
                own[name].append(_play(running, folder, OWN, options))
    how = f"{sizes.reading_hosts} hosts, {sizes.reading_rtt_ms:g} ms a call; {PEER} takes {spread([one.wall_seconds for one in peer])} s"
    rows = []
    for name, runs in own.items():
        ratio = median([one.wall_seconds for one in peer]) / median([one.wall_seconds for one in runs])
        took = f"{ratio:.1f} times ({spread([one.wall_seconds for one in runs])} s, {spread([one.cpu_seconds for one in runs])} s of CPU)"
        what = f"reading{', ' if name else ''}{name}"
        target = "" if name else f"at least {TIMES_FASTER} times faster"
        rows.append(Row(what, how, target, took, None if name else ratio >= TIMES_FASTER))
    memory = max(one.peak_mib for one in own[""])
    rows.append(
        Row(
            "reading: memory",
            "all processes of that command together (PSS)",
            f"under {LARGEST_MIB} MiB",
            f"{memory:.0f} MiB",
            memory < LARGEST_MIB,
        )
    )
    return rows


def _play(running: RunningEstate, folder: Path, module: str, options: dict[str, Any]) -> Accounted:
    given = {**account(running, running.vcenters[0], module == OWN), **options}
    return play(running, folder, tasks_on_localhost({"name": "Read", module: given, "register": "answer"}))
