# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which events a filter takes."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vmodl

from ..estate.vcenter import VCenter
from .inventory.managed_entity import ManagedEntity
from .inventory.view_manager import under

# Where an event says what it is about.
_ABOUT = (
    ("datacenter", "datacenter"),
    ("computeResource", "computeResource"),
    ("host", "host"),
    ("vm", "vm"),
    ("ds", "datastore"),
    ("net", "network"),
)


def check(wanted: Any) -> None:
    """Raises vmodl.fault.InvalidArgument for types and type ids in one filter, which may not be (API reference)."""
    if wanted.type and wanted.eventTypeId:
        raise vmodl.fault.InvalidArgument(invalidProperty="filter")


def takes(vcenter: VCenter, wanted: Any, event: Any) -> bool:
    """Whether a filter takes an event: by time, type, entity, severity and user, which are what clients ask for."""
    if wanted.time is not None:
        begins, ends = wanted.time.beginTime, wanted.time.endTime
        if (begins is not None and event.createdTime < begins) or (ends is not None and event.createdTime > ends):
            return False
    if wanted.eventTypeId and identifier(event) not in wanted.eventTypeId:
        return False
    if wanted.type and not isinstance(event, tuple(wanted.type)):
        return False
    if wanted.category and category(event) not in wanted.category:
        return False
    if wanted.entity is not None and not within(vcenter, wanted.entity, _about(event)):
        return False
    if wanted.userName is None:
        return True
    if wanted.userName.userList:
        return event.userName in wanted.userName.userList
    # What nobody did is the system's.
    return bool(event.userName) != bool(wanted.userName.systemUser)


def identifier(event: Any) -> str:
    """What it is: an extended event says so itself, of others it is their class."""
    return str(getattr(event, "eventTypeId", "") or type(event).__name__.rpartition(".")[2])


def category(event: Any) -> str:
    """How bad it is: an extended event says so itself."""
    return str(getattr(event, "severity", None) or "info")


def within(vcenter: VCenter, wanted: Any, about: set[str]) -> bool:
    """Whether one of these objects is meant by an entity and a recursion (self, children, all)."""
    entity = vcenter.objects.get(wanted.entity._GetMoId())
    if not isinstance(entity, ManagedEntity):
        raise vmodl.fault.ManagedObjectNotFound(obj=wanted.entity)
    recursion = str(wanted.recursion)
    if recursion == "all" and entity.parent is None:
        # What is about nothing is the vCenter's.
        return True
    meant = {entity.moid} if recursion != "children" else set()
    if recursion == "children":
        meant |= {one.moid for one in entity.contents()}
    if recursion == "all":
        meant |= {one.moid for one in under(entity)}
    return bool(meant & about)


def _about(event: Any) -> set[str]:
    found: set[Optional[str]] = set()
    for argument, reference in _ABOUT:
        named = getattr(event, argument, None)
        found.add(getattr(named, reference)._GetMoId() if named is not None else None)
    return {one for one in found if one is not None}
