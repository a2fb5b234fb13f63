# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the account may do: what vCenter does not answer is not known, and never granted."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.settings import (
    HOST_PRIVILEGES,
    VCENTER_PRIVILEGES,
    read_missing_privileges,
)
from ansible_collections.certops.vsphere.tests.unit.estates import host
from pyVmomi import vim

ROOT = vim.Folder("group-d1")
HOST = vim.HostSystem("host-1")


def availability(entity: Any, **granted: bool) -> Any:
    """What vCenter answers of an object."""
    items = [
        vim.AuthorizationManager.PrivilegeAvailability(privId=name.replace("_", "."), isGranted=value)
        for name, value in granted.items()
    ]
    made = vim.AuthorizationManager.EntityPrivilege(entity=entity)
    if items:
        made.privAvailability = items
    return made


def asked(on_root: list[Any], on_hosts: list[Any]) -> Any:
    """Ask a vCenter that answers so for the root folder and for a host."""
    answers = iter([on_root, on_hosts])
    manager = SimpleNamespace(privilegeList=[], HasPrivilegeOnEntities=lambda **_arguments: next(answers))
    session: Any = SimpleNamespace(
        name="vc01",
        session_key="x",
        content=SimpleNamespace(rootFolder=ROOT, authorizationManager=manager),
        read=lambda _what, call: call(),
        managed_object=lambda kind, moid: kind(moid),
    )
    return read_missing_privileges(session, [host("esx01", moid="host-1")])


ALL_OF_VCENTER = availability(ROOT, **{name.replace(".", "_"): True for name in VCENTER_PRIVILEGES})
ALL_OF_HOST = availability(HOST, **{name.replace(".", "_"): True for name in HOST_PRIVILEGES})


def test_what_is_not_granted_is_missing() -> None:
    lacking = availability(HOST, Certificate_Manage=True, Host_Config_Connection=False)
    assert asked([ALL_OF_VCENTER], [ALL_OF_HOST]) == ((), {"host-1": ()})
    assert asked([ALL_OF_VCENTER], [lacking]) == ((), {"host-1": ("Host.Config.Connection",)})


@pytest.mark.parametrize(
    ("on_root", "on_hosts"),
    [
        ([], [ALL_OF_HOST]),
        ([ALL_OF_VCENTER], []),
        ([ALL_OF_VCENTER], [availability(vim.HostSystem("host-2"), Certificate_Manage=True, Host_Config_Connection=True)]),
        ([ALL_OF_VCENTER], [availability(HOST)]),
        ([ALL_OF_VCENTER], [availability(HOST, Certificate_Manage=True)]),
    ],
)
def test_what_is_not_answered_is_not_granted(on_root: list[Any], on_hosts: list[Any]) -> None:
    with pytest.raises(CertopsError, match=r"because the answer left out 1 of 1 objects \((group-d1|host-1) among them\)"):
        asked(on_root, on_hosts)
