# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A SOAP request, read into pyVmomi's types whatever prefixes the client uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional
from xml.parsers.expat import ExpatError, ParserCreate

from pyVmomi import vmodl
from pyVmomi.SoapAdapter import ExpatDeserializerNSHandlers, GetHandlers, SetHandlers, SoapDeserializer
from pyVmomi.VmomiSupport import GetWsdlMethod

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
# What pyVmomi raises for a document that does not fit its types.
VIM, VSAN = "urn:vim25", "urn:vsan"
UNFIT = (ExpatError, KeyError, TypeError, AttributeError, ValueError, LookupError, RecursionError)


@dataclass
class SoapRequest:
    """A method, the object that it is called on, and its arguments by name."""

    method_name: str = ""
    method: Any = None
    this_type: Optional[str] = None
    this_moid: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    # The id of the SAML token in its header.
    token_id: Optional[str] = None


def invalid_request(why: str) -> Any:
    """The fault for a request that cannot be understood."""
    return vmodl.fault.InvalidRequest(msg=why)


def read_request(body: bytes, namespace: str) -> SoapRequest:
    """Read a request of a service. Raises vmodl.fault.InvalidRequest or MethodNotFound."""
    reader = _Reader(namespace)
    try:
        reader.read(body)
    except UNFIT as error:
        known = reader.request.method_name or "the request"
        raise invalid_request(f"Unable to parse {known}: {error}") from error
    request = reader.request
    if not request.method_name:
        raise invalid_request("The request has no method.")
    if not request.this_moid:
        raise invalid_request("Missing argument: _this")
    return request


class _Reader(ExpatDeserializerNSHandlers):  # type: ignore[misc]
    """Walks the envelope, and gives each argument to pyVmomi's deserializer."""

    def __init__(self, namespace: str) -> None:
        super().__init__()
        self.request = SoapRequest()
        self._namespace = namespace
        self._path: list[str] = []
        self._text = ""
        self._pending: Optional[tuple[Any, SoapDeserializer]] = None
        self._parameters: dict[str, Any] = {}
        self._parser: Any = None

    def read(self, body: bytes) -> None:
        self._parser = ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        # Entities are no part of SOAP, and a way to make a server swell.
        self._parser.EntityDeclHandler = _refuse_entity
        SetHandlers(self._parser, GetHandlers(self))
        self._parser.Parse(body, True)
        self._collect()

    def StartElementHandler(self, tag: str, attributes: dict[str, str]) -> None:
        self._collect()
        self._text = ""
        namespace, _space, name = tag.rpartition(" ")
        depth = len(self._path)
        if depth == 0 and (name != "Envelope" or namespace != ENVELOPE):
            raise ValueError("it is no SOAP envelope")
        if depth > 2 and self._path[1] == "Header" and tag == f"{SAML} Assertion":
            self.request.token_id = attributes.get("ID")
        if depth == 2 and self._path[1] == "Body":
            self._begin_method(namespace, name)
        if depth == 3 and self._path[1] == "Body":
            if name == "_this":
                self.request.this_type = attributes.get("type")
            elif name in self._parameters:
                self._begin_argument(name, tag, attributes)
                return
            else:
                raise ValueError(f"it has no argument {name}")
        self._path.append(name)

    def EndElementHandler(self, tag: str) -> None:
        self._collect()
        name = self._path.pop()
        if len(self._path) == 3 and self._path[1] == "Body" and name == "_this":
            self.request.this_moid = self._text.strip()
        elif len(self._path) == 2 and self._path[1] == "Header":
            self.request.headers[name] = self._text.strip()
        self._text = ""

    def CharacterDataHandler(self, data: str) -> None:
        self._text += data

    def _begin_method(self, namespace: str, name: str) -> None:
        if self.request.method_name:
            raise ValueError("it has more than one method")
        self.request.method_name = name
        if name == "Fetch":
            self._parameters = {"prop": str}
            return
        self.request.method = _method(namespace or f"urn:{self._namespace}", name)
        self._parameters = {parameter.name: parameter.type for parameter in self.request.method.info.params}

    def _begin_argument(self, name: str, tag: str, attributes: dict[str, str]) -> None:
        kind = self._parameters[name]
        deserializer = SoapDeserializer()
        deserializer.Deserialize(self._parser, kind.Item if issubclass(kind, list) else kind, False, self.nsMap)
        self._pending = (name, deserializer)
        deserializer.StartElementHandler(tag, attributes)

    def _collect(self) -> None:
        """Take the argument that the deserializer has finished, if it has one."""
        if self._pending is None:
            return
        name, deserializer = self._pending
        self._pending = None
        value = deserializer.GetResult()
        kind = self._parameters[name]
        if not issubclass(kind, list):
            self.request.arguments[name] = value
        elif isinstance(value, list):
            self.request.arguments.setdefault(name, kind()).extend(value)
        else:
            self.request.arguments.setdefault(name, kind()).append(value)


def _method(namespace: str, name: str) -> Any:
    """A method by its name on the wire. Raises vmodl.fault.InvalidRequest."""
    # The oldest methods of vSAN are declared in vim25, and called in the namespace of the version that a client speaks.
    for one in (namespace, VIM) if namespace == VSAN else (namespace,):
        try:
            return GetWsdlMethod(one, name)
        except KeyError:
            continue
    raise _unknown_method(name)


def _unknown_method(name: str) -> Any:
    return vmodl.fault.InvalidRequest(msg=f"Unable to resolve WSDL method name {name}")


def _refuse_entity(*_arguments: Any) -> None:
    raise ValueError("it declares an entity")
