# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Task: something that takes time, and ends well or with a fault."""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import datetime
from typing import Any, Callable, Optional, Sequence

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import GetWsdlMethod

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method, readable
from ..soap.texts import text_of
from .inventory.managed_entity import ManagedEntity

log = logging.getLogger(__name__)
Act = Callable[[], Any]

# How soon a task ends that may not begin.
REFUSAL_SECONDS = 0.2
# How often a task that a rule holds looks whether it may end, in real seconds.
HELD_LOOK_SECONDS = 0.05


class Task(EstateServant):
    """One task; its act happens at its end."""

    kind = vim.Task

    def __init__(self, vcenter: VCenter, call: Call, entity: Optional[ManagedEntity], seconds: float, act: Act) -> None:
        super().__init__(vcenter, vcenter.new_task_id())
        self._method = GetWsdlMethod("urn:vim25", call.method_name)
        self._entity = entity
        self._username = call.session.account.username if call.session else ""
        self._seconds = max(vcenter.clock.scaled(seconds), 0.001)
        self._act = act
        self._forced_error = call.task_error
        self._held = call.task_held
        self.locks = False
        self._lock = threading.Lock()
        self._queued_at = vcenter.now()
        self._started = vcenter.clock.monotonic()
        self.completed_at: Optional[datetime] = None
        self._state = "running"
        self._result: Any = None
        self._error: Any = None
        self._activation = uuid.uuid4().hex[:8]
        self._number = int(self.moid.rpartition("-")[2])

    @property
    def label(self) -> Optional[str]:
        return self._entity.name if self._entity else None

    def finish(self) -> None:
        """Do what the task is for, once no rule holds it any more."""
        if self._held is not None and not self._held.is_set():
            self.vcenter.schedule.after(HELD_LOOK_SECONDS, self.finish)
            return
        with self._lock:
            if self._state != "running":
                return
            self._state = "finishing"
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
            error = vmodl.fault.SystemError(msg=f"A general system error occurred: {defect}", reason=str(defect))
        self._result, self._error = result, error
        # Whoever sees that it ended may begin the next.
        self.completed_at = self.vcenter.now()
        self._state = "error" if error is not None else "success"
        self.vcenter.notify()

    @method("CancelTask")
    def cancel(self, call: Call) -> None:
        raise vmodl.fault.NotSupported()

    @readable("info")
    def info(self, session: Optional[Session]) -> Any:
        done = self._state in ("success", "error")
        info = vim.TaskInfo(
            key=self.moid,
            task=self.reference,
            name=self._method,
            descriptionId=_description(self._method),
            entity=self._entity.reference if self._entity else None,
            entityName=self._entity.name if self._entity else None,
            state=self._state if done else "running",
            cancelled=False,
            cancelable=False,
            reason=vim.TaskReasonUser(userName=self._username),
            queueTime=self._queued_at,
            startTime=self._queued_at,
            completeTime=self.completed_at if done else None,
            eventChainId=self._number,
            activationId=self._activation,
        )
        if not done:
            passed = (self.vcenter.clock.monotonic() - self._started) / self._seconds
            info.progress = max(0, min(99, int(passed * 100)))
        if self._error is not None:
            info.error = self._error
        if self._result is not None:
            info.result = self._result
        return info

    @readable("value")
    def value(self, session: Optional[Session]) -> list[Any]:
        return []

    @readable("availableField")
    def available_field(self, session: Optional[Session]) -> list[Any]:
        return []


def start_task(vcenter: VCenter, call: Call, entity: Optional[ManagedEntity], seconds: float, act: Act) -> Any:
    """Begin a task that takes so many seconds of the estate; the reference to it."""
    return _begin(vcenter, Task(vcenter, call, entity, seconds, act), [entity] if entity else [], seconds)


def start_locking_task(vcenter: VCenter, call: Call, hosts: Sequence[ManagedEntity], seconds: float, act: Act) -> Any:
    """Begin a task that no other of its kind may overlap on these hosts; the reference to it.

    While another one runs, the task ends with TaskInProgress. It does so in its info: none of the methods declares that fault, and
    none but a RuntimeFault may come from a call without being declared.
    """
    entity = hosts[0] if len(hosts) == 1 else None
    with vcenter.task_lock:
        other = next((running for host in hosts if (running := host.recent_tasks.locking()) is not None), None)
        if other is not None:
            call.task_error = vim.fault.TaskInProgress(task=other.reference)
            call.detail = f"TaskInProgress: {other.reference._GetMoId()}"
            seconds = REFUSAL_SECONDS
        task = Task(vcenter, call, entity, seconds, act)
        task.locks = other is None
        return _begin(vcenter, task, hosts, seconds)


def _begin(vcenter: VCenter, task: Task, concerned: Sequence[ManagedEntity], seconds: float) -> Any:
    vcenter.keep_task(task)
    for recent in (vcenter.recent_tasks, *(entity.recent_tasks for entity in concerned)):
        recent.add(task)
    vcenter.after(seconds, task.finish)
    return task.reference


def _description(invoked: Any) -> str:
    info = invoked.info
    name = info.name
    return f"{info.type._wsdlName}.{name[0].lower()}{name[1:]}"
