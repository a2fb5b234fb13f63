# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The turns of a run as its plan has them: in which order which hosts take which step, the canary before all others.

Pure. A turn is what one call of a step's module does, on the hosts of one batch. rollout.py says which of them comes next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence

from .._common.notice import few
from .rules import RECONNECT, RECONNECT_PINNED, REMOVE_ORPHAN, RENEW, RENEW_CLI, RENEW_CUSTOM_CA, REPAIR_TRUST, REREGISTER

# Reading back what was worked on. No host's step, and so in no plan of a host.
VERIFY = "verify"

RENEWING = frozenset({RENEW, RENEW_CLI, RENEW_CUSTOM_CA})


@dataclass(frozen=True)
class Member:
    """A host of the plan, as far as turns go by it. fallback: whether its own CLI may renew it where vCenter refuses."""

    name: str
    steps: tuple[str, ...]
    connected: bool
    fallback: bool = False

    @property
    def by_cli(self) -> bool:
        """Whether its own CLI makes its certificate."""
        return RENEW_CLI in self.steps

    @property
    def brought_back(self) -> bool:
        """Whether it is only reconnected, because vCenter has no connection to it."""
        return not self.connected and RECONNECT in self.steps and not RENEWING & set(self.steps)


@dataclass(frozen=True)
class Turn:
    """One step, or two that are taken in one go, on some hosts.

    number: its place in the plan, from 1; 0 where it finishes what a failure left in flight, which no plan has. batch: which one of the
    plan, from 1; None after all of them. in_flight: its hosts were begun by an earlier turn. max_failures: how many of its hosts may fail.
    refused: it does what vCenter refused to do in the turn of that number; no plan has it. only_these: nobody else is read, because others come
    after it, and all are read at the end.
    """

    number: int
    steps: tuple[str, ...]
    hosts: tuple[str, ...]
    why: str
    batch: Optional[int] = None
    canary: bool = False
    in_flight: bool = False
    max_failures: int = 0
    refused: bool = False
    only_these: bool = False

    def to_facts(self) -> dict[str, Any]:
        """The turn as the plan and the report show it."""
        return {
            "number": self.number,
            "steps": list(self.steps),
            "esxi_hosts": list(self.hosts),
            "batch": self.batch,
            "canary": self.canary,
            "why": self.why,
        }


def title(turn: Mapping[str, Any], count: int) -> str:
    """A turn in a few words. turn: as Turn.to_facts has it; count: how many the plan has."""
    place = f"turn {turn['number']} of {count}" if turn["number"] else "what was begun"
    what = f"{place}: {' and '.join(turn['steps'])} {few(turn['esxi_hosts'])}".rstrip()
    return f"{what} (canary)" if turn["canary"] else what


def announcement(plan: Mapping[str, Any], vcenter: str) -> str:
    """What a plan, as Plan.to_facts has it, is about to do, in one line. vcenter: the inventory's name of it."""
    counts, batches = plan["counts"], plan["batches"]
    steps = counts["by_step"]
    return (
        f"{vcenter}: {counts['hosts']} hosts, {counts['to_do']} to do"
        f" (renew {steps[RENEW] + steps[RENEW_CUSTOM_CA]}, reconnect {steps[RECONNECT]}, reregister {steps[REREGISTER]}),"
        f" {counts['blocked']} blocked, {counts['excluded']} left alone; first {', '.join(batches[0]) if batches else 'none'}"
    )


@dataclass(frozen=True)
class _Shape:
    """A kind of turn that each batch may have, and which of its hosts take it."""

    steps: tuple[str, ...]
    why: str
    takes: Callable[[Member], bool]
    in_flight: bool = False


# In this order in every batch. Who is away comes back before others of its cluster go, and before those have a new certificate, so that
# none is left half-way.
_BATCH = (
    _Shape(
        (RECONNECT,), "vCenter has no connection to them, and others of their cluster wait for them", lambda host: host.brought_back
    ),
    _Shape(
        (RENEW_CLI, RECONNECT_PINNED),
        "each makes its own certificate, and vCenter takes it back with that",
        lambda host: host.by_cli,
    ),
    _Shape((RENEW,), "VMCA issues their certificates", lambda host: RENEW in host.steps),
    _Shape((RENEW_CUSTOM_CA,), "your CA issues their certificates", lambda host: RENEW_CUSTOM_CA in host.steps),
    _Shape(
        (RECONNECT,),
        "services take up the new certificate when the host connects again",
        lambda host: RECONNECT in host.steps and not host.brought_back,
        in_flight=True,
    ),
)
_REPAIR = "what hosts trust SMS by is added to their lists of trusted CAs where it is missing"
_REREGISTER_CANARY = "the canary takes all steps before another host takes one"
_VERIFY_CANARY = "no host follows a canary that failed verification"
_REREGISTER = "SPS is restarted once for all of them"
_REMOVE = "their hosts are gone"
_VERIFY = "the hosts that were worked on are read back"


def planned_turns(
    members: Iterable[Member], batches: Sequence[Sequence[str]], *, canary: bool, max_failures: int, orphans: bool
) -> tuple[Turn, ...]:
    """The turns of a plan, in order. canary: whether the first batch goes through all steps before the others. orphans: whether providers
    of hosts that are gone are removed. A batch is named by its hosts; what is no member takes no turn."""
    turns = _in_order({one.name: one for one in members}, batches, canary, max_failures, orphans)
    return tuple(_numbered(number, turn) for number, turn in enumerate(turns, start=1))


def _numbered(number: int, turn: Turn) -> Turn:
    return replace(turn, number=number)


def _in_order(
    members: dict[str, Member], batches: Sequence[Sequence[str]], canary: bool, max_failures: int, orphans: bool
) -> Iterator[Turn]:
    rest = [members[name] for batch in batches[1 if canary else 0 :] for name in batch if name in members]
    for number, batch in enumerate(batches, start=1):
        first = canary and number == 1
        hosts = [members[name] for name in batch if name in members]
        for shape in _BATCH:
            chosen = tuple(one.name for one in hosts if shape.takes(one))
            if chosen:
                yield Turn(0, shape.steps, chosen, shape.why, number, first, shape.in_flight, max_failures)
        if first:
            # A canary that fails has done its work: nothing goes on after it.
            chosen = tuple(one.name for one in hosts if REPAIR_TRUST in one.steps)
            if chosen:
                yield Turn(0, (REPAIR_TRUST,), chosen, _REPAIR, number, canary=True, in_flight=True)
            chosen = tuple(one.name for one in hosts if REREGISTER in one.steps)
            if chosen:
                yield Turn(0, (REREGISTER,), chosen, _REREGISTER_CANARY, number, canary=True, in_flight=True)
            chosen = tuple(one.name for one in hosts)
            others_follow = bool(rest) or orphans
            yield Turn(0, (VERIFY,), chosen, _VERIFY_CANARY, number, canary=True, in_flight=True, only_these=others_follow)
    chosen = tuple(one.name for one in rest if REPAIR_TRUST in one.steps)
    if chosen:
        yield Turn(0, (REPAIR_TRUST,), chosen, _REPAIR, in_flight=True, max_failures=max_failures)
    chosen = tuple(one.name for one in rest if REREGISTER in one.steps)
    if chosen:
        yield Turn(0, (REREGISTER,), chosen, _REREGISTER, in_flight=True, max_failures=max_failures)
    if orphans:
        yield Turn(0, (REMOVE_ORPHAN,), (), _REMOVE)
    if rest or orphans:
        yield Turn(0, (VERIFY,), tuple(one.name for one in rest), _VERIFY, in_flight=True, max_failures=max_failures)
