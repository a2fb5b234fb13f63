# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaskManager: what vCenter does now, and what it did."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import Call, method, readable
from . import descriptions
from .event_filter import within
from .history_collector import MOST_COLLECTORS, HistoryCollector, keep


class TaskManager(EstateServant):
    """Recent tasks, and collectors of all."""

    kind = vim.TaskManager

    @readable("recentTask")
    def recent(self, session: Optional[Session]) -> list[Any]:
        return self.vcenter.recent_tasks.references(self.vcenter.now())

    @readable("description")
    def description(self, session: Optional[Session]) -> Any:
        return descriptions.tasks()

    @readable("maxCollector")
    def max_collector(self, session: Optional[Session]) -> int:
        return MOST_COLLECTORS

    @method("CreateCollectorForTasks")
    def create_collector(self, call: Call) -> Any:
        wanted = call.require("filter")

        def matching() -> list[Any]:
            return [info for info in (task.read("info", None) for task in self.vcenter.tasks()) if self._takes(wanted, info)]

        matching()
        return keep(call, TaskHistoryCollector, lambda moid: TaskHistoryCollector(self.vcenter, moid, wanted, matching))

    def _takes(self, wanted: Any, info: Any) -> bool:
        if wanted.time is not None:
            at = {"queuedTime": info.queueTime, "startedTime": info.startTime, "completedTime": info.completeTime}[
                wanted.time.timeType
            ]
            begins, ends = wanted.time.beginTime, wanted.time.endTime
            if at is None or (begins is not None and at < begins) or (ends is not None and at > ends):
                return False
        if wanted.state and info.state not in wanted.state:
            return False
        if wanted.entity is not None:
            about = {info.entity._GetMoId()} if info.entity is not None else set()
            if not within(self.vcenter, wanted.entity, about):
                return False
        names = wanted.userName.userList if wanted.userName is not None else None
        return not names or info.reason.userName in names


class TaskHistoryCollector(HistoryCollector):
    """Reads tasks."""

    kind = vim.TaskHistoryCollector

    @method("ReadNextTasks")
    def read_next(self, call: Call) -> list[Any]:
        return self.read_on(call)

    @method("ReadPreviousTasks")
    def read_previous(self, call: Call) -> list[Any]:
        return self.read_back(call)
