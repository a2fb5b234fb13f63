# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a run would take on the real estate, turn by turn, by assumed durations: those that a maintenance window is reckoned by. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import ceil
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common.window import OF_A_HOST, OF_A_TURN
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import (
    RECONNECT,
    RECONNECT_PINNED,
    RENEW_CLI,
    REREGISTER,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.naming import Place, place_of

# The steps in which vCenter has no connection to a host for a moment.
AWAY = (RECONNECT, RECONNECT_PINNED, RENEW_CLI)
_SECONDS = {**OF_A_HOST, RECONNECT_PINNED: OF_A_HOST[RECONNECT]}
_SECONDS_A_MINUTE, _MINUTES_AN_HOUR = 60, 60


@dataclass(frozen=True)
class Side:
    """How many hosts go side by side: of a vCenter, and of one of its clusters."""

    concurrency: int
    per_cluster: int


@dataclass(frozen=True)
class TimedTurn:
    """A turn of a plan with when it begins and how long it takes, in seconds."""

    turn: Mapping[str, Any]
    begins: float
    seconds: float

    @property
    def ends(self) -> float:
        """When it is over."""
        return self.begins + self.seconds


@dataclass(frozen=True)
class Estimate:
    """turns: in their order. away: seconds without a connection to vCenter, by host. offline: until its provider is back, from its first step on, by
    host; only of those whose provider is registered anew."""

    turns: tuple[TimedTurn, ...]
    away: Mapping[str, float]
    offline: Mapping[str, float]

    @property
    def seconds(self) -> float:
        """All of it."""
        return self.turns[-1].ends if self.turns else 0.0


def estimate(report: Mapping[str, Any], side: Side) -> Estimate:
    """Of the plan that a report of a vCenter has."""
    places = {str(host["esxi_host"]): place_of(host) for host in report["hosts"]}
    turns: list[TimedTurn] = []
    away: dict[str, float] = {}
    began: dict[str, float] = {}
    offline: dict[str, float] = {}
    at = 0.0
    for turn in report["turns"]:
        timed = TimedTurn(turn, at, _seconds(turn, places, side))
        gone = sum(_SECONDS[step] for step in turn["steps"] if step in AWAY)
        for name in turn["esxi_hosts"]:
            began.setdefault(name, at)
            if gone:
                away[name] = away.get(name, 0.0) + gone
            if REREGISTER in turn["steps"]:
                offline[name] = timed.ends - began[name]
        turns.append(timed)
        at = timed.ends
    return Estimate(tuple(turns), away, offline)


def left_by_window(found: Estimate, seconds: float) -> list[str]:
    """Whom a window of so many seconds leaves to the next run: as a run does, no batch is begun that would not be finished in it, its providers included."""
    closing = sum(one.seconds for one in found.turns if one.turn["batch"] is None)
    at, left = 0.0, dict[str, None]()
    for number in sorted({one.turn["batch"] for one in found.turns if one.turn["batch"] is not None}):
        own = [one for one in found.turns if one.turn["batch"] == number]
        takes = sum(one.seconds for one in own)
        if left or at + takes + (0.0 if own[0].turn["canary"] else closing) > seconds:
            left.update(dict.fromkeys(name for one in own for name in one.turn["esxi_hosts"]))
        else:
            at += takes
    return list(left)


def assumed(report_turns: Sequence[Mapping[str, Any]], side: Side) -> str:
    """The durations that were assumed for the steps of some turns, in words."""
    steps = dict.fromkeys(step for turn in report_turns for step in turn["steps"])
    told = [
        f"{step} {lasting(OF_A_TURN[step])} a turn" if step in OF_A_TURN else f"{step} {lasting(_SECONDS[step])} a host"
        for step in steps
    ]
    return f"{', '.join(told)}; {side.concurrency} hosts at a time (certops_concurrency), {side.per_cluster} of a cluster (certops_per_cluster)"


def lasting(seconds: float) -> str:
    """A duration in words."""
    whole = round(seconds)
    if whole <= _SECONDS_A_MINUTE:
        return f"{whole} s"
    hours, rest = divmod(ceil(whole / _SECONDS_A_MINUTE), _MINUTES_AN_HOUR)
    return " ".join(f"{number} {unit}" for number, unit in ((hours, "h"), (rest, "min")) if number)


def _seconds(turn: Mapping[str, Any], places: Mapping[str, Optional[Place]], side: Side) -> float:
    """Of one that takes hosts one by one: as many rounds as the fullest cluster needs, or all of them."""
    if turn["steps"][0] in OF_A_TURN:
        return OF_A_TURN[turn["steps"][0]]
    hosts = turn["esxi_hosts"]
    crowds = Counter(place for name in hosts if (place := places.get(name)) is not None)
    rounds = max([ceil(len(hosts) / side.concurrency), *(ceil(number / side.per_cluster) for number in crowds.values())])
    return rounds * sum(_SECONDS[step] for step in turn["steps"])
