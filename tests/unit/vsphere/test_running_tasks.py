# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of a vCenter's recent tasks are of a host, by the descriptionIds of a real vCenter."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_now import HostTask
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import running_tasks
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.tests.unit.estates import host
from pyVmomi import vim

MANAGER, TASK = vim.TaskManager("TaskManager"), vim.Task("task-7")
OURS, OTHERS, FOLDER = vim.HostSystem(host("esx01").moid), vim.HostSystem("host-999"), vim.Folder("group-d1")
RENEWAL = "CertificateManager.refreshCertificates"


def running(monkeypatch: pytest.MonkeyPatch, kind: str, entity: Any, state: str = "running") -> Optional[list[Any]]:
    """What runs on the host while this is the vCenter's one recent task."""
    shown = {"info.descriptionId": kind, "info.entity": entity, "info.state": state}

    def read_object(_session: Any, objects: list[Any], _paths: Any, _what: str) -> list[ObjectProperties]:
        if objects == [MANAGER]:
            return [ObjectProperties(MANAGER, {"recentTask": [TASK]})]
        return [ObjectProperties(TASK, {key: value for key, value in shown.items() if value is not None})]

    monkeypatch.setattr(running_tasks, "read_object", read_object)
    session: Any = SimpleNamespace(content=SimpleNamespace(taskManager=MANAGER))
    return running_tasks.running_on(session, host("esx01"))


@pytest.mark.parametrize(
    ("kind", "entity", "seen"),
    [
        ("HostSystem.reconnect", OURS, True),
        ("HostSystem.reconnect", OTHERS, False),
        # What a renewal's task has for an entity is not documented.
        (RENEWAL, OURS, True),
        (RENEWAL, FOLDER, True),
        (RENEWAL, None, True),
        (RENEWAL, OTHERS, False),
        ("VirtualMachine.powerOn", None, False),
        ("CertificateManager.refreshCACertificatesAndCRLs", FOLDER, False),
    ],
)
def test_a_task_is_of_the_host_that_it_is_about(monkeypatch: pytest.MonkeyPatch, kind: str, entity: Any, seen: bool) -> None:
    assert running(monkeypatch, kind, entity) == ([TASK] if seen else [])
    assert running(monkeypatch, kind, entity, state="success") == []


def test_a_renewal_is_told_by_its_description() -> None:
    told = {
        kind: HostTask("task-7", kind, "success", "").renewed for kind in (RENEWAL, "HostSystem.reconnect", "Certificates.other")
    }
    assert told == {RENEWAL: True, "HostSystem.reconnect": False, "Certificates.other": False}
