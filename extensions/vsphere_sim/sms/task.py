# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SmsTask: like a task of vim25, with its fault in its info."""

from __future__ import annotations

import logging
import threading
from typing import Any, Callable

from pyVmomi import sms, vmodl

from ..estate.servant import EstateServant
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method
from ..soap.texts import text_of

log = logging.getLogger(__name__)
KEPT = 5000


class SmsTask(EstateServant):
    """One task of SMS; its act happens at its end."""

    kind = sms.Task

    def __init__(self, vcenter: VCenter, call: Call, target: Any, label: str, act: Callable[[], Any]) -> None:
        super().__init__(vcenter, f"SmsTask-{next(vcenter.sms_task_numbers)}")
        self._target = target
        self._label = label
        self._act = act
        self._forced_error = call.task_error
        self._lock = threading.Lock()
        self._started_at = vcenter.now()
        self._completed_at: Any = None
        self._state = "running"
        self._result: Any = None
        self._error: Any = None

    @property
    def label(self) -> str:
        return self._label

    def finish(self) -> None:
        """Do what the task is for."""
        with self._lock:
            if self._state != "running":
                return
            result = error = None
            try:
                if self._forced_error is not None:
                    raise self._forced_error
                result = self._act()
            except vmodl.MethodFault as fault:
                error = fault
                error.msg = error.msg or text_of(error)
            except Exception as defect:
                log.exception("a task failed")
                error = vmodl.fault.SystemError(msg=str(defect), reason=str(defect))
            self._completed_at = self.vcenter.now()
            self._result, self._error = result, error
            self._state = "error" if error is not None else "success"

    @method("QuerySmsTaskInfo")
    def info(self, call: Call) -> Any:
        done = self._state in ("success", "error")
        info = sms.TaskInfo(
            key=self.moid,
            task=self.reference,
            object=self._target,
            startTime=self._started_at,
            completionTime=self._completed_at,
            state=self._state if done else "running",
            progress=100 if done else 50,
        )
        if self._error is not None:
            info.error = self._error
        if self._result is not None:
            info.result = self._result
        return info

    @method("QuerySmsTaskResult")
    def result(self, call: Call) -> Any:
        return self._result


def start_sms_task(vcenter: VCenter, call: Call, target: Any, label: str, seconds: float, act: Callable[[], Any]) -> Any:
    """Begin a task that takes so many seconds of the estate; the reference to it."""
    task = SmsTask(vcenter, call, target, label, act)
    vcenter.sms_objects[task.moid] = task
    _forget_oldest(vcenter)
    vcenter.after(seconds, task.finish)
    return task.reference


def _forget_oldest(vcenter: VCenter) -> None:
    tasks = [moid for moid in list(vcenter.sms_objects) if moid.startswith("SmsTask-")]
    for moid in tasks[: max(0, len(tasks) - KEPT)]:
        vcenter.sms_objects.pop(moid, None)
