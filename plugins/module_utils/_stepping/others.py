# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Others that work on the same host at the same time: a second run, or somebody in vCenter. What they began is waited for, and what
they did is not done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence

from .._common import notice
from .._common.errors import CertopsError, DeadlineExceeded
from .._common.progress import Progress
from .._estate.estate import CONNECTED, DISCONNECTED, EsxiHost
from .._estate.host_now import HostNow, HostState, HostTask
from .._timing.waiting import Deadline, wait_until
from . import messages
from .port import VSphere
from .progress import Tell, silent

# How long a host that somebody else renewed is left to them to be reconnected, or one that they disconnected to come back.
LEFT_TO_OTHERS_SECONDS = 60.0
# So many hosts are looked at for others that are at work on them. More are away for another reason.
MOST_LOOKED_AT = 16


@dataclass(frozen=True)
class Quiet:
    """A host on which no task is in progress any more.

    reconnected: somebody reconnected it while it was waited for.
    notes: what was waited for, in words; empty where nothing was.
    """

    state: HostState
    reconnected: bool
    notes: tuple[str, ...] = ()


def wait_for_idle_host(
    vsphere: VSphere,
    host: EsxiHost,
    step: str,
    deadline: Deadline,
    tell: Tell,
    *,
    back: bool = False,
    sparing: bool = False,
) -> Quiet:
    """Wait for the end of the tasks that vCenter has in progress on a host; one call where there is none.

    back: wait as well until a host is connected that was before, and that somebody disconnected since. sparing: its certificate is left out where it
    was not read before. Raises CertopsError, which names the task,
    where it does not end by the deadline, Asleep where the host is in standby.
    """
    waited: dict[str, HostTask] = {}
    # Those that are no news: they ended before this looked.
    known: Optional[frozenset[str]] = None
    now: Optional[HostNow] = None
    patience = Deadline(min(deadline.left_seconds, LEFT_TO_OTHERS_SECONDS), vsphere.clock)

    def look() -> Optional[HostNow]:
        nonlocal now, known
        now = vsphere.host_now(host, sparing=sparing)
        known = now.reconnects if known is None else known
        for task in now.in_progress:
            if task.moid not in waited:
                tell(Progress(step, doing=f"{host.name} waits for {task}, which somebody else started"))
            waited[task.moid] = task
        if now.state.asleep and not now.in_progress:
            return now
        away = back and now.state.connection_state != CONNECTED
        if now.in_progress or (away and not patience.passed):
            return None
        return now

    try:
        quiet = wait_until(look, deadline)
    except DeadlineExceeded:
        going = ", ".join(str(task) for task in (now.in_progress if now else ()))
        raise messages.HOST_BUSY(esxi_host=host.name, task=going or "what disconnected it", seconds=deadline.seconds) from None
    if quiet.state.asleep:
        raise messages.HOST_IN_STANDBY(esxi_host=host.name)
    if back and quiet.state.connection_state != CONNECTED:
        raise messages.HOST_DISCONNECTED_BY_OTHERS(esxi_host=host.name, connection_state=quiet.state.connection_state)
    return Quiet(
        quiet.state,
        bool(quiet.reconnects - (known or frozenset())) and quiet.state.connection_state == CONNECTED,
        tuple(notice.WAITED.of(task=task) for task in waited.values()),
    )


def wait_for_returning(vsphere: VSphere, hosts: Sequence[EsxiHost], step: str, tell: Tell = silent) -> bool:
    """Wait for hosts that somebody else is reconnecting right now: of them vCenter shows nothing meanwhile, or what was before.

    Whether one was waited for: what was read of it is old then. One that does not come back, or cannot be looked at, stays as it was read.
    """
    patience = Deadline(LEFT_TO_OTHERS_SECONDS, vsphere.clock)
    waited = False
    away = [host for host in hosts if host.connection_state == DISCONNECTED]
    for host in away[:MOST_LOOKED_AT]:
        try:
            if not vsphere.host_now(host).on_its_way_back:
                continue
            waited = True
            wait_for_idle_host(vsphere, host, step, patience, tell, back=True)
        except CertopsError:
            continue
    return waited


def left_to_others(vsphere: VSphere, host: EsxiHost, step: str, deadline: Deadline, tell: Tell) -> bool:
    """Whether somebody else reconnects a host that they renewed: waited for, because they usually go on to that by themselves.

    Raises CertopsError.
    """

    def look() -> Optional[bool]:
        now = vsphere.host_now(host)
        reconnected = now.reconnected_since_renewal and now.state.connection_state == CONNECTED and not now.in_progress
        return True if reconnected else None

    tell(Progress(step, doing=f"{host.name} was renewed by somebody else, who has some time to reconnect it"))
    patience = Deadline(min(deadline.left_seconds, LEFT_TO_OTHERS_SECONDS), vsphere.clock)
    try:
        return wait_until(look, patience)
    except DeadlineExceeded:
        return False
