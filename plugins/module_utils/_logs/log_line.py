# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A line of sps.log or vpxd.log: its time, its thread and its operation. Everything is bytes, since a log may hold any.

sps.log (log4j): `TIMESTAMP [THREAD] LEVEL opId=OP CLASS - MESSAGE`, a stack trace follows without that prefix.
vpxd.log: `TIMESTAMP LEVEL vpxd[THREAD] [Originator@6876 sub=... opID=OP] MESSAGE`, what follows begins with `-->`.
A syslog server that vCenter forwards its logs to puts its own header before each, with a year or without one (RFC 5424, RFC 3164).
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple, Optional

from .._common import times

_TIME = rb"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?[ ]?(Z|[+-]\d\d:?\d\d)?"
_AFTER_TIME = re.compile(_TIME + rb"(?=[\s\[]|$)")
_AT_A_BEGINNING = re.compile(rb"^(?:<\d{1,3}>1[ ])?" + _TIME, re.MULTILINE)
_WHOLE_TIME = re.compile(_TIME + rb"$")
# A prefix whose time nobody can read, as anonymised logs have it, is still one where thread and level follow.
_OTHER_TIME = re.compile(rb"[^\s\[]{1,64}[ ]{1,8}\[[^\]\r\n]{1,256}\][ ]{1,8}(?:TRACE|DEBUG|INFO|WARN|ERROR|FATAL)\s")
_THREAD = re.compile(rb"[ ]{0,8}(?:\[(?!Originator@)([^\]\r\n]{1,256})\]|[A-Za-z]{1,16}[ ]{1,8}([\w.-]{1,64}\[\w{1,32}\]))")
_OPERATION = re.compile(rb"\bop(?:Id|ID|id)=([^\s\]]{1,256})")
# The prefix ends long before; what follows is a message that may say anything.
_SYSLOG = re.compile(
    rb"(?:<\d{1,3}>)?(?:1[ ])?(?:" + _TIME + rb"|[A-Z][a-z]{2}[ ]{1,2}\d{1,2}[ ]\d\d:\d\d:\d\d)[ ][\w.:-]{1,255}[ ][\w./-]{1,64}"
    rb"(?:\[\d{1,10}\]:|(?:[ ][\w.-]{1,64}){2}[ ](?:-|\[[^\]\r\n]{0,512}\]))[ ]"
)
# What begins a message of SPS or vpxd after such a header; without it the line belongs to the one before.
_MESSAGE = re.compile(rb"\[|\d{4}-\d\d-\d\d|(?:trivia|verbose|info|warning|error|panic)\s")
_PREFIX_BYTES = 1024


class Moment(NamedTuple):
    """A time in UTC. zoned is false where the log did not say its zone: then it is taken as UTC and shown without a Z."""

    at: datetime
    zoned: bool

    def to_text(self) -> str:
        """ISO 8601 to the second."""
        text = times.to_text(self.at)
        return text if self.zoned else text[: -len("Z")]


class Prefix(NamedTuple):
    """What stands before the message of a line; each is empty or None where the line does not say it."""

    moment: Optional[Moment]
    thread: bytes
    operation: bytes


def begins_record(line: bytes) -> bool:
    """Whether a line has a prefix: all that follows without one belongs to it."""
    forwarded = _SYSLOG.match(line)
    if forwarded is not None:
        return _MESSAGE.match(line, forwarded.end()) is not None
    return _AFTER_TIME.match(line) is not None or _OTHER_TIME.match(line) is not None


def prefix_of(line: bytes) -> Prefix:
    """The prefix of a line. Any bytes have one, if an empty one."""
    head = line[:_PREFIX_BYTES]
    forwarded = _SYSLOG.match(head)
    start = forwarded.end() if forwarded is not None else 0
    found = _AFTER_TIME.match(head, start)
    if found is None and forwarded is not None:
        second, *more = forwarded.groups()
        end, moment = start, _moment(second, *more) if second else None
    elif found is None:
        end, moment = len(head.partition(b"[")[0]), None
    else:
        end, moment = found.end(), _moment(*found.groups())
    thread = _THREAD.match(head, end)
    operation = _OPERATION.search(head, end)
    return Prefix(moment, (thread.group(1) or thread.group(2)) if thread else b"", operation.group(1) if operation else b"")


def first_moment(block: bytes) -> Optional[Moment]:
    """The first time with which a line begins; None where there is none."""
    moments = (_moment(*found.groups()) for found in _AT_A_BEGINNING.finditer(block))
    return next(filter(None, moments), None)


def moment_of(text: str) -> Moment:
    """A time that a user wrote: ISO 8601, a date alone included. Raises ValueError where it is none."""
    # Not fromisoformat, which reads neither a Z nor a zone without a colon before Python 3.11.
    written = text.strip()
    written += "T00:00:00" if len(written) == len("2026-11-23") else ""
    found = _WHOLE_TIME.match(written.encode("ascii", "replace"))
    moment = _moment(*found.groups()) if found else None
    if moment is None:
        raise ValueError(f"{text.strip()!r} is not a time such as 2026-11-23T10:00:00Z")
    return moment


def _moment(second: bytes, fraction: Optional[bytes], zone: Optional[bytes]) -> Optional[Moment]:
    start = _second(second.replace(b" ", b"T"), zone)
    if start is None or not fraction:
        return start
    return start._replace(at=start.at.replace(microsecond=int(fraction[:6].ljust(6, b"0"))))


# Thousands of lines are of the same second.
@lru_cache(maxsize=1024)
def _second(second: bytes, zone: Optional[bytes]) -> Optional[Moment]:
    try:
        # Not strptime, which takes ten times as long.
        day, clock = second.split(b"T")
        at = datetime(*map(int, day.split(b"-")), *map(int, clock.split(b":")), tzinfo=timezone.utc)  # type: ignore[arg-type, misc]
        if zone and zone != b"Z":
            ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
            at = at + ahead if zone.startswith(b"-") else at - ahead
    except (ValueError, OverflowError):
        return None
    return Moment(at, bool(zone))
