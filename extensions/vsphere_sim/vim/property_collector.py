# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PropertyCollector: properties of many objects, page by page; and filters, for those who wait for a change."""

from __future__ import annotations

import secrets
import time
from typing import Any, Optional

from pyVmomi import vmodl

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method, readable
from .property_filter import PropertyFilter
from .selection import collect

PropertyCollectorType = vmodl.query.PropertyCollector
# A client that gives no limit waits for ever; it is still asked whether it is there.
LONGEST_WAIT_SECONDS = 1800.0


class PropertyCollector(EstateServant):
    """The collector of a session. The one named propertyCollector is everybody's own."""

    kind = PropertyCollectorType

    @method("RetrievePropertiesEx")
    def retrieve_ex(self, call: Call) -> Any:
        session = call.session
        options = call.get("options")
        limit = (options.maxObjects if options is not None else None) or self.vcenter.surroundings.page_size
        contents = collect(self.vcenter, session, call.require("specSet"))
        if not contents:
            return None
        return self._page(contents, limit, session)

    @method("ContinueRetrievePropertiesEx")
    def continue_retrieve(self, call: Call) -> Any:
        assert call.session is not None
        # A token is good for one page.
        rest = call.session.pages.pop(str(call.require("token")), None)
        if rest is None:
            raise vmodl.fault.InvalidArgument(invalidProperty="token")
        contents, limit = rest
        return self._page(contents, limit, call.session)

    @method("CancelRetrievePropertiesEx")
    def cancel_retrieve(self, call: Call) -> None:
        assert call.session is not None
        if call.session.pages.pop(str(call.require("token")), None) is None:
            raise vmodl.fault.InvalidArgument(invalidProperty="token")

    @method("RetrieveProperties")
    def retrieve(self, call: Call) -> Any:
        return collect(self.vcenter, call.session, call.require("specSet"))

    def _page(self, contents: list[Any], limit: Optional[int], session: Optional[Session]) -> Any:
        if not limit or len(contents) <= limit or session is None:
            return PropertyCollectorType.RetrieveResult(objects=contents)
        token = secrets.token_hex(8)
        session.pages[token] = (contents[limit:], limit)
        return PropertyCollectorType.RetrieveResult(token=token, objects=contents[:limit])

    @method("CreatePropertyCollector")
    def create_collector(self, call: Call) -> Any:
        assert call.session is not None
        collector = PropertyCollector(self.vcenter, f"session[{call.session.key}]{secrets.token_hex(8)}")
        call.session.objects[collector.moid] = collector
        return collector.reference

    @method("DestroyPropertyCollector")
    def destroy(self, call: Call) -> None:
        assert call.session is not None
        for one in self._filters(call.session):
            call.session.objects.pop(one.moid, None)
        call.session.objects.pop(self.moid, None)

    @method("CreateFilter")
    def create_filter(self, call: Call) -> Any:
        assert call.session is not None
        moid = f"session[{call.session.key}]{secrets.token_hex(8)}"
        created = PropertyFilter(self.vcenter, moid, self.moid, call.require("spec"), bool(call.get("partialUpdates")))
        # What can't be collected is refused now, not at the first wait.
        collect(self.vcenter, call.session, [created.spec])
        with call.session.lock:
            call.session.objects[moid] = created
        return created.reference

    @method("CheckForUpdates")
    def check(self, call: Call) -> Any:
        return self._wait(call, 0.0)

    @method("WaitForUpdates")
    def wait(self, call: Call) -> Any:
        return self._wait(call, LONGEST_WAIT_SECONDS)

    @method("WaitForUpdatesEx")
    def wait_ex(self, call: Call) -> Any:
        options = call.get("options")
        seconds = options.maxWaitSeconds if options is not None else None
        most = options.maxObjectUpdates if options is not None else None
        if most is not None and most <= 0:
            raise vmodl.fault.InvalidArgument(invalidProperty="options.maxObjectUpdates")
        return self._wait(call, LONGEST_WAIT_SECONDS if seconds is None else float(seconds), most)

    @method("CancelWaitForUpdates")
    def cancel_wait(self, call: Call) -> None:
        self.vcenter.notify()

    @readable("filter")
    def filters(self, session: Optional[Session]) -> list[Any]:
        return [one.reference for one in self._filters(session)] if session else []

    def _filters(self, session: Session) -> list[PropertyFilter]:
        with session.lock:
            found = list(session.objects.values())
        return [one for one in found if isinstance(one, PropertyFilter) and one.collector == self.moid]

    def _wait(self, call: Call, seconds: float, most: Optional[int] = None) -> Any:
        session, since = call.session, str(call.get("version") or "")
        assert session is not None
        if since and not since.isdigit():
            raise vmodl.query.InvalidCollectorVersion()
        deadline = time.monotonic() + seconds
        while True:
            with self.vcenter.changed:
                revision = self.vcenter.revision
            found = self._updates(session, since, most)
            if found is not None:
                return found
            with self.vcenter.changed:
                while self.vcenter.revision == revision:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        return None
                    self.vcenter.changed.wait(left)
                    if self.vcenter.clock.stopping.is_set():
                        return None
            if self.vcenter.sessions.find(session.secret) is None:
                raise vmodl.fault.RequestCanceled()

    def _updates(self, session: Session, since: str, most: Optional[int]) -> Optional[Any]:
        updates = []
        newest = int(since or 0)
        filters = self._filters(session)
        version = max([newest, *(one.version for one in filters)]) + 1
        truncated = False
        for one in filters:
            changes, more = one.changes(session, int(since or 0), version, most)
            truncated = truncated or more
            if changes:
                updates.append(PropertyCollectorType.FilterUpdate(filter=one.reference, objectSet=changes))
            if most is not None:
                most -= len(changes)
        if not updates:
            return None
        return PropertyCollectorType.UpdateSet(version=str(version), filterSet=updates, truncated=truncated)


def make(vcenter: VCenter) -> PropertyCollector:
    """The collector that the service content names."""
    return PropertyCollector(vcenter, "propertyCollector")
