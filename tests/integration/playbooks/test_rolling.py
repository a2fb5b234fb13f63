# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Never more hosts of a cluster away from vCenter than may be: read from the simulator's journal, and no slower than that demands."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from player import module, play
from vsphere_sim.scenario.demo import expired, expiring, healthy
from vsphere_sim.scenario.schema import HostSpec, Scenario
from vsphere_sim.testing import RunningEstate, estate
from vsphere_sim.vim.host.host_system import RECONNECT_SECONDS

SPEED = 20
# What the journal's milliseconds, and the moment in which a task is told to have ended, leave open.
UNSURE = timedelta(milliseconds=20)


def scenario(standalone: int = 0, **clusters: list[HostSpec]) -> Scenario:
    """A vCenter with these clusters, and so many hosts that stand in none."""
    made: list[Any] = [{"name": name, "hosts": hosts} for name, hosts in clusters.items()]
    if standalone:
        made.append({"name": "none", "standalone": True, "hosts": [expiring() for _number in range(standalone)]})
    return {"vcenters": [{"name": "vc01", "version": "8.0.3", "clusters": made}]}


def due(count: int) -> list[HostSpec]:
    """So many hosts whose certificates end soon."""
    return [expiring() for _number in range(count)]


class Absences:
    """Who was away from vCenter, and when: from the call that disconnects to the end of the task that reconnects."""

    def __init__(self, running: RunningEstate, made: Scenario, away_before: tuple[str, ...] = ()) -> None:
        state = running.state()["vcenters"][0]
        self.clusters = {name: cluster for cluster, several in names(running, made).items() for name in several}
        self._edges: list[tuple[datetime, int, str]] = []
        gone = set(away_before)
        self._before = Counter(self.clusters[name] for name in gone)
        failed = {host["name"] for host in state["hosts"] if host["connection_state"] != "connected"}
        calls = [call for call in running.journal() if call["outcome"].startswith("ok")]
        for call in calls:
            moment, name = datetime.fromisoformat(call["time"]), str(call["target"])
            if call["method"] == "DisconnectHost_Task" and name not in gone:
                gone.add(name)
                self._edges.append((moment, 1, name))
            elif call["method"] == "ReconnectHost_Task" and name not in failed:
                gone.discard(name)
                self._edges.append((moment + timedelta(seconds=RECONNECT_SECONDS / SPEED) - UNSURE, -1, name))

    def most(self) -> dict[str, int]:
        """The most hosts that were away at once, by cluster; a host in no cluster is one by itself."""
        now, most = Counter(self._before), Counter(self._before)
        for _moment, change, name in sorted(self._edges):
            now[self.clusters[name]] += change
            most[self.clusters[name]] = max(most[self.clusters[name]], now[self.clusters[name]])
        return dict(most)

    def most_in_all(self) -> int:
        """The most hosts that were away at once anywhere."""
        now = most = 0
        for _moment, change, _name in sorted(self._edges):
            now += change
            most = max(most, now)
        return most

    @property
    def left(self) -> list[str]:
        """Who went, in that order."""
        return [name for _moment, change, name in self._edges if change > 0]


def names(running: RunningEstate, made: Scenario) -> dict[str, list[str]]:
    """The hosts' names by their cluster, those that stand in none by themselves."""
    found = iter(host["name"] for host in running.state()["vcenters"][0]["hosts"])
    shown: dict[str, list[str]] = {}
    for cluster in made["vcenters"][0]["clusters"]:
        for name in [next(found) for _host in cluster["hosts"]]:
            shown.setdefault(name if cluster.get("standalone") else cluster["name"], []).append(name)
    return shown


@pytest.mark.parametrize("per_cluster", [1, 2])
def test_inside_a_call_clusters_get_on_together_and_each_keeps_its_hosts(tmp_path: Path, per_cluster: int) -> None:
    made = scenario(standalone=3, a=due(5), b=due(2), c=due(1))
    with estate(tmp_path / "estate", scenario=made, speed=SPEED) as running:
        done = module(running, "esxi_reconnect", esxi_hosts=["*"], concurrency=20, per_cluster=per_cluster)
        assert done.returncode == 0, done.printed
        assert set(done.statuses.values()) == {"changed"}
        absences = Absences(running, made)
        assert absences.most()["a"] == per_cluster
        assert max(absences.most().values()) == per_cluster
        # All clusters, and each host that stands in none, were worked on at once, and nobody waited for the largest to end.
        assert absences.most_in_all() >= 6
        assert absences.clusters[absences.left[-1]] == "a"


def test_a_host_that_is_left_away_keeps_the_others_of_its_cluster_where_they_are(tmp_path: Path) -> None:
    made = scenario(a=due(3), b=due(3))
    with estate(tmp_path / "estate", scenario=made, speed=SPEED) as running:
        hosts = names(running, made)
        victim, *others = hosts["a"]
        fault = {"task_error": "vim.fault.NoHost", "properties": {"name": victim}}
        running.fault({"match": {"method": "ReconnectHost_Task", "target": victim}, "effect": fault})
        done = module(running, "esxi_reconnect", esxi_hosts=["*"], concurrency=20, max_failures=3)
        assert done.returncode == 0, done.printed
        assert done.statuses == {
            victim: "failed",
            **dict.fromkeys(others, "not_started"),
            **dict.fromkeys(hosts["b"], "changed"),
        }
        assert Absences(running, made).most() == {"a": 1, "b": 1}
        running.clear_faults()
        # It is away before the next call: others of its cluster are refused, before anything is done, until it is back.
        refused = module(running, "esxi_reconnect", esxi_hosts=others, max_failures=9)
        assert set(refused.statuses.values()) == {"failed"}
        assert f"{victim} of the same cluster is away from vCenter" in refused.result["hosts"][0]["error"]
        predicted = module(running, "esxi_reconnect", esxi_hosts=["*"], check=True)
        back = module(running, "esxi_reconnect", esxi_hosts=["*"], concurrency=20)
        assert back.statuses == predicted.statuses == dict.fromkeys([victim, *others, *hosts["b"]], "changed")


def test_the_playbook_keeps_it_over_canary_and_batches(tmp_path: Path) -> None:
    made = scenario(a=due(4), b=[expired(), *due(2)], c=due(2), d=[healthy()])
    with estate(tmp_path / "estate", scenario=made, speed=SPEED) as running:
        hosts = names(running, made)
        victim, lost = hosts["a"][1], hosts["b"][0]
        running.fault(
            {
                "match": {"method": "ReconnectHost_Task", "target": victim},
                "effect": {"task_error": "vim.fault.NoHost", "properties": {"name": victim}},
            }
        )
        options = {"certops_canary": 2, "certops_batch": 3, "certops_concurrency": 9, "certops_max_failures": 1}
        predicted = play(running, tmp_path, "--check", **options)
        assert predicted.returncode == 0, predicted.printed
        done = play(running, tmp_path, **options)
        # The run went on after the failure, as it was told to; a failure it is all the same.
        told = f"certops_fail_on=unknown found 1 failed ({victim}), "
        assert (done.returncode, told in done.printed, " kept back (" in done.printed) == (2, True, True), done.printed
        most = Absences(running, made, away_before=(lost,)).most()
        assert max(most.values()) == 1, most
        assert set(predicted.results("vc01").values()) == {"would change", "ok"}
        words = done.results("vc01")
        assert words[victim] == "failed"
        held = [name for name, word in words.items() if word in ("not started", "unfinished")]
        order = [str(call["target"]) for call in running.journal() if call["method"] == "DisconnectHost_Task"]
        assert held
        assert set(held) == set(hosts["a"]) - set(order)
        assert {words[name] for cluster in hosts if cluster not in "ad" for name in hosts[cluster]} == {"done"}
        # Of the batch in which it happened a host may have been renewed already: it is told, and the next run goes on with it.
        renewed = {call["target"] for call in running.journal() if call["method"] == "CertMgrRefreshCertificates_Task"}
        assert {name: words[name] for name in held} == {name: "unfinished" if name in renewed else "not started" for name in held}
