# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execs that run now: who they belong to, and how their connection is cut."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import Callable, Optional


@dataclass
class Running:
    """One exec."""

    number: int
    session: str
    username: str
    drop: Callable[[], object]
    # A program that changes something ran in it.
    changed: bool = False


class RunningExecs:
    """By number; programs of a host know theirs by an environment variable."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._execs: dict[int, Running] = {}

    def begin(self, session: str, username: str, drop: Callable[[], object]) -> Running:
        """An exec begins."""
        with self._lock:
            running = Running(next(self._numbers), session, username, drop)
            self._execs[running.number] = running
            return running

    def end(self, running: Running) -> None:
        """An exec has ended."""
        with self._lock:
            self._execs.pop(running.number, None)

    def find(self, number: str) -> Optional[Running]:
        """The exec of a number; None where it has ended, as with a program that was left in the background."""
        with self._lock:
            return self._execs.get(int(number)) if number.isdigit() else None
