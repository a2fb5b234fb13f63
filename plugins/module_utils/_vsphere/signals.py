# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Being asked to end, by Ctrl-C, a job that is cancelled, or a terminal that is closed: what is in flight is finished, and sessions are logged out."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from types import FrameType
from typing import Iterator, Optional

SIGNALS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
# What ignores a signal was started so; Python's own answer to Ctrl-C is an exception already.
_LEFT = (signal.SIG_IGN, signal.default_int_handler, None)


class Ending:
    """Whether this process was told to end, for who ends it when that does no harm."""

    def __init__(self) -> None:
        self._number: Optional[int] = None

    def __call__(self, number: int, _frame: Optional[FrameType]) -> None:
        """What the signal does: it is noted, the first of them only."""
        self._number = self._number or number

    def end_if_told(self) -> None:
        """Raise SystemExit where it was."""
        if self._number is not None:
            raise SystemExit(128 + self._number)


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Have a signal that would end this process at once raise SystemExit instead, the first of them only: the end is on its way then.

    In another thread than the main one, which alone is told of signals, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    # Who only notes a signal has work around this that must not stop wherever it is.
    taken = [number for number, handler in before.items() if handler not in _LEFT and not isinstance(handler, Ending)]

    def end(number: int, _frame: Optional[FrameType]) -> None:
        for one in taken:
            signal.signal(one, signal.SIG_IGN)
        raise SystemExit(128 + number)

    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


@contextmanager
def ending_later() -> Iterator[Ending]:
    """Have a signal that would end this process be noted, and raise SystemExit at the end of what is done meanwhile.

    For work that must not stop wherever it is, and that asks by itself (Ending.end_if_told) where it may. In another thread than the main
    one it does nothing.
    """
    ending = Ending()
    if threading.current_thread() is not threading.main_thread():
        yield ending
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]
    for number in taken:
        signal.signal(number, ending)
    try:
        yield ending
    finally:
        for number in taken:
            signal.signal(number, before[number])
        ending.end_if_told()
