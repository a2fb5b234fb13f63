# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The turns of a run: nobody twice, never too many away, after a failure only what is in flight, and in check mode the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rollout import Course, members_of, next_turn
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import VERIFY, Turn, planned_turns, title
from ansible_collections.certops.vsphere.tests.unit.rollout_world import NOW, TURN_SECONDS, World, plan_of, planned, plans
from hypothesis import given
from hypothesis import strategies as st

STEPS = st.sampled_from(["renew_cli", "reconnect_pinned", "renew", "renew_custom_ca", "reconnect", "repair_trust", "reregister"])
HOSTS = st.integers(0, 9).map("esx{}".format)
SOME = st.frozensets(st.tuples(HOSTS, STEPS), max_size=4)


def turns_of(plan: dict[str, Any]) -> tuple[Turn, ...]:
    """The turns that the plan shows."""
    policy = plan["policy"]
    return planned_turns(
        members_of(plan),
        plan["batches"],
        canary=policy["canary"] > 0,
        max_failures=policy["max_failures"],
        orphans=bool(plan["orphans"]),
    )


def worlds(check_mode: bool = False) -> st.SearchStrategy[World]:
    """Worlds in which much goes wrong."""
    return st.builds(
        World,
        plan=plans(),
        failing=SOME,
        asleep=SOME,
        wrong=st.frozensets(HOSTS, max_size=2),
        lost=st.frozensets(st.integers(1, 12), max_size=2),
        check_mode=st.just(check_mode),
    )


@given(worlds())
def test_whatever_goes_wrong_it_ends_and_nobody_takes_a_step_twice(world: World) -> None:
    world.run()
    times = Counter((one["esxi_host"], one["step"]) for one in world.results)
    assert max(times.values(), default=1) == 1
    plan = {one["esxi_host"]: one["steps"] for one in world.plan["hosts"]}
    for turn, _failed, _changed in world.given:
        assert len(set(turn.hosts)) == len(turn.hosts)
    for name in plan:
        taken = [one["step"] for one in world.results if one["esxi_host"] == name]
        assert taken == [step for step in plan[name] if step in taken], "in the order of the plan"
        ended = [one["status"] in ("failed", "not_started", "asleep") for one in world.results if one["esxi_host"] == name]
        assert not any(ended[:-1]), "who failed takes no further step"


@given(worlds())
def test_never_are_more_hosts_of_a_cluster_away_than_may_be(world: World) -> None:
    world.run()
    for place, most in world.most_away.items():
        assert most <= max(world.plan["policy"]["per_cluster"], world.away_before[place])


@given(worlds())
def test_after_a_failure_only_who_was_begun_is_finished(world: World) -> None:
    world.run()
    for turn, failed, changed in world.given:
        if failed and turn.steps != (VERIFY,):
            assert turn.number == 0
            assert turn.in_flight
            assert set(turn.hosts) <= changed
        if not failed:
            assert turn.number > 0


@given(plans(calm=True))
def test_where_nothing_goes_wrong_the_turns_are_those_of_the_plan_and_all_steps_are_taken(plan: dict[str, Any]) -> None:
    world = World(plan).run()
    assert world.failure == ""
    assert [(turn.number, turn.steps, turn.hosts) for turn, _failed, _changed in world.given[:-1]] == [
        (turn.number, turn.steps, turn.hosts) for turn in turns_of(plan)[: len(world.given) - 1]
    ]
    assert {(one["esxi_host"], one["step"]) for one in world.results} == {
        (host["esxi_host"], step) for host in plan["hosts"] for step in host["steps"]
    }
    assert {one["esxi_host"] for one in world.verified} == {host["esxi_host"] for host in plan["hosts"] if host["steps"]}


@given(plans(calm=True), SOME)
def test_check_mode_gives_the_turns_of_the_real_run(plan: dict[str, Any], asleep: frozenset[tuple[str, str]]) -> None:
    # Who falls asleep after its own CLI made its certificate is away from then on, which nobody knows before: it was awake when it was asked.
    by_cli = {host["esxi_host"] for host in plan["hosts"] if "renew_cli" in host["steps"]}
    asleep = frozenset((name, step) for name, step in asleep if name not in by_cli or step == "renew_cli")
    real = World(plan, asleep=asleep).run()
    predicted = World(plan, asleep=asleep, check_mode=True).run()
    if real.failure.startswith("It is not as it should be"):
        return
    assert predicted.failure == real.failure
    for host in plan["hosts"]:
        assert predicted.taken_by(host["esxi_host"]) == real.taken_by(host["esxi_host"])
    assert [(one.number, one.steps, one.hosts) for one in predicted.taken] == [
        (one.number, one.steps, one.hosts) for one in real.taken if one.steps != (VERIFY,)
    ]


@given(worlds(check_mode=True))
def test_in_check_mode_nothing_is_read_back_and_it_ends(world: World) -> None:
    world.run()
    assert all(VERIFY not in turn.steps for turn, _failed, _changed in world.given)


@given(worlds())
def test_each_turn_is_timed_when_the_next_is_asked_for(world: World) -> None:
    world.run()
    assert [one.seconds for one in world.taken[:-1]] == [TURN_SECONDS] * (len(world.taken) - 1)
    assert [one.began_at for one in world.taken] == [NOW + timedelta(seconds=TURN_SECONDS) * n for n in range(len(world.taken))]


def steps_given(world: World) -> list[tuple[str, tuple[str, ...]]]:
    """What was given, in short."""
    return [("+".join(turn.steps), turn.hosts) for turn, _failed, _changed in world.given]


def test_the_canary_goes_through_all_steps_before_the_others() -> None:
    plan = plan_of(planned("a1", "due"), planned("a2", "due"), planned("p", "provider"), canary=1, orphans=True)
    assert steps_given(World(plan).run()) == [
        ("renew", ("a1",)),
        ("reconnect", ("a1",)),
        ("reregister", ("a1",)),
        ("verify", ("a1",)),
        ("renew", ("a2",)),
        ("reconnect", ("a2",)),
        ("reregister", ("a2", "p")),
        ("remove_orphan", ()),
        ("verify", ("a1", "a2", "p")),
    ]
    numbers = [turn.to_facts()["number"] for turn in turns_of(plan)]
    assert numbers == list(range(1, 10))
    assert [turn.to_facts()["canary"] for turn in turns_of(plan)] == [True] * 4 + [False] * 5


def test_what_the_canary_read_back_is_not_read_again() -> None:
    world = World(plan_of(planned("a1", "due"), canary=1)).run()
    assert [step for step, _hosts in steps_given(world)] == ["renew", "reconnect", "reregister", "verify"]
    assert world.last is not None
    assert world.last.why == "it was read back before, and nothing was started since"


def test_where_nobody_followed_the_canary_all_are_read_in_the_end() -> None:
    plan = plan_of(planned("a1", "due"), planned("b1", "due", "b"), canary=1)
    [of_canary] = [turn for turn in turns_of(plan) if turn.canary and turn.steps == (VERIFY,)]
    assert of_canary.only_these
    assert not any(turn.only_these for turn in turns_of(plan_of(planned("a1", "due"), canary=1)))
    # It was stopped then: of the vCenter and of the others nothing was read that a report could tell.
    given = steps_given(World(plan, wrong=frozenset({"a1"})).run())
    assert given[-2:] == [("verify", ("a1",)), ("verify", ("a1",))]


@pytest.mark.parametrize("step", ["renew", "reconnect", "reregister"])
def test_nobody_follows_a_canary_that_failed(step: str) -> None:
    plan = plan_of(planned("a1", "due"), planned("a2", "due"), canary=1, max_failures=1)
    world = World(plan, failing=frozenset({("a1", step)})).run()
    begun = {one["esxi_host"] for one in world.results if one["step"] == "renew" and one["status"] == "changed"}
    # One may fail. But where nothing of the canary failed at once, others learn from what it left.
    assert begun <= ({"a1"} if step == "reregister" else {"a1", "a2"})
    wrong = World(plan, wrong=frozenset({"a1"})).run()
    assert {one["esxi_host"] for one in wrong.results} == {"a1"}


def test_a_host_of_the_canary_that_failed_keeps_no_other_of_it_half_way() -> None:
    plan = plan_of(planned("lost", "lost"), planned("a1", "due"), planned("b1", "due", "b"), planned("b2", "due", "b"), canary=3)
    assert steps_given(World(plan, failing=frozenset({("b1", "renew")})).run()) == [
        ("reconnect", ("lost",)),
        ("renew", ("a1", "b1")),
        # b2 was not started.
        ("reconnect", ("a1",)),
        ("reregister", ("lost", "a1")),
        ("verify", ("lost", "a1")),
    ]


@pytest.mark.parametrize("what", ["reregister", "verify"])
def test_where_a_provider_of_the_canary_does_not_come_back_no_other_is_unregistered(what: str) -> None:
    plan = plan_of(planned("a1", "due"), planned("b1", "due", "b"), planned("p", "provider"), canary=2)
    failing = frozenset({("a1", "reregister")}) if what == "reregister" else frozenset()
    world = World(plan, failing=failing, wrong=frozenset({"a1"})).run()
    assert [step for step, _hosts in steps_given(world)].count("reregister") == 1
    assert world.taken_by("p") == []


def test_a_failure_that_only_results_tell_of_stops_it_too() -> None:
    plan = plan_of(planned("a1", "due"), planned("b1", "due", "b"), canary=1)
    failed = {"esxi_host": "a1", "step": "renew", "status": "failed", "failed": True, "after": None}
    found = next_turn(plan, Course(results=[failed]), NOW)
    assert found.turn is None
    assert found.stopped == found.why == "a1 failed."
    told = next_turn(plan, Course(results=[{**failed, "error": "It broke. Mend it."}]), NOW)
    assert told.stopped == "It broke. Mend it."
    again = {**failed, "step": "reregister"}
    plan["policy"]["max_failures"] = 3
    assert next_turn(plan, Course(results=[again]), NOW).stopped == "The canary failed."
    bad = [{"esxi_host": "a1", "verified": False}]
    assert next_turn(plan, Course(verified=bad), NOW).stopped == "The canary failed verification."


def test_a_canary_that_fell_asleep_is_no_canary() -> None:
    plan = plan_of(planned("a1", "due"), planned("a2", "due"), canary=1)
    for check_mode in (False, True):
        world = World(plan, asleep=frozenset({("a1", "renew")}), check_mode=check_mode).run()
        assert world.failure == (
            "a1 went into standby before anything was begun, and was to go first. Nothing was changed. Run again:"
            " another host goes first then."
        )
        assert steps_given(world)[0] == ("renew", ("a1",))
        assert [hosts for _step, hosts in steps_given(world)[1:] if hosts] == []


def test_a_host_that_fell_asleep_half_way_is_looked_at_in_the_end() -> None:
    world = World(plan_of(planned("a1", "due"), planned("b1", "due", "b")), asleep=frozenset({("a1", "reconnect")})).run()
    assert steps_given(world)[-1] == ("verify", ("a1", "b1"))
    fresh = World(plan_of(planned("a1", "due"), planned("b1", "due", "b")), asleep=frozenset({("a1", "renew")})).run()
    assert steps_given(fresh)[-1] == ("verify", ("b1",))


def test_what_made_its_own_certificate_gets_one_of_vmca_after_another_failed() -> None:
    plan = plan_of(planned("a1", "cli"), planned("b1", "due", "b"), planned("b2", "cli", "b"))
    world = World(plan, failing=frozenset({("b2", "renew_cli")})).run()
    assert steps_given(world) == [
        ("renew_cli+reconnect_pinned", ("a1", "b2")),
        ("renew", ("a1",)),
        ("reconnect", ("a1",)),
        ("reregister", ("a1",)),
        ("verify", ("a1",)),
    ]
    assert [turn.number for turn, _failed, _changed in world.given] == [1, 0, 0, 0, 5]


def test_what_vcenter_refused_to_renew_its_own_cli_does_before_the_others_go_on() -> None:
    plan = plan_of(planned("a1", "due"), planned("b1", "due", "b"))
    world = World(plan, refusing=frozenset({("a1", "renew")})).run()
    assert steps_given(world) == [
        ("renew", ("a1", "b1")),
        ("renew_cli+reconnect_pinned", ("a1",)),
        ("renew", ("a1",)),
        ("reconnect", ("a1", "b1")),
        ("reregister", ("a1", "b1")),
        ("verify", ("b1", "a1")),
    ]
    assert [(turn.number, turn.refused) for turn, _failed, _changed in world.given][:4] == [
        (1, False),
        (1, True),
        (1, True),
        (2, False),
    ]
    assert world.failure == ""


def test_whom_vcenter_refused_to_reconnect_its_own_cli_brings_back() -> None:
    plan = plan_of(planned("a1", "lost"), planned("b1", "due", "b"), max_failures=1)
    world = World(plan, refusing=frozenset({("a1", "reconnect")})).run()
    assert steps_given(world)[:5] == [
        ("reconnect", ("a1",)),
        ("renew_cli+reconnect_pinned", ("a1",)),
        ("renew", ("a1",)),
        ("reconnect", ("a1",)),
        ("renew", ("b1",)),
    ]
    # Its certificate is of its own making when VMCA issues none: it takes no further step, and another is finished.
    failed = World(plan, refusing=frozenset({("a1", "reconnect")}), failing=frozenset({("a1", "renew")})).run()
    assert steps_given(failed)[3:5] == [("renew", ("b1",)), ("reconnect", ("b1",))]


def test_after_a_failure_who_was_taken_back_with_its_own_certificate_gets_one_of_vmca() -> None:
    plan = plan_of(planned("a1", "lost"), planned("b1", "lost", "b"))
    refusing = frozenset({("a1", "reconnect"), ("b1", "reconnect")})
    world = World(plan, refusing=refusing, failing=frozenset({("b1", "renew_cli")})).run()
    assert steps_given(world) == [
        ("reconnect", ("a1", "b1")),
        ("renew_cli+reconnect_pinned", ("a1", "b1")),
        ("renew", ("a1",)),
        ("reconnect", ("a1",)),
        ("reregister", ("a1",)),
        ("verify", ("a1",)),
    ]


def test_in_mode_thumbprint_a_host_is_finished_without_another_certificate() -> None:
    plan = plan_of(planned("a1", "thumbprint"), planned("b1", "thumbprint", "b"))
    world = World(plan, failing=frozenset({("b1", "renew_cli")})).run()
    assert steps_given(world)[1:] == [("reregister", ("a1",)), ("verify", ("a1",))]


def test_others_of_a_cluster_that_is_short_wait_and_are_told_why() -> None:
    plan = plan_of(planned("a1", "lost"), planned("a2", "due"), planned("b1", "due", "b"), max_failures=1)
    world = World(plan, failing=frozenset({("a1", "reconnect")})).run()
    (held,) = [one for one in world.results if one["status"] == "not_started"]
    assert held["esxi_host"] == "a2"
    assert "a1 of the same cluster is away from vCenter" in held["reason"]
    assert ("renew", ("b1",)) in steps_given(world)


def test_in_check_mode_a_step_after_a_certificate_that_was_not_made_is_as_planned() -> None:
    world = World(plan_of(planned("a1", "cli"), planned("b1", "due", "b")), check_mode=True).run()
    predicted = [one for one in world.results if one["esxi_host"] == "a1" and "reason" in one]
    assert [(one["step"], one["after"]) for one in predicted] == [
        ("renew", {"renewed": True}),
        ("reconnect", {"reconnected": True}),
    ]
    assert ("renew", ("b1",)) in steps_given(world)


def test_a_host_that_left_the_plan_is_in_no_turn() -> None:
    (only,) = [
        turn
        for turn in planned_turns([], [["stranger"]], canary=False, max_failures=0, orphans=True)
        if turn.hosts == () and turn.number == 1
    ]
    assert only.steps == ("remove_orphan",)


def test_lists_of_cas_are_completed_before_providers_are_re_registered() -> None:
    plan = plan_of(planned("a1", "distrusting"), planned("b1", "due_distrusting", "b"), planned("c1", "provider", "c"), canary=1)
    steps = [turn.steps for turn in turns_of(plan)]
    assert steps == [
        *(("repair_trust",), ("reregister",), (VERIFY,)),
        *(("renew",), ("reconnect",), ("repair_trust",), ("reregister",), (VERIFY,)),
    ]
    assert turns_of(plan)[0].canary


def test_nobody_follows_a_canary_whose_list_could_not_be_completed() -> None:
    plan = plan_of(planned("a1", "distrusting"), planned("b1", "provider", "b"), canary=1, max_failures=2)
    world = World(plan, failing=frozenset({("a1", "repair_trust")})).run()
    assert world.taken_by("a1") == [("repair_trust", "failed")]
    assert world.taken_by("b1") == []


def test_a_list_is_completed_of_who_was_renewed_before_another_failed() -> None:
    plan = plan_of(planned("a1", "due_distrusting"), planned("b1", "due", "b"))
    world = World(plan, failing=frozenset({("b1", "renew")})).run()
    assert [step for step, _status in world.taken_by("a1")] == ["renew", "reconnect", "repair_trust", "reregister"]


def test_a_turn_has_a_title() -> None:
    plan = plan_of(planned("a1", "cli"), planned("a2", "due"), canary=1)
    assert [title(turn.to_facts(), 2) for turn in turns_of(plan)][:2] == [
        "turn 1 of 2: renew_cli and reconnect_pinned a1 (canary)",
        "turn 2 of 2: renew a1 (canary)",
    ]
    assert title(Turn(0, ("reconnect",), ("a1", "a2"), "").to_facts(), 2) == "what was begun: reconnect a1, a2"


def test_an_empty_plan_has_no_turn() -> None:
    plan = plan_of(planned("a1", "sound"))
    assert turns_of(plan) == ()
    for closing in (False, True):
        assert next_turn(plan, Course(closing=closing), NOW).turn is None
    assert next_turn(plan, Course(failure="The guard stopped it."), NOW).why == "The guard stopped it."
