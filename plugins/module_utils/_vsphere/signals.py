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


@contextmanager
def ending_in_order() -> Iterator[None]:
    """Have a signal that would end this process at once raise SystemExit instead, the first of them only: the end is on its way then.

    In another thread than the main one, which alone is told of signals, it does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    taken = [number for number, handler in before.items() if handler not in _LEFT]

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
