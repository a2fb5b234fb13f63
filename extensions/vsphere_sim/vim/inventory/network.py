# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Network: a standard port group."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ...estate.sessions import Session
from ...soap.servant import readable
from .managed_entity import ManagedEntity


class Network(ManagedEntity):
    """A network that all hosts of the datacenter have."""

    kind = vim.Network

    @readable("summary")
    def summary(self, session: Optional[Session]) -> Any:
        return vim.Network.Summary(network=self.reference, name=self.name, accessible=True, ipPoolName="")
