# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a host right before and after a step: its connection, its certificate, and what vCenter does to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .._certificates.certificate import Certificate

# The states of a task that has not ended.
GOING_ON = ("queued", "running")
_DONE = "success"
# The descriptionIds of DisconnectHost_Task, ReconnectHost_Task and CertMgrRefreshCertificates_Task, as a real vCenter's own list of tasks has them.
_DISCONNECT = "hostsystem.disconnect"
_RECONNECT = "hostsystem.reconnect"
_RENEWAL = "certificatemanager.refreshcertificates"


@dataclass(frozen=True)
class HostState:
    """What is read again after a step."""

    connection_state: Optional[str]
    certificate: Optional[Certificate]
    record_thumbprint: Optional[str]
    asleep: bool = False
    # How its agent of vSphere HA is (runtime.dasHostState.state), and whether it is in maintenance mode, where HA does not count on it.
    ha_state: Optional[str] = None
    in_maintenance_mode: Optional[bool] = None


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
    def disconnected(self) -> bool:
        """Whether it has disconnected its host."""
        return self.state == _DONE and self.kind.lower() == _DISCONNECT

    @property
    def renewed(self) -> bool:
        """Whether it has renewed its host's certificate."""
        return self.state == _DONE and self.kind.lower() == _RENEWAL

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
    def on_its_way_back(self) -> bool:
        """Whether somebody is about to reconnect it: a task is in progress, or the last that ended is what disconnected it."""
        last = next((task for task in reversed(self.tasks) if task.disconnected or task.reconnected), None)
        return bool(self.in_progress) or (last is not None and last.disconnected)

    @property
    def reconnected_since_renewal(self) -> bool:
        """Whether it was reconnected after the last renewal that is seen among the tasks; False where none is seen."""
        renewals = [task.begun for task in self.tasks if task.renewed]
        return bool(renewals) and any(task.reconnected and task.begun > max(renewals) for task in self.tasks)
