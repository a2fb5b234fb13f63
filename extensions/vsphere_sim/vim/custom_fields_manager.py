# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CustomFieldsManager: attributes that clients define, and their values on things of the inventory."""

from __future__ import annotations

import threading
from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.endpoint import no_permission
from ..soap.servant import Call, method, readable
from .inventory.managed_entity import ManagedEntity

FIRST_KEY = 101


class CustomFieldsManager(EstateServant):
    """No custom attributes are defined before somebody does."""

    kind = vim.CustomFieldsManager

    def __init__(self, vcenter: VCenter, moid: str) -> None:
        super().__init__(vcenter, moid)
        self._lock = threading.Lock()
        self._fields: list[Any] = []

    @readable("field")
    def field(self, session: Optional[Session]) -> list[Any]:
        with self._lock:
            return list(self._fields)

    @method("AddCustomFieldDef")
    def add(self, call: Call) -> Any:
        name, kind = str(call.require("name")), call.get("moType")
        with self._lock:
            if any(one.name == name and one.managedObjectType is kind for one in self._fields):
                raise vim.fault.DuplicateName(name=name, object=self.reference)
            made = vim.CustomFieldsManager.FieldDef(key=FIRST_KEY + len(self._fields), name=name, type=str, managedObjectType=kind)
            self._fields.append(made)
        call.detail = name
        return made

    @method("SetField")
    def set(self, call: Call) -> None:
        entity = self.vcenter.objects.get(str(call.require("entity")._GetMoId()))
        if not isinstance(entity, ManagedEntity):
            raise vmodl.fault.ManagedObjectNotFound(obj=call.require("entity"))
        # The library's table says nothing of it; the API reference does.
        assert call.session is not None
        if not call.session.account.may("Global.SetCustomField"):
            raise no_permission(entity.reference, "Global.SetCustomField")
        key = int(call.require("key"))
        if all(one.key != key for one in entity.field_definitions()):
            raise vmodl.fault.InvalidArgument(invalidProperty="key")
        call.detail = f"{entity.name}: {call.arguments.get('value') or ''}"
        entity.custom_values[key] = str(call.arguments.get("value") or "")
        self.vcenter.notify()
