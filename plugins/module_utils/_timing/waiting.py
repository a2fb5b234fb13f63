# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that waits: until a condition holds, or a deadline passes; by a clock that is handed in, this machine's where none is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Callable, Optional, Protocol, TypeVar

from .._common.errors import DeadlineExceeded
from . import messages

T = TypeVar("T")

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0


class Clock(Protocol):
    """The time of day, and time that passes."""

    def now(self) -> datetime:
        """The time of day: aware, in UTC, to the second."""

    def monotonic(self) -> float:
        """Seconds since whenever, which no change of the time of day moves."""

    def rest(self, seconds: float) -> None:
        """Let so many seconds pass."""


class SystemClock:
    """This machine's clock."""

    def now(self) -> datetime:
        """Now, aware and in UTC, to the second."""
        return datetime.now(timezone.utc).replace(microsecond=0)

    def monotonic(self) -> float:
        """Seconds since whenever."""
        return time.monotonic()

    def rest(self, seconds: float) -> None:
        """Sleep."""
        rest(seconds)


SYSTEM_CLOCK = SystemClock()


@dataclass
class Deadline:
    """A moment on a clock, so many seconds from now, which no change of the time of day moves."""

    seconds: float
    clock: Clock = SYSTEM_CLOCK
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = self.clock.monotonic() + self.seconds

    @property
    def left_seconds(self) -> float:
        """Seconds that are left, never negative."""
        return max(0.0, self._ends - self.clock.monotonic())

    @property
    def passed(self) -> bool:
        """Whether it has passed."""
        return self.left_seconds <= 0


def _late(seconds: float) -> DeadlineExceeded:
    return messages.WAIT_TIMED_OUT(seconds=seconds)


def wait_until(
    look: Callable[[], Optional[T]],
    deadline: Deadline,
    *,
    late: Callable[[float], DeadlineExceeded] = _late,
    longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
) -> T:
    """Look until there is something other than None. It is looked at once more when the deadline has passed.

    late: makes the error for a deadline that has passed, of the seconds that it had; who only takes the end of the wait for an answer needs
    none. Raises DeadlineExceeded.
    """
    pause = FIRST_PAUSE_SECONDS
    while True:
        over = deadline.passed
        found = look()
        if found is not None:
            return found
        if over:
            raise late(deadline.seconds)
        deadline.clock.rest(min(pause, deadline.left_seconds))
        pause = min(pause * 1.5, longest_pause_seconds)


def rest(seconds: float) -> None:
    """Pause between two looks or two attempts."""
    time.sleep(max(0.0, seconds))
