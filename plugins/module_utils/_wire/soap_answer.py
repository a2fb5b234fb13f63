# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a SOAP answer: the one place that every answer passes.

pyVmomi takes whatever XML comes: what holds no answer is None for it, as if vSphere had answered "nothing". A fault with status 200 is
handed on as the value, and an answer with one enum value, type or property that it does not know is lost whole, by errors of Python's.
Here an answer is an envelope with the response element of the method that was called, or with a fault, or it is none.
"""

from __future__ import annotations

from typing import Any, Optional
from xml.parsers.expat import ExpatError

from . import plain_answers
from .answer_errors import NotAnAnswer, UnreadableByPyvmomi, too_old
from .pyvmomi_library import F_OPTIONAL, VERSION, DataObject, Enum, SoapDeserializer, SoapResponseDeserializer, vmodl

# Longer is no text of vSphere's. pyVmomi puts a text together piece by piece, which takes a square of time.
LONGEST_TEXT = 1024 * 1024
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
# What pyVmomi's parsing raises for what it does not know. They are caught around that, and nowhere else.
_PARSING_ERRORS = (LookupError, AttributeError, TypeError, ValueError, ArithmeticError)
_XSI_TYPE = "http://www.w3.org/2001/XMLSchema-instance type"


class UnreadProperty(vmodl.MethodFault):  # type: ignore[misc]
    """Stands in missingSet where a property could not be read by the installed pyVmomi; msg says why."""


def parse(stub: Any, info: Any, status: int, body: bytes) -> Any:
    """The value that a method answers. info is pyVmomi's description of the method, status that of HTTP, body what came.

    Properties of a RetrievePropertiesEx that cannot be read become entries of missingSet.
    Raises the fault where it answers one, NotAnAnswer, and UnreadableByPyvmomi.
    """
    quick = plain_answers.read(stub, info.wsdlName, status, body)
    if quick is not None:
        return quick
    reader = _Reader(stub, info.wsdlName, _Deserializer(stub))
    try:
        try:
            value = reader.read(body, info.result)
        except _PARSING_ERRORS:
            tolerant = _Tolerant(stub, info.wsdlName)
            reader = _Reader(stub, info.wsdlName, tolerant)
            value = reader.read_tolerantly(body, info.result)
            tolerant.move_to_missing(value)
    except NotAnAnswer as error:
        raise NotAnAnswer(f"{error} with HTTP {status}") if status != 200 else error from None
    if reader.isFault:
        raise value if isinstance(value, vmodl.MethodFault) else vmodl.RuntimeFault(msg=reader.msg)
    if status != 200:
        raise NotAnAnswer(f"HTTP {status} with an answer that is no fault")
    if value is None and info.result is not type(None) and not info.resultFlags & F_OPTIONAL:
        raise NotAnAnswer("an answer without the value that it must have")
    return value


class _Reader(SoapResponseDeserializer):  # type: ignore[misc]
    """Reads the envelope; what is in the response element or in the fault is read by the deserializer that it is given."""

    def __init__(self, stub: Any, method: str, deserializer: Any) -> None:
        super().__init__(stub)
        self.deser = deserializer
        self._response = f"{method}Response"
        self._path: list[str] = []
        self._answered = False
        self.msg = ""
        self.data = ""

    def read(self, body: bytes, result: Any) -> Any:
        """What pyVmomi makes of it. Raises NotAnAnswer, UnreadableByPyvmomi, and _PARSING_ERRORS where the deserializer lets them out."""
        if not body.strip():
            raise NotAnAnswer("nothing")
        try:
            # ParseFile would ask for 2 KiB at a time.
            value = self.Deserialize(body, result)
            self.closed()
        except ExpatError as error:
            raise NotAnAnswer("a page of HTML" if _is_html(body) else f"no XML, or XML that breaks off: {error}") from error
        if not self._answered:
            raise NotAnAnswer("a SOAP envelope without an answer")
        return value

    def read_tolerantly(self, body: bytes, result: Any) -> Any:
        """As read, with a deserializer that lets none of _PARSING_ERRORS out: what is left is of the XML itself, as its encoding."""
        try:
            return self.read(body, result)
        except _PARSING_ERRORS as error:
            raise NotAnAnswer(f"XML that cannot be read: {error}") from error

    def closed(self) -> None:
        """The parser is told of the end by pyVmomi; what it has then is whole only where every element was closed."""
        if self._path:
            raise NotAnAnswer("XML that breaks off")

    def StartElementHandler(self, tag: str, attr: Any) -> None:
        """As in pyVmomi, for the elements around the answer."""
        namespace, _space, name = tag.rpartition(" ")
        depth = len(self._path)
        if depth == 0 and (namespace, name) != (SOAP, "Envelope"):
            raise NotAnAnswer("a page of HTML" if name.lower() == "html" else f"XML that is no SOAP envelope but {name[:40]!r}")
        inside_body = depth >= 2 and self._path[1] == "Body"
        self._path.append(name)
        if not inside_body:
            return
        if depth == 2:
            if name != self._response and (namespace, name) != (SOAP, "Fault"):
                raise NotAnAnswer(f"the answer {name[:60]!r}")
            self._answered = True
        if depth == 2 or self.isFault:
            super().StartElementHandler(tag, attr)

    def EndElementHandler(self, tag: str) -> None:
        """As in pyVmomi."""
        self._path.pop()
        super().EndElementHandler(tag)

    def CharacterDataHandler(self, data: str) -> None:
        """As in pyVmomi, with a bound."""
        self.data += data
        if len(self.data) > LONGEST_TEXT:
            raise NotAnAnswer("a text without end")


class _Deserializer(SoapDeserializer):  # type: ignore[misc]
    """pyVmomi's, with a bound on how long a text is."""

    def CharacterDataHandler(self, data: str) -> None:
        """As in pyVmomi, with a bound."""
        self.data += data
        if len(self.data) > LONGEST_TEXT:
            raise NotAnAnswer("a text without end")


class _Tolerant(_Deserializer):
    """Reads what it can where pyVmomi's gave up. It is slower, and only for such answers.

    A property that it does not know is passed over: nobody can have asked for it. A value or type that it does not know makes the
    property of the object unread that it stands in (DynamicProperty); where it stands in none, the whole answer.
    A fault of a type that it does not know is a fault all the same, by that name.
    """

    def __init__(self, stub: Any, method: str) -> None:
        super().__init__(stub)
        self._method = method
        self._skipped = 0
        self._unavailable: list[tuple[Any, str]] = []

    def StartElementHandler(self, tag: str, attr: Any) -> None:
        """As in pyVmomi; an element that cannot be begun is skipped with all that is in it."""
        if self._skipped:
            self._skipped += 1
            return
        try:
            super().StartElementHandler(tag, attr)
        except _PARSING_ERRORS:
            self._not_started(tag, attr)

    def EndElementHandler(self, tag: str) -> None:
        """As in pyVmomi; a value that is not known is left out."""
        if self._skipped:
            self._skipped -= 1
            return
        top = self.stack[-1] if self.stack else None
        try:
            super().EndElementHandler(tag)
        except _PARSING_ERRORS:
            self._leave_out(f"the value {self.data[:60]!r}{_of_enum(top)}")

    def move_to_missing(self, value: Any) -> None:
        """Let what is unread of an answer's objects be missing, with the reason."""
        unavailable = {id(one): why for one, why in self._unavailable}
        for content in getattr(value, "objects", None) or ():
            for one in [one for one in content.propSet if id(one) in unavailable]:
                content.propSet = [other for other in content.propSet if other is not one]
                fault = UnreadProperty(msg=unavailable[id(one)])
                content.missingSet.append(vmodl.query.PropertyCollector.MissingProperty(path=one.name, fault=fault))

    def _not_started(self, tag: str, attr: Any) -> None:
        name = tag.rpartition(" ")[2]
        kind = str(attr.get(_XSI_TYPE) or "").rpartition(":")[2]
        parent = self.stack[-1] if self.stack else None
        if (parent is None and self.isFault) or (name == "fault" and isinstance(parent, vmodl.LocalizedMethodFault)):
            # As pyVmomi does for a fault that it knows.
            self.data = ""
            self.stack.append(_fault_called(kind or name.removesuffix("Fault") or name))
            return
        self._skipped = 1
        if isinstance(parent, DataObject) and not _has(parent, name):
            return
        self._leave_out(f"the type {kind[:60]!r}" if kind else f"the element {name[:60]!r}")

    def _leave_out(self, what: str) -> None:
        version = str(getattr(self.stub, "server_version", ""))
        for one in reversed(getattr(self, "stack", ())):
            if isinstance(one, vmodl.DynamicProperty):
                self._unavailable.append((one, _why_unavailable(what, version)))
                return
        raise UnreadableByPyvmomi(self._method, what, version)


def _why_unavailable(what: str, server_version: str) -> str:
    wanted = too_old(server_version)
    if wanted is None:
        return f"pyVmomi {VERSION} does not know {what}; install the newest, and report it if that does not either"
    return (
        f"pyVmomi {VERSION} is older than the vCenter (API version {server_version}) and does not know {what};"
        f" install pyvmomi {wanted} or newer"
    )


def _has(parent: Any, name: str) -> bool:
    try:
        return parent._GetPropertyInfo(name) is not None
    except _PARSING_ERRORS:
        return False


def _of_enum(kind: Any) -> str:
    return f" of {kind._wsdlName}" if isinstance(kind, type(Enum)) and issubclass(kind, Enum) else ""


def _fault_called(name: str) -> Any:
    """A fault of a type that pyVmomi does not know, with what every fault has."""
    return type(name[:80], (vmodl.MethodFault,), {})()


def _is_html(body: bytes) -> bool:
    return b"<html" in body[:4096].lower() or b"<!doctype html" in body[:4096].lower()


def explained(fault: Any) -> Optional[str]:
    """Why a property was not read, where that is for pyVmomi."""
    return str(fault.msg) if isinstance(fault, UnreadProperty) else None
