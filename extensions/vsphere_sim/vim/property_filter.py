# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PropertyFilter: what one client watches, and what it has been told."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vmodl
from pyVmomi.SoapAdapter import SerializeToStr
from pyVmomi.VmomiSupport import Object

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..estate.vcenter import VCenter
from ..soap.servant import Call, method, readable
from .selection import collect

PropertyCollectorType = vmodl.query.PropertyCollector
# A client whose answer was lost asks for the version before again.
KEPT_VERSIONS = 2

Snapshot = dict[str, tuple[Any, dict[str, tuple[Any, str]], list[Any]]]


class PropertyFilter(EstateServant):
    """A filter of a session."""

    kind = PropertyCollectorType.Filter

    def __init__(self, vcenter: VCenter, moid: str, collector: str, spec: Any, partial: bool) -> None:
        super().__init__(vcenter, moid)
        self.collector = collector
        self.spec = spec
        self.partial = partial
        self.version = 0
        self._told: dict[int, Snapshot] = {}

    @method("DestroyPropertyFilter")
    def destroy(self, call: Call) -> None:
        assert call.session is not None
        with call.session.lock:
            call.session.objects.pop(self.moid, None)
        self.vcenter.notify()

    @readable("spec")
    def read_spec(self, session: Any) -> Any:
        return self.spec

    @readable("partialUpdates")
    def read_partial(self, session: Any) -> bool:
        return self.partial

    def changes(self, session: Session, since: int, version: int, most: Optional[int] = None) -> tuple[list[Any], bool]:
        """What is other than the client knows, of so many objects at most, and whether there is more; it is then known under the new version."""
        known_to_client = [version_told for version_told in self._told if version_told <= since]
        before = self._told[max(known_to_client)] if since and known_to_client else {}
        now = self._snapshot(session)
        found = []
        for moid, (reference, properties, missing) in now.items():
            known = before.get(moid)
            if known is None:
                changed = [_change(name, "assign", value) for name, (value, _text) in properties.items()]
                found.append(_update(reference, "enter", changed, missing))
                continue
            changed = [
                _change(name, "assign", value)
                for name, (value, text) in properties.items()
                if name not in known[1] or known[1][name][1] != text
            ]
            changed += [_change(name, "assign", None) for name in known[1] if name not in properties]
            if changed:
                found.append(_update(reference, "modify", changed, missing))
        found += [_update(reference, "leave", [], []) for moid, (reference, _kind, _values) in before.items() if moid not in now]
        told, kept = now, found if most is None else found[:most]
        if len(kept) < len(found):
            told = dict(before)
            for update in kept:
                moid = update.obj._GetMoId()
                told.pop(moid, None)
                if moid in now:
                    told[moid] = now[moid]
        if kept:
            self._told[version] = told
            self._told = {one: self._told[one] for one in sorted(self._told)[-KEPT_VERSIONS:]}
            self.version = version
        return kept, len(kept) < len(found)

    def _snapshot(self, session: Session) -> Snapshot:
        snapshot: Snapshot = {}
        for content in collect(self.vcenter, session, [self.spec]):
            properties = {entry.name: (entry.val, _text(entry.val)) for entry in content.propSet}
            snapshot[content.obj._GetMoId()] = (content.obj, properties, list(content.missingSet))
        return snapshot


def _text(value: Any) -> str:
    return str(
        SerializeToStr(value, Object(name="v", type=object, version="vim.version.version9", flags=4), "vim.version.version9")
    )


def _change(name: str, operation: str, value: Any) -> Any:
    return PropertyCollectorType.Change(name=name, op=operation, val=value)


def _update(reference: Any, kind: str, changes: list[Any], missing: list[Any]) -> Any:
    return PropertyCollectorType.ObjectUpdate(kind=kind, obj=reference, changeSet=changes, missingSet=missing)
