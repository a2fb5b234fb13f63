# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pyVmomi knows of the elements of a SOAP exchange, for the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from ..._journal.soap_text import BYTES, KEPT, REFERENCE, TEXT, UNKNOWN
from ..pyvmomi_library import Binary, DataObject, Enum, GetWsdlType, GuessWsdlType, ManagedObject

_XSD = "http://www.w3.org/2001/XMLSchema"
# In a fault the element bears the name of the fault's type, and the type besides.
_NOT_KNOWN = (LookupError, AttributeError, TypeError, ValueError)


class SoapTypes:
    """The types of one method's request, or of its answer. info: pyVmomi's description of the method."""

    def __init__(self, info: Any) -> None:
        self._parts: dict[str, Any] = {str(one.name): one.type for one in info.params}
        self._parts["_this"] = ManagedObject
        self._parts["returnval"] = info.result

    def root(self, name: str) -> Any:
        """The element of the method."""
        return self._parts

    def child(self, kind: Any, name: str, xsi_type: Optional[str]) -> Any:
        """By what the element says of itself, else by what the one around it has under that name."""
        if xsi_type is not None:
            return _called(xsi_type)
        if name == "ManagedObjectReference":
            return ManagedObject
        if isinstance(kind, dict):
            return _item(kind.get(name))
        try:
            if issubclass(kind, list):
                return kind.Item
            return _item(kind._GetPropertyInfo(name).type) if issubclass(kind, DataObject) else None
        except _NOT_KNOWN:
            return None

    def text(self, kind: Any) -> str:
        """What a text of that type is. bool and datetime are numbers here as well."""
        if not isinstance(kind, type) or kind is object:
            return UNKNOWN
        if issubclass(kind, Enum) or issubclass(kind, (int, float, datetime, type)):
            return KEPT
        if issubclass(kind, Binary):
            return BYTES
        return REFERENCE if issubclass(kind, ManagedObject) else TEXT


def _called(xsi_type: str) -> Any:
    """A type by its name on the wire."""
    name = xsi_type.rpartition(":")[2]
    if name == "ManagedObjectReference":
        return ManagedObject
    try:
        return GetWsdlType(_XSD, name)
    except _NOT_KNOWN:
        pass
    try:
        return GuessWsdlType(name)
    except _NOT_KNOWN:
        return None


def _item(kind: Any) -> Any:
    """The type of one element, of which a list has several."""
    return kind.Item if isinstance(kind, type) and issubclass(kind, list) and hasattr(kind, "Item") else kind
