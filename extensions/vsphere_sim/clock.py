# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The estate's time: real time, which can be moved forward, and durations that can be shortened."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timedelta, timezone


class Clock:
    """Says what time it is in the estate, and how long something takes there."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.moved_by = timedelta()
        self.stopping = threading.Event()

    def now(self) -> datetime:
        """The time in the estate, in UTC."""
        return datetime.now(timezone.utc) + self.moved_by

    def scaled(self, seconds: float) -> float:
        """How many real seconds a duration of the estate takes here."""
        return seconds / self.speed

    def rest(self, seconds: float) -> None:
        """Wait for real seconds, or until the simulator stops."""
        self.stopping.wait(seconds)

    @staticmethod
    def monotonic() -> float:
        """For measuring durations."""
        return time.monotonic()
