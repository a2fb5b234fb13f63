# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ResourcePool: the root pool of a cluster."""

from __future__ import annotations

from typing import Any, Callable, Optional

from pyVmomi import vim

from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import readable
from .managed_entity import ManagedEntity


class ResourcePool(ManagedEntity):
    """A pool without limits."""

    kind = vim.ResourcePool
    holds = True

    def __init__(self, vcenter: VCenter, moid: str, name: str, parent: ManagedEntity, machines: Callable[[], list[Any]]) -> None:
        super().__init__(vcenter, moid, name, parent)
        self._machines = machines

    @readable("owner")
    def owner(self, session: Optional[Session]) -> Any:
        return self.parent.reference if self.parent else None

    @readable("config")
    def config(self, session: Optional[Session]) -> Any:
        return vim.ResourceConfigSpec(entity=self.reference, cpuAllocation=_unlimited(), memoryAllocation=_unlimited())

    @readable("resourcePool")
    def pools(self, session: Optional[Session]) -> list[Any]:
        return []

    @readable("vm")
    def vms(self, session: Optional[Session]) -> list[Any]:
        return self._machines()


def _unlimited() -> Any:
    return vim.ResourceAllocationInfo(
        reservation=0, expandableReservation=True, limit=-1, shares=vim.SharesInfo(shares=4000, level="normal")
    )
