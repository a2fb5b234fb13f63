# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans, and a world in which the turns of one are carried out: steps fail, hosts fall asleep, clusters get short of hosts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.availability import held_back
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rollout import Course, Next, Taken, next_turn
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import VERIFY, Turn
from hypothesis import strategies as st

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=timezone.utc)
TURN_SECONDS = 60.0
# By a letter for each: the steps of a host, and whether vCenter has a connection to it.
KINDS: dict[str, tuple[tuple[str, ...], bool]] = {
    "due": (("renew", "reconnect", "reregister"), True),
    "standalone": (("renew", "reconnect"), True),
    "lost": (("reconnect", "reregister"), False),
    "not_taken_up": (("reconnect", "reregister"), True),
    "cli": (("renew_cli", "reconnect_pinned", "renew", "reconnect", "reregister"), True),
    "cli_lost": (("renew_cli", "reconnect_pinned", "renew", "reconnect", "reregister"), False),
    "thumbprint": (("renew_cli", "reconnect_pinned", "reregister"), True),
    "custom": (("renew_custom_ca", "reconnect", "reregister"), True),
    "provider": (("reregister",), True),
    "distrusting": (("repair_trust", "reregister"), True),
    "due_distrusting": (("renew", "reconnect", "repair_trust", "reregister"), True),
    "sound": ((), True),
    "gone": ((), False),
}
GOES = frozenset({"reconnect", "reconnect_pinned"})


def planned(name: str, kind: str, cluster: Optional[str] = "a", fallback: bool = False) -> dict[str, Any]:
    """A host as a plan shows it, as far as turns go by it."""
    steps, connected = KINDS[kind]
    return {
        "esxi_host": name,
        "datacenter": "dc1",
        "cluster": cluster,
        "steps": list(steps),
        "connection_state": "connected" if connected else "notResponding",
        "cli_fallback": fallback,
    }


def plan_of(
    *hosts: dict[str, Any], batch: int = 12, canary: int = 0, per_cluster: int = 1, max_failures: int = 0, orphans: bool = False
) -> dict[str, Any]:
    """A plan of these hosts. As in a real one those come first that are away."""
    ordered = sorted((one for one in hosts if one["steps"]), key=lambda one: one["connection_state"] == "connected")
    names = [one["esxi_host"] for one in ordered]
    first = min(canary, len(names))
    batches = [names[:first]] if first else []
    batches += [names[start : start + batch] for start in range(first, len(names), batch)]
    return {
        "policy": {"canary": canary, "per_cluster": per_cluster, "max_failures": max_failures},
        "hosts": list(hosts),
        "batches": batches,
        "away": [one for one in hosts if one["connection_state"] != "connected"],
        "orphans": [{"steps": ["remove_orphan"]}] if orphans else [],
    }


@st.composite
def plans(draw: st.DrawFn, calm: bool = False) -> dict[str, Any]:
    """Plans. Where it is calm nobody is away who is not back before others of its cluster go."""
    kinds = [kind for kind in KINDS if not calm or kind not in ("gone", "cli_lost")]
    rows = draw(st.lists(st.tuples(st.sampled_from(kinds), st.sampled_from(["a", "b", None])), max_size=10))
    hosts = [planned(f"esx{number}", kind, cluster) for number, (kind, cluster) in enumerate(rows)]
    return plan_of(
        *hosts,
        batch=draw(st.integers(1, 4)),
        canary=draw(st.integers(0, 2)),
        per_cluster=draw(st.integers(1, 2)),
        max_failures=draw(st.integers(0, 2)),
        orphans=draw(st.booleans()),
    )


@dataclass
class World:
    """Carries turns out. failing: by host and step. asleep: who falls asleep before which step. wrong: who is not as it should be at
    the end. lost: the numbers of turns that end without a result of any host. refusing: by host and step what vCenter refuses, where the host's own
    CLI may do it instead."""

    plan: dict[str, Any]
    failing: frozenset[tuple[str, str]] = frozenset()
    asleep: frozenset[tuple[str, str]] = frozenset()
    wrong: frozenset[str] = frozenset()
    lost: frozenset[int] = frozenset()
    refusing: frozenset[tuple[str, str]] = frozenset()
    refused: dict[str, list[str]] = field(default_factory=dict)
    check_mode: bool = False
    results: list[dict[str, Any]] = field(default_factory=list)
    verified: list[dict[str, Any]] = field(default_factory=list)
    taken: tuple[Taken, ...] = ()
    failure: str = ""
    # What happened: each turn that was given, with what was known before it.
    given: list[tuple[Turn, bool, frozenset[str]]] = field(default_factory=list)
    most_away: Counter[Any] = field(default_factory=Counter)
    now: datetime = NOW
    last: Optional[Next] = None
    window_end: Optional[datetime] = None

    def __post_init__(self) -> None:
        self._places = {one["esxi_host"]: one["cluster"] or one["esxi_host"] for one in self.plan["hosts"]}
        self.away = {one["esxi_host"] for one in self.plan["away"]}
        self.away_before = Counter(self._places[name] for name in self.away)

    def run(self) -> World:
        """To the end: the plan's turns, after a failure what is in flight, and the last look."""
        failed_twice = False
        most = 3 * len(self.plan["hosts"]) + 10 + 5 * len(self.plan["batches"])
        while not failed_twice and self._turn(closing=False):
            failed_twice = self._broke_again
            most -= 1
            assert most > 0, "it does not end"
        self._turn(closing=True)
        return self

    def taken_by(self, name: str) -> list[tuple[str, str]]:
        """The steps of a host and what became of each, in order."""
        return [(one["step"], one["status"]) for one in self.results if one["esxi_host"] == name]

    def _turn(self, closing: bool) -> bool:
        so_far = (tuple(self.results), self.taken, tuple(self.verified))
        course = Course(*so_far, self.failure, self.check_mode, closing, self.refused, self.window_end)
        self.last = found = next_turn(self.plan, course, self.now)
        self.results += found.results
        self.taken = tuple(Taken.from_facts(one.to_facts()) for one in found.taken)
        self._broke_again = False
        if found.stopped:
            self.failure = found.stopped
            return True
        if found.turn is None:
            return False
        before = self.failure
        self.given.append(
            (found.turn, bool(before), frozenset(one["esxi_host"] for one in self.results if one["status"] == "changed"))
        )
        self._carry_out(found.turn, len(self.given))
        self._broke_again = bool(before) and self.failure != before
        self.now += timedelta(seconds=TURN_SECONDS)
        return True

    def _carry_out(self, turn: Turn, number: int) -> None:
        if number in self.lost:
            self.failure += "vCenter did not answer. "
            return
        if VERIFY in turn.steps:
            known = {one["esxi_host"] for one in self.verified}
            self.verified += [{"esxi_host": name, "verified": name not in self.wrong} for name in turn.hosts if name not in known]
            bad = [name for name in turn.hosts if name in self.wrong]
            self.failure += "It is not as it should be. " if len(bad) > turn.max_failures else ""
            return
        failures = 0
        for name in turn.hosts:
            for step in turn.steps:
                if (name, step) in self.refusing and turn.number and not turn.refused:
                    self.refused.setdefault(step, []).append(name)
                    continue
                failures += self._step(name, step, begun=failures <= turn.max_failures)
        self.failure += "Too many failed. " if failures > turn.max_failures else ""

    def _step(self, name: str, step: str, begun: bool) -> bool:
        """Whether it failed."""
        told = [one for one in self.results if one["esxi_host"] == name]
        if any(one["status"] in ("failed", "not_started", "asleep") for one in told):
            return False
        status = "changed" if begun else "not_started"
        if begun and (name, step) in self.asleep:
            status = "asleep"
        elif begun and (name, step) in self.failing:
            status = "failed"
        goes = step in GOES or step == "renew_cli"
        if status in ("changed", "failed") and goes and not self._may_go(name, step):
            status = "not_started"
        if status in ("changed", "failed") and goes and not self.check_mode:
            self.away.add(name)
            place = self._places[name]
            self.most_away[place] = max(self.most_away[place], sum(1 for one in self.away if self._places[one] == place))
            if status == "changed" and step in GOES:
                self.away.discard(name)
        self.results.append(
            {
                "esxi_host": name,
                "step": step,
                "status": status,
                "failed": status == "failed",
                "changed": status == "changed",
                "after": {"connection_state": "disconnected" if status == "failed" else "connected"} if step in GOES else None,
                "backup": "/etc/vmware/ssl/old" if step == "renew_cli" else None,
            }
        )
        return status == "failed"

    def _may_go(self, name: str, step: str) -> bool:
        """As the modules and the role of the CLI look at it."""
        if step == "renew_cli":
            return not held_back(self.plan, self.results, [name], at_once=True)
        others = [one for one in self.away if one != name and self._places[one] == self._places[name]]
        predicted = {one["esxi_host"] for one in self.results if one["step"] in GOES and one["status"] == "changed"}
        others = [one for one in others if not (self.check_mode and one in predicted)]
        return name in self.away or len(others) < self.plan["policy"]["per_cluster"]
