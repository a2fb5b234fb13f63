# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host monitoring of a cluster's HA: switching it, and the note on the cluster that says what it was; and HA on one host, configured anew."""

from __future__ import annotations

from typing import Any, Sequence

from ..._estate.cluster import Cluster
from ..._estate.estate import EsxiHost
from ..._estate.ha_note import NOTE_NAME
from ..._estate.host_now import GOING_ON
from ..._wire.pyvmomi_library import vim
from ..hosts import reference
from ..properties import read_with_linked
from ..session import VSphereSession
from .cluster_config import note_definition

_TASK = ("info.state", "info.descriptionId")


def switch(session: VSphereSession, cluster: Cluster, host_monitoring: str) -> Any:
    """Start setting host monitoring. modify=True leaves what is unset in the specification as it is (vSphere API reference)."""
    specification = vim.cluster.ConfigSpecEx(dasConfig=vim.cluster.DasConfigInfo(hostMonitoring=host_monitoring))
    return session.change(
        f"Setting host monitoring of {cluster.name} to {host_monitoring}",
        lambda: _reference(session, cluster).ReconfigureComputeResource_Task(specification, True),
    )


def write_note(session: VSphereSession, cluster: Cluster, text: str) -> None:
    """Write a note on a cluster, in a custom attribute that is defined where it is not; an empty text takes it away."""
    key = note_definition(session)
    if key is None:
        what = f"Defining the custom attribute {NOTE_NAME} in {session.name}"
        key = int(
            session.change(
                what,
                lambda: session.content.customFieldsManager.AddCustomFieldDef(NOTE_NAME, vim.ClusterComputeResource, None, None),
            ).key
        )
    session.change(
        f"Writing a note on {cluster.name}",
        lambda: session.content.customFieldsManager.SetField(_reference(session, cluster), key, text),
    )


def log_event(session: VSphereSession, cluster: Cluster, text: str) -> None:
    """Write an event of a cluster (EventManager.LogUserEvent)."""
    what = f"Writing an event of {cluster.name}"
    session.change(what, lambda: session.content.eventManager.LogUserEvent(_reference(session, cluster), text))


def tasks_on(session: VSphereSession, cluster: Cluster) -> Sequence[str]:
    """What is in progress on a cluster, by the descriptions of its tasks. What may not be read of a task counts as in progress."""
    what = f"Looking for tasks of {cluster.name}"
    found = read_with_linked(session, _reference(session, cluster), ("name",), "recentTask", (vim.Task, _TASK), what)
    tasks = [item for item in found if isinstance(item.managed_object, vim.Task)]
    going = [item for item in tasks if "info.state" in item.unreadable or str(item.get("info.state")) in GOING_ON]
    return [f"{item.text('info.descriptionId') or 'a task'} ({item.moid})" for item in going]


def reconfigure_ha(session: VSphereSession, host: EsxiHost) -> Any:
    """Start configuring HA on a host anew."""
    return session.change(
        f"Configuring vSphere HA on {host.name} anew", lambda: reference(session, host).ReconfigureHostForDAS_Task()
    )


def _reference(session: VSphereSession, cluster: Cluster) -> Any:
    return session.managed_object(vim.ClusterComputeResource, cluster.moid)
