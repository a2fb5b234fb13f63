# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SearchIndex: finding hosts and virtual machines by what they are known by."""

from __future__ import annotations

from typing import Any, Callable, Iterator

from pyVmomi import vim, vmodl

from ...estate.servant import EstateServant
from ...soap.servant import Call, method
from ..host.host_system import HostSystem
from .managed_entity import ManagedEntity
from .view_manager import under
from .virtual_machine import VirtualMachine


class SearchIndex(EstateServant):
    """Finds; None where there is nothing."""

    kind = vim.SearchIndex

    @method("FindByUuid")
    def by_uuid(self, call: Call) -> Any:
        return _first(self._all_by_uuid(call))

    @method("FindAllByUuid")
    def all_by_uuid(self, call: Call) -> list[Any]:
        return self._all_by_uuid(call)

    @method("FindByDnsName")
    def by_dns_name(self, call: Call) -> Any:
        return _first(self._all_by_dns_name(call))

    @method("FindAllByDnsName")
    def all_by_dns_name(self, call: Call) -> list[Any]:
        return self._all_by_dns_name(call)

    @method("FindByIp")
    def by_ip(self, call: Call) -> Any:
        return _first(self._all_by_ip(call))

    @method("FindAllByIp")
    def all_by_ip(self, call: Call) -> list[Any]:
        return self._all_by_ip(call)

    @method("FindByDatastorePath")
    def by_datastore_path(self, call: Call) -> Any:
        path = str(call.require("path"))
        return _first([one.reference for one in self._under(call) if isinstance(one, VirtualMachine) and one.path == path])

    @method("FindByInventoryPath")
    def by_path(self, call: Call) -> Any:
        found = self._root()
        for name in str(call.require("inventoryPath")).strip("/").split("/"):
            if not name:
                continue
            child = next((one for one in found.contents() if one.name.lower() == name.lower()), None)
            if child is None:
                return None
            found = child
        return found.reference

    @method("FindChild")
    def child(self, call: Call) -> Any:
        entity = self.vcenter.objects.get(call.require("entity")._GetMoId())
        if not isinstance(entity, ManagedEntity):
            raise vmodl.fault.ManagedObjectNotFound(obj=call.arguments["entity"])
        return _first([one.reference for one in entity.contents() if one.name.lower() == str(call.require("name")).lower()])

    def _root(self) -> ManagedEntity:
        root = self.vcenter.objects["group-d1"]
        assert isinstance(root, ManagedEntity)
        return root

    def _all_by_uuid(self, call: Call) -> list[Any]:
        uuid = str(call.require("uuid")).lower()
        return self._found(call, lambda host: host.host.uuid == uuid, lambda vm: uuid in (vm.uuid, vm.instance_uuid))

    def _all_by_dns_name(self, call: Call) -> list[Any]:
        name = str(call.require("dnsName")).lower()
        return self._found(call, lambda host: host.host.name.lower() == name, lambda vm: vm.guest_name == name)

    def _all_by_ip(self, call: Call) -> list[Any]:
        address = str(call.require("ip"))
        return self._found(call, lambda host: host.host.address == address, lambda vm: vm.guest_address == address)

    def _under(self, call: Call) -> Iterator[ManagedEntity]:
        """Everything under the datacenter that a call names, or under the root."""
        datacenter = call.arguments.get("datacenter")
        start = self.vcenter.objects.get(datacenter._GetMoId()) if datacenter is not None else self._root()
        if not isinstance(start, ManagedEntity):
            raise vmodl.fault.ManagedObjectNotFound(obj=datacenter)
        return under(start)

    def _found(self, call: Call, host: Callable[[HostSystem], bool], machine: Callable[[VirtualMachine], bool]) -> list[Any]:
        everything = self._under(call)
        if call.require("vmSearch"):
            return [one.reference for one in everything if isinstance(one, VirtualMachine) and machine(one)]
        return [one.reference for one in everything if isinstance(one, HostSystem) and host(one)]


def _first(found: list[Any]) -> Any:
    return found[0] if found else None
