# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From records of logs to findings: one for each pattern and each host or provider, with when, how often, and what to do."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

from .._common import names
from .log_example import LONGEST_KEPT, example_of
from .log_line import Moment, Prefix, prefix_of
from .log_neighbours import MOST_REMEMBERED, Neighbours
from .log_pattern import CAUSE, CONSEQUENCE, NOBODY, Named, Pattern, named_in, pattern_of
from .log_scan import Record

# An estate has thousands of hosts; a log that is made up could name any number.
MOST_FINDINGS = 20000
# A line that follows within this time, in the same thread and operation, may still say whom a cause is about.
FOLLOWS_SECONDS = 2.0


@dataclass
class _Told:
    """A record whose finding may not be known yet, since a line that follows may name its host."""

    pattern: Pattern
    prefix: Prefix
    text: bytes
    before: bytes
    log_path: str
    consequences: int = 0
    finding: Optional[Finding] = None


@dataclass
class Finding:
    """One pattern, and whom it is about. consequences: how many further records are only what follows from it."""

    pattern: Pattern
    named: Named
    first_seen: Optional[Moment] = None
    last_seen: Optional[Moment] = None
    count: int = 0
    consequences: int = 0
    example: bytes = b""
    line_before: bytes = b""
    log_path: str = ""

    def add(self, cause: _Told) -> None:
        """Count a record; the last one is the example."""
        moment = cause.prefix.moment
        self.count += 1
        if moment and (self.first_seen is None or moment.at < self.first_seen.at):
            self.first_seen = moment
        if self.last_seen is None or (moment and moment.at >= self.last_seen.at):
            self.last_seen = moment
            self.example, self.line_before, self.log_path = cause.text, cause.before, cause.log_path

    @property
    def order(self) -> tuple[Any, ...]:
        """What has a cause that can be cured goes first, then what was seen last, then what was seen most."""
        seen = self.last_seen.at.timestamp() if self.last_seen else float("-inf")
        about = self.named.esxi_host or self.named.provider or ""
        return (self.pattern.urgency, -seen, -self.count, self.pattern.name, about)

    def to_facts(self) -> dict[str, Any]:
        """The finding as a module returns it."""
        return {
            "pattern": self.pattern.name,
            "cause": self.pattern.cause,
            "remedy": self.pattern.remedy,
            "kb": list(self.pattern.kb),
            "is_cause": self.pattern.urgency == CAUSE,
            "esxi_host": self.named.esxi_host,
            "provider": self.named.provider,
            "first_seen": self.first_seen.to_text() if self.first_seen else None,
            "last_seen": self.last_seen.to_text() if self.last_seen else None,
            "count": self.count,
            "consequences": self.consequences,
            "example": example_of(self.example),
            "line_before": example_of(self.line_before) if self.line_before else None,
            "log_path": self.log_path,
        }


@dataclass
class Findings:
    """All that was found in logs. since and until: only what was seen then, and what has no time; esxi_hosts: only those, and what names no host."""

    since: Optional[Moment] = None
    until: Optional[Moment] = None
    esxi_hosts: Sequence[str] = ()
    dropped: int = 0
    _found: dict[tuple[str, Optional[str], Optional[str]], Finding] = field(default_factory=dict)
    _named: Neighbours[Named] = field(default_factory=Neighbours)
    _causes: Neighbours[_Told] = field(default_factory=Neighbours)
    _waiting: OrderedDict[bytes, _Told] = field(default_factory=OrderedDict)

    def add(self, record: Record, log_path: str) -> None:
        """Take the next record of a log."""
        text = record.text
        prefix, named = prefix_of(text), named_in(text)
        if named is not NOBODY:
            self._named.put(prefix, named, named)
            self._name_who_waits(prefix, named)
        pattern = pattern_of(text) if record.telling else None
        if pattern is None or not self._in_time(prefix.moment):
            return
        if pattern.urgency == CONSEQUENCE and self._follows(prefix):
            return
        if named is NOBODY:
            named = self._named.get(prefix) or NOBODY
        cause = _Told(pattern, prefix, text[:LONGEST_KEPT], record.before[:LONGEST_KEPT], log_path)
        if pattern.urgency != CONSEQUENCE:
            self._causes.put(prefix, cause, (pattern.name, named))
        if named is NOBODY and prefix.thread and prefix.operation:
            self._wait(cause)
        else:
            self._settle(cause, named)

    def end_of_log(self) -> None:
        """A log has ended: what follows is no neighbour of its lines."""
        for cause in self._waiting.values():
            self._settle(cause, NOBODY)
        self._waiting.clear()
        self._named, self._causes = Neighbours(), Neighbours()

    def sorted(self) -> list[Finding]:
        """What matters most first."""
        return sorted(self._found.values(), key=lambda finding: finding.order)

    def _in_time(self, moment: Optional[Moment]) -> bool:
        if moment is None:
            return True
        return not ((self.since and moment.at < self.since.at) or (self.until and moment.at > self.until.at))

    def _follows(self, prefix: Prefix) -> bool:
        """Count a consequence to its cause; False where that is not known."""
        cause = self._causes.get(prefix)
        if cause is None:
            return False
        if cause.finding is None:
            cause.consequences += 1
        else:
            cause.finding.consequences += 1
        return True

    def _wait(self, cause: _Told) -> None:
        earlier = self._waiting.pop(cause.prefix.thread, None)
        if earlier is None and len(self._waiting) >= MOST_REMEMBERED:
            earlier = self._waiting.popitem(last=False)[1]
        if earlier is not None:
            self._settle(earlier, NOBODY)
        self._waiting[cause.prefix.thread] = cause

    def _name_who_waits(self, prefix: Prefix, named: Named) -> None:
        cause = self._waiting.pop(prefix.thread, None)
        if cause is None:
            return
        own, then = cause.prefix.moment, prefix.moment
        late = own is not None and then is not None and abs((then.at - own.at).total_seconds()) > FOLLOWS_SECONDS
        self._settle(cause, NOBODY if late or prefix.operation != cause.prefix.operation else named)

    def _settle(self, cause: _Told, named: Named) -> None:
        if named.esxi_host and self.esxi_hosts and not names.matches(named.esxi_host, self.esxi_hosts):
            # Its consequences are as little asked for.
            cause.finding = Finding(cause.pattern, named)
            return
        key = (cause.pattern.name, named.esxi_host, None if named.esxi_host else named.provider)
        finding = self._found.get(key)
        if finding is None:
            finding = Finding(cause.pattern, named)
            if len(self._found) < MOST_FINDINGS:
                self._found[key] = finding
            else:
                self.dropped += 1
        finding.add(cause)
        finding.consequences += cause.consequences
        cause.finding = finding
