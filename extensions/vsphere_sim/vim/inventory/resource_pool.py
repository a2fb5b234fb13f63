# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ResourcePool: the root pool of a cluster."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ...estate.sessions import Session
from ...soap.servant import readable
from .managed_entity import ManagedEntity


class ResourcePool(ManagedEntity):
    """A pool without limits."""

    kind = vim.ResourcePool
    holds = True

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
        return []


def _unlimited() -> Any:
    return vim.ResourceAllocationInfo(
        reservation=0, expandableReservation=True, limit=-1, shares=vim.SharesInfo(shares=4000, level="normal")
    )
