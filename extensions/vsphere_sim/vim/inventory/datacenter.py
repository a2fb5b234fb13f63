# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Datacenter: four folders under one name."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import readable
from .datastore import Datastore
from .folder import Folder
from .managed_entity import ManagedEntity
from .network import Network


class Datacenter(ManagedEntity):
    """A datacenter with its folders, one datastore and one network."""

    kind = vim.Datacenter
    holds = True

    def __init__(self, vcenter: VCenter, number: int, name: str, parent: Folder) -> None:
        super().__init__(vcenter, f"datacenter-{number}", name, parent)
        self.vms = Folder(vcenter, f"group-v{number + 1}", "vm", self, ["Folder", "VirtualMachine", "VirtualApp"])
        self.hosts = Folder(vcenter, f"group-h{number + 2}", "host", self, ["Folder", "ComputeResource"])
        self.datastores = Folder(vcenter, f"group-s{number + 3}", "datastore", self, ["Folder", "Datastore", "StoragePod"])
        self.networks = Folder(vcenter, f"group-n{number + 4}", "network", self, ["Folder", "Network", "DistributedVirtualSwitch"])
        self.datastore = Datastore(vcenter, f"datastore-{number + 5}", f"{name}-datastore", self.datastores)
        self.network = Network(vcenter, f"network-{number + 6}", "VM Network", self.networks)
        self.datastores.children.append(self.datastore)
        self.networks.children.append(self.network)
        parent.children.append(self)

    def contents(self) -> list[ManagedEntity]:
        return [self.vms, self.hosts, self.datastores, self.networks]

    @readable("vmFolder")
    def vm_folder(self, session: Optional[Session]) -> Any:
        return self.vms.reference

    @readable("hostFolder")
    def host_folder(self, session: Optional[Session]) -> Any:
        return self.hosts.reference

    @readable("datastoreFolder")
    def datastore_folder(self, session: Optional[Session]) -> Any:
        return self.datastores.reference

    @readable("networkFolder")
    def network_folder(self, session: Optional[Session]) -> Any:
        return self.networks.reference

    @readable("datastore")
    def read_datastore(self, session: Optional[Session]) -> list[Any]:
        return [self.datastore.reference]

    @readable("network")
    def read_network(self, session: Optional[Session]) -> list[Any]:
        return [self.network.reference]

    @readable("configuration")
    def configuration(self, session: Optional[Session]) -> Any:
        return vim.Datacenter.ConfigInfo()
