# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs of the playbook that are killed at one call, by SIGKILL, with all that they started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from player import begun
from processes import wait
from truth import calls_made
from vsphere_sim.testing import RunningEstate

BEFORE, UNANSWERED, ANSWERED = "before", "unanswered", "answered"
PHASES = (BEFORE, UNANSWERED, ANSWERED)


def stop_rule(method: str, target: str | None, phase: str) -> dict[str, Any]:
    """The rule that holds the run right before a call, after it was executed, or after its answer: at the next call."""
    match = {"method": method} if target is None else {"method": method, "target": target}
    if phase == ANSWERED:
        return {"match": match, "times": 1, "then": {"match": {}, "effect": {"hold": "before"}}}
    return {"match": match, "times": 1, "effect": {"hold": "before" if phase == BEFORE else "after"}}


def kill_at(estate: RunningEstate, folder: Path, rule: dict[str, Any], **variables: Any) -> None:
    """Start the playbook, wait until the rule holds a call, and kill the run: what is left of it when it is left."""
    estate.fault(rule)
    with begun(estate, folder, "killed", **variables) as run:
        wait(lambda: run.ended or held(estate, rule), "the run did not come to the call in time")
        reached = not run.ended
    if not reached:
        raise AssertionError("the call was never made:\n" + run.printed)
    estate.clear_faults()


def kill_in(
    estate: RunningEstate,
    folder: Path,
    known: dict[str, str],
    calls: list[tuple[str, str]],
    index: int,
    phase: str,
    **variables: Any,
) -> list[tuple[str, str]]:
    """Kill a run at that one of its calls (method and label), when it has made these and no other; returns those that it made."""
    method, label = calls[index]
    rule = {**stop_rule(method, _target(method, label, known), phase), "after": calls[:index].count(calls[index])}
    kill_at(estate, folder, rule, **variables)
    # A call that was held is written down when it is released.
    expected = calls[: index + (phase != BEFORE)]
    wait(lambda: len(calls_made(estate, known)) >= len(expected), "the call was not written down")
    assert calls_made(estate, known) == expected
    return expected


def _target(method: str, label: str, known: dict[str, str]) -> str | None:
    if label == "-":
        return None
    return f"* {known[label]}" if "Provider" in method else known[label]


def held(estate: RunningEstate, rule: dict[str, Any]) -> bool:
    """Whether the last rule, which is this one or the one after it, holds a call now."""
    rules = estate.ask("GET", "/faults")
    return len(rules) == (2 if "then" in rule else 1) and bool(rules[-1]["hits"]) and _executed(estate, rules[-1])


def _executed(estate: RunningEstate, rule: dict[str, Any]) -> bool:
    """A call that is held after it was executed counts as hit a moment before it is executed."""
    return rule["effect"].get("hold") != "after" or bool(rule["held"])
