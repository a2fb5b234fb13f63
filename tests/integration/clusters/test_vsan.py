# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs in a cluster with vSAN, whose objects are lost where a host goes away before what another one missed is resynchronised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from player import play
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate

DUE: dict[str, Any] = {"version": "8.0.3", "reloads_on": "reconnect", "certificate": {"days_left": 20}, "provider": {}}


@contextmanager
def with_vsan(folder: Path, **vsan: Any) -> Iterator[RunningEstate]:
    """A cluster with vSAN of two hosts that are due, and a witness that stands elsewhere and is due as well."""
    witness = {**DUE, "name": "witness.example.com", "provider": None}
    clusters = [
        {"name": "alone", "standalone": True, "hosts": [witness]},
        {"name": "c1", "vsan": {"witness": witness["name"], **vsan}, "hosts": [DUE, DUE]},
    ]
    with estate(folder / "estate", scenario={"vcenters": [{"name": "vc01", "clusters": clusters}]}, speed=100) as running:
        yield running


def lost(running: RunningEstate) -> int:
    """How many objects cannot be had any more."""
    [vsan] = running.state()["vcenters"][0]["vsan"]
    return int(vsan["objects"].get("inaccessible", 0))


def test_no_object_is_lost_where_calm_is_required_and_who_only_warns_loses_some(tmp_path: Path) -> None:
    with with_vsan(tmp_path / "warn", resync_seconds=60) as running:
        played = play(running, tmp_path / "warn")
        assert lost(running) > 0
    assert any("c1 has vSAN" in one for one in played.reports["vc01"]["warnings"])
    with with_vsan(tmp_path / "require", resync_seconds=60) as running:
        played = play(running, tmp_path / "require", certops_vsan="require")
        assert lost(running) == 0
    assert played.returncode == 0, played.printed


@pytest.mark.parametrize("policy", ["warn", "require"])
def test_a_witness_is_never_away_together_with_a_host_of_its_cluster(policy: str, tmp_path: Path) -> None:
    with with_vsan(tmp_path, resync_seconds=0) as running:
        played = play(running, tmp_path, certops_vsan=policy, certops_per_cluster=2)
        [vsan] = running.state()["vcenters"][0]["vsan"]
        reconnected = [target for method, target in mutating(running) if method == "ReconnectHost_Task"]
    assert played.returncode == 0, played.printed
    assert len(reconnected) == 3
    assert vsan["with_witness"] == []


def test_a_host_stays_where_its_clusters_witness_is_away_and_that_is_told(tmp_path: Path) -> None:
    with with_vsan(tmp_path) as running:
        witness, *hosts = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        running.set("host", host=witness, connection_state="disconnected")
        played = play(running, tmp_path, certops_hosts=hosts)
        assert mutating(running) == []
    assert played.returncode == 2, played.printed
    for name in hosts:
        told = played.host("vc01", name)
        assert [one["code"] for one in told["blockers"]] == ["cluster_away"]
        assert f"{witness} is away from vCenter, and a witness of vSAN is never away together" in told["why"]


def test_nobody_is_begun_while_the_others_do_not_see_a_host_and_that_is_told(tmp_path: Path) -> None:
    with with_vsan(tmp_path) as running:
        cut = running.state()["vcenters"][0]["hosts"][-1]["name"]
        running.set("vsan", cut_off=[cut])
        played = play(running, tmp_path, certops_vsan="require", certops_vsan_timeout_seconds=30)
        assert mutating(running) == []
    assert played.returncode == 2, played.printed
    assert f"the other hosts do not see {cut} in vSAN" in played.printed
    assert any(f"the other hosts do not see {cut} in vSAN" in one for one in played.reports["vc01"]["warnings"])
