# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster some of whose hosts sleep (DPM), are quarantined or half-way in maintenance: the others are renewed all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from player import play
from processes import mutating
from vsphere_sim.testing import estate
from written_reports import written

DUE: dict[str, Any] = {"version": "8.0.3", "certificate": {"days_left": 20}, "provider": {}}
ASLEEP: dict[str, Any] = {**DUE, "standby_mode": "in"}
HOSTS = [
    *(ASLEEP, DUE, {**DUE, "quarantined": True}, {**DUE, "partial_maintenance": ["quickPatchPartialMM"]}),
    {**DUE, "certificate": {"days_left": 900}},
]
SCENARIO = {"vcenters": [{"name": "vc01", "clusters": [{"name": "cluster-a", "hosts": HOSTS}]}]}


def test_a_run_passes_over_who_sleeps_and_renews_the_others(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=SCENARIO, speed=100) as running:
        hosts = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        played = play(running, tmp_path)
        touched = {target for _method, target in mutating(running) if target in hosts}
    [report] = written(tmp_path)["vcenters"]
    results = [next(one["result"] for one in report["hosts"] if one["esxi_host"] == name) for name in hosts]
    assert results == ["asleep", "done", "done", "blocked", "ok"], played.printed
    assert touched == {hosts[1], hosts[2]}
    assert played.returncode == 0, "nobody sleeps by mistake"
