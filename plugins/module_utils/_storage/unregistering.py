# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Unregister providers that are due, unless somebody else brought them back meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Optional, Sequence

from .._common.errors import CertopsError, DeadlineExceeded, InternalError, RepeatableError
from .._common.unforeseen import foreseen
from .._deciding.rules import REREGISTER
from .._estate.provider import Provider
from .._estate.registration import RegisteredProvider, assign
from .._estate.step_result import UNCHANGED, StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._timing.waiting import Deadline
from .judge import Judge, is_right, refusal_now
from .provider_work import LOOK_AT_PROVIDERS, Work, shown, tell_progress

# How long one provider may refuse in passing before the others go on without it.
UNREGISTER_SECONDS = 120.0


def still_due(vsphere: VSphere, work: Sequence[Work], results: dict[str, StepResult], judge: Judge) -> list[Work]:
    """Those whose provider nobody else has brought back since they were looked at, with the providers that they have now.

    One call, and where a provider is not there or no more, those of a reading of all. Raises CertopsError.
    """
    listed = vsphere.provider_ids()
    if all(one.registered and listed.issuperset(registered.moid for registered in one.registered) for one in work):
        return list(work)
    found, _unavailable = vsphere.providers(but_not=judge.strangers)
    assigned, _strangers = assign([one.host for one in work], found)
    left = []
    for one in work:
        one.registered = assigned.get(one.host.moid, [])
        if len(one.registered) == 1 and is_right(one, one.registered[0].provider, judge):
            reason = "somebody else restored its provider in the meantime"
            after = shown(one.registered[0].provider, vsphere.clock.now())
            results[one.host.moid] = StepResult(
                one.host.name,
                REREGISTER,
                UNCHANGED,
                reason,
                before=shown(one.host.provider, vsphere.clock.now()),
                after=after,
                trusted_by=one.served.trusted_by,
            )
        else:
            left.append(one)
    return left


def unregister_all(
    vsphere: VSphere, work: Sequence[Work], deadline: Deadline, tell: Tell, total: int, concurrency: int, judge: Judge
) -> list[Optional[CertopsError]]:
    """Unregister the providers of several hosts, some hosts at a time; for each host what unregister gives."""
    errors: list[Optional[CertopsError]] = []
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        for error in pool.map(lambda one: unregister(vsphere, one, deadline, judge), work):
            errors.append(error)
            tell_progress(tell, total, 0, f"{len(errors)} of {len(work)} providers unregistered", deadline)
    return errors


def unregister(vsphere: VSphere, one: Work, deadline: Deadline, judge: Judge) -> Optional[CertopsError]:
    """Unregister all providers of a host; the error where one of them refused.

    Its endpoint is looked at right before: it may have been minutes since it was looked at first.
    """
    if not one.registered:
        # Nothing would be lost; but SPS would be restarted for one that does not come.
        return refusal_now(vsphere, one, judge)
    for registered in one.registered:
        refusal = refusal_now(vsphere, one, judge)
        if refusal is not None:
            return refusal
        limit = Deadline(min(UNREGISTER_SECONDS, deadline.left_seconds), vsphere.clock)
        try:
            _unregister_one(vsphere, registered.provider, limit)
            one.unregistered = True
        except CertopsError as error:
            # What was refused was not done; of anything else it is looked what became of it.
            if isinstance(error, (RepeatableError, DeadlineExceeded, InternalError)) and _may_be_gone(vsphere, registered):
                one.unregistered = True
            return error
    return None


def _unregister_one(vsphere: VSphere, provider: Provider, limit: Deadline) -> None:
    foreseen(
        f"unregistering {provider.name}",
        lambda: vsphere.unregister(provider, limit),
        consequence=LOOK_AT_PROVIDERS,
    )


def _may_be_gone(vsphere: VSphere, registered: RegisteredProvider) -> bool:
    """Whether SMS no longer has a provider; also where that can't be seen, since SPS registers again what is missing, and harms nobody."""
    try:
        listed = foreseen(
            f"looking whether SMS still has {registered.provider.name}",
            vsphere.provider_ids,
            consequence=LOOK_AT_PROVIDERS,
        )
    except CertopsError:
        return True
    return registered.moid not in listed
