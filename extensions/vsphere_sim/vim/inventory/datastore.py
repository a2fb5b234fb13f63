# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datastore: where the virtual machines are."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ...estate.sessions import Session
from ...soap.servant import readable
from .managed_entity import ManagedEntity

CAPACITY = 4 * 1024**4


class Datastore(ManagedEntity):
    """A VMFS datastore that all hosts of the datacenter have."""

    kind = vim.Datastore

    @readable("summary")
    def summary(self, session: Optional[Session]) -> Any:
        return vim.Datastore.Summary(
            datastore=self.reference,
            name=self.name,
            url=f"ds:///vmfs/volumes/{self.moid}/",
            capacity=CAPACITY,
            freeSpace=CAPACITY // 2,
            accessible=True,
            multipleHostAccess=True,
            type="VMFS",
            maintenanceMode="normal",
        )
