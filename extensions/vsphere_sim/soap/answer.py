# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A SOAP answer, written by pyVmomi's serializer; only the envelope around it is ours."""

from __future__ import annotations

import copy
from io import StringIO
from typing import Any, ClassVar

from pyVmomi.SoapAdapter import SOAP_END, SOAP_NSMAP, SOAP_START, XML_HEADER, SoapSerializer
from pyVmomi.VmomiSupport import GetQualifiedWsdlName, GetVmodlType, ManagedObject, Object

from .texts import text_of

F_OPTIONAL = 4
SERVER_FAULT = "ServerFaultCode"
VERSION_MISMATCH = "VersionMismatchFaultCode"
_BYTES = GetVmodlType("byte[]")


def result_answer(method_name: str, namespace: str, version: str, kind: Any, value: Any) -> bytes:
    """What a method returned, as a type that is declared for it (None: nothing)."""
    writer = StringIO()
    writer.write(f'{XML_HEADER}\n{SOAP_START}<{method_name}Response xmlns="urn:{namespace}">')
    if value is not None and not (isinstance(value, list) and not value):
        declared = Object(name="returnval", type=kind, version=version, flags=F_OPTIONAL)
        serializer = _serializer(writer, namespace, version)
        serializer.Serialize(value, declared)
    writer.write(f"</{method_name}Response>{SOAP_END}")
    return writer.getvalue().encode()


def fault_answer(fault: Any, namespace: str, version: str, code: str) -> bytes:
    """A fault, with itself as the detail."""
    writer = StringIO()
    text = _escape(fault.msg or text_of(fault))
    writer.write(f"{XML_HEADER}\n{SOAP_START}<soapenv:Fault><faultcode>{code}</faultcode>")
    writer.write(f"<faultstring>{text}</faultstring><detail>")
    bare = copy.copy(fault)
    bare.msg = None
    fault_namespace, name = GetQualifiedWsdlName(type(fault))
    declared = Object(name=f"{name}Fault", type=object, version=version, flags=0)
    # pyVmomi writes a fault's detail without its namespace, which only pyVmomi can then read.
    serializer = _serializer(writer, namespace, version)
    serializer._SerializeDataObject(bare, declared, f' xmlns="{fault_namespace}"', fault_namespace)
    writer.write(f"</detail></soapenv:Fault>{SOAP_END}")
    return writer.getvalue().encode()


class _Serializer(SoapSerializer):  # type: ignore[misc]
    """pyVmomi's, with a memory for bytes: a host's certificate is 2,000 elements, one for each character of its PEM."""

    writer: Any
    # How an array of the one byte 0 is written, before and after it; and how each byte is.
    _arrays: ClassVar[dict[tuple[str, str], tuple[str, str]]] = {}
    _elements: ClassVar[list[str]] = [f"<byte>{byte}</byte>" for byte in range(256)]

    def _QName(self, typ: Any, defNS: str) -> tuple[str, str]:
        """A reference where anything may stand is a ManagedObjectReference by the WSDL; pyVmomi writes (and reads) its own word for it."""
        attributes, name = super()._QName(typ, defNS)
        return attributes, f"{name}Reference" if typ is ManagedObject else name

    def _Serialize(self, val: Any, info: Any, defNS: str) -> None:
        if type(val) is not _BYTES or not val or info.type is not object or self.outermostAttrs:  # pylint: disable=unidiomatic-typecheck
            super()._Serialize(val, info, defNS)
            return
        around = self._arrays.get((info.name, defNS))
        if around is None:
            writer, self.writer = self.writer, StringIO()
            super()._Serialize(_BYTES([0]), info, defNS)
            before, _zero, after = self.writer.getvalue().partition(self._elements[0])
            around = self._arrays[info.name, defNS] = (before, after)
            self.writer = writer
        # A byte has a sign in XML; a PEM has none above 127.
        self.writer.write(around[0] + "".join([self._elements[byte] for byte in val]) + around[1])


def _serializer(writer: StringIO, namespace: str, version: str) -> SoapSerializer:
    prefixes = dict(SOAP_NSMAP)
    prefixes[f"urn:{namespace}"] = ""
    serializer = _Serializer(writer, version, prefixes)
    # The id of the version belongs on requests.
    serializer.outermostAttrs = ""
    return serializer


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
