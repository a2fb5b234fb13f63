# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EventManager: what happened on a vCenter. Nothing happens by itself here: the simulator's address says what did."""

from __future__ import annotations

import secrets
import threading
from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.esxi_host import EsxiHost
from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method, readable

MOID = "EventManager"


class EventManager(EstateServant):
    """The events of a vCenter, the oldest first."""

    kind = vim.event.EventManager

    def __init__(self, vcenter: VCenter, moid: str) -> None:
        super().__init__(vcenter, moid)
        self._lock = threading.Lock()
        self._events: list[Any] = []

    def happened(self, event_type: str, host: Optional[EsxiHost] = None, username: str = "") -> int:
        """An event of the extended kind, as vCenter's certificate management and SMS have them; its key."""
        with self._lock:
            key = len(self._events) + 1
            made = vim.event.EventEx(
                key=key, chainId=key, createdTime=self.vcenter.now(), userName=username, eventTypeId=event_type, severity="warning"
            )
            made.fullFormattedMessage = f"{event_type}{f' on {host.name}' if host else ''}"
            if host is not None:
                made.host = vim.event.HostEventArgument(name=host.name, host=vim.HostSystem(host.moid))
            self._events.append(made)
            return key

    def matching(self, wanted: Any) -> list[Any]:
        """The events that a filter takes."""
        with self._lock:
            return [event for event in self._events if _takes(wanted, event)]

    @method("CreateCollectorForEvents")
    def create_collector(self, call: Call) -> Any:
        assert call.session is not None
        moid = f"session[{call.session.key}]{secrets.token_hex(8)}"
        call.session.objects[moid] = collector = EventHistoryCollector(self.vcenter, moid, self, call.require("filter"))
        return collector.reference

    @method("QueryEvents")
    def query(self, call: Call) -> list[Any]:
        return self.matching(call.require("filter"))

    @readable("latestEvent")
    def latest(self, session: Optional[Session]) -> Any:
        with self._lock:
            return self._events[-1] if self._events else None

    @readable("maxCollector")
    def max_collector(self, session: Optional[Session]) -> int:
        return 32


class EventHistoryCollector(EstateServant):
    """Reads the events that its filter takes, page by page, from the oldest."""

    kind = vim.event.EventHistoryCollector

    def __init__(self, vcenter: VCenter, moid: str, manager: EventManager, wanted: Any) -> None:
        super().__init__(vcenter, moid)
        self._manager = manager
        self._wanted = wanted
        self._read = 0

    @method("ReadNextEvents")
    def read_next(self, call: Call) -> list[Any]:
        most = int(call.require("maxCount"))
        if most <= 0:
            raise vmodl.fault.InvalidArgument(invalidProperty="maxCount")
        page = self._manager.matching(self._wanted)[self._read : self._read + most]
        self._read += len(page)
        return page

    @method("RewindCollector")
    def rewind(self, call: Call) -> None:
        self._read = 0

    @method("DestroyCollector")
    def destroy(self, call: Call) -> None:
        assert call.session is not None
        call.session.objects.pop(self.moid, None)

    @readable("filter")
    def filter(self, session: Optional[Session]) -> Any:
        return self._wanted


def _takes(wanted: Any, event: Any) -> bool:
    """Whether a filter takes an event: by time, type, severity and user, which are what clients here ask for."""
    if wanted.time is not None:
        begins, ends = wanted.time.beginTime, wanted.time.endTime
        if (begins is not None and event.createdTime < begins) or (ends is not None and event.createdTime > ends):
            return False
    if wanted.eventTypeId and event.eventTypeId not in wanted.eventTypeId:
        return False
    if wanted.category and event.severity not in wanted.category:
        return False
    if wanted.userName is None:
        return True
    if wanted.userName.userList:
        return event.userName in wanted.userName.userList
    # What nobody did is the system's.
    return bool(event.userName) != bool(wanted.userName.systemUser)
