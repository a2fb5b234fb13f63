# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EventManager: what happened on a vCenter, by itself or because the simulator's address says so."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.esxi_host import EsxiHost
from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.endpoint import no_permission
from ..soap.servant import Call, method, readable
from . import descriptions
from .event_filter import check, takes
from .history_collector import MOST_COLLECTORS, HistoryCollector, keep

MOID = "EventManager"
KEPT_EVENTS = 10000


class EventManager(EstateServant):
    """The events of a vCenter, the oldest first."""

    kind = vim.event.EventManager

    def __init__(self, vcenter: VCenter, moid: str) -> None:
        super().__init__(vcenter, moid)
        self._lock = threading.Lock()
        self._events: deque[Any] = deque(maxlen=KEPT_EVENTS)
        self._last = 0
        vcenter.keep_event = lambda event_type, host, text: self.happened(event_type, host, text=text)

    def happened(
        self, event_type: str, host: Optional[EsxiHost] = None, username: str = "", machine: str = "", text: str = ""
    ) -> int:
        """An event of the extended kind, as vCenter's certificate management and SMS have them; its key."""
        made = vim.event.EventEx(userName=username, eventTypeId=event_type, severity="warning")
        made.fullFormattedMessage = text or f"{event_type}{f' on {host.name}' if host else ''}"
        if machine:
            made.vm = vim.event.VmEventArgument(name=machine, vm=vim.VirtualMachine(f"vm-of-{host.moid if host else machine}"))
        return self.record(made, host)

    def record(self, event: Any, host: Optional[EsxiHost] = None) -> int:
        """An event of any kind that happened now, on a host where it names one; its key."""
        if host is not None:
            event.host = vim.event.HostEventArgument(name=host.name, host=vim.HostSystem(host.moid))
        with self._lock:
            self._last = event.key = event.chainId = self._last + 1
            event.createdTime = self.vcenter.now()
            self._events.append(event)
        # Who watches a collector's latest page looks again.
        self.vcenter.notify()
        return int(event.key)

    def restarted(self, machine: str, host: EsxiHost) -> None:
        """HA restarted a virtual machine that was on a host."""
        self.happened("com.vmware.vc.ha.VmRestartedByHAEvent", host, machine=machine)

    @method("LogUserEvent")
    def log(self, call: Call) -> None:
        assert call.session is not None
        entity = self.vcenter.objects.get(str(call.require("entity")._GetMoId()))
        if entity is None:
            raise vmodl.fault.ManagedObjectNotFound(obj=call.require("entity"))
        # The library's table says nothing of it; the API reference does.
        if not call.session.account.may("Global.LogEvent"):
            raise no_permission(entity.reference, "Global.LogEvent")
        text = str(call.require("msg"))
        username = call.session.account.username
        self.record(vim.event.GeneralUserEvent(userName=username, message=text, fullFormattedMessage=f"User logged event: {text}"))
        call.detail = text

    def matching(self, wanted: Any) -> list[Any]:
        """The events that a filter takes, the oldest first."""
        with self._lock:
            events = list(self._events)
        return [event for event in events if takes(self.vcenter, wanted, event)]

    @method("CreateCollectorForEvents")
    def create_collector(self, call: Call) -> Any:
        wanted = call.require("filter")
        check(wanted)

        def matching() -> list[Any]:
            return self.matching(wanted)

        matching()
        return keep(call, EventHistoryCollector, lambda moid: EventHistoryCollector(self.vcenter, moid, wanted, matching))

    @method("QueryEvents")
    def query(self, call: Call) -> list[Any]:
        wanted = call.require("filter")
        check(wanted)
        return self.matching(wanted)

    @readable("description")
    def description(self, session: Optional[Session]) -> Any:
        return descriptions.events()

    @readable("latestEvent")
    def latest(self, session: Optional[Session]) -> Any:
        with self._lock:
            return self._events[-1] if self._events else None

    @readable("maxCollector")
    def max_collector(self, session: Optional[Session]) -> int:
        return MOST_COLLECTORS


class EventHistoryCollector(HistoryCollector):
    """Reads events."""

    kind = vim.event.EventHistoryCollector

    @method("ReadNextEvents")
    def read_next(self, call: Call) -> list[Any]:
        return self.read_on(call)

    @method("ReadPreviousEvents")
    def read_previous(self, call: Call) -> list[Any]:
        return self.read_back(call)

    @readable("initialized")
    def initialized(self, session: Optional[Session]) -> bool:
        return True


def events_of(vcenter: VCenter) -> EventManager:
    """Where a vCenter's events are recorded."""
    manager = vcenter.objects[MOID]
    assert isinstance(manager, EventManager)
    return manager
