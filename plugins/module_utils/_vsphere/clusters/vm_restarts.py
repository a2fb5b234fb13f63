# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual machines that HA restarted on another host, by vCenter's events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Optional

from ..._common.printable import printable
from ..._estate.cluster import VmRestart
from ..._wire.pyvmomi_library import vim
from ..session import VSphereSession

# As vCenter's own list of events has it, with a small "ha".
RESTARTED = "com.vmware.vc.ha.VmRestartedByHAEvent"
# A real collector gives none at all where more than a thousand are asked for.
PAGE = 500
MOST_PAGES = 20


def read_vm_restarts(session: VSphereSession, since: datetime) -> list[VmRestart]:
    """Those since a moment of vCenter's clock, the oldest first; of ten thousand and more, so many. Raises CertopsError."""
    return session.read(f"Reading the events of HA in {session.name}", lambda: _read(session, since))


def _read(session: VSphereSession, since: datetime) -> list[VmRestart]:
    # By eventTypeId alone: with both it and type a filter takes nothing.
    wanted = vim.event.EventFilterSpec(eventTypeId=[RESTARTED], time=vim.event.EventFilterSpec.ByTime(beginTime=since))
    collector = session.content.eventManager.CreateCollectorForEvents(wanted)
    found: list[VmRestart] = []
    try:
        for _page in range(MOST_PAGES):
            page = collector.ReadNextEvents(PAGE)
            found += [_restart(event) for event in page or ()]
            if not page:
                break
    finally:
        collector.DestroyCollector()
    return sorted(found, key=lambda one: one.at)


def _restart(event: Any) -> VmRestart:
    return VmRestart(_named(event.vm) or "a virtual machine", _named(event.host), event.createdTime)


def _named(argument: Any) -> Optional[str]:
    return printable(str(argument.name)) if argument is not None and argument.name else None
