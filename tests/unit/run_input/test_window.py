# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A maintenance window: when it ends, and that nothing is begun that would not be finished by then, and nothing is left half-way."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.window import fits, seconds_of
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rollout import Taken
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import Turn
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.window_end import WindowProblem, window_end
from ansible_collections.certops.vsphere.tests.unit.rollout_world import NOW, World, plan_of, planned, plans
from hypothesis import given
from hypothesis import strategies as st

# Midwinter in Berlin, an hour ahead of UTC.
EVENING = datetime(2026, 12, 1, 22, 30, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "end"),
    [
        ("3h", EVENING + timedelta(hours=3)),
        ("1.5 hours", EVENING + timedelta(minutes=90)),
        ("90min", EVENING + timedelta(minutes=90)),
        ("04:00 Europe/Berlin", datetime(2026, 12, 2, 3, 0, tzinfo=timezone.utc)),
        ("23:45 Europe/Berlin", datetime(2026, 12, 1, 22, 45, tzinfo=timezone.utc)),
        ("4:00 UTC", datetime(2026, 12, 2, 4, 0, tzinfo=timezone.utc)),
        ("04:00 +05:30", datetime(2026, 12, 1, 22, 30, tzinfo=timezone.utc) + timedelta(days=1)),
        ("01:00 -02:00", datetime(2026, 12, 2, 3, 0, tzinfo=timezone.utc)),
        ("2026-12-02T04:00+01:00", datetime(2026, 12, 2, 3, 0, tzinfo=timezone.utc)),
        ("2026-12-02T03:00:00Z", datetime(2026, 12, 2, 3, 0, tzinfo=timezone.utc)),
    ],
)
def test_an_end_is_a_duration_or_a_time_with_its_zone(value: str, end: datetime) -> None:
    if end - EVENING > timedelta(hours=12):
        with pytest.raises(WindowProblem, match="more than 12 hours ahead"):
            window_end(value, EVENING)
    else:
        assert window_end(value, EVENING) == end


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (79200, "YAML reads 22:00 without quotes as a number"),
        (22.5, "it is not text"),
        (True, "it is not text"),
        ("22:00", "it cannot be read; give a duration"),
        ("soon", "it cannot be read"),
        ("2026-12-02T04:00", "it has no zone"),
        ("2026-12-01T04:00Z", "it has passed"),
        ("0h", "it has passed"),
        ("13h", "more than 12 hours ahead"),
        ("22:00 UTC", "more than 12 hours ahead"),
        ("04:00 Europe/Atlantis", "knows no time zone Europe/Atlantis"),
        ("04:00 ../etc/passwd", "knows no time zone"),
        ("25:00 UTC", "it cannot be read"),
    ],
)
def test_what_could_be_meant_otherwise_is_refused(value: Any, problem: str) -> None:
    with pytest.raises(WindowProblem) as caught:
        window_end(value, EVENING)
    assert problem in str(caught.value)


def turn(step: str, hosts: int) -> Turn:
    """A turn of so many hosts."""
    return Turn(1, (step,), tuple(f"esx{number}" for number in range(hosts)), "why")


def test_what_was_measured_is_taken_before_what_was_assumed() -> None:
    turns = [turn("renew", 4), turn("reregister", 4)]
    assert seconds_of(turns, ()) == 4 * 10 + 420
    taken = [Taken(1, ("renew",), 2, NOW, 50.0), Taken(2, ("reregister",), 1, NOW, 100.0), Taken(3, ("renew",), 1, NOW, None)]
    assert seconds_of(turns, taken) == 4 * 25 + 100
    assert fits(turns, taken, NOW, NOW + timedelta(seconds=200))
    assert not fits(turns, taken, NOW, NOW + timedelta(seconds=199))


FLEET = [planned(f"esx{number}", "due") for number in range(4)]


def begun(world: World) -> list[str]:
    """The hosts that a step changed."""
    return sorted({one["esxi_host"] for one in world.results if one["status"] == "changed"})


def test_a_batch_that_would_not_be_finished_is_left_to_the_next_run_and_what_was_begun_is_finished() -> None:
    # The canary takes four turns of a minute; a batch of one host three, as was measured then, and the closing look as long as assumed.
    world = World(plan_of(*FLEET, batch=1, canary=1), window_end=NOW + timedelta(minutes=9.5)).run()
    assert begun(world) == ["esx0", "esx1"]
    assert world.taken_by("esx1") == [("renew", "changed"), ("reconnect", "changed"), ("reregister", "changed")]
    assert world.taken_by("esx3") == [("renew", "not_started")]
    assert [one["verified"] for one in world.verified] == [True, True]
    assert world.failure == ""
    [reason] = {one["reason"] for one in world.results if one["status"] == "not_started"}
    assert reason == "window: it would not be finished before the window ends, at 2026-03-01 03:09 UTC (certops_window_end)"


def test_a_canary_that_would_not_be_finished_leaves_everything() -> None:
    world = World(plan_of(*FLEET, batch=2, canary=1), window_end=NOW + timedelta(minutes=3)).run()
    assert (begun(world), world.given, world.failure) == ([], [], "")
    assert {one["status"] for one in world.results} == {"not_started"}


def test_where_sps_restarts_for_others_anyway_who_only_needs_that_is_with_them() -> None:
    hosts = [*FLEET, planned("esx9", "provider")]
    assert "esx9" in begun(World(plan_of(*hosts, batch=1, canary=1), window_end=NOW + timedelta(minutes=9.5)).run())
    alone = World(plan_of(planned("esx9", "provider")), window_end=NOW + timedelta(minutes=3)).run()
    assert alone.taken_by("esx9") == [("reregister", "not_started")]
    assert begun(World(plan_of(planned("esx9", "provider")), window_end=NOW + timedelta(hours=1)).run()) == ["esx9"]


def test_check_mode_asks_for_no_window() -> None:
    world = World(plan_of(*FLEET, canary=1), check_mode=True, window_end=NOW).run()
    assert begun(world) == [one["esxi_host"] for one in FLEET]


@given(plans(calm=True), st.integers(0, 60))
def test_whatever_the_window_nobody_is_left_half_way(plan: dict[str, Any], minutes: int) -> None:
    world = World(plan, window_end=NOW + timedelta(minutes=minutes)).run()
    for host in plan["hosts"]:
        taken = [step for step, status in world.taken_by(host["esxi_host"]) if status == "changed"]
        assert taken in ([], host["steps"])
    assert world.failure == ""
