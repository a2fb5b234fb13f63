# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that somebody removes from vCenter or renames while a run is at it: its failure is its own, and what was begun of the others is finished."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
from crash_points import CALLS, EVERYTHING, RECONNECT, RESTART, UNREGISTER
from killing import BEFORE, held, stop_rule
from player import begun, play
from processes import wait
from small_estates import EVERY_KIND, small_estate
from truth import NEVER, calls_made, foreign_providers, outcome, sound_outcome
from vsphere_sim.testing import RunningEstate

PROMISE = "A host that is removed or renamed during a run fails alone: what was begun of the others is finished"
# Whose host goes where a call is about none.
OF_ALL = "expiring"
NEW_NAME = "127.99.99.99"
# The provider of a host that is gone is waited for to the end of this: it is known only then that it does not come.
WAITED_SECONDS = 40
WAYS: dict[str, dict[str, Any]] = {"removed": {"removed": True}, "renamed": {"name": NEW_NAME}}
# A host in the middle of its own work, and one whose provider is gone when SPS is to register all again.
REDUCED = {(RECONNECT, "expiring", "removed"), (UNREGISTER, "expiring", "renamed"), (RESTART, "-", "removed")}
CASES = [
    pytest.param(index, way, id=f"{index:02}-{method}-{label}-{way}")
    for index, (method, label) in enumerate(CALLS)
    for way in WAYS
    # Of two restarts the one after which the most is registered.
    if EVERYTHING or ((method, label, way) in REDUCED and index > len(CALLS) // 2)
]


def sound_or_untouched(running: RunningEstate, known: dict[str, str], touched: set[str]) -> None:
    """Of these hosts those that a run touched are sound."""
    others = {label: name for label, name in known.items() if label in touched}
    assert outcome(running, others) == {label: sound_outcome() for label in others}


@pytest.mark.parametrize(("index", "way"), CASES)
def test_a_host_that_goes_during_a_run(
    index: int, way: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    method, label = CALLS[index]
    with small_estate(tmp_path, EVERY_KIND) as (running, known):
        foreign = foreign_providers(running, known)
        gone = OF_ALL if label == "-" else label
        others = {one: name for one, name in known.items() if one != gone}
        target = None if label == "-" else f"*{known[label]}*"
        rule = {**stop_rule(method, target, BEFORE), "after": CALLS[:index].count(CALLS[index])}
        running.fault(rule)
        with begun(running, tmp_path, "first", certops_concurrency=1, certops_reregister_timeout_seconds=WAITED_SECONDS) as run:
            wait(lambda: run.ended or held(running, rule), "the run did not come to the call in time")
            assert not run.ended, run.printed
            running.set("host", host=known[gone], **WAYS[way])
            running.clear_faults()
            status = run.result()
            printed = run.printed
        assert status in (0, 2), printed
        assert "Traceback" not in printed
        touched = {one for _method, one in calls_made(running, known)} & set(others)
        sound_or_untouched(running, others, touched)
        # The host is named by the name that it had when the run began.
        assert status == 0 or known[gone] in printed, printed

        # What a host needs under its new name is another plan's, and waits for a network that knows it.
        others_alone = {"certops_skip": [NEW_NAME]} if way == "renamed" else {}
        again = play(running, tmp_path, certops_concurrency=1, **others_alone)
        assert "Traceback" not in again.printed
        assert again.returncode == 0, again.printed
        sound_or_untouched(running, others, set(others))
        assert [one for one in foreign if one in foreign_providers(running, known)] == foreign
        assert not [call for call in running.journal() if call["method"] in NEVER]
