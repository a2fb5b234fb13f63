# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a run would take, by assumed durations."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.estimate import (
    Side,
    assumed,
    estimate,
    lasting,
    left_by_window,
)
from ansible_collections.certops.vsphere.tests.unit.estates import host
from ansible_collections.certops.vsphere.tests.unit.fleets import EXPIRING, report

ALONE = Side(concurrency=4, per_cluster=1)


def made(*hosts: Any, batch: int = 2, canary: int = 1) -> dict[str, Any]:
    """The report of a run over these hosts."""
    return report(*hosts, policy=Policy(protection="none", canary=canary, batch=batch))


def of_cluster(count: int, cluster: str = "c1") -> list[Any]:
    """So many hosts of a cluster that are due."""
    return [host(f"{cluster}-{number}", cluster=cluster, **EXPIRING) for number in range(count)]


def test_turns_follow_each_other_and_hosts_of_a_cluster_too() -> None:
    found = estimate(made(*of_cluster(3)), ALONE)
    shown = [(one.turn["steps"], one.begins, one.seconds) for one in found.turns]
    assert shown == [
        (["renew"], 0, 10),
        (["reconnect"], 10, 60),
        (["reregister"], 70, 420),
        (["verify"], 490, 60),
        # Two of a cluster, one after the other.
        (["renew"], 550, 20),
        (["reconnect"], 570, 120),
        (["reregister"], 690, 420),
        (["verify"], 1110, 60),
    ]
    assert found.seconds == 1170
    assert set(found.away.values()) == {60}
    # From their first step until SPS has their providers again.
    assert sorted(found.offline.values()) == [490, 560, 560]


def test_clusters_go_side_by_side_as_far_as_hosts_may() -> None:
    hosts = [*of_cluster(1, "c1"), *of_cluster(1, "c2"), *of_cluster(1, "c3")]
    [renew, *_others] = estimate(made(*hosts, batch=12, canary=0), ALONE).turns
    assert renew.seconds == 10
    [renew, *_others] = estimate(made(*hosts, batch=12, canary=0), Side(concurrency=2, per_cluster=1)).turns
    assert renew.seconds == 20
    [renew, *_others] = estimate(made(*of_cluster(4), batch=12, canary=0), Side(concurrency=4, per_cluster=2)).turns
    assert renew.seconds == 20
    [renew, *_others] = estimate(made(host("a", cluster=None, **EXPIRING), canary=0), ALONE).turns
    assert renew.seconds == 10


def test_a_host_that_stays_is_not_away() -> None:
    found = estimate(made(host("a", remembered=-5, status="offline")), ALONE)
    assert (dict(found.away), found.offline["a"]) == ({}, 420)


def test_nothing_takes_no_time() -> None:
    found = estimate(made(host("a")), ALONE)
    assert (found.seconds, found.turns) == (0, ())


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(10000, 0), (1170, 0), (1169, 2), (550, 2), (549, 3)],
)
def test_a_window_leaves_what_would_not_be_finished_in_it(seconds: float, left: int) -> None:
    assert len(left_by_window(estimate(made(*of_cluster(3)), ALONE), seconds)) == left


def test_once_a_batch_is_left_those_after_it_are() -> None:
    hosts = [*of_cluster(9, "c1"), *of_cluster(1, "c2")]
    found = estimate(made(*hosts, batch=8), Side(concurrency=8, per_cluster=1))
    assert len(left_by_window(found, 550)) == 9


def test_what_was_assumed_is_told() -> None:
    told = assumed(made(*of_cluster(2))["turns"], ALONE)
    assert told == (
        "renew 10 s a host, reconnect 60 s a host, reregister 7 min a turn, verify 60 s a turn; 4 hosts at a time (certops_concurrency),"
        " 1 of a cluster (certops_per_cluster)"
    )


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59.6, "60 s"), (61, "2 min"), (420, "7 min"), (3599, "1 h"), (3600, "1 h"), (3661, "1 h 2 min")],
)
def test_a_duration_is_told_in_words(seconds: float, told: str) -> None:
    assert lasting(seconds) == told
