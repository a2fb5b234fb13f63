# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wait until providers are back, online, and remember what their hosts serve."""

from __future__ import annotations

from typing import Mapping, Optional, Sequence

from .._common.errors import CertopsError, DeadlineExceeded, TransientError
from .._common.names import normalise
from .._common.notice import few
from .._common.progress import estimate
from .._common.unforeseen import foreseen
from .._deciding.rules import REREGISTER
from .._estate.registration import RegisteredProvider, assign
from .._estate.step_result import StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._stepping.step import failed
from .._timing.waiting import Deadline, wait_until
from . import provider_messages
from .judge import Judge, is_right
from .provider_work import LOOK_AT_PROVIDERS, Work, done, seen_as, shown, tell_progress

# While providers are waited for: how often it is looked whether their hosts are still there.
GONE_SECONDS = 5.0
# How long none but those that are waited for are looked at, and half of the patience at most.
ALL_AGAIN_SECONDS = 60.0


def wait_for_return(
    vsphere: VSphere,
    going: Sequence[Work],
    results: dict[str, StepResult],
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
    *,
    cured_by: str,
    quiet_seconds: Optional[float] = None,
    doing: str = "waiting until SMS shows their providers online",
) -> list[Work]:
    """Wait until each is back, online and remembering its host's certificate. Those that are not by the deadline.

    cured_by: what brings them back, for their results. quiet_seconds: where no further one was registered for so long, the wait is over before.
    """
    left = {one.host.moid: one for one in going}
    # What is settled, or belongs to no host that is waited for, need not be read again and again: it may be thousands.
    settled: set[str] = set(judge.strangers)
    # That objects keep their ids over a restart is not documented: who is missed for long is looked for among all of them once.
    all_again = Deadline(min(ALL_AGAIN_SECONDS, deadline.left_seconds / 2), vsphere.clock)
    looked_at_all = not settled
    begun = vsphere.clock.now()
    gone = _Gone(vsphere, deadline)
    quiet = None if quiet_seconds is None else Deadline(quiet_seconds, vsphere.clock)
    registered = 0

    def look() -> Optional[bool]:
        nonlocal quiet, registered, looked_at_all
        before = dict(left)
        if not looked_at_all and all_again.passed:
            settled.difference_update(judge.strangers)
            looked_at_all = True
        try:
            found, _unavailable = vsphere.providers(but_not=settled)
        except TransientError:
            return None
        assigned, strangers = assign([one.host for one in left.values()], found)
        settled.update(stranger.moid for stranger in strangers)
        for moid, several in assigned.items():
            if len(several) == 1 and is_right(left[moid], several[0].provider, judge):
                results[moid] = done(left.pop(moid), several[0].provider, vsphere.clock.now(), cured_by)
                settled.add(several[0].moid)
        for moid, error in gone.look(list(left.values())).items():
            one = left.pop(moid)
            results[moid] = failed(
                *(one.host, REREGISTER, error),
                reason=one.reason,
                before=shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False},
            )
        back = len(going) - len(left)
        pace = estimate([(vsphere.clock.now() - begun).total_seconds() / back], len(left)) if back else None
        ended = [one for moid, one in before.items() if moid not in left]
        tell_progress(tell, len(going), back, doing, deadline, pace, ended=ended)
        seen = back + sum(1 for moid in left if assigned.get(moid))
        if quiet is not None and quiet_seconds is not None and seen > registered:
            quiet = Deadline(quiet_seconds, vsphere.clock)
        registered = max(seen, registered)
        return True if not left or (quiet is not None and quiet.passed) else None

    try:
        foreseen(
            f"waiting for the providers of {', '.join(one.host.name for one in going)}",
            lambda: wait_until(look, deadline, longest_pause_seconds=2.0),
            consequence=LOOK_AT_PROVIDERS,
        )
    except DeadlineExceeded:
        pass  # Told host by host by the caller.
    return list(left.values())


def not_back(vsphere: VSphere, left: Sequence[Work], deadline: Deadline, reasons: Mapping[str, str]) -> dict[str, StepResult]:
    """The results of those that are not back, by their hosts' ids. reasons: what vCenter said of their registering, if anything."""
    if not left:
        return {}
    try:
        found = foreseen(
            f"looking at the providers of {few([one.host.name for one in left])}",
            lambda: vsphere.providers()[0],
            consequence=LOOK_AT_PROVIDERS,
        )
    except CertopsError as error:
        return {one.host.moid: _not_back(vsphere, one, deadline, reasons, (), error) for one in left}
    assigned, _strangers = assign([one.host for one in left], found)
    return {one.host.moid: _not_back(vsphere, one, deadline, reasons, assigned.get(one.host.moid, ()), None) for one in left}


def _not_back(
    vsphere: VSphere,
    one: Work,
    deadline: Deadline,
    reasons: Mapping[str, str],
    several: Sequence[RegisteredProvider],
    error: Optional[CertopsError],
) -> StepResult:
    provider = several[0].provider if several else None
    seen = seen_as(provider, len(several), one.certificate) if error is None else f"it could not be read ({error})"
    why = reasons.get(one.host.moid, "")
    told = provider_messages.PROVIDER_NOT_BACK(esxi_host=one.host.name, seconds=deadline.seconds, finding=seen, vsphere_fault=why)
    after = shown(provider, vsphere.clock.now()) if provider else {"registered": False}
    return failed(one.host, REREGISTER, told, reason=one.reason, before=shown(one.host.provider, vsphere.clock.now()), after=after)


def told_of_registering(why: str) -> str:
    """The end of a sentence that says what vCenter's event told of a registration; nothing where none did."""
    return f", and vCenter said of its registration: {why.rstrip('.')}" if why else ""


class _Gone:
    """Looks, while providers are waited for, whether vCenter still has their hosts, by the names that they had."""

    def __init__(self, vsphere: VSphere, deadline: Deadline) -> None:
        self._vsphere = vsphere
        self._deadline = deadline
        self._pause = Deadline(0.0, vsphere.clock)

    def look(self, waited_for: Sequence[Work]) -> dict[str, CertopsError]:
        """Why the providers of some of these hosts will not come back, by the hosts' ids; nothing where that cannot be seen."""
        if not waited_for or not (self._pause.passed or self._deadline.passed):
            return {}
        self._pause = Deadline(GONE_SECONDS, self._vsphere.clock)
        hosts = [one.host for one in waited_for]
        try:
            now = foreseen(
                f"looking for {', '.join(host.name for host in hosts)}",
                lambda: self._vsphere.host_names(hosts),
                consequence="Look at them in vCenter.",
            )
        except CertopsError:
            return {}
        found = {one.host.moid: self._problem(one, now[one.host.moid]) for one in waited_for}
        return {moid: problem for moid, problem in found.items() if problem is not None}

    def _problem(self, one: Work, name: Optional[str]) -> Optional[CertopsError]:
        if name is None:
            return provider_messages.PROVIDER_OF_REMOVED_HOST(esxi_host=one.host.name, vcenter=self._vsphere.name)
        if normalise(name) == normalise(one.host.name):
            return None
        return provider_messages.PROVIDER_OF_RENAMED_HOST(esxi_host=one.host.name, new_name=name, vcenter=self._vsphere.name)
