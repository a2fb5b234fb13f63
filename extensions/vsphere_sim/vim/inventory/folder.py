# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Folder: the branches of the inventory tree."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import readable
from .managed_entity import ManagedEntity


class Folder(ManagedEntity):
    """A folder and what is in it."""

    kind = vim.Folder
    holds = True

    def __init__(self, vcenter: VCenter, moid: str, name: str, parent: Optional[ManagedEntity], types: list[str]) -> None:
        super().__init__(vcenter, moid, name, parent)
        self._types = types
        self.children: list[ManagedEntity] = []

    def contents(self) -> list[ManagedEntity]:
        return list(self.children)

    @readable("childEntity")
    def child_entity(self, session: Optional[Session]) -> list[Any]:
        return [child.reference for child in self.children]

    @readable("childType")
    def child_type(self, session: Optional[Session]) -> list[str]:
        return self._types
