# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the bytes of a log, in pieces of any size, to the few records that mean something; memory does not grow with the log.

What is not looked for is never split into lines. Where the pieces end makes no difference to what is found.
"""

from __future__ import annotations

from typing import Iterator, NamedTuple, Optional

from .log_line import Moment, begins_record, first_moment, prefix_of
from .log_pattern import CONSEQUENCE_NEEDLES, NAMING_NEEDLES, NEEDLES

# Of a longer line only so much is looked at. A line of sps.log has a few hundred bytes.
LONGEST_LINE = 32768
# How far before a consequence the line is looked for that says why.
LOOK_BACK = 16384
# Of a stack trace no more lines that mean something are kept.
MOST_LINES = 16
_MOST_STEPS_BACK = 64


class Record(NamedTuple):
    """A line with the lines of its stack trace that mean something.

    header: the line with the prefix; empty where no line before has one. lines: what was found, the header among it where it
    means something. telling: whether a pattern may be in it; otherwise it may only name somebody. before: for a consequence, the
    line before it of the same thread.
    """

    header: bytes
    lines: list[bytes]
    telling: bool
    before: bytes = b""

    @property
    def text(self) -> bytes:
        """The header and what was found, each line once."""
        own = [self.header] if self.header and self.header not in self.lines else []
        return b"\n".join(own + self.lines)


class LogScan:
    """One log: feed it, take the records that it gives, finish it. lines and bytes_read count what was fed; is_binary: it holds zeroes, which no text does."""

    def __init__(self, longest_line: int = LONGEST_LINE) -> None:
        self.lines = 0
        self.bytes_read = 0
        self.first_seen: Optional[Moment] = None
        self.is_binary = False
        self._telling = False
        self._longest = longest_line
        self._carry = b""
        self._skipping = False
        self._past = b"\n"
        self._header = b""
        self._open: Optional[Record] = None

    @property
    def problem(self) -> Optional[str]:
        """Why what was fed is no log; None where a line begins as those of a log do, or means something all the same, or nothing was fed."""
        if not self.bytes_read or self._telling or self._header or self.first_seen is not None:
            return None
        return "it is not text" if self.is_binary else "no line of it begins with a time"

    @property
    def last_seen(self) -> Optional[Moment]:
        """The time of the last line with a prefix so far."""
        return prefix_of(self._header).moment

    def feed(self, piece: bytes) -> Iterator[Record]:
        """Take the next bytes; gives the records that have come to their end."""
        self.bytes_read += len(piece)
        self.lines += piece.count(b"\n")
        self.is_binary = self.is_binary or b"\0" in piece
        at = 0
        while at < len(piece):
            if self._skipping:
                end = piece.find(b"\n", at)
                if end < 0:
                    return
                self._skipping, at = False, end + 1
                continue
            took = self._longest - len(self._carry)
            data = self._carry + piece[at : at + took]
            at += took
            end = data.rfind(b"\n") + 1
            if end:
                self._carry = data[end:]
                yield from self._block(data[:end])
            elif len(data) == self._longest:
                self._carry, self._skipping = b"", True
                yield from self._block(data + b"\n")
            else:
                self._carry = data

    def finish(self) -> Iterator[Record]:
        """The log has ended, perhaps in the middle of a line."""
        if self._carry or self._skipping:
            self.lines += 1
        if self._carry:
            block, self._carry = self._carry + b"\n", b""
            yield from self._block(block)
        yield from self._close()

    def _block(self, block: bytes) -> Iterator[Record]:
        """Whole lines, each of them with its end."""
        if self.first_seen is None:
            self.first_seen = first_moment(block)
        known = 0
        for start, telling in sorted(_starts(block).items()):
            yield from self._catch_up(block, known, start + 1)
            known = start + 1
            self._take(block, start, telling)
            if not self._header:
                yield from self._close()
        yield from self._catch_up(block, known, len(block))
        self._past = (self._past + block)[-LOOK_BACK:] if len(block) < LOOK_BACK else block[-LOOK_BACK:]

    def _catch_up(self, block: bytes, known: int, until: int) -> Iterator[Record]:
        """Find the last line with a prefix that begins from known on and before until; a new one ends the record before it."""
        end = until
        while end > known:
            start = block.rfind(b"\n", 0, end - 1) + 1
            if start < known:
                return
            if begins_record(block[start : min(start + 512, block.index(b"\n", start))]):
                yield from self._close()
                self._header = block[start : block.index(b"\n", start)].rstrip(b"\r")
                return
            end = start

    def _take(self, block: bytes, start: int, telling: bool) -> None:
        line = block[start : block.index(b"\n", start)].rstrip(b"\r")
        record = self._open or Record(self._header, [], False)
        if len(record.lines) < MOST_LINES:
            record.lines.append(line)
        before = record.before
        if telling and not before and any(needle in line for needle in CONSEQUENCE_NEEDLES):
            before = self._before(block, start)
        self._telling = self._telling or telling
        self._open = record._replace(telling=record.telling or telling, before=before)

    def _before(self, block: bytes, start: int) -> bytes:
        """The last line of the same thread before this place that is no consequence itself; empty where there is none near."""
        thread = prefix_of(self._header).thread
        window = block[max(0, start - LOOK_BACK) : start]
        window = self._past[len(window) - LOOK_BACK :] + window if len(window) < LOOK_BACK else window
        at = window.rfind(b"[" + thread + b"]") if thread else -1
        for _step in range(_MOST_STEPS_BACK):
            begins = window.rfind(b"\n", 0, max(at, 0)) + 1
            if at < 0 or not begins:
                break
            line = window[begins : window.index(b"\n", at)].rstrip(b"\r")
            if prefix_of(line).thread == thread and not any(needle in line for needle in CONSEQUENCE_NEEDLES):
                return line
            at = window.rfind(b"[" + thread + b"]", 0, begins)
        return b""

    def _close(self) -> Iterator[Record]:
        if self._open is not None:
            yield self._open
            self._open = None


def _starts(block: bytes) -> dict[int, bool]:
    """Where the lines begin that hold a needle, and whether one of them is more than a name."""
    found: dict[int, bool] = {}
    for needles, telling in ((NAMING_NEEDLES, False), (NEEDLES, True)):
        for needle in needles:
            at = block.find(needle)
            while at >= 0:
                found[block.rfind(b"\n", 0, at) + 1] = telling
                at = block.find(needle, block.index(b"\n", at))
    return found
