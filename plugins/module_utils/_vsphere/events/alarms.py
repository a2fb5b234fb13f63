# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The alarms that are raised on hosts."""

from __future__ import annotations

from typing import Any, Sequence

from ..._common.errors import CertopsError
from ..._common.printable import printable
from ..._estate.alarm import Alarm
from ..._wire.pyvmomi_library import vim
from ..properties import ObjectProperties, read_object
from ..session import VSphereSession

# A host's own ones: those of what stands below it come with them (ManagedEntity), such as of its virtual machines.
PATH = "triggeredAlarmState"


def of_hosts(session: VSphereSession, found: Sequence[ObjectProperties]) -> dict[str, tuple[Alarm, ...]]:
    """By the ids of hosts their alarms, of what was read of the inventory with PATH. One call more, and none where there are none.

    One whose name cannot be read is known by its id.
    """
    states = {item.moid: _own(item) for item in found if isinstance(item.managed_object, vim.HostSystem)}
    definitions = {str(state.alarm._GetMoId()): state.alarm for several in states.values() for state in several}
    names = _names(session, definitions)
    return {
        moid: tuple(
            Alarm(names.get(str(one.alarm._GetMoId())) or str(one.alarm._GetMoId()), str(one.overallStatus)) for one in several
        )
        for moid, several in states.items()
        if several
    }


def _own(item: ObjectProperties) -> list[Any]:
    return [
        state
        for state in item.get(PATH) or ()
        if state.alarm is not None and state.entity is not None and str(state.entity._GetMoId()) == item.moid
    ]


def _names(session: VSphereSession, definitions: dict[str, Any]) -> dict[str, str]:
    if not definitions:
        return {}
    what = f"Reading the alarms of {session.name}"
    try:
        # From here they are read by the session of now.
        alarms = [session.managed_object(vim.alarm.Alarm, moid) for moid in sorted(definitions)]
        return {
            item.moid: printable(str(item.get("info.name") or item.moid))
            for item in read_object(session, alarms, ("info.name",), what)
        }
    except CertopsError:
        return {}
