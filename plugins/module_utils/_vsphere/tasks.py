# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of vCenter and of SMS: wait for their end, and raise what they ended with."""

from __future__ import annotations

from typing import Any, Callable, Optional

from .._timing import waiting
from .._wire.pyvmomi_library import sms, vim
from . import messages
from .faults import translate
from .properties import read_object
from .session import VSphereSession

# Tasks take some seconds, several for each host: to look every two seconds would add a tenth to a run.
LONGEST_PAUSE_SECONDS = 0.5

_DONE = "success"
_FAILED = "error"


def wait_for_task(session: VSphereSession, task: Any, what: str, deadline: waiting.Deadline) -> None:
    """Wait for a vim task. Only its state and its error are read: the method that it names may be one that pyVmomi does not
    know, and then the whole of its info could not be read.

    Raises CertopsError with the task's own fault, or DeadlineExceeded.
    """

    moid = str(task._GetMoId())

    def look() -> tuple[str, Any]:
        # Made anew from its id, so that it goes by the session of now and not by the one that started it.
        found = read_object(session, [session.managed_object(vim.Task, moid)], ("info.state", "info.error"), f"Waiting for: {what}")
        if not found:
            raise messages.TASK_HIDDEN(action=what)
        if "info.state" in found[0].unreadable:
            raise messages.TASK_UNREADABLE(action=what, reason=found[0].unreadable["info.state"])
        return str(found[0].get("info.state")), _fault(found[0].get("info.error"))

    _wait(what, deadline, look)


def wait_for_sms_task(session: VSphereSession, task: Any, what: str, deadline: waiting.Deadline) -> None:
    """Wait for an SMS task. Its fault stands in its info, not on the call that started it."""

    moid = str(task._GetMoId())

    def look() -> tuple[str, Any]:
        info = session.read(f"Waiting for: {what}", lambda: sms.Task(moid, session.sms_instance._stub).QuerySmsTaskInfo())
        return str(info.state), _fault(info.error)

    _wait(what, deadline, look)


def _fault(error: Any) -> Any:
    """The fault itself, where it comes wrapped with its localised message."""
    inner = getattr(error, "fault", None)
    if inner is None:
        return error
    if not getattr(inner, "msg", None):
        inner.msg = getattr(error, "localizedMessage", None)
    return inner


def _wait(what: str, deadline: waiting.Deadline, look: Callable[[], tuple[str, Any]]) -> None:
    def ended() -> Optional[bool]:
        state, fault = look()
        if state == _DONE:
            return True
        if state != _FAILED:
            return None
        if isinstance(fault, BaseException):
            raise translate(fault, what) from fault
        raise messages.TASK_FAILED_WITHOUT_REASON(action=what, vsphere_fault="no reason")

    waiting.wait_until(
        ended,
        deadline,
        late=lambda seconds: messages.TASK_NOT_ENDED(action=what, seconds=seconds),
        longest_pause_seconds=LONGEST_PAUSE_SECONDS,
    )
