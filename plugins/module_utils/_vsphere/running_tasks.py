# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that a vCenter still works on for a host, whoever started them."""

from __future__ import annotations

from typing import Any, Optional

from .._common.errors import CertopsError
from .._estate.estate import EsxiHost
from .._estate.host_now import GOING_ON
from .._wire.pyvmomi_library import vim, vmodl
from . import messages
from .properties import ObjectProperties, read_object
from .session import VSphereSession

# Not info as a whole: it names a method that pyVmomi may not know.
_PATHS = ("info.state", "info.entity", "info.descriptionId")
# CertMgrRefreshCertificates_Task takes hosts as its argument, and what entity its task has is not documented: one that names no host may be about any.
# The descriptionId is that of a real vCenter's own list of tasks.
_OF_ANY_HOST = "certificatemanager.refreshcertificates"
_LOOKS = 3


def running_on(session: VSphereSession, host: EsxiHost) -> Optional[list[Any]]:
    """The tasks that are queued or running on a host (TaskManager.recentTask, vSphere API reference); None where they can't be seen.

    Raises CertopsError where the vCenter does not answer.
    """
    what = f"Looking for tasks of {host.name}"
    for look in range(1, _LOOKS + 1):
        found = read_object(session, [session.content.taskManager], ("recentTask",), what)
        if not found or found[0].unreadable:
            return None
        try:
            tasks = read_object(session, list(found[0].get("recentTask") or ()), _PATHS, what)
        except CertopsError as error:
            # A task that ended some minutes ago can be forgotten between the two calls.
            if look < _LOOKS and isinstance(error.__cause__, vmodl.fault.ManagedObjectNotFound):
                continue
            raise
        of_host = [task for task in tasks if _is_of(task, host)]
        # What is not known to have ended may be going on.
        if any("info.state" in task.unreadable for task in of_host):
            return None
        return [task.managed_object for task in of_host if str(task.get("info.state")) in GOING_ON]
    raise AssertionError("unreachable")


def nothing_runs_on(session: VSphereSession, host: EsxiHost) -> bool:
    """Whether no task is queued or running on a host. Raises CertopsError where that can't be seen."""
    tasks = running_on(session, host)
    if tasks is None:
        raise messages.HOST_TASKS_HIDDEN(esxi_host=host.name)
    return not tasks


def _is_of(task: ObjectProperties, host: EsxiHost) -> bool:
    entity = task.get("info.entity")
    if isinstance(entity, vim.HostSystem):
        return str(entity._GetMoId()) == host.moid
    return str(task.get("info.descriptionId") or "").lower() == _OF_ANY_HOST
