# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run does next: from its plan, the results so far, and the time, to the next turn, or to why nothing more is begun.

Pure: nothing is read, asked or changed here, and the clock is an argument. Whoever carries turns out asks again after each, with what came
of it. After a failure only those turns are given that finish hosts which were begun: to leave them half-way would be worse.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Iterable, Iterator, Mapping, Optional, Sequence

from .._common import times
from .._common.errors import CertopsError
from .._common.window import WINDOW, fits, why_held
from .._estate import messages
from .._estate.estate import CONNECTED
from .._estate.step_result import ASLEEP, CHANGED, FAILED, NOT_STARTED, UNCHANGED, StepResult
from .availability import held_back
from .rules import RECONNECT, RECONNECT_PINNED, REMOVE_ORPHAN, RENEW, RENEW_CLI, RENEW_CUSTOM_CA, REPAIR_TRUST, REREGISTER
from .turn import VERIFY, Member, Turn, planned_turns

# A host with one of these takes no further step.
ENDED = frozenset({FAILED, NOT_STARTED, ASLEEP})
# What vCenter says of a host with a certificate of its own making, which in check mode it has not made.
_PREDICTED = {RENEW: {"renewed": True}, RECONNECT: {"reconnected": True}}
_WHY_PREDICTED = "its certificate would be its own, and VMCA's is to replace it"
# Nobody of the batch has gone away yet when one of these comes.
_BEGINNING = frozenset({RENEW, RENEW_CUSTOM_CA, RECONNECT})


@dataclass(frozen=True)
class Taken:
    """A turn that was given out: when, and how long it took, where it has ended."""

    number: int
    steps: tuple[str, ...]
    hosts: int
    began_at: datetime
    seconds: Optional[float] = None

    def to_facts(self) -> dict[str, Any]:
        """As it is handed on to the next question."""
        return {
            "number": self.number,
            "steps": list(self.steps),
            "hosts": self.hosts,
            "began_at": times.to_text(self.began_at),
            "seconds": self.seconds,
        }

    @staticmethod
    def from_facts(facts: Mapping[str, Any]) -> Taken:
        """What to_facts made. Raises KeyError, TypeError or ValueError for anything else."""
        seconds = facts["seconds"]
        return Taken(
            int(facts["number"]),
            tuple(str(step) for step in facts["steps"]),
            int(facts["hosts"]),
            times.from_text(str(facts["began_at"])),
            None if seconds is None else float(seconds),
        )


@dataclass(frozen=True)
class Course:
    """How far a run has come.

    results: of all steps, as modules return them, in their order. verified: what was read back of hosts, as the filter verify returns it.
    failure: why the run stopped, as far as results do not say; empty where it did not. closing: whether only the last look is left.
    refused: by the step whom vCenter refused it, of those that their own CLI may renew instead. They have no result of that step.
    window_end: no batch starts that would not be finished by then; None where there is no end.
    """

    results: Sequence[Mapping[str, Any]] = ()
    taken: tuple[Taken, ...] = ()
    verified: Sequence[Mapping[str, Any]] = ()
    failure: str = ""
    check_mode: bool = False
    closing: bool = False
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)
    window_end: Optional[datetime] = None


@dataclass(frozen=True)
class Next:
    """The next turn. Without one nothing more is begun, and why says it; stopped is the failure where results alone tell of it, or the
    decision itself is one: whoever asks again gives it. stopped_code: the name of that error, where it is not that of a result.

    results: of hosts that no module is asked about: who has to wait, and in check mode what a step would make of a host that it cannot be
    asked about. taken: all turns that were given out, this one included.
    """

    turn: Optional[Turn]
    why: str
    taken: tuple[Taken, ...]
    results: tuple[dict[str, Any], ...] = ()
    stopped: str = ""
    stopped_code: str = ""


def members_of(plan: Mapping[str, Any]) -> list[Member]:
    """The hosts of a plan that take steps. plan: what the plan filter returned."""
    return [
        Member(
            str(host["esxi_host"]), tuple(host["steps"]), host["connection_state"] == CONNECTED, fallback=bool(host["cli_fallback"])
        )
        for host in plan["hosts"]
        if host["steps"]
    ]


def next_turn(plan: Mapping[str, Any], course: Course, now: datetime) -> Next:
    """Decide. plan: what the plan filter returned. Raises KeyError, TypeError or ValueError for what it did not return."""
    run = _Run(plan, course, now)
    if course.closing:
        return run.last_look()
    if course.failure:
        return run.finishing(course.failure)
    return run.stop(run.stopped) if run.stopped else run.going_on()


class _Run:
    """A run at one moment."""

    def __init__(self, plan: Mapping[str, Any], course: Course, now: datetime) -> None:
        self._plan = plan
        self._course = course
        self._now = now
        self._results: list[Mapping[str, Any]] = list(course.results)
        self._added: list[dict[str, Any]] = []
        self._members = {one.name: one for one in members_of(plan)}
        self._canary = int(plan["policy"]["canary"]) > 0
        self._batches: list[list[str]] = [[str(name) for name in batch] for batch in plan["batches"]]
        self._max_failures = int(plan["policy"]["max_failures"])
        self._turns = planned_turns(
            self._members.values(),
            self._batches,
            canary=self._canary,
            max_failures=self._max_failures,
            orphans=any(orphan["steps"] for orphan in plan["orphans"]),
        )
        self._taken = _timed(course.taken, now)

    # What was seen so far.

    def _who(self, step: str, *statuses: str) -> set[str]:
        """Who has a result of a step, with one of these statuses or any."""
        return {
            str(one["esxi_host"]) for one in self._results if one["step"] == step and (not statuses or one["status"] in statuses)
        }

    @property
    def _ended(self) -> set[str]:
        return {str(one["esxi_host"]) for one in self._results if one["status"] in ENDED}

    @property
    def _failures(self) -> int:
        return sum(1 for one in self._results if one["status"] == FAILED)

    @property
    def _failures_left(self) -> int:
        return max(self._max_failures - self._failures, 0)

    @property
    def _changed(self) -> set[str]:
        return {str(one["esxi_host"]) for one in self._results if one["status"] == CHANGED}

    @property
    def _asleep(self) -> set[str]:
        """Who was in standby before anything of it was begun."""
        return {str(one["esxi_host"]) for one in self._results if one["status"] == ASLEEP} - self._changed

    @property
    def _left_by_window(self) -> set[str]:
        """Who is left to the next run because the window ends."""
        return {str(one["esxi_host"]) for one in self._results if str(one.get("reason") or "").startswith(WINDOW)}

    @property
    def _first(self) -> set[str]:
        """The canary's hosts; nobody without one."""
        return set(self._batches[0]) if self._canary and self._batches else set()

    @property
    def stopped(self) -> str:
        """Why nothing further is begun; empty while the run goes on."""
        if self._failures > self._max_failures:
            return " ".join(
                str(one.get("error") or f"{one['esxi_host']} failed.") for one in self._results if one["status"] == FAILED
            )
        if self._first & (self._who(REREGISTER, FAILED) | self._who(REPAIR_TRUST, FAILED)):
            return "The canary failed."
        if self._first & {str(one["esxi_host"]) for one in self._course.verified if not one["verified"]}:
            return "The canary failed verification."
        return ""

    # What comes next.

    def stop(self, why: str, code: str = "") -> Next:
        """Nothing: it is told what failed first."""
        return Next(None, why, self._taken, tuple(self._added), stopped=why, stopped_code=code)

    def going_on(self) -> Next:
        """The first turn of the plan that was not given out and has a host to work on."""
        last = max((one.number for one in self._taken), default=0)
        for turn in self._in_place_of_refused(last):
            if turn.hosts:
                self._note(turn, turn.hosts)
                return self._give(turn)
        for turn in self._turns[last:]:
            if turn.batch is None and VERIFY in turn.steps:
                return self.last_look()
            if turn.canary and turn.steps == (VERIFY,) and set(turn.hosts) <= self._asleep:
                asleep = _canary_asleep(turn.hosts)
                return self.stop(str(asleep), asleep.code)
            self._hold_back(turn)
            self._keep_window(turn, last)
            able = self._able(turn)
            if VERIFY in turn.steps and self._course.check_mode:
                continue
            if able or REMOVE_ORPHAN in turn.steps:
                asked = self._predict(turn, able)
                self._note(turn, able)
                if asked or not able:
                    return self._give(self._with(turn, asked))
        return self._nothing("all turns of the plan were taken")

    def _in_place_of_refused(self, number: int) -> Iterator[Turn]:
        """What the hosts' own CLI does for vCenter, and what then is VMCA's: what they made does not stay. number: of the turn before."""
        for step in (RENEW, RECONNECT):
            hosts = set(self._course.refused.get(step, ())) - self._ended
            yield self._instead(
                number,
                (RENEW_CLI, RECONNECT_PINNED),
                hosts - self._who(RENEW_CLI),
                "vCenter refused them, so that each makes its own certificate, and vCenter takes it back with that",
            )
            back = hosts & self._who(RECONNECT_PINNED, CHANGED, UNCHANGED)
            yield self._instead(number, (RENEW,), back - self._who(RENEW), "VMCA issues their certificates in place of their own")
            if step == RECONNECT:
                renewed = back & self._who(RENEW, CHANGED, UNCHANGED)
                why = "services take up the new certificate when the host connects again"
                yield self._instead(number, (RECONNECT,), renewed - self._who(RECONNECT), why)

    def _instead(self, number: int, steps: tuple[str, ...], hosts: set[str], why: str) -> Turn:
        begun = steps[0] != RENEW_CLI
        return replace(self._finish(steps, hosts, why), number=number, in_flight=begun, refused=True)

    def finishing(self, why: str) -> Next:
        """After a failure: who was begun is brought to an end, in the order of the steps.

        Nobody where a provider of the canary did not come back, or is not as it should be: no other is unregistered then.
        """
        last = self._turns[max((one.number for one in self._taken), default=0) - 1] if self._taken else None
        if last is None or (last.canary and {REPAIR_TRUST, REREGISTER, VERIFY} & set(last.steps)):
            return self._nothing(why)
        given = [one.steps for one in self._taken if one.number == 0]
        for turn in self._in_flight():
            if turn.hosts and turn.steps not in given:
                self._note(turn, turn.hosts)
                return self._give(turn)
        return self._nothing(why)

    def _in_flight(self) -> Iterator[Turn]:
        planned = self._members.values()
        reconnecting = {one.name for one in planned if RECONNECT in one.steps}
        taken_back = self._who(RECONNECT_PINNED, CHANGED)
        issued = {one.name for one in planned if RENEW in one.steps} | set(self._course.refused.get(RECONNECT, ()))
        between = taken_back & issued - self._who(RENEW) - self._ended
        yield self._finish((RENEW,), between, "they have certificates of their own making, which no CA issued")
        renewed = self._who(RENEW, CHANGED) | self._who(RENEW_CUSTOM_CA, CHANGED)
        yield self._finish(
            (RECONNECT,),
            (renewed & reconnecting) - self._who(RECONNECT),
            "they have a new certificate, which services are to take up",
        )
        # Where no renew follows (mode thumbprint) a host is reconnected when vCenter took it back.
        back = self._who(RECONNECT, CHANGED, UNCHANGED) | (taken_back - reconnecting)
        left = {one.name for one in planned if REREGISTER in one.steps} - self._ended - self._who(REREGISTER)
        lists = {one.name for one in planned if REPAIR_TRUST in one.steps} - self._who(REPAIR_TRUST)
        yield self._finish(
            (REPAIR_TRUST,), back & left & lists, "what hosts trust SMS by may be missing from their lists of trusted CAs"
        )
        yield self._finish((REREGISTER,), back & left, "they have a new certificate, which SMS is to remember")

    def _finish(self, steps: tuple[str, ...], hosts: set[str], why: str) -> Turn:
        ordered = tuple(name for batch in self._batches for name in batch if name in hosts)
        return Turn(0, steps, ordered, why, in_flight=True, max_failures=self._failures_left)

    def last_look(self) -> Next:
        """Reading back what was worked on; nothing where nothing was begun, or only predicted."""
        if self._course.check_mode or not self._taken:
            return self._nothing("nothing was changed that could be read back")
        worked = list(dict.fromkeys(str(one["esxi_host"]) for one in self._results))
        half_asleep = {str(one["esxi_host"]) for one in self._results if one["status"] == ASLEEP} & self._changed
        ended = self._ended - half_asleep
        hosts = tuple(name for name in worked if name not in ended)
        if (
            VERIFY in self._taken[-1].steps
            and not self._of_canary_alone(self._taken[-1])
            and set(hosts) <= {str(one["esxi_host"]) for one in self._course.verified}
        ):
            return self._nothing("it was read back before, and nothing was started since")
        why = "the hosts that were worked on are read back"
        turn = Turn(len(self._turns), (VERIFY,), hosts, why, in_flight=True, max_failures=self._failures_left)
        self._note(turn, hosts)
        return self._give(turn)

    def _of_canary_alone(self, taken: Taken) -> bool:
        """Whether nobody but the canary was read: of the vCenter and the others nothing is known that a report could tell."""
        return 0 < taken.number <= len(self._turns) and self._turns[taken.number - 1].only_these

    def _hold_back(self, turn: Turn) -> None:
        """Note who of the turn's batch may not begin, because a failure left others of its cluster away. Who was begun goes on."""
        if turn.batch is None or not _BEGINNING & set(turn.steps) or self._brings_back(turn):
            return
        begun = {str(one["esxi_host"]) for one in self._results}
        waiting = [name for name in self._batches[turn.batch - 1] if name not in begun]
        self._add(held_back(self._plan, self._results, waiting, at_once=True))

    def _keep_window(self, turn: Turn, last: int) -> None:
        """Note who of a turn that begins something is left to the next run, because the window would end before. Who was begun goes on.

        last: the number of the turn before.
        """
        end = self._course.window_end
        if end is None or self._course.check_mode:
            return
        begun = {str(one["esxi_host"]) for one in self._results if one["status"] not in ENDED}
        waiting = [name for name in self._beginning(turn, last) if name not in begun | self._ended]
        if not waiting:
            return
        if self._left_by_window or not fits(self._until_finished(turn), self._taken, self._now, end):
            steps = {name: self._members[name].steps[0] for name in waiting}
            self._add(StepResult(name, steps[name], NOT_STARTED, why_held(end)).to_facts() for name in waiting)

    def _beginning(self, turn: Turn, last: int) -> Sequence[str]:
        """The hosts that nobody has begun before this turn: those of a batch with its first turn, and those whose only steps come after all batches."""
        if turn.batch is not None:
            first = next(one.number for one in self._turns if one.batch == turn.batch)
            return self._batches[turn.batch - 1] if last < first else ()
        # Where SPS is restarted for others in any case, it costs them nothing.
        others = self._changed & set(turn.hosts)
        return () if others or REMOVE_ORPHAN in turn.steps else turn.hosts

    def _until_finished(self, turn: Turn) -> list[Turn]:
        """The turns that have to follow once this one is begun: those of its batch, and what closes the run."""
        own = (
            [one for one in self._turns if one.batch == turn.batch and one.number >= turn.number] if turn.batch is not None else []
        )
        closing = [] if turn.canary else [one for one in self._turns if one.batch is None]
        return [*own, *closing]

    def _brings_back(self, turn: Turn) -> bool:
        return turn.steps == (RECONNECT,) and not turn.in_flight

    def _able(self, turn: Turn) -> tuple[str, ...]:
        """Who of the turn's hosts takes it: who has not failed before, and has not taken its step already."""
        if VERIFY in turn.steps:
            return tuple(name for name in turn.hosts if name not in self._asleep | self._left_by_window)
        left_out = self._ended | self._who(turn.steps[0])
        return tuple(name for name in turn.hosts if name not in left_out)

    def _predict(self, turn: Turn, able: tuple[str, ...]) -> tuple[str, ...]:
        """Who is asked about. In check mode a host has not made the certificate that vCenter would replace: that step is as planned."""
        after = _PREDICTED.get(turn.steps[0])
        if not self._course.check_mode or after is None:
            return able
        predicted = [name for name in able if self._members[name].by_cli]
        self._add(StepResult(name, turn.steps[0], CHANGED, _WHY_PREDICTED, after=dict(after)).to_facts() for name in predicted)
        return tuple(name for name in able if name not in predicted)

    def _add(self, results: Iterable[dict[str, Any]]) -> None:
        added = list(results)
        self._added += added
        self._results += added

    def _with(self, turn: Turn, hosts: tuple[str, ...]) -> Turn:
        return replace(turn, hosts=hosts, max_failures=min(turn.max_failures, self._failures_left))

    def _note(self, turn: Turn, hosts: Sequence[str]) -> None:
        self._taken = (*_timed(self._taken, self._now), Taken(turn.number, turn.steps, len(hosts), self._now))

    def _give(self, turn: Turn) -> Next:
        return Next(turn, turn.why, self._taken, tuple(self._added))

    def _nothing(self, why: str) -> Next:
        return Next(None, why, self._taken, tuple(self._added))


def _timed(taken: tuple[Taken, ...], now: datetime) -> tuple[Taken, ...]:
    """The same, where whoever asks has carried out the last."""
    if not taken or taken[-1].seconds is not None:
        return taken
    last = taken[-1]
    return (*taken[:-1], replace(last, seconds=max((now - last.began_at).total_seconds(), 0.0)))


def _canary_asleep(hosts: Sequence[str]) -> CertopsError:
    """Nothing was tried out then, and the others are not to be the first."""
    esxi_hosts = ", ".join(hosts)
    return messages.FIRST_HOSTS_IN_STANDBY(esxi_hosts=esxi_hosts)
