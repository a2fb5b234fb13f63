# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every simulated managed object has: properties to read, and methods to call."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Mapping, Optional, Sequence, TypeVar

from pyVmomi import vmodl
from pyVmomi.VmomiSupport import ManagedMethod, ManagedObject, PropertyPath

if TYPE_CHECKING:
    from ..estate.sessions import Session

F = TypeVar("F", bound=Callable[..., Any])


@dataclass
class Call:
    """One call of a method, as the object sees it."""

    method_name: str
    arguments: dict[str, Any]
    session: Optional[Session]
    version: str
    cookie: Optional[str] = None
    client: str = ""
    user_agent: str = ""
    # The id of the SAML token in its SOAP header.
    token_id: Optional[str] = None
    # What a rule wants the task to end with, instead of what the task is for.
    task_error: Any = None
    # Set by a rule that holds the call's task: it does not end before this.
    task_held: Optional[threading.Event] = None
    # Headers for the answer: Login sets a cookie.
    answer_headers: dict[str, str] = field(default_factory=dict)
    # Something that the journal should say louder than the method's name does.
    detail: Optional[str] = None

    def get(self, name: str, default: Any = None) -> Any:
        """An argument, or a default where the client did not send it."""
        value = self.arguments.get(name)
        return default if value is None else value

    def require(self, name: str) -> Any:
        """An argument that must be there. Raises vmodl.fault.InvalidRequest."""
        if self.arguments.get(name) is None:
            raise vmodl.fault.InvalidRequest(msg=f"Required parameter {name} is missing")
        return self.arguments[name]


def method(name: str) -> Callable[[F], F]:
    """Mark what answers a method, by its name on the wire."""

    def mark(function: F) -> F:
        function.wsdl_method = name  # type: ignore[attr-defined]
        return function

    return mark


def readable(name: str) -> Callable[[F], F]:
    """Mark what gives a property."""

    def mark(function: F) -> F:
        function.vmodl_property = name  # type: ignore[attr-defined]
        return function

    return mark


class Servant:
    """One managed object. Subclasses say what kind it is, and mark their methods and properties."""

    kind: ClassVar[Any] = ManagedObject
    _methods: ClassVar[dict[str, str]] = {}
    _readers: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        cls._methods = dict(cls._methods)
        cls._readers = dict(cls._readers)
        for attribute, value in vars(cls).items():
            if hasattr(value, "wsdl_method"):
                cls._methods[value.wsdl_method] = attribute
            if hasattr(value, "vmodl_property"):
                cls._readers[value.vmodl_property] = attribute

    def __init__(self, moid: str) -> None:
        self.moid = moid
        self.reference = self.kind(moid)

    @property
    def label(self) -> Optional[str]:
        """The name that people know it by."""
        return None

    @property
    def unreadable(self) -> Sequence[str]:
        """Paths of properties that the vCenter tells nobody."""
        return ()

    @classmethod
    def answers(cls, method_name: str) -> bool:
        """Whether it has this method."""
        return method_name in cls._methods

    def invoke(self, call: Call) -> Any:
        """Call a method. Raises faults."""
        return getattr(self, self._methods[call.method_name])(call)

    def read(self, name: str, session: Optional[Session]) -> Any:
        """A property's value in its declared type, or None where it is unset. Raises faults."""
        reader = self._readers.get(name)
        value = None if reader is None else getattr(self, reader)(session)
        return in_type(value, property_type(self.kind, name))

    @property
    def readable_names(self) -> Mapping[str, str]:
        """The properties that it has values for."""
        return self._readers


def property_type(kind: Any, name: str) -> Any:
    """The declared type of a property. Raises vmodl.query.InvalidProperty."""
    try:
        return kind._GetPropertyInfo(name).type
    except (AttributeError, KeyError):
        raise vmodl.query.InvalidProperty(name=name) from None


def in_type(value: Any, kind: Any) -> Any:
    """A plain value as the type that is declared for it, so that it goes out with the right name on the wire."""
    if value is None or kind is object:
        return value
    if issubclass(kind, list):
        return value if isinstance(value, kind) else kind(value)
    if type(value) is int and issubclass(kind, (int, float)) and kind is not int and not issubclass(kind, bool):  # pylint: disable=unidiomatic-typecheck
        return kind(value)
    if kind in (PropertyPath, ManagedMethod, type):
        return value
    if type(value) is str and issubclass(kind, str) and kind is not str:  # pylint: disable=unidiomatic-typecheck
        return kind(value)
    return value


__all__ = ["Call", "Servant", "in_type", "method", "property_type", "readable"]
