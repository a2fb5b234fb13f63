# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens later: one thread waits, a few others do it."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Callable

WORKERS = 4
log = logging.getLogger(__name__)


class Schedule:
    """Runs functions at their time. Nothing runs, and nothing spins, while nothing is due."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._stopped = False
        self._workers = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="event")
        self._thread = threading.Thread(target=self._wait, name="schedule", daemon=True)
        self._thread.start()

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        """Run a function in so many real seconds."""
        with self._condition:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), what))
            self._condition.notify()

    def stop(self) -> None:
        """Forget what is not yet due."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self._workers.shutdown(wait=False, cancel_futures=True)

    def _wait(self) -> None:
        while True:
            with self._condition:
                while not self._stopped and (not self._due or self._due[0][0] > time.monotonic()):
                    self._condition.wait(self._due[0][0] - time.monotonic() if self._due else None)
                if self._stopped:
                    return
                what = heapq.heappop(self._due)[2]
            self._workers.submit(_logged, what)


def _logged(what: Callable[[], None]) -> None:
    try:
        what()
    except Exception:
        # It has no caller who could be told.
        log.exception("an event failed")
