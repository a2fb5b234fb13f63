# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by rule: which call, how often, and what goes wrong instead."""

from __future__ import annotations

import fnmatch
import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping, Optional

from pyVmomi.VmomiSupport import GetVmodlType

MATCHABLE = ("vcenter", "protocol", "method", "object", "target", "username", "detail")
EFFECTS = (
    *("fault", "task_error", "http_status", "drop", "hold", "hang_seconds", "delay_seconds", "exit_status"),
    # What comes in the place of an answer, and what is done to one on its way.
    *("page", "empty", "replace", "cookie", "pack", "drip"),
    # How the world changes right after the call.
    "change",
)
MOMENTS: dict[str, tuple[str, ...]] = {
    "drop": ("before", "after"),
    "hold": ("before", "after", "task"),
    "page": ("before", "after"),
    "empty": ("before", "after"),
    "pack": ("gzip", "x-gzip", "deflate", "raw-deflate"),
    "drip": ("body", "headers", "continue"),
}


class RuleError(ValueError):
    """A rule that cannot be used; the text says why."""


@dataclass
class Rule:
    """One rule. It lets `after` matching calls pass and then affects `times` of them (None: all that follow).

    `then` is a rule that holds from when this one has affected a call, before its answer goes out.
    `held` counts the calls that wait now or waited for the rule to be taken away, or whose tasks do.
    """

    number: int
    match: dict[str, str]
    effect: dict[str, Any]
    after: int = 0
    times: Optional[int] = None
    then: Optional[dict[str, Any]] = None
    seen: int = field(default=0)
    hits: int = field(default=0)
    held: int = field(default=0)
    released: threading.Event = field(default_factory=threading.Event)

    def described(self) -> dict[str, Any]:
        """The rule as it was given, and how often it was used."""
        return {key: value for key, value in vars(self).items() if key != "released"}

    def matches(self, call: Mapping[str, Optional[str]]) -> bool:
        """Whether this call is one of those that the rule is about."""
        return all(
            fnmatch.fnmatchcase(str(call.get(key) or ""), pattern)
            or any(fnmatch.fnmatchcase(part, pattern) for part in str(call.get(key) or "").split(","))
            for key, pattern in self.match.items()
        )


class FaultRules:
    """The rules that hold now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._numbered = 0
        # Changes the world, as POST /state/WHAT does: given {what: ...}.
        self.change: Callable[[dict[str, Any]], None] = lambda changes: None

    def add(self, given: Mapping[str, Any]) -> Rule:
        """Check a rule and let it hold. Raises RuleError."""
        _check(given)
        with self._lock:
            self._numbered += 1
            rule = Rule(
                self._numbered,
                dict(given.get("match") or {}),
                dict(given.get("effect") or {}),
                int(given.get("after") or 0),
                given.get("times"),
                given.get("then"),
            )
            self._rules.append(rule)
            return rule

    def clear(self) -> None:
        """No rule holds any more, and the calls that were held go on to their end."""
        with self._lock:
            for rule in self._rules:
                rule.released.set()
            self._rules.clear()

    def listed(self) -> list[dict[str, Any]]:
        """The rules and how often each was used."""
        with self._lock:
            return [rule.described() for rule in self._rules]

    def applied_to(self, call: Mapping[str, Optional[str]]) -> Optional[Rule]:
        """The first rule that affects this call, counted."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(call):
                    continue
                rule.seen += 1
                if rule.seen <= rule.after or (rule.times is not None and rule.hits >= rule.times):
                    continue
                rule.hits += 1
                return rule
        return None


def _check(given: Mapping[str, Any]) -> None:
    unknown = set(given) - {"match", "effect", "after", "times", "then"}
    if unknown:
        raise RuleError(f"a rule has match, effect, after, times and then, not {', '.join(sorted(unknown))}")
    match, effect, then = given.get("match") or {}, given.get("effect") or {}, given.get("then")
    if not isinstance(match, dict) or set(match) - set(MATCHABLE):
        raise RuleError(f"match takes {', '.join(MATCHABLE)}")
    if not isinstance(effect, dict) or not (set(effect) & set(EFFECTS) or (then and not effect)):
        raise RuleError(f"effect takes one of {', '.join(EFFECTS)}")
    if "fault" in effect or "task_error" in effect:
        build_fault(effect)
    for key, moments in MOMENTS.items():
        if effect.get(key) not in (None, *moments):
            raise RuleError(f"{key} is {', '.join(moments[:-1])} or {moments[-1]}")
    replaced = effect.get("replace") or {}
    if not isinstance(replaced, dict) or not all(isinstance(text, str) for pair in replaced.items() for text in pair):
        raise RuleError("replace is texts and what they are replaced by")
    if not 0 <= int(effect.get("exit_status") or 0) <= 255:
        raise RuleError("exit_status is 0 to 255")
    if then is not None:
        if not isinstance(then, dict):
            raise RuleError("then is a rule")
        _check(then)


def build_fault(effect: Mapping[str, Any]) -> Any:
    """The fault that an effect names, by its type (vim.fault.InvalidState) and properties. Raises RuleError."""
    name = str(effect.get("fault") or effect.get("task_error"))
    properties = dict(effect.get("properties") or {})
    try:
        kind = GetVmodlType(name)
    except KeyError as error:
        raise RuleError(f"there is no fault {name}; write it as pyVmomi does, vim.fault.InvalidState") from error
    if not issubclass(kind, GetVmodlType("vmodl.MethodFault")):
        raise RuleError(f"{name} is no fault")
    try:
        fault = kind(**properties)
    except (AttributeError, TypeError) as error:
        raise RuleError(f"{name} cannot be made of {properties}: {error}") from error
    for info in kind._GetPropertyList():
        # What is not optional must be there, or it could not be sent.
        if not info.flags & 4 and getattr(fault, info.name) in (None, "") and info.type is str:
            setattr(fault, info.name, "")
    if not fault.msg:
        fault.msg = f"{name.rsplit('.', 1)[-1]} (by rule)"
    return fault
