# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which objects a filter selects and which of their properties: the traversal of PropertyCollector."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Iterable, Iterator, Optional

from pyVmomi import vim, vmodl
from pyVmomi.VmomiSupport import GetVmodlType, versionIdMap

from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.endpoint import no_permission
from ..soap.servant import Servant, in_type

PropertyCollectorType = vmodl.query.PropertyCollector
_SEGMENT = re.compile(r'^([^.\[]+)(?:\["?([^"\]]*)"?\])?(?:\.|$)')


def collect(vcenter: VCenter, session: Optional[Session], specifications: Iterable[Any]) -> list[Any]:
    """The ObjectContent of everything that these FilterSpecs select. Raises faults."""
    found: dict[str, tuple[Servant, list[Any]]] = {}
    for specification in specifications:
        for wanted in specification.propSet:
            check_paths(wanted, vcenter.identity.version)
        for start in specification.objectSet:
            for servant in _selected(vcenter, session, start, bool(specification.reportMissingObjectsInResults)):
                wanted = [one for one in specification.propSet if issubclass(servant.kind, one.type)]
                if wanted:
                    found.setdefault(servant.moid, (servant, []))[1].extend(wanted)
    return [_content(servant, wanted, session) for servant, wanted in found.values()]


def find(vcenter: VCenter, session: Optional[Session], moid: str) -> Optional[Servant]:
    """An object of the vCenter or of the session."""
    found = vcenter.objects.get(moid)
    return found if found is not None or session is None else session.objects.get(moid)


def _selected(vcenter: VCenter, session: Optional[Session], start: Any, tolerant: bool) -> Iterator[Servant]:
    first = find(vcenter, session, start.obj._GetMoId())
    if first is None:
        if tolerant:
            return
        raise vmodl.fault.ManagedObjectNotFound(obj=start.obj)
    named = {}
    for one in _all_traversals(start.selectSet):
        if one.name:
            named[one.name] = one
    seen: set[tuple[str, int]] = set()
    given: set[str] = set()
    todo: list[tuple[Servant, bool, Any]] = [(first, bool(start.skip), start.selectSet)]
    while todo:
        servant, skip, selections = todo.pop()
        if not skip and servant.moid not in given:
            given.add(servant.moid)
            yield servant
        onward: list[tuple[Servant, bool, Any]] = []
        for selection in selections or ():
            traversal = _resolved(selection, named)
            if not issubclass(servant.kind, traversal.type) or (servant.moid, id(traversal)) in seen:
                continue
            seen.add((servant.moid, id(traversal)))
            try:
                value = walk(servant, traversal.path, session)
            except vim.fault.NoPermission:
                continue
            references = value if isinstance(value, list) else [value] if value is not None else []
            for reference in references:
                child = find(vcenter, session, reference._GetMoId())
                if child is not None:
                    onward.append((child, bool(traversal.skip), traversal.selectSet))
        # A stack turns the order round; clients like to see what they would see in the client.
        todo.extend(reversed(onward))


def _all_traversals(selections: Any) -> Iterator[Any]:
    for one in selections or ():
        if isinstance(one, PropertyCollectorType.TraversalSpec):
            yield one
            yield from _all_traversals(one.selectSet)


def _resolved(selection: Any, named: dict[str, Any]) -> Any:
    if isinstance(selection, PropertyCollectorType.TraversalSpec):
        return selection
    traversal = named.get(selection.name)
    if traversal is None:
        raise vmodl.fault.InvalidArgument(invalidProperty="specSet.objectSet.selectSet.name")
    return traversal


def _content(servant: Servant, wanted: list[Any], session: Optional[Session]) -> Any:
    paths: dict[str, None] = {}
    for one in wanted:
        if one.all:
            paths.update(dict.fromkeys(servant.readable_names))
        paths.update(dict.fromkeys(str(path) for path in one.pathSet))
    content = PropertyCollectorType.ObjectContent(obj=servant.reference)
    properties, missing = [], []
    read: dict[str, Any] = {}
    for path in paths:
        try:
            value = walk(servant, path, session, read)
        except vmodl.MethodFault as fault:
            if isinstance(fault, vmodl.query.InvalidProperty):
                raise
            missing.append(PropertyCollectorType.MissingProperty(path=path, fault=fault))
            continue
        if value is not None:
            properties.append(vmodl.DynamicProperty(name=path, val=value))
    if properties:
        content.propSet = properties
    if missing:
        content.missingSet = missing
    return content


def walk(servant: Servant, path: str, session: Optional[Session], read: Optional[dict[str, Any]] = None) -> Any:
    """The value at a property path, or None where it is unset. read: what was read of the servant before. Raises faults."""
    read = {} if read is None else read
    steps = segments(path)
    name, key = steps[0]
    info = _info(servant.kind, name, path)
    privilege = info.privId or "System.View"
    if session is None and privilege != "System.Anonymous":
        raise vim.fault.NotAuthenticated(object=vim.Folder("group-d1"), privilegeId=privilege)
    if session is not None and not session.account.may(privilege):
        entity = servant.reference if issubclass(servant.kind, vim.ManagedEntity) else vim.Folder("group-d1")
        raise no_permission(entity, privilege)
    if path in servant.unreadable:
        raise no_permission(servant.reference, "System.View")
    if name not in read:
        read[name] = servant.read(name, session)
    value = _keyed(read[name], key)
    for name, key in steps[1:]:
        if value is None:
            return None
        if not hasattr(value, "_GetPropertyInfo"):
            raise vmodl.query.InvalidProperty(name=path)
        kind = _info(type(value), name, path).type
        value = _keyed(in_type(getattr(value, name), kind), key)
        if isinstance(value, list) and not value:
            return None
    return value


def _keyed(value: Any, key: Optional[str]) -> Any:
    if key is None or value is None:
        return value
    return next((one for one in value if str(getattr(one, "key", "")) == key), None)


def check_paths(wanted: Any, server: str) -> None:
    """Refuse paths that the type does not have, or did not have yet in this version. Raises vmodl.query.InvalidProperty."""
    for path in wanted.pathSet:
        if _check_path(wanted.type.__name__, str(path)) > _numbers(server):
            raise vmodl.query.InvalidProperty(name=str(path))


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in re.findall(r"\d+", version)[:4]]
    return (*numbers, *(0 for _missing in range(4 - len(numbers))))


@lru_cache(maxsize=4096)
def _check_path(type_name: str, path: str) -> tuple[int, ...]:
    """Since which version of the API a type has what is at a path."""
    kind: Any = GetVmodlType(type_name)
    since = _numbers("")
    for name, key in segments(path):
        if kind is object:
            return since
        if issubclass(kind, list):
            raise vmodl.query.InvalidProperty(name=path)
        info = _info(kind, name, path)
        kind, since = info.type, max(since, _numbers(str(versionIdMap.get(info.version) or "")))
        if key is not None:
            if not issubclass(kind, list):
                raise vmodl.query.InvalidProperty(name=path)
            kind = kind.Item
    return since


def _info(kind: Any, name: str, path: str) -> Any:
    try:
        return kind._GetPropertyInfo(name)
    except (AttributeError, KeyError):
        raise vmodl.query.InvalidProperty(name=path) from None


@lru_cache(maxsize=4096)
def segments(path: str) -> tuple[tuple[str, Optional[str]], ...]:
    """The parts of a property path, with the keys of arrays. Raises vmodl.query.InvalidProperty."""
    found = []
    rest = path
    while rest:
        matched = _SEGMENT.match(rest)
        if matched is None:
            raise vmodl.query.InvalidProperty(name=path)
        found.append((matched.group(1), matched.group(2)))
        rest = rest[matched.end() :]
    if not found:
        raise vmodl.query.InvalidProperty(name=path)
    return tuple(found)
