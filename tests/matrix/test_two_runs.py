# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs against one vCenter at the same time: the second notices, waits or stops, and nothing is lost or done twice."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Callable

import pytest
from crash_points import EVERYTHING, RECONNECT, RENEW, RESTART
from killing import held
from player import Running, begun, play
from processes import wait
from small_estates import EVERY_KIND, FEW, executed, small_estate
from truth import NEVER, assert_all_sound, foreign_providers, renewals
from vsphere_sim.testing import RunningEstate

PROMISE = "Of two runs against one vCenter the second waits or stops; no provider is lost, and no host is renewed twice"
# The second run has an account of its own, so that the journal tells whose call is whose.
SECOND = "second@vsphere.local"
MOST_RESTARTS = 2
# What a run that stops says of the other one.
NAMES_THE_OTHER = re.compile(r"somebody else|TaskInProgress|away from vCenter|is (STARTING|STOPPING)")


@dataclass(frozen=True)
class Moment:
    """When the second run is begun, and when the first may go on.

    rule: what the first run is held by; None where it is not held at all. until: what the second run says by then; None where it is at its end.
    """

    rule: dict[str, Any] | None
    until: str | None
    check: bool = False
    stuck: bool = False


def _hold(method: str, moment: str, **target: str) -> dict[str, Any]:
    """Hold the first run's first call of a method; target: for the host of this label."""
    return {"match": {"method": method, "username": "administrator*", **target}, "times": 1, "effect": {"hold": moment}}


MOMENTS = {
    "both-begin-together": Moment(None, None),
    "while-a-host-is-renewed": Moment(_hold(RENEW, "task", target="canary"), "which somebody else started"),
    "while-a-host-is-reconnected": Moment(_hold(RECONNECT, "task", target="canary"), "which somebody else started"),
    "before-sps-is-restarted": Moment(_hold(RESTART, "before"), None),
    "while-sps-restarts": Moment(None, "to finish its restart", stuck=True),
    "before-sps-is-restarted-in-check-mode": Moment(_hold(RESTART, "before"), None, check=True),
}
# In the reduced form only those hosts that every moment needs.
HOSTS = EVERY_KIND if EVERYTHING else FEW
# The two at which most is left undone by the first.
REDUCED = ("while-a-host-is-renewed", "before-sps-is-restarted")


@dataclass
class Two:
    """Both runs."""

    first: Running
    second: Running
    codes: list[int] = field(default_factory=list)


@pytest.mark.parametrize("name", [name for name in MOMENTS if EVERYTHING or name in REDUCED])
def test_two_runs_at_the_same_time(name: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("promise", PROMISE)
    with small_estate(tmp_path, HOSTS) as (running, known), ExitStack() as stack:
        moment = _at_host(MOMENTS[name], known)
        foreign = foreign_providers(running, known)
        running.set("account", vcenter="vc01", username=SECOND)
        two = _played(stack, running, tmp_path, moment)
        printed = f"FIRST:\n{two.first.printed}\nSECOND:\n{two.second.printed}"
        if moment.rule is not None or moment.stuck:
            assert two.codes[0] == 0, printed
        assert 0 in two.codes, printed
        for run, code in zip((two.first, two.second), two.codes, strict=True):
            assert code == 0 or NAMES_THE_OTHER.search(_message(run.printed)), printed
            assert "Traceback" not in run.printed
        assert_all_sound(running, known)
        _assert_nothing_twice(running)
        assert foreign_providers(running, known) == foreign
        if any(two.codes):
            again = play(running, tmp_path)
            assert again.returncode == 0, again.printed
            assert_all_sound(running, known)
            _assert_nothing_twice(running)


def _at_host(moment: Moment, known: dict[str, str]) -> Moment:
    """The moment with the host's name in its rule."""
    if moment.rule is None or "target" not in moment.rule["match"]:
        return moment
    match = {**moment.rule["match"], "target": known[moment.rule["match"]["target"]]}
    return replace(moment, rule={**moment.rule, "match": match})


def _played(stack: ExitStack, running: RunningEstate, folder: Path, moment: Moment) -> Two:
    """Have both runs come to their ends."""
    if moment.stuck:
        running.set("sps", vcenter="vc01", stuck=True)
    if moment.rule is not None:
        running.fault(moment.rule)
    first = stack.enter_context(begun(running, folder, "first"))
    if moment.rule is not None:
        rule = moment.rule
        wait(lambda: first.ended or _holds(running, rule), "the first run did not come to the moment in time")
        assert not first.ended, first.printed
    if moment.stuck:
        wait(lambda: first.ended or _sps_state(running) == "STARTING", "the first run did not restart SPS in time")
    arguments = ["--check"] if moment.check else []
    second = stack.enter_context(
        begun(running, folder, "second", *arguments, certops_vcenter_username=SECOND, certops_progress_seconds=1)
    )
    if moment.until is not None:
        text = moment.until
        wait(lambda: second.ended or text in second.printed, "the second run did not say that it waits")
        assert text in second.printed, second.printed
        assert not second.ended
    elif moment.rule is not None:
        second.result()
    running.clear_faults()
    if moment.stuck:
        running.set("sps", vcenter="vc01", stuck=False)
    two = Two(first, second)
    two.codes = [first.result(), second.result()]
    return two


def _holds(running: RunningEstate, rule: dict[str, Any]) -> bool:
    return bool(running.ask("GET", "/faults")[-1]["held"]) and held(running, rule)


def _sps_state(running: RunningEstate) -> str:
    return str(running.state()["vcenters"][0]["sps"]["state"])


def _assert_nothing_twice(running: RunningEstate) -> None:
    """No host was renewed twice, no run restarted SPS more often than alone, and nothing harmful was called."""
    assert set(renewals(running).values()) == {1}
    restarts = Counter(call["username"] for call in running.journal() if call["method"] == RESTART and executed(call))
    # The third run has the first one's account.
    assert all(count <= MOST_RESTARTS * (1 if user == SECOND else 2) for user, count in restarts.items()), restarts
    assert not [call for call in running.journal() if call["method"] in NEVER]


def _message(printed: str) -> str:
    """What a run printed, as one line: Ansible wraps what it prints."""
    return " ".join(printed.split())
