# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wherever a run is killed that switches host monitoring of vSphere HA off and on, the next one has it on, and no machine is lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable

import pytest
from crash_points import DISCONNECT, EVERYTHING, RECONNECT, RENEW, RESTART, UNREGISTER
from killing import PHASES, held, kill_in
from player import begun, play
from processes import wait
from small_estates import SPEED, names, scenario, vcenter
from truth import assert_all_sound, calls_made
from vsphere_sim.scenario.demo import expiring, healthy
from vsphere_sim.testing import RunningEstate, estate

HOSTS = {"healthy": healthy(), "canary": expiring()}
SWITCH, NOTE, EVENT = "ReconfigureComputeResource_Task", "SetField", "LogUserEvent"
OFF = [(NOTE, "-"), (SWITCH, "-"), (EVENT, "-")]
ON = [(SWITCH, "-"), (NOTE, "-"), (EVENT, "-")]
# A test holds this to the journal of an undisturbed run.
CALLS = [
    ("AddCustomFieldDef", "-"),
    *(*OFF, (RENEW, "canary"), *ON),
    *(*OFF, (DISCONNECT, "canary"), (RECONNECT, "canary"), *ON),
    (UNREGISTER, "canary"),
    (RESTART, "-"),
]
# The note is there and nothing was switched; it is off and not known to be; the host is renewed, or disconnected, and it is off.
REDUCED = {(2, "before"), (2, "unanswered"), (4, "answered"), (11, "answered")}
CASES = [
    pytest.param(index, phase, id=f"{index:02}-{CALLS[index][0]}-{phase}")
    for index in range(len(CALLS))
    for phase in PHASES
    if EVERYTHING or (index, phase) in REDUCED
]
PROMISE = "Host monitoring of vSphere HA that a killed run left switched off the next run switches on, and no machine is restarted meanwhile"


@contextmanager
def with_ha(folder: Path) -> Iterator[tuple[RunningEstate, dict[str, str]]]:
    """A cluster whose HA restarts the machines of any host whose agents restart while it monitors."""
    made: Any = vcenter(HOSTS)
    made["clusters"][0]["ha"] = {"fails_over": "restart"}
    made["orphans"] = []
    with estate(folder / "estate", scenario=scenario(made), speed=SPEED) as running:
        yield running, names(running, HOSTS)


def suspended(running: RunningEstate, folder: Path) -> Any:
    """A run that suspends."""
    return play(running, folder, certops_ha="suspend", certops_concurrency=1)


def assert_as_before(running: RunningEstate) -> None:
    """Host monitoring is on, nothing is noted, and no machine was restarted."""
    [cluster] = running.state()["vcenters"][0]["clusters"]
    ha = cluster["ha"]
    assert (ha["host_monitoring"], cluster["notes"], ha["restarted_machines"], ha["damage"]) == ("enabled", {}, [], [])


@pytest.mark.parametrize(("index", "phase"), CASES)
def test_host_monitoring_is_on_again_after_the_next_run(
    index: int, phase: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    with with_ha(tmp_path) as (running, known):
        kill_in(running, tmp_path, known, CALLS, index, phase, certops_ha="suspend", certops_concurrency=1)
        again = suspended(running, tmp_path)
        assert again.returncode == 0, again.printed
        assert_as_before(running)
        assert_all_sound(running, known)


def test_these_are_all_the_calls_of_an_undisturbed_run(tmp_path: Path) -> None:
    with with_ha(tmp_path) as (running, known):
        played = suspended(running, tmp_path)
        assert played.returncode == 0, played.printed
        assert calls_made(running, known) == CALLS
        assert_as_before(running)
        assert_all_sound(running, known)


def test_of_two_runs_that_suspend_the_second_restores_nothing_that_the_first_still_needs(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    with with_ha(tmp_path) as (running, known):
        second_account = "second@vsphere.local"
        running.set("account", vcenter="vc01", username=second_account)
        rule = {"match": {"method": RENEW, "username": "administrator*"}, "times": 1, "effect": {"hold": "task"}}
        running.fault(rule)
        options = {"certops_ha": "suspend", "certops_concurrency": 1}
        with (
            begun(running, tmp_path, "first", certops_renew_host_timeout_seconds=3000, **options) as first,
            begun_when(
                first, running, tmp_path, rule, certops_vcenter_username=second_account, certops_ha_timeout_seconds=20, **options
            ) as second,
        ):
            # It waits, and gives up: the first one holds the cluster, and is at work.
            assert second.result() == 2, second.printed
            assert "Another run needs host monitoring of cluster-vc01 switched off" in " ".join(second.printed.split())
            [cluster] = running.state()["vcenters"][0]["clusters"]
            assert (cluster["ha"]["host_monitoring"], len(cluster["notes"])) == ("disabled", 1)
            running.clear_faults()
            assert first.result() == 0, first.printed
        assert_as_before(running)
        assert_all_sound(running, known)


@contextmanager
def begun_when(first: Any, running: RunningEstate, folder: Path, rule: dict[str, Any], **variables: Any) -> Iterator[Any]:
    """A second run, begun when the first is held by the rule."""
    wait(
        lambda: first.ended or (bool(running.ask("GET", "/faults")[-1]["held"]) and held(running, rule)),
        "the first run did not come to the moment in time",
    )
    assert not first.ended, first.printed
    with begun(running, folder, "second", **variables) as second:
        yield second
