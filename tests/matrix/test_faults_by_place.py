# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each row of the table of faults of calls that only some places have made, and what the run makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Callable

import pytest
from fault_rows import SUCCEEDS, UNAVAILABLE
from place_fault_rows import ALWAYS, ONCE, PLACES, Always, Once
from player import play
from processes import Played
from small_estates import SPEED, names, scenario
from truth import calls_made, outcome, renewals, sound_outcome
from vsphere_sim.testing import RunningEstate, estate

PASSES = (
    "What fails in passing at clusters, lists of trusted CAs and old vCenters is repeated or looked at, and nothing is done twice"
)
STOPS_THERE = "A lasting fault at clusters, lists of trusted CAs and old vCenters stops the run before it harms, or harms nobody"
HARM = ("CertMgrRefreshCertificates_Task", "DisconnectHost_Task", "UnregisterProvider_Task")


@contextmanager
def at(place: str, folder: Path) -> Iterator[tuple[RunningEstate, dict[str, str]]]:
    """The place's estate."""
    where = PLACES[place]
    with estate(folder / "estate", scenario=scenario(where.spec()), speed=SPEED) as running:
        yield running, names(running, where.hosts)


def run(running: RunningEstate, folder: Path, place: str) -> Played:
    """A run there."""
    return play(running, folder, certops_concurrency=1, **PLACES[place].variables)


def stand(running: RunningEstate, place: str) -> None:
    """Have the faults that are there all the time."""
    for method in PLACES[place].standing:
        running.fault({"match": {"method": method}, "effect": UNAVAILABLE})


def assert_whole(running: RunningEstate, known: dict[str, str]) -> None:
    """All is well with hosts and clusters."""
    shown = outcome(running, known)
    sound = sound_outcome()
    alone = {**sound, "providers": [], "sms_remembers_its_certificate": []}
    assert shown == {label: alone if label == "witness" else sound for label in known}
    assert_undamaged(running)


def assert_undamaged(running: RunningEstate) -> None:
    """Host monitoring is on, no machine was restarted and no object of vSAN lost."""
    [state] = running.state()["vcenters"]
    for cluster in (one for one in state["clusters"] if one["ha"]["enabled"]):
        assert (cluster["ha"]["host_monitoring"], cluster["ha"]["restarted_machines"], cluster["ha"]["damage"]) == (
            "enabled",
            [],
            [],
        )
    assert all(set(one["objects"]) <= {"healthy"} for one in state["vsan"])


@pytest.mark.parametrize("place", PLACES)
def test_each_call_of_a_place_is_made_there(place: str, tmp_path: Path) -> None:
    with at(place, tmp_path) as (running, known):
        stand(running, place)
        played = run(running, tmp_path, place)
        assert played.returncode == 0, played.printed
        made = {call["method"] for call in running.journal()}
        assert_whole(running, known)
    wanted = (*PLACES[place].reads, *PLACES[place].changes)
    assert [call for call in wanted if not any(fnmatchcase(one, call) for one in made)] == []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ONCE])
def test_each_call_of_a_place_fails_once(row: Once, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("promise", PASSES)
    with at(row.place, tmp_path) as (running, known):
        stand(running, row.place)
        for method in row.calls:
            running.fault({"match": {"method": method}, "effect": row.effect, "times": 1})
        played = run(running, tmp_path, row.place)
        assert played.returncode == 0, played.printed
        hits = {one["match"]["method"]: one["hits"] for one in running.ask("GET", "/faults")}
        assert {method: hits[method] for method in row.calls} == dict.fromkeys(row.calls, 1)
        assert_whole(running, known)
        made = [call for call in calls_made(running, known) if call[0] in HARM]
        assert len(made) == len(set(made))
        assert "Traceback" not in played.printed


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ALWAYS])
def test_a_call_of_a_place_that_always_fails(row: Always, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("promise", STOPS_THERE)
    with at(row.place, tmp_path) as (running, known):
        stand(running, row.place)
        running.fault({"match": {"method": row.method}, "effect": row.effect})
        played = run(running, tmp_path, row.place)
        assert "Traceback" not in played.printed
        if row.then == SUCCEEDS:
            assert played.returncode == 0, played.printed
            assert_whole(running, known)
            return
        assert played.returncode == 2, played.printed
        failure = str(played.reports["vc01"]["failure"])
        assert [word for word in row.says if word not in failure] == [], failure
        assert_undamaged(running)
        harmed = [call for call in calls_made(running, known) if call[0] in HARM]
        assert bool(harmed) == row.begun, harmed
        # When it is over the next run goes on from there.
        running.clear_faults()
        again = run(running, tmp_path, row.place)
        assert again.returncode == 0, again.printed
        assert_whole(running, known)
        assert max(renewals(running).values(), default=0) <= 1
