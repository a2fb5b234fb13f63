# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row of the table of faults, and what the run makes of it; and that check mode predicted it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Callable

import pytest
from crash_points import DISCONNECT, RECONNECT, RENEW, RESTART, UNREGISTER
from fault_rows import (
    ALL_DONE,
    EMPTY,
    EVERY_ROW,
    FINISHED,
    LOST_BEFORE,
    NOTHING_DONE,
    PAGE,
    READS,
    REGISTER,
    ROWS,
    STOPS,
    SUCCEEDS,
    UNAVAILABLE,
    UNREACHABLE,
    UNREADABLE,
    WITH_CREDENTIALS,
    Row,
    Unreadable,
)
from place_fault_rows import ALWAYS, ONCE, PLACES, Always, Once
from player import play
from processes import Played
from small_estates import EVERY_KIND, FEW, FEW_IN_PLACE, SPEED, names, scenario, small_estate
from truth import assert_all_sound, calls_made, foreign_providers, outcome, renewals, sound_outcome
from vsphere_sim.testing import RunningEstate, estate

STEP_OF = {
    "VasaProviderReconnect_Task": "reregister",
    "VasaProviderSync_Task": "reregister",
    "VasaProviderRefreshCertificate_Task": "reregister",
    RENEW: "renew",
    DISCONNECT: "reconnect",
    RECONNECT: "reconnect",
    UNREGISTER: "reregister",
    REGISTER: "reregister",
}
PASSES = "What fails in passing is repeated, and said to have been, or is looked at before it is sent again"
UNREADABLE_FOR_GOOD = "What cannot be read for good keeps from being begun what could not be finished, in check mode too"
STOPS_THERE = "A lasting fault stops the run where it is, with host, fault and remedy; what was not started is untouched"

PASSES_IN_PLACE = (
    "What fails in passing at clusters, lists of trusted CAs and old vCenters is repeated or looked at, and nothing is done twice"
)
STOPS_IN_PLACE = "A lasting fault at clusters, lists of trusted CAs and old vCenters stops the run before it harms, or harms nobody"
HARM = ("CertMgrRefreshCertificates_Task", "DisconnectHost_Task", "UnregisterProvider_Task")

REPEATED = "failed with transient errors and were retried"

Property = Callable[[str, object], None]


def test_no_call_is_missing_from_the_table(tmp_path: Path) -> None:
    """Each call that runs make has rows for 503, for a lost connection, for a page and for an empty answer."""
    made: set[str] = set()
    for number, chosen in enumerate(({}, WITH_CREDENTIALS)):
        with small_estate(tmp_path / str(number), EVERY_KIND) as (running, _known):
            password = {"certops_provider_password": running.host_password} if chosen else {}
            played = play(running, tmp_path / str(number), certops_concurrency=1, **chosen, **password)
            assert played.returncode == 0, played.printed
            made |= {call["method"] for call in running.journal()}
    for effect in (UNAVAILABLE, LOST_BEFORE, PAGE, EMPTY):
        rows = [row.method for row in READS + EVERY_ROW if row.effect == effect]
        # A handshake is no call: what shows the certificates of hosts has its own tests (test_trust.py).
        missing = [call for call in made if not call.startswith("handshake ") and not any(fnmatchcase(call, row) for row in rows)]
        assert missing == [], f"no row for {effect}"


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.name, marks=pytest.mark.xdist_group(f"readings {row.effect}")) for row in READS]
)
def test_a_reading_that_fails_in_passing(row: Row, record_property: Property) -> None:
    record_property("promise", PASSES)
    for met in _all_readings_fail_once(str(row.effect)):
        assert met.get(row.method, 1) == 1, "the call was never made"


@cache
def _all_readings_fail_once(effect: str) -> list[dict[str, int]]:
    """How often each failed, in check mode and in the run after it: once, and all of them in the same run. What else is promised is looked at here."""
    rows = [row for row in READS if str(row.effect) == effect]
    met = []
    with tempfile.TemporaryDirectory() as folder, small_estate(Path(folder), FEW) as (running, known):
        for mode in (["--check"], []):
            # Some calls are only made when something is done.
            failing = [row for row in rows if row.step == "observe" or not mode]
            running.clear_faults()
            for row in failing:
                running.fault(rule(row, known))
            played = play(running, Path(folder), *mode, certops_concurrency=1)
            assert played.returncode == 0, played.printed
            assert REPEATED in played.printed
            assert_clean(played, running)
            met.append({row.method: one["hits"] for row, one in zip(failing, running.ask("GET", "/faults"), strict=True)})
            if mode:
                assert not [call for call in running.journal() if call["mutating"]]
                assert prediction(played, known) == predicted(*FEW)
        assert_all_sound(running, known)
    return met


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS if row.then == SUCCEEDS])
def test_a_fault_in_passing(row: Row, tmp_path: Path, record_property: Property) -> None:
    record_property("promise", PASSES)
    with small_estate(tmp_path, row.hosts) as (running, known):
        foreign = foreign_providers(running, known)
        if row.step == "observe":
            # Check mode makes the same call, and meets the same fault.
            running.fault(rule(row, known))
            checked = play(running, tmp_path, "--check", certops_concurrency=1)
            assert checked.returncode == 0, checked.printed
            assert running.ask("GET", "/faults")[0]["hits"] == 1, "the call was never made"
            assert not [call for call in running.journal() if call["mutating"]]
            assert prediction(checked, known) == predicted(*row.hosts)
            running.clear_faults()
        running.fault(rule(row, known))
        played = play(running, tmp_path, certops_concurrency=1, **variables(row, running))
        assert played.returncode == 0, played.printed
        hits = running.ask("GET", "/faults")[0]["hits"]
        assert hits >= 1 if row.times is None else hits == row.times, "the call was never made"
        assert_all_sound(running, known)
        assert foreign_providers(running, known) == foreign
        assert_clean(played, running)
        assert (REPEATED in played.printed) == row.retried
        assert changed(running, known) == predicted(*row.hosts)
        # Nothing that changes something was executed twice.
        made = calls_made(running, known)
        assert [call for call in set(made) if made.count(call) > (2 if call[0] == RESTART else 1)] == []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ROWS if row.then == STOPS])
def test_a_fault_that_stops(row: Row, tmp_path: Path, record_property: Property) -> None:
    record_property("promise", STOPS_THERE)
    with small_estate(tmp_path, row.hosts) as (running, known):
        foreign = foreign_providers(running, known)
        running.fault(rule(row, known))
        played = play(running, tmp_path, certops_concurrency=1, **variables(row, running))
        assert played.returncode == 2, played.printed
        assert running.ask("GET", "/faults")[0]["hits"] >= 1, "the call was never made"
        report = played.reports["vc01"]
        words = tuple(known.get(word, word) for word in (*row.says, row.target or ""))
        assert [word for word in words if word not in str(report["failure"])] == [], report["failure"]
        assert_clean(played, running)
        assert foreign_providers(running, known) == foreign
        touched = {label for _method, label in calls_made(running, known)}
        assert not touched & set(row.untouched)
        results = played.results("vc01")
        assert {label: results[known[label]] for label in row.untouched} == dict.fromkeys(row.untouched, "not started")
        assert results[known[row.target or "canary"]] in ("failed", "unfinished")
        in_report = {
            label: {step["step"] for step in played.host("vc01", known[label])["step_results"] if step["status"] != "not_started"}
            for label in row.hosts
        }
        for label, steps in changed(running, known).items():
            assert steps <= in_report[label], f"what was done to {label} is not in the report"
            assert steps <= predicted(*row.hosts)[label], "check mode did not predict it"
        if any(row is one for one in FINISHED):
            finish(running, known, tmp_path)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in UNREADABLE])
def test_what_cannot_be_read_for_good(row: Unreadable, tmp_path: Path, record_property: Property) -> None:
    record_property("promise", UNREADABLE_FOR_GOOD)
    with small_estate(tmp_path, FEW) as (running, known):
        running.fault({"match": {"method": row.method}, "effect": row.effect})
        checked = play(running, tmp_path, "--check", certops_concurrency=1)
        assert not [call for call in running.journal() if call["mutating"]]
        played = play(running, tmp_path, certops_concurrency=1)
        # What is not due anyway is not blocked; what is, and is kept back by the vCenter or the account, is no success.
        kept_back = row.then in (UNREACHABLE, NOTHING_DONE)
        assert checked.returncode == played.returncode == (2 if kept_back else 0), played.printed
        assert_clean(played, running)
        made = {label for _method, label in calls_made(running, known)} & set(known)
        if row.then == ALL_DONE:
            assert_all_sound(running, known)
        else:
            assert made == set()
        if row.then == UNREACHABLE:
            assert "vc01" not in played.reports
            assert f"{running.vcenter('vc01').address} failed" in played.printed
        else:
            report = played.reports["vc01"]
            blockers = {one["code"] for about in (report, *report["hosts"]) for one in about["blockers"]}
            assert blockers == set(row.codes)
        if row.codes:
            finish(running, known, tmp_path)


def finish(running: RunningEstate, known: dict[str, str], folder: Path) -> None:
    """When the fault is gone, the next run goes on from there."""
    running.clear_faults()
    again = play(running, folder, certops_concurrency=1)
    assert again.returncode == 0, again.printed
    assert_all_sound(running, known)
    assert max(renewals(running).values()) == 1


def variables(row: Row, running: RunningEstate) -> dict[str, Any]:
    """What the playbook is told besides: the hosts' password is known when they run."""
    return {**row.variables, "certops_provider_password": running.host_password} if row.variables else {}


@cache
def predicted(*labels: str) -> dict[str, set[str]]:
    """What check mode says of the estate of these hosts, by label."""
    hosts = {label: {**EVERY_KIND, **FEW_IN_PLACE}[label] for label in labels}
    with tempfile.TemporaryDirectory() as folder, small_estate(Path(folder), hosts) as (running, known):
        played = play(running, Path(folder), "--check", certops_concurrency=1)
        assert played.returncode == 0, played.printed
        assert not [call for call in running.journal() if call["mutating"]]
        return prediction(played, known)


def prediction(played: Played, known: dict[str, str], vcenter_name: str = "vc01") -> dict[str, set[str]]:
    """What a report predicts, by label."""
    by_name = {name: label for label, name in known.items()}
    hosts = played.reports[vcenter_name]["hosts"]
    return {by_name[host["esxi_host"]]: set(host["steps"]) for host in hosts if host["result"] == "would change"}


def changed(running: RunningEstate, known: dict[str, str]) -> dict[str, set[str]]:
    """By label the steps of which the journal shows a call that was executed.

    A provider may be unregistered again where the answer was lost while SMS was still at it: its task then finds none, and changes nothing.
    """
    found: dict[str, set[str]] = {}
    for method, label in calls_made(running, known):
        if method in STEP_OF and label in known:
            found.setdefault(label, set()).add(STEP_OF[method])
    return found


def rule(row: Row, known: dict[str, str]) -> dict[str, Any]:
    """The simulator's rule for a row."""
    match = {"method": row.method}
    if row.target:
        match["target"] = f"*{known[row.target]}*"
    given: dict[str, Any] = {"match": match, "effect": row.effect}
    return given if row.times is None else {**given, "times": row.times}


def assert_clean(played: Played, running: RunningEstate) -> None:
    """Neither a traceback nor a secret is printed or reported."""
    everything = played.printed + str(played.reports)
    assert "Traceback" not in everything
    assert running.vcenters[0].password not in everything
    assert running.host_password not in everything


@contextmanager
def at(place: str, folder: Path) -> Iterator[tuple[RunningEstate, dict[str, str]]]:
    """The place's estate."""
    where = PLACES[place]
    with estate(folder / "estate", scenario=scenario(where.spec()), speed=SPEED) as running:
        yield running, names(running, where.hosts)


def play_at(running: RunningEstate, folder: Path, place: str) -> Played:
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
        played = play_at(running, tmp_path, place)
        assert played.returncode == 0, played.printed
        made = {call["method"] for call in running.journal()}
        assert_whole(running, known)
    wanted = (*PLACES[place].reads, *PLACES[place].changes)
    assert [call for call in wanted if not any(fnmatchcase(one, call) for one in made)] == []


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ONCE])
def test_each_call_of_a_place_fails_once(row: Once, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("promise", PASSES_IN_PLACE)
    with at(row.place, tmp_path) as (running, known):
        stand(running, row.place)
        for method in row.calls:
            running.fault({"match": {"method": method}, "effect": row.effect, "times": 1})
        played = play_at(running, tmp_path, row.place)
        assert played.returncode == 0, played.printed
        hits = {one["match"]["method"]: one["hits"] for one in running.ask("GET", "/faults")}
        assert {method: hits[method] for method in row.calls} == dict.fromkeys(row.calls, 1)
        assert_whole(running, known)
        made = [call for call in calls_made(running, known) if call[0] in HARM]
        assert len(made) == len(set(made))
        assert "Traceback" not in played.printed


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name) for row in ALWAYS])
def test_a_call_of_a_place_that_always_fails(row: Always, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("promise", STOPS_IN_PLACE)
    with at(row.place, tmp_path) as (running, known):
        stand(running, row.place)
        running.fault({"match": {"method": row.method}, "effect": row.effect})
        played = play_at(running, tmp_path, row.place)
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
        again = play_at(running, tmp_path, row.place)
        assert again.returncode == 0, again.printed
        assert_whole(running, known)
        assert max(renewals(running).values(), default=0) <= 1
