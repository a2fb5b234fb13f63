# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers that make up a reading, read without pyVmomi's parser where there is nothing unusual about them.

pyVmomi makes two calls of Python for each element, and looks through the properties of a type and of all types above it for each object that it makes:
0.45 ms of CPU for a QueryProviderInfo, 1.0 ms for a host's properties, of 5.3 ms for a host in all (one run on a busy machine). ElementTree
and a table of each type's properties take a fifth of that. Whatever is not plain (a fault, an error of a property, a type or a property that pyVmomi does
not know, another spelling of namespaces) is left to pyVmomi, and so is every other method. The values are those that pyVmomi would give, field by
field, in plain objects.
"""

from __future__ import annotations

import base64
from datetime import datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, Optional

# Declarations of types and entities are refused before: see read.
from xml.etree import ElementTree

from .pyvmomi_library import (
    Binary,
    DataObject,
    Enum,
    GetCompatibleType,
    GetWsdlType,
    IsDynamicType,
    ManagedMethod,
    ManagedObject,
    ParseISO8601,
)

# Longer texts are judged where all other answers are.
LONGEST_TEXT = 1024 * 1024
_NAMESPACES = {
    "QueryProviderInfo": "urn:sms",
    "RetrievePropertiesEx": "urn:vim25",
    "ContinueRetrievePropertiesEx": "urn:vim25",
}
_SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
_XSD = "http://www.w3.org/2001/XMLSchema"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
# What stands for something that is not plain, whoever finds it. ElementTree.ParseError is a SyntaxError.
_NOT_PLAIN = (SyntaxError, LookupError, AttributeError, TypeError, ValueError, ArithmeticError)


class NotPlain(ValueError):
    """It is left to pyVmomi."""


def read(stub: Any, method: str, status: int, body: bytes) -> Optional[Any]:
    """The value of an answer; None where it is not plain, or has none."""
    namespace = _NAMESPACES.get(method)
    if status != 200 or namespace is None or b"<!" in body or not _has_usual_prefix(body):
        return None
    try:
        envelope = ElementTree.fromstring(body)  # noqa: S314
        *before, inside = envelope
        [response] = inside
        [returned] = response
        if any(one.tag != f"{_SOAP}Header" for one in before):
            return None
        names = (envelope.tag, inside.tag, response.tag, returned.tag)
        if names != (f"{_SOAP}Envelope", f"{_SOAP}Body", f"{{{namespace}}}{method}Response", f"{{{namespace}}}returnval"):
            return None
        reader = _Reader(stub, namespace)
        return reader.value(object, returned) if namespace == "urn:sms" else reader.page(returned)
    except _NOT_PLAIN:
        return None


def _has_usual_prefix(body: bytes) -> bool:
    """Whether xsd: means XML Schema throughout: ElementTree does not tell what a prefix within a value means."""
    return body.count(b"xmlns:xsd=") == body.count(b'xmlns:xsd="%s"' % _XSD.encode())


class _Reader:
    """Reads the values of one namespace, for the version that a stub speaks."""

    def __init__(self, stub: Any, namespace: str) -> None:
        self._stub = stub
        self._namespace = namespace
        self._tag = f"{{{namespace}}}"
        self._version = stub.version

    def page(self, element: Any) -> Any:
        """A RetrieveResult."""
        found: dict[str, Any] = {"token": None, "objects": []}
        for sub in self._children(element):
            if sub.tag == f"{self._tag}objects":
                found["objects"].append(self._content(sub))
            elif sub.tag == f"{self._tag}token" and found["token"] is None:
                found["token"] = self.value(str, sub)
            else:
                raise NotPlain(sub.tag)
        return SimpleNamespace(**found)

    def _content(self, element: Any) -> Any:
        managed, properties = None, []
        for sub in self._children(element):
            if sub.tag == f"{self._tag}propSet":
                name, value = self._children(sub)
                if (name.tag, value.tag) != (f"{self._tag}name", f"{self._tag}val") or value.get(_XSI_TYPE) is None:
                    raise NotPlain(name.tag)
                properties.append(SimpleNamespace(name=self.value(str, name), val=self.value(object, value)))
            elif sub.tag == f"{self._tag}obj" and managed is None:
                managed = self.value(ManagedObject, sub)
            else:
                raise NotPlain(sub.tag)
        if managed is None:
            raise NotPlain("an object without its reference")
        return SimpleNamespace(obj=managed, propSet=properties, missingSet=[])

    def value(self, kind: Any, element: Any) -> Any:
        """A value, of the type that it names or else of this one."""
        attributes = element.attrib
        named = attributes.get(_XSI_TYPE)
        if named is not None:
            if IsDynamicType(kind):
                raise NotPlain(named)
            kind = _named(self._namespace, named)
        if self._version:
            kind = _compatible(kind, self._version)
        if issubclass(kind, ManagedObject):
            return self._managed(element)
        if len(attributes) != (named is not None):
            raise NotPlain("attributes")
        if issubclass(kind, list):
            return [self.value(kind.Item, sub) for sub in self._children(element)]
        if issubclass(kind, DataObject):
            return self._object(kind, element)
        return _scalar(kind, _text(element))

    def _managed(self, element: Any) -> Any:
        if not set(element.attrib) <= {_XSI_TYPE, "type"} or ":" in element.attrib["type"]:
            raise NotPlain("a reference")
        return GetWsdlType(self._namespace, element.attrib["type"])(_text(element), self._stub, None)

    def _object(self, kind: Any, element: Any) -> Any:
        if issubclass(kind, Exception):
            raise NotPlain("a fault")
        properties, defaults = _properties(kind)
        found: dict[str, Any] = {}
        for sub in self._children(element):
            name = sub.tag.removeprefix(self._tag)
            wanted, several = properties[name]
            value = self.value(wanted, sub)
            if isinstance(value, list) or (name in found and not several):
                # A list as a whole, or a second one of what there is one of.
                raise NotPlain(name)
            if several:
                found.setdefault(name, []).append(value)
            else:
                found[name] = value
        lists: dict[str, list[Any]] = {name: [] for name, (_wanted, several) in properties.items() if several}
        return SimpleNamespace(**{**defaults, **lists, **found})

    def _children(self, element: Any) -> list[Any]:
        """The elements in one, in which there is no text."""
        if (element.text or "").strip() or any((sub.tail or "").strip() for sub in element):
            raise NotPlain("text beside elements")
        return list(element)


def _text(element: Any) -> str:
    text = element.text or ""
    if len(element) or len(text) > LONGEST_TEXT:
        raise NotPlain("no text")
    return text


def _scalar(kind: Any, text: str) -> Any:
    """As pyVmomi reads it."""
    if kind is bool:
        return {"0": False, "false": False, "1": True, "true": True}[text.lower()]
    if kind is Binary:
        return kind(base64.b64decode(text))
    if kind is str:
        return text
    if kind is datetime:
        moment = ParseISO8601(text)
        if not moment:
            raise NotPlain(text)
        return moment
    if kind in (object, type, ManagedMethod):
        raise NotPlain(str(kind))
    return getattr(kind, text) if issubclass(kind, Enum) else kind(text)


@lru_cache(maxsize=1024)
def _named(namespace: str, name: str) -> Any:
    prefix, colon, local = name.rpartition(":")
    if colon and prefix != "xsd":
        raise NotPlain(name)
    if local == "ManagedObjectReference":
        return ManagedObject
    return GetWsdlType(_XSD if colon else namespace, local)


@lru_cache(maxsize=1024)
def _compatible(kind: Any, version: str) -> Any:
    return GetCompatibleType(kind, version)


@lru_cache(maxsize=1024)
def _properties(kind: Any) -> tuple[dict[str, tuple[Any, bool]], dict[str, Any]]:
    """The properties of a type: of each its own type, and whether it may have several values; and what one has that is not set."""
    unset = kind()
    infos = kind._GetPropertyList()
    kinds = {one.name: (one.type.Item, True) if issubclass(one.type, list) else (one.type, False) for one in infos}
    return kinds, {one.name: getattr(unset, one.name) for one in infos if not issubclass(one.type, list)}
