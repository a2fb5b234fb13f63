# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that vCenter shows as recent: those that have not ended, and those that ended not long ago."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any, Optional, Protocol

# TaskManager.recentTask in the vSphere API reference: ended within 10 minutes, and among the last 200 that ended.
KEPT = timedelta(minutes=10)
MOST_ENDED = 200


class TaskLike(Protocol):
    """What is asked of a task."""

    reference: Any
    # Whether no other task that locks may begin on its hosts until it has ended.
    locks: bool

    @property
    def completed_at(self) -> Optional[datetime]:
        """When it ended; None before."""


class RecentTasks:
    """The recent tasks of one entity, or of a vCenter, the oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: list[TaskLike] = []

    def add(self, task: TaskLike) -> None:
        """Show one more."""
        with self._lock:
            self._tasks.append(task)

    def references(self, now: datetime) -> list[Any]:
        """Those that are recent at this moment."""
        with self._lock:
            ended = [task for task in self._tasks if task.completed_at is not None]
            forgotten = {id(task) for task in ended[:-MOST_ENDED]}
            forgotten |= {id(task) for task in ended if task.completed_at is not None and now - task.completed_at > KEPT}
            self._tasks = [task for task in self._tasks if id(task) not in forgotten]
            return [task.reference for task in self._tasks]

    def locking(self) -> Optional[TaskLike]:
        """The task that locks and has not ended; None where there is none."""
        with self._lock:
            return next((task for task in self._tasks if task.locks and task.completed_at is None), None)
