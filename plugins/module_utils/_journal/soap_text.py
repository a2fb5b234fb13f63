# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SOAP in a journal: elements and types as they are, texts by what they are. Nothing of the header stays."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Protocol
from xml.parsers.expat import ExpatError, ParserCreate
from xml.sax.saxutils import escape, quoteattr

from .pseudonyms import REMOVED

# What a text is: its own word or number, a name or free text, an object's id, bytes, or what the other side alone knows.
KEPT, TEXT, REFERENCE, BYTES, UNKNOWN = "kept", "text", "reference", "bytes", "unknown"
# Fields of text whose values are vSphere's own words: kinds, states, versions.
_OF_PRODUCTS = (
    "type version apiVersion build apiType productLineId localeVersion localeBuild osType patchLevel licenseProductVersion"
)
_OF_STATES = "status state health overallHealth kind category certificateStatus vasaVersion standbyMode policy faultcode"
_OF_RIGHTS_AND_TASKS = "privId privilegeId descriptionId eventTypeId"
_OF_CLUSTERS = "hostMonitoring vmMonitoring vmComponentProtecting restartPriority isolationResponse"
_KEPT_FIELDS = frozenset(f"{_OF_PRODUCTS} {_OF_STATES} {_OF_RIGHTS_AND_TASKS} {_OF_CLUSTERS}".split())
_SECRET_FIELDS = frozenset({"password", "cookie", "vcSessionCookie", "ticket", "sharedSecret", "privateKey", "csr"})
_HARMLESS = re.compile(r"[\w.:+-]{0,80}")
_PROPERTY = re.compile(r"[a-z]\w*(?:\.[a-z]\w*)*")
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?|true|false|\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)?")
_OBJECT_ID = re.compile(r"[A-Za-z]+(?:-[a-z]{0,3}\d+)?")


class Types(Protocol):
    """What is known of the elements of one exchange. A kind is whatever it is to who gives it; None is an element that nobody knows."""

    def root(self, name: str) -> Any:
        """The kind of the element that is asked or answered."""

    def child(self, kind: Any, name: str, xsi_type: Optional[str]) -> Any:
        """The kind of an element in one of that kind."""

    def text(self, kind: Any) -> str:
        """What the text of an element of that kind is."""


class Words(Protocol):
    """Makes stand-ins."""

    def text(self, text: str) -> str:
        """Of a text."""

    def of_bytes(self, data: str) -> str:
        """Of an xsd:base64Binary."""


@dataclass
class _Open:
    """An element that is open. named: the last property path that was named in it (DynamicProperty)."""

    name: str
    kind: Any
    text: list[str] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    named: str = ""


class _Writer:
    def __init__(self, types: Types, words: Words) -> None:
        self._types = types
        self._words = words
        self._open: list[_Open] = [_Open("", None)]
        self._skipped = 0

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
        depth = len(self._open) - 1
        if self._skipped or (depth == 1 and name == "Header"):
            self._skipped += 1
            return
        xsi_type = next((value for key, value in attributes.items() if _local(key) == "type" and ":" in key), None)
        above = self._open[-1]
        if depth == 2:
            kind = self._types.root(name)
        elif depth > 2:
            kind = self._types.child(above.kind, name, xsi_type)
        else:
            kind = None
        shown = "".join(f" {key}={quoteattr(self._attribute(key, value))}" for key, value in attributes.items())
        above.parts.append(f"<{tag}{shown}>")
        self._open.append(_Open(name, kind))

    def data(self, text: str) -> None:
        if not self._skipped:
            self._open[-1].text.append(text)

    def end(self, tag: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        closed = self._open.pop()
        above = self._open[-1]
        text = "".join(closed.text)
        if closed.parts:
            # Between elements there is nothing but white space in SOAP.
            above.parts.append("".join(closed.parts))
        elif text:
            above.parts.append(escape(self._text(closed, above, text)))
        above.parts.append(f"</{tag}>")

    @property
    def written(self) -> str:
        """All of it."""
        return "".join(self._open[0].parts)

    def _attribute(self, key: str, value: str) -> str:
        return value if key.startswith("xmlns") or _local(key) in ("type", "versionId") else self._words.text(value)

    def _text(self, closed: _Open, above: _Open, text: str) -> str:
        name = closed.name
        if name in _SECRET_FIELDS:
            return REMOVED
        # Of a property that is told, and of a way through the inventory, which who asks has named.
        if name == "name" and above.name in ("propSet", "selectSet") and _PROPERTY.fullmatch(text):
            above.named = text.rpartition(".")[2]
            return text
        kind = self._types.text(closed.kind)
        if kind == KEPT:
            return text if _HARMLESS.fullmatch(text) else self._words.text(text)
        if kind == BYTES:
            return self._words.of_bytes(text)
        if (kind == REFERENCE and _OBJECT_ID.fullmatch(text)) or (kind == UNKNOWN and _NUMBER.fullmatch(text)):
            return text
        field_name = above.named if name == "val" and above.named else name
        if field_name in ("path", "pathSet") and _PROPERTY.fullmatch(text):
            return text
        return text if field_name in _KEPT_FIELDS and _HARMLESS.fullmatch(text) else self._words.text(text)


def xml_of(body: bytes, types: Types, words: Words) -> str:
    """A SOAP envelope with stand-ins and without its header. Raises ValueError for what is no XML."""
    writer = _Writer(types, words)
    parser: Any = ParserCreate()
    parser.buffer_text = True
    handlers: dict[str, Callable[..., None]] = {
        "StartElementHandler": writer.begin,
        "EndElementHandler": writer.end,
        "CharacterDataHandler": writer.data,
    }
    for name, handler in handlers.items():
        setattr(parser, name, handler)
    try:
        parser.Parse(body, True)
    except ExpatError as error:
        raise ValueError(f"no XML: {error}") from error
    return writer.written


def _local(name: str) -> str:
    return name.rpartition(":")[2]
