# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that is renamed or removed in the middle of a run is that host's failure: the others are finished, if they were begun."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from player import module, play
from processes import Played
from vsphere_sim.testing import RunningEstate, estate, sound

CANARY, GONE, OTHER, LAST = "canary.example", "gone.example", "other.example", "last.example"


@pytest.fixture
def four(tmp_path: Path) -> Iterator[RunningEstate]:
    """Four expiring hosts, each in a cluster of its own, and which of them comes first is said by their dates."""
    clusters = [
        {"name": name.partition(".")[0], "hosts": [{"name": name, "certificate": {"days_left": days}, "provider": {}}]}
        for days, name in enumerate((CANARY, GONE, OTHER, LAST), start=5)
    ]
    with estate(
        tmp_path / "estate", scenario={"vcenters": [{"name": "vc01", "clusters": clusters}]}, host_names="fqdn", speed=100
    ) as running:
        yield running


def run(four: RunningEstate, folder: Path, when: str, target: str, how: dict[str, Any], **variables: Any) -> Played:
    """A run in which the world changes for a host when another has got so far."""
    four.fault({"match": {"method": when, "target": target}, "times": 1, "effect": {"change": {"host": {"host": GONE, **how}}}})
    return play(four, folder, certops_concurrency=1, **variables)


def steps(played: Played, name: str) -> list[tuple[str, str]]:
    """The steps of a host, and what became of them."""
    return [(one["step"], one["status"]) for one in played.host("vc01", name)["step_results"]]


ALL = [("renew", "changed"), ("reconnect", "changed"), ("reregister", "changed")]


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ({"removed": True}, "gone.example was removed from "),
        ({"name": "new.example"}, "gone.example was renamed to new.example in "),
        ({"added_again": True}, "gone.example was removed from "),
    ],
    ids=["removed", "renamed", "added again"],
)
def test_the_others_are_registered_again(four: RunningEstate, tmp_path: Path, how: dict[str, Any], told: str) -> None:
    played = run(four, tmp_path, "ReconnectHost_Task", LAST, how)
    assert played.returncode != 0, played.printed
    assert told in played.reports["vc01"]["failure"]
    assert told in played.host("vc01", GONE)["why"]
    assert steps(played, GONE) == [*ALL[:2], ("reregister", "failed")]
    for name in (CANARY, OTHER, LAST):
        assert steps(played, name) == ALL, name
        assert played.host("vc01", name)["result"] == "done"
        assert sound(four.host(name))


def test_who_was_renewed_is_finished(four: RunningEstate, tmp_path: Path) -> None:
    played = run(four, tmp_path, "CertMgrRefreshCertificates_Task", LAST, {"removed": True})
    assert played.returncode != 0, played.printed
    assert steps(played, GONE) == [("renew", "changed"), ("reconnect", "failed")]
    for name in (OTHER, LAST):
        assert steps(played, name) == ALL, name
        assert sound(four.host(name))


@pytest.mark.parametrize("may_fail", [0, 1])
def test_whether_another_is_begun_is_for_max_failures_to_say(four: RunningEstate, tmp_path: Path, may_fail: int) -> None:
    played = run(four, tmp_path, "ReconnectHost_Task", CANARY, {"name": "new.example"}, certops_max_failures=may_fail)
    assert played.returncode == 2, played.printed
    # A run that may go on does so, and ends with what failed; one that may not stops.
    assert (f"certops_fail_on=unknown found 1 failed ({GONE})" in played.printed) == bool(may_fail), played.printed
    assert steps(played, GONE) == [("renew", "failed")]
    for name in (OTHER, LAST):
        assert steps(played, name) == (ALL if may_fail else [("renew", "not_started")])
        assert sound(four.host(name))


def test_a_typing_error_in_a_call_by_hand_is_still_refused(four: RunningEstate) -> None:
    answer = module(four, "esxi_reconnect", esxi_hosts=["other", "g0ne.example"], planned_moids={GONE: "host-1"})
    assert "knows no ESXi host g0ne.example" in answer.message
    assert [call for call in four.journal() if call["mutating"] and "Host" in call["method"]] == []
