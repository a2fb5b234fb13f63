# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a reading of a vCenter takes, beside the peer's module that reads its providers only, and its CPU beside a script that reads the same."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate, estate

from ..accounting import Accounted, run
from ..commands import ROOT, account, environment, play, tasks_on_localhost
from ..row import Row, median, spread
from ..sizes import Sizes

OWN = "certops.vsphere.cert_expiry_facts"
PEER = "community.vmware.vmware_vasa_info"
SCRIPT = Path(__file__).with_name("plain_script.py")
TIMES_LESS_CPU = 2.4
MOST_CPU_MS = 1.8
LARGEST_MIB = 250
# By their names their options, and how many times as fast as the peer they are to be.
VARIANTS: dict[str, tuple[dict[str, Any], float]] = {"": ({}, 3.3), "without port 9080": ({"probe": False}, 4.8)}


def measure(folder: Path, sizes: Sizes) -> list[Row]:
    """Both modules in turn, each as a play of one task."""
    with estate(folder, hosts=sizes.reading_hosts, rtt=sizes.reading_rtt_ms, healthy=True, own_process=True) as running:
        peer: list[Accounted] = []
        script: list[Accounted] = []
        own: dict[str, list[Accounted]] = {name: [] for name in VARIANTS}
        for _run in range(sizes.reading_runs):
            peer.append(_play(running, folder, PEER, {}))
            script.append(_script(running))
            for name, (options, _times) in VARIANTS.items():
                own[name].append(_play(running, folder, OWN, options))
    how = f"{sizes.reading_hosts} hosts, {sizes.reading_rtt_ms:g} ms a call; {PEER} takes {spread([one.wall_seconds for one in peer])} s"
    rows = []
    for name, runs in own.items():
        ratio = median([one.wall_seconds for one in peer]) / median([one.wall_seconds for one in runs])
        took = f"{ratio:.1f} times ({spread([one.wall_seconds for one in runs])} s, {spread([one.cpu_seconds for one in runs])} s of CPU)"
        what = f"reading{', ' if name else ''}{name}"
        times = VARIANTS[name][1]
        rows.append(Row(what, how, f"at least {times:g} times faster", took, ratio >= times))
    rows += _cpu(sizes.reading_hosts, own[""], script)
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


def _cpu(hosts: int, own: list[Accounted], script: list[Accounted]) -> list[Row]:
    """Against a script that reads the same, by the CPU of both commands, their start included."""
    less = median([one.cpu_seconds for one in script]) / median([one.cpu_seconds for one in own])
    each = 1000 * median([one.cpu_seconds for one in own]) / hosts
    how = f"{SCRIPT.name}, which reads the same with pyVmomi and 16 threads, takes {spread([one.cpu_seconds for one in script])} s of CPU"
    return [
        Row(
            "reading: against a script", how, f"at least {TIMES_LESS_CPU:g} times less", f"{less:.1f} times", less >= TIMES_LESS_CPU
        ),
        Row(
            "reading: CPU",
            "for each host, the start of Ansible included",
            f"at most {MOST_CPU_MS:g} ms",
            f"{each:.1f} ms",
            each <= MOST_CPU_MS,
        ),
    ]


def _script(running: RunningEstate) -> Accounted:
    vcenter = running.vcenters[0]
    given = [vcenter.address, str(vcenter.port), vcenter.username, vcenter.password]
    return run([sys.executable, str(SCRIPT), *given], ROOT, environment(running)).check()


def _play(running: RunningEstate, folder: Path, module: str, options: dict[str, Any]) -> Accounted:
    given = {**account(running, running.vcenters[0], module == OWN), **options}
    return play(running, folder, tasks_on_localhost({"name": "Read", module: given, "register": "answer"}))
