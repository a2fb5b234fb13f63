# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring providers back by one restart of SPS."""

from __future__ import annotations

from .._common.errors import CertopsError
from .._common.unforeseen import foreseen
from .._deciding.rules import REREGISTER
from .._estate.step_result import StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell
from .._stepping.step import failed
from .._timing.waiting import Deadline
from . import sps
from .in_place import refreshed
from .judge import Judge
from .provider_work import LOOK_AT_PROVIDERS, Work, is_gone, shown, tell_progress
from .returning import not_back, wait_for_return
from .unregistering import still_due, unregister_all


def by_restarting(
    vsphere: VSphere,
    work: list[Work],
    results: dict[str, StepResult],
    concurrency: int,
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
) -> bool:
    """Unregister all of them, restart SPS once, and wait. Whether SPS was restarted."""
    sps.require_restartable(vsphere, deadline, tell)
    remaining = [one for one in still_due(vsphere, work, results, judge) if not refreshed(vsphere, one, results, judge)]
    going: list[Work] = []
    tell_progress(tell, len(work), 0, "unregistering providers", deadline, begun=remaining)
    errors = unregister_all(vsphere, remaining, deadline, tell, len(work), concurrency, judge)
    for one, error in zip(remaining, errors, strict=True):
        if error is None or one.unregistered:
            going.append(one)
        if error is not None and not one.unregistered:
            results[one.host.moid] = failed(
                one.host, REREGISTER, error, reason=one.reason, before=shown(one.host.provider, vsphere.clock.now())
            )
    if not going:
        return False
    try:
        stayed = [one for one in remaining if one not in going]
        tell_progress(tell, len(work), len(work) - len(going), "SPS is restarting", deadline, ended=stayed)
        foreseen("restarting SPS", lambda: sps.restart(vsphere, deadline), consequence=LOOK_AT_PROVIDERS)
        left = wait_for_return(vsphere, going, results, deadline, tell, judge)
    except CertopsError as error:
        # Those that are back by then are done.
        for one in (one for one in going if one.host.moid not in results):
            results[one.host.moid] = failed(
                one.host,
                REREGISTER,
                error.retold(
                    sentence=f"The provider of {one.host.name} {is_gone(one)}, and {error.sentence[:1].lower() + error.sentence[1:]}",
                    remedy=f"{error.remedy} Running again goes on from there.",
                ),
                reason=one.reason,
                before=shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False},
            )
        return True
    for one in left:
        results[one.host.moid] = not_back(vsphere, one, deadline)
    return True
