# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A clock on which time passes only where somebody waits."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from ansible_collections.certops.vsphere.tests.unit.certificates import NOW


class FakeClock:
    """It begins at NOW."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        """How many seconds were waited."""
        return self.seconds

    def rest(self, seconds: float) -> None:
        """Let them pass."""
        with self._lock:
            self.seconds += seconds

    def now(self) -> datetime:
        """The time of day."""
        return NOW + timedelta(seconds=self.seconds)
