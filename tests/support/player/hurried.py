# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Time that passes faster where somebody waits: a simulated estate does in a second what takes a real one minutes."""

from __future__ import annotations

import threading
import time


class HurriedTime:
    """In the place of the module `time`: a pause takes a part of its time, and is as long as ever on this clock.

    What is not waited takes its real time, so that a deadline never passes before the estate had the time that it was to have: in real time
    that is at least the deadline divided by `times`, and the estate is not slower than that.
    """

    def __init__(self, times: float) -> None:
        self._times = times
        self._ahead = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """Seconds since whenever."""
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float) -> None:
        """Wait. Who waits at the same time, in another thread, waits for the same moments."""
        ends = self.monotonic() + seconds
        time.sleep(seconds / self._times)
        with self._lock:
            self._ahead = max(self._ahead, ends - time.monotonic())
