# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring providers back, the gentlest way first: as they are; unregistered, by vCenter itself; and what is left by one restart of SPS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Mapping, Optional, Sequence

from .._common import notice
from .._common.errors import CertopsError
from .._common.unforeseen import foreseen
from .._deciding.rules import REREGISTER
from .._estate.provider import OtherProvider
from .._estate.step_result import BY_ITSELF, SPS_RESTART, StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._stepping.step import failed
from .._timing.waiting import Deadline
from . import sps
from .in_place import healed_in_place
from .judge import Judge
from .others import OthersOutcome, compared, read_others
from .provider_work import LOOK_AT_PROVIDERS, Work, is_gone, shown, tell_progress
from .returning import not_back, told_of_registering, wait_for_return
from .rungs import Patience
from .unregistering import still_due, unregister_all

# The look whether vCenter registers by itself leaves at least this part of the time to the restart, whatever comes back meanwhile.
LEFT_FOR_RESTART = 0.5


@dataclass(frozen=True)
class Restart:
    """Whether SPS was restarted, and what that left of the providers of others; None where it was not."""

    made: bool = False
    others: Optional[OthersOutcome] = None


def by_restarting(
    vsphere: VSphere,
    work: list[Work],
    results: dict[str, StepResult],
    concurrency: int,
    patience: Patience,
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
) -> Restart:
    """Bring all of them back. SPS is restarted once at most, and only for those that nothing else brought back."""
    sps.require_restartable(vsphere, deadline, tell)
    remaining = still_due(vsphere, work, results, judge)
    remaining = healed_in_place(vsphere, remaining, results, concurrency, patience, deadline, tell, judge)
    begun = _vcenters_time(vsphere)
    going = _unregistered(vsphere, remaining, results, concurrency, deadline, tell, judge, len(work))
    going = _back_by_itself(vsphere, going, results, patience, deadline, tell, judge)
    if not going:
        return Restart()
    others = read_others(vsphere)
    try:
        tell_progress(tell, len(work), len(work) - len(going), "SPS is restarting", deadline)
        foreseen("restarting SPS", lambda: sps.restart(vsphere, deadline), consequence=LOOK_AT_PROVIDERS)
        left = wait_for_return(vsphere, going, results, deadline, tell, judge, cured_by=SPS_RESTART)
    except CertopsError as error:
        # Those that are back by then are done.
        reasons = _reasons(vsphere, begun)
        for one in (one for one in going if one.host.moid not in results):
            what = error.sentence[:1].lower() + error.sentence[1:] + told_of_registering(reasons.get(one.host.moid, ""))
            results[one.host.moid] = failed(
                one.host,
                REREGISTER,
                error.retold(
                    sentence=f"The provider of {one.host.name} {is_gone(one)}, and {what}",
                    remedy=f"{error.remedy} Running again goes on from there.",
                ),
                reason=one.reason,
                before=shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False},
            )
        return _restarted(vsphere, going, results, others, deadline)
    reasons = _reasons(vsphere, begun) if left else {}
    results.update(not_back(vsphere, left, deadline, reasons))
    return _restarted(vsphere, going, results, others, deadline)


def _restarted(
    vsphere: VSphere,
    going: Sequence[Work],
    results: dict[str, StepResult],
    others: Optional[Sequence[OtherProvider]],
    deadline: Deadline,
) -> Restart:
    """What the restart left of the providers of others, which stands in the result of the first for which it was made."""
    outcome = compared(vsphere, others, deadline)
    first = going[0].host.moid
    results[first] = replace(results[first], other_providers=outcome.to_facts())
    return Restart(True, outcome)


def _unregistered(
    vsphere: VSphere,
    remaining: Sequence[Work],
    results: dict[str, StepResult],
    concurrency: int,
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
    total: int,
) -> list[Work]:
    """Unregister them. Those that are to come back; the others keep what they have, and fail."""
    going = []
    if remaining:
        tell_progress(tell, total, total - len(remaining), "unregistering providers", deadline, begun=remaining)
    errors = unregister_all(vsphere, remaining, deadline, tell, total, concurrency, judge)
    for one, error in zip(remaining, errors, strict=True):
        if error is None or one.unregistered:
            going.append(one)
        if error is not None and not one.unregistered:
            results[one.host.moid] = failed(
                one.host, REREGISTER, error, reason=one.reason, before=shown(one.host.provider, vsphere.clock.now())
            )
    stayed = [one for one in remaining if one not in going]
    if stayed:
        tell_progress(tell, total, total - len(going), "unregistering providers", deadline, ended=stayed)
    return going


def _back_by_itself(
    vsphere: VSphere,
    going: list[Work],
    results: dict[str, StepResult],
    patience: Patience,
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
) -> list[Work]:
    """Look for a while whether vCenter registers them by itself (field reports have both). Those that are left.

    Whatever goes wrong in that, they are left to the restart: they are unregistered.
    """
    if not going or not patience.look_seconds:
        return going
    try:
        wait_for_return(
            vsphere,
            going,
            results,
            Deadline(deadline.left_seconds * LEFT_FOR_RESTART, vsphere.clock),
            tell,
            judge,
            cured_by=BY_ITSELF,
            quiet_seconds=patience.look_seconds,
            doing="waiting for vCenter to register their providers by itself",
        )
    except CertopsError as error:
        for one in going:
            one.notes.append(notice.LOOK_FAILED.of(error=error))
    left = [one for one in going if one.host.moid not in results]
    for one in left:
        one.notes.append(notice.NOT_REGISTERED_BY_VCENTER.of(seconds=patience.look_seconds))
    return left


def _vcenters_time(vsphere: VSphere) -> Optional[datetime]:
    """vCenter's own clock, by which its events are asked for; None where it cannot be read."""
    try:
        return foreseen("reading the clock", vsphere.server_time, consequence=LOOK_AT_PROVIDERS)
    except CertopsError:
        return None


def _reasons(vsphere: VSphere, since: Optional[datetime]) -> Mapping[str, str]:
    """By host, what vCenter's events say of registrations that failed; nothing where that cannot be read, which is no failure."""
    if since is None:
        return {}
    try:
        return foreseen("reading events", lambda: vsphere.registration_failures(since), consequence=LOOK_AT_PROVIDERS)
    except CertopsError:
        return {}
