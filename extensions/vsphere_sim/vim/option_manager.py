# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OptionManager: the advanced settings of vCenter."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim, vmodl

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.endpoint import no_permission
from ..soap.servant import Call, method, readable


class OptionManager(EstateServant):
    """Reads and changes settings."""

    kind = vim.option.OptionManager

    @method("QueryOptions")
    def query(self, call: Call) -> list[Any]:
        found = self.vcenter.settings.named(str(call.get("name", "")))
        if not found:
            raise vim.fault.InvalidName(name=str(call.get("name", "")))
        return _values(found)

    @method("UpdateOptions")
    def update(self, call: Call) -> None:
        assert call.session is not None
        if not call.session.account.may("Global.Settings"):
            raise no_permission(vim.Folder("group-d1"), "Global.Settings")
        changed = call.get("changedValue") or []
        call.detail = ", ".join(f"{one.key}={one.value}" for one in changed)
        for one in changed:
            if not self.vcenter.settings.knows(one.key):
                raise vim.fault.InvalidName(name=one.key)
        for one in changed:
            try:
                self.vcenter.settings.put(one.key, one.value)
            except (TypeError, ValueError):
                raise vmodl.fault.InvalidArgument(invalidProperty="changedValue.value") from None
        self.vcenter.notify()

    @readable("setting")
    def setting(self, session: Optional[Session]) -> list[Any]:
        return _values(self.vcenter.settings.named(""))


def _values(settings: dict[str, Any]) -> list[Any]:
    return [vim.option.OptionValue(key=key, value=value) for key, value in sorted(settings.items())]
