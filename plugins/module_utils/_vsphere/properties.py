# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Properties of many objects in one query (PropertyCollector.RetrievePropertiesEx), page by page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

from .._common.printable import printable
from .._wire.pyvmomi_library import vim, vmodl
from .._wire.soap_answer import explained
from .faults import describe
from .session import VSphereSession


@dataclass
class ObjectProperties:
    """The properties of one object. What is unset on it is missing; unreadable says why a property could not be read."""

    managed_object: Any
    values: dict[str, Any] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    @property
    def moid(self) -> str:
        """The object's id in its vCenter."""
        return str(self.managed_object._GetMoId())

    def get(self, path: str) -> Any:
        """A property's value, or None."""
        return self.values.get(path)

    def text(self, path: str) -> Optional[str]:
        """A property's value as text that can be shown, or None."""
        value = self.values.get(path)
        return None if value is None else printable(str(value))


def read_inventory(session: VSphereSession, wanted: Mapping[Any, Sequence[str]]) -> list[ObjectProperties]:
    """The wanted properties of every object of these types in the vCenter.

    Two calls, whatever the number of objects, and one more for each further page that the server makes of it.
    Raises CertopsError.
    """
    # A view belongs to its session: when a new one has to be opened, a new view has to be made.
    return session.read(f"Reading the inventory of {session.name}", lambda: _read_view(session.content, wanted))


def read_object(session: VSphereSession, managed_objects: Sequence[Any], paths: Sequence[str], what: str) -> list[ObjectProperties]:
    """The wanted properties of these objects, in one query. Raises CertopsError."""
    if not managed_objects:
        return []
    spec = vmodl.query.PropertyCollector.FilterSpec(
        objectSet=[vmodl.query.PropertyCollector.ObjectSpec(obj=one, skip=False) for one in managed_objects],
        propSet=[vmodl.query.PropertyCollector.PropertySpec(type=type(managed_objects[0]), pathSet=list(paths), all=False)],
    )
    return session.read(what, lambda: _retrieve(session.content.propertyCollector, spec))


def read_with_linked(
    session: VSphereSession,
    managed_object: Any,
    paths: Sequence[str],
    link: str,
    linked: tuple[Any, Sequence[str]],
    what: str,
) -> list[ObjectProperties]:
    """The wanted properties of an object and of those that its property `link` leads to, in one query. Raises CertopsError.

    linked: the type of the latter, and what is wanted of them. One that is gone by then is left out.
    """
    collector = vmodl.query.PropertyCollector
    kind = type(managed_object)
    onward = collector.TraversalSpec(name=link, type=kind, path=link, skip=False)
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=managed_object, skip=False, selectSet=[onward])],
        propSet=[
            collector.PropertySpec(type=kind, pathSet=list(paths), all=False),
            collector.PropertySpec(type=linked[0], pathSet=list(linked[1]), all=False),
        ],
    )
    return session.read(what, lambda: _retrieve(session.content.propertyCollector, spec))


def read_linked(
    session: VSphereSession, managed_objects: Sequence[Any], link: str, linked: tuple[Any, Sequence[str]], what: str
) -> list[ObjectProperties]:
    """The wanted properties of what the property `link` of these objects leads to, in one query, and nothing of themselves. Raises CertopsError."""
    collector = vmodl.query.PropertyCollector
    onward = collector.TraversalSpec(name=link, type=type(managed_objects[0]), path=link, skip=False)
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=one, skip=True, selectSet=[onward]) for one in managed_objects],
        propSet=[collector.PropertySpec(type=linked[0], pathSet=list(linked[1]), all=False)],
    )
    return session.read(what, lambda: _retrieve(session.content.propertyCollector, spec))


def _read_view(content: Any, wanted: Mapping[Any, Sequence[str]]) -> list[ObjectProperties]:
    view = content.viewManager.CreateContainerView(content.rootFolder, list(wanted), True)
    collector = vmodl.query.PropertyCollector
    members = collector.TraversalSpec(name="members", type=vim.view.ContainerView, path="view", skip=False)
    spec = collector.FilterSpec(
        objectSet=[collector.ObjectSpec(obj=view, skip=True, selectSet=[members])],
        propSet=[collector.PropertySpec(type=kind, pathSet=list(paths), all=False) for kind, paths in wanted.items()],
    )
    return _retrieve(content.propertyCollector, spec)


def _retrieve(collector: Any, spec: Any) -> list[ObjectProperties]:
    # A page that was lost cannot be asked for again: whoever repeats this starts from the first.
    page = collector.RetrievePropertiesEx([spec], vmodl.query.PropertyCollector.RetrieveOptions())
    found: list[ObjectProperties] = []
    while page is not None:
        found.extend(_reduce(content) for content in page.objects or ())
        if not page.token:
            break
        page = collector.ContinueRetrievePropertiesEx(page.token)
    return found


def _reduce(content: Any) -> ObjectProperties:
    for entry in content.missingSet or ():
        # A session that has ended need not fail the call: vSphere may say so property by property instead.
        if isinstance(entry.fault, vim.fault.NotAuthenticated):
            raise entry.fault
    unreadable = {entry.path: explained(entry.fault) or describe(entry.fault) for entry in content.missingSet or ()}
    values = {}
    for entry in content.propSet or ():
        # Of all that is read here only the error of a task is a fault.
        if isinstance(entry.val, vmodl.MethodFault) and not entry.name.endswith(".error"):
            unreadable[entry.name] = describe(entry.val)
        else:
            values[entry.name] = entry.val
    return ObjectProperties(content.obj, values, unreadable)
