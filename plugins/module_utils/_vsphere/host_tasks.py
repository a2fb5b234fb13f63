# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What vCenter does to a host right now, and did in the last minutes, whoever began it."""

from __future__ import annotations

from typing import Optional

from .._estate.estate import EsxiHost
from .._estate.host_now import HostNow, HostTask
from .._wire.pyvmomi_library import vim
from .hosts import reference, state_of, state_properties
from .properties import ObjectProperties, read_with_linked
from .session import VSphereSession

# The method that a task names need not be one that pyVmomi knows; its description is a plain text.
TASK_PROPERTIES = ("info.state", "info.descriptionId", "info.startTime")


def read_now(session: VSphereSession, host: EsxiHost) -> HostNow:
    """A host's connection, certificate and tasks, in one call. What may not be read of the tasks is passed over. Raises CertopsError."""
    found = read_with_linked(
        session,
        reference(session, host),
        state_properties(session),
        "recentTask",
        (vim.Task, TASK_PROPERTIES),
        f"Reading the state and the tasks of {host.name}",
    )
    item: Optional[ObjectProperties] = next((one for one in found if isinstance(one.managed_object, vim.HostSystem)), None)
    tasks = (_task(one) for one in found if isinstance(one.managed_object, vim.Task))
    return HostNow(state_of(item or ObjectProperties(None)), tuple(sorted(tasks, key=lambda task: task.begun)))


def _task(item: ObjectProperties) -> HostTask:
    begun = item.get("info.startTime")
    return HostTask(
        moid=item.moid,
        kind=item.text("info.descriptionId") or "",
        state=item.text("info.state") or "",
        begun=begun.isoformat() if begun is not None else "",
    )
