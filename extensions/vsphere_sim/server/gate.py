# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every call passes: latency, the rules, and the journal."""

from __future__ import annotations

import gzip
import time
import zlib
from typing import Any, Callable, Mapping, Optional

from ..estate.vcenter import Surroundings
from ..fault_rules import Rule, build_fault
from ..journal import Entry
from .http import ConnectionDropped, Response

# How often a call that is held looks whether the simulator is to stop.
HOLD_LOOK_SECONDS = 0.2

# What a proxy answers that is out of order: sound XML, as strict readers of HTML want it.
PAGE = b"<html><head><title>Sorry</title></head><body><p>Back soon.</p></body></html>"

# Do it; a fault that is handed in is what its task is to end with, an event what it is to wait for. It gives the answer and the outcome in a word.
Execute = Callable[[Any], tuple[Response, str]]
# A fault as an answer of the protocol.
FaultAnswer = Callable[[Any], Response]


def pass_through(surroundings: Surroundings, entry: Entry, execute: Execute, fault_answer: FaultAnswer) -> Response:
    """Answer a call, or have it go wrong as a rule says. Raises ConnectionDropped."""
    started = time.monotonic()
    if surroundings.rtt_seconds:
        surroundings.clock.rest(surroundings.rtt_seconds)
    try:
        response = _answer(surroundings, entry, execute, fault_answer)
        entry.sent_bytes = len(response.body)
        return response
    finally:
        entry.seconds = round(time.monotonic() - started, 4)
        surroundings.journal.write(entry)


def _answer(surroundings: Surroundings, entry: Entry, execute: Execute, fault_answer: FaultAnswer) -> Response:
    rule = surroundings.rules.applied_to(entry.as_record())
    if rule is None:
        response, entry.outcome = execute(None)
        return response
    entry.rule = rule.number
    try:
        return _affected(surroundings, entry, execute, fault_answer, rule)
    finally:
        if rule.then is not None:
            surroundings.rules.add(rule.then)


def _affected(surroundings: Surroundings, entry: Entry, execute: Execute, fault_answer: FaultAnswer, rule: Rule) -> Response:
    effect = rule.effect
    if "delay_seconds" in effect:
        surroundings.clock.rest(float(effect["delay_seconds"]))
    if "hang_seconds" in effect:
        entry.outcome = "hung"
        surroundings.clock.rest(float(effect["hang_seconds"]))
        raise ConnectionDropped
    if effect.get("drop") == "before":
        entry.outcome = "dropped before"
        raise ConnectionDropped
    if effect.get("hold") == "before":
        entry.outcome = "held before"
        _hold(surroundings, rule)
    for key in ("page", "empty"):
        if effect.get(key) == "before":
            entry.outcome = f"{key} before"
            return _in_its_place(key)
    if "http_status" in effect:
        entry.outcome = str(effect["http_status"])
        return Response(int(effect["http_status"]), b"by rule\n")
    if "fault" in effect:
        entry.outcome = str(effect["fault"]).rsplit(".", 1)[-1]
        answered = fault_answer(build_fault(effect))
        answered.status = int(effect.get("status") or answered.status)
        return answered
    task_error: Optional[Any] = build_fault(effect) if "task_error" in effect else None
    if effect.get("hold") == "task":
        rule.held += 1
    response, entry.outcome = execute(rule.released if effect.get("hold") == "task" else task_error)
    if task_error is not None and entry.outcome == "ok":
        entry.outcome += f", task ends with {str(effect['task_error']).rsplit('.', 1)[-1]}"
    if "change" in effect:
        surroundings.rules.change(effect["change"])
        entry.outcome += ", and the world changed"
    if effect.get("drop") == "after":
        entry.outcome += ", dropped after"
        raise ConnectionDropped
    if effect.get("hold") == "after":
        entry.outcome += ", held after"
        _hold(surroundings, rule)
    for key in ("page", "empty"):
        if effect.get(key) == "after":
            entry.outcome += f", {key} after"
            return _in_its_place(key)
    return _on_its_way(response, effect)


def _in_its_place(key: str) -> Response:
    return Response(200, PAGE if key == "page" else b"", "text/html")


def _on_its_way(response: Response, effect: Mapping[str, Any]) -> Response:
    """What becomes of an answer between vCenter and its client."""
    for old, new in (effect.get("replace") or {}).items():
        response.body = response.body.replace(old.encode(), new.encode())
    if "cookie" in effect:
        response.cookies = (str(effect["cookie"]),)
    if "pack" in effect:
        response.body = _packed(response.body, effect["pack"])
        response.headers = {**response.headers, "Content-Encoding": effect["pack"].removeprefix("raw-")}
    response.drip = effect.get("drip")
    return response


def _packed(body: bytes, form: str) -> bytes:
    if form in ("gzip", "x-gzip"):
        return gzip.compress(body)
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS if form == "deflate" else -zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _hold(surroundings: Surroundings, rule: Rule) -> None:
    """Keep the client waiting until the rule is taken away, or the simulator stops. Raises ConnectionDropped."""
    rule.held += 1
    while not rule.released.wait(HOLD_LOOK_SECONDS) and not surroundings.clock.stopping.is_set():
        pass
    raise ConnectionDropped
