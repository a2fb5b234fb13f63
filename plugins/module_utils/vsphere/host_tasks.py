# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What vCenter does to a host right now, and did in the last minutes, whoever began it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ..core.estate import EsxiHost
from .hosts import STATE_PROPERTIES, HostState, reference, state_of
from .properties import ObjectProperties, read_with_linked
from .pyvmomi_library import vim
from .running_tasks import GOING_ON
from .session import VSphereSession

# The method that a task names need not be one that pyVmomi knows; its description is a plain text.
TASK_PROPERTIES = ("info.state", "info.descriptionId", "info.startTime")
_DONE = "success"
# descriptionId of ReconnectHost_Task, as vCenter's own task descriptions have it. That of a renewal is documented nowhere: it is told
# by its being about certificates, and nothing worse comes of another one than a reconnect too many.
_RECONNECT = "hostsystem.reconnect"
_RENEWAL = "cert"


@dataclass(frozen=True)
class HostTask:
    """A task of a host: its id, what it does by vCenter's descriptionId, its state, and when it began by vCenter's clock."""

    moid: str
    kind: str
    state: str
    begun: str

    @property
    def in_progress(self) -> bool:
        """Whether it is queued or running."""
        return self.state in GOING_ON

    @property
    def reconnected(self) -> bool:
        """Whether it has reconnected its host."""
        return self.state == _DONE and self.kind.lower() == _RECONNECT

    @property
    def renewed(self) -> bool:
        """Whether it has renewed its host's certificate, as far as can be told."""
        return self.state == _DONE and _RENEWAL in self.kind.lower()

    def __str__(self) -> str:
        return f"{self.kind or 'a task'} ({self.moid})"


@dataclass(frozen=True)
class HostNow:
    """A host's state, and its recent tasks (ManagedEntity.recentTask: what runs, and what ended within ten minutes), the oldest first."""

    state: HostState
    tasks: tuple[HostTask, ...]

    @property
    def in_progress(self) -> tuple[HostTask, ...]:
        """The tasks that have not ended."""
        return tuple(task for task in self.tasks if task.in_progress)

    @property
    def reconnects(self) -> frozenset[str]:
        """The ids of the tasks that reconnected it."""
        return frozenset(task.moid for task in self.tasks if task.reconnected)

    @property
    def reconnected_since_renewal(self) -> bool:
        """Whether it was reconnected after the last renewal that is seen among the tasks; False where none is seen."""
        renewals = [task.begun for task in self.tasks if task.renewed]
        return bool(renewals) and any(task.reconnected and task.begun > max(renewals) for task in self.tasks)


def read_now(session: VSphereSession, host: EsxiHost) -> HostNow:
    """A host's connection, certificate and tasks, in one call. What may not be read of the tasks is passed over. Raises CertopsError."""
    found = read_with_linked(
        session,
        reference(session, host),
        STATE_PROPERTIES,
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
