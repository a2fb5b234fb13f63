# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ViewManager: views of the inventory, which belong to a session."""

from __future__ import annotations

import secrets
from typing import Any, Iterator, Optional

from pyVmomi import vim, vmodl

from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import Call, method, readable
from .managed_entity import ManagedEntity


class ViewManager(EstateServant):
    """Makes views."""

    kind = vim.view.ViewManager

    @method("CreateContainerView")
    def create_container_view(self, call: Call) -> Any:
        container = self.vcenter.objects.get(call.require("container")._GetMoId())
        if not isinstance(container, ManagedEntity):
            raise vmodl.fault.ManagedObjectNotFound(obj=call.arguments["container"])
        if not container.holds:
            raise vmodl.fault.InvalidArgument(invalidProperty="container")
        types = list(call.get("type") or [])
        return _kept(call, ContainerView(self.vcenter, _moid(call), container, types, bool(call.get("recursive"))))

    @method("CreateListView")
    def create_list_view(self, call: Call) -> Any:
        return _kept(call, ListView(self.vcenter, _moid(call), list(call.get("obj") or [])))

    @method("CreateListViewFromView")
    def create_list_view_from_view(self, call: Call) -> Any:
        assert call.session is not None
        view = call.session.objects.get(call.require("view")._GetMoId())
        if view is None:
            raise vmodl.fault.ManagedObjectNotFound(obj=call.arguments["view"])
        return _kept(call, ListView(self.vcenter, _moid(call), list(view.read("view", call.session) or [])))

    @readable("viewList")
    def view_list(self, session: Optional[Session]) -> list[Any]:
        return [one.reference for one in session.objects.values() if isinstance(one, View)] if session else []


class View(EstateServant):
    """What all views have."""

    kind = vim.view.View

    @method("DestroyView")
    def destroy(self, call: Call) -> None:
        assert call.session is not None
        call.session.objects.pop(self.moid, None)


class ContainerView(View):
    """Everything of some types under an entity, as it is when it is read."""

    kind = vim.view.ContainerView

    def __init__(self, vcenter: VCenter, moid: str, container: ManagedEntity, types: list[Any], recursive: bool) -> None:
        super().__init__(vcenter, moid)
        self._container = container
        self._types = tuple(types)
        self._recursive = recursive

    @readable("view")
    def view(self, session: Optional[Session]) -> list[Any]:
        return [one.reference for one in self._members() if not self._types or issubclass(one.kind, self._types)]

    @readable("container")
    def container(self, session: Optional[Session]) -> Any:
        return self._container.reference

    @readable("type")
    def types(self, session: Optional[Session]) -> list[Any]:
        return list(self._types)

    @readable("recursive")
    def recursive(self, session: Optional[Session]) -> bool:
        return self._recursive

    def _members(self) -> Iterator[ManagedEntity]:
        return under(self._container) if self._recursive else iter(self._container.contents())


class ListView(View):
    """A list of objects that the client keeps."""

    kind = vim.view.ListView

    def __init__(self, vcenter: VCenter, moid: str, members: list[Any]) -> None:
        super().__init__(vcenter, moid)
        self._members = members

    @readable("view")
    def view(self, session: Optional[Session]) -> list[Any]:
        return list(self._members)

    @method("ModifyListView")
    def modify(self, call: Call) -> list[Any]:
        removed = {one._GetMoId() for one in call.get("remove") or []}
        self._members = [one for one in self._members if one._GetMoId() not in removed] + list(call.get("add") or [])
        return []

    @method("ResetListView")
    def reset(self, call: Call) -> list[Any]:
        self._members = list(call.get("obj") or [])
        return []


def under(entity: ManagedEntity) -> Iterator[ManagedEntity]:
    """Everything under an entity, each once."""
    seen: set[str] = set()
    todo = list(reversed(entity.contents()))
    while todo:
        one = todo.pop()
        if one.moid in seen:
            continue
        seen.add(one.moid)
        yield one
        todo.extend(reversed(one.contents()))


def _moid(call: Call) -> str:
    assert call.session is not None
    return f"session[{call.session.key}]{secrets.token_hex(8)}"


def _kept(call: Call, view: View) -> Any:
    assert call.session is not None
    call.session.objects[view.moid] = view
    return view.reference
