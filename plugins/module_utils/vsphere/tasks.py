# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks of vCenter and of SMS: wait for their end, and raise what they ended with."""

from __future__ import annotations

from typing import Any, Callable, Optional

from ..core.errors import CertopsError
from . import waiting
from .faults import translate
from .session import VSphereSession

_DONE = "success"
_FAILED = "error"


def wait_for_task(session: VSphereSession, task: Any, what: str, deadline: waiting.Deadline) -> None:
    """Wait for a vim task. Only its state and its error are looked at: its name may be one that pyVmomi does not know.

    Raises CertopsError with the task's own fault, or DeadlineExceeded.
    """
    _wait(session, what, deadline, lambda: _vim_state(task))


def wait_for_sms_task(session: VSphereSession, task: Any, what: str, deadline: waiting.Deadline) -> None:
    """Wait for an SMS task. Its fault stands in its info, not on the call that started it."""

    def look() -> tuple[str, Any]:
        info = task.QuerySmsTaskInfo()
        return str(info.state), info.error

    _wait(session, what, deadline, look)


def _vim_state(task: Any) -> tuple[str, Any]:
    info = task.info
    return str(info.state), info.error


def _wait(session: VSphereSession, what: str, deadline: waiting.Deadline, look: Callable[[], tuple[str, Any]]) -> None:
    def ended() -> Optional[bool]:
        state, fault = session.read(f"Waiting for: {what}", look)
        if state == _DONE:
            return True
        if state != _FAILED:
            return None
        if fault is None:
            raise CertopsError(f"{what} failed", said="no reason", cure="Look at the task in vCenter for more.")
        raise translate(fault, what, server=session.name) from fault

    waiting.wait_until(
        ended, deadline, what=what, cure="It may still be going on: look at the task in vCenter before running again."
    )
