# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ManagedEntity: what everything in the inventory tree has."""

from __future__ import annotations

from typing import Any, ClassVar, Optional

from pyVmomi import vim

from ...estate.recent_tasks import RecentTasks
from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import property_type, readable

# There are no alarms but of hosts, and no tags in this estate, which clients read as empty lists.
_EMPTY = frozenset(
    {
        "configIssue",
        "permission",
        "disabledMethod",
        "declaredAlarmState",
        "triggeredAlarmState",
        "tag",
    }
)


class ManagedEntity(EstateServant):
    """A node of the inventory tree."""

    kind = vim.ManagedEntity
    # Whether a view can begin here.
    holds: ClassVar[bool] = False

    def __init__(self, vcenter: VCenter, moid: str, name: str, parent: Optional[ManagedEntity]) -> None:
        super().__init__(vcenter, moid)
        self.name = name
        self.parent = parent
        self.recent_tasks = RecentTasks()
        # The values of custom attributes, by the keys of their definitions.
        self.custom_values: dict[int, str] = {}
        vcenter.add(self)

    @property
    def label(self) -> str:
        return self.name

    def contents(self) -> list[ManagedEntity]:
        """What stands directly under it."""
        return []

    def read(self, name: str, session: Optional[Session]) -> Any:
        return property_type(self.kind, name)() if name in _EMPTY else super().read(name, session)

    @readable("name")
    def read_name(self, session: Optional[Session]) -> str:
        return self.name

    @readable("parent")
    def read_parent(self, session: Optional[Session]) -> Any:
        return self.parent.reference if self.parent else None

    def field_definitions(self) -> list[Any]:
        """The custom attributes that things of its kind may have."""
        fields = self.vcenter.objects["CustomFieldsManager"].read("field", None) or ()
        return [one for one in fields if one.managedObjectType is None or issubclass(self.kind, one.managedObjectType)]

    def named_values(self) -> dict[str, str]:
        """What is noted on it, by the names of the attributes."""
        names = {one.key: one.name for one in self.field_definitions()}
        return {names[key]: text for key, text in self.custom_values.items() if text and key in names}

    @readable("availableField")
    def available_field(self, session: Optional[Session]) -> list[Any]:
        return self.field_definitions()

    @readable("value")
    def value(self, session: Optional[Session]) -> list[Any]:
        return [vim.CustomFieldsManager.StringValue(key=key, value=text) for key, text in self.custom_values.items()]

    @readable("customValue")
    def custom_value(self, session: Optional[Session]) -> list[Any]:
        return self.value(session)

    @readable("overallStatus")
    def overall_status(self, session: Optional[Session]) -> str:
        return "green"

    @readable("configStatus")
    def config_status(self, session: Optional[Session]) -> str:
        return "green"

    @readable("effectiveRole")
    def effective_role(self, session: Optional[Session]) -> list[int]:
        return [] if session is None else [self.vcenter.accounts.role_of(session.account)]

    @readable("alarmActionsEnabled")
    def alarm_actions(self, session: Optional[Session]) -> bool:
        return True

    @readable("recentTask")
    def recent_task(self, session: Optional[Session]) -> list[Any]:
        return self.recent_tasks.references(self.vcenter.now())
