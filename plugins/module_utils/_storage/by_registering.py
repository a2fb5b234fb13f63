# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Register providers with an account, one after another. It is unproven that vCenter takes one for IOFilter providers."""

from __future__ import annotations

from dataclasses import dataclass, field

from .._certificates.certificate import to_pem
from .._common.errors import CertopsError
from .._common.unforeseen import foreseen
from .._deciding.rules import REREGISTER
from .._estate.registration import ProviderOffer
from .._estate.step_result import FAILED, REGISTER, StepResult
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import failed, not_started
from .._timing.waiting import Deadline
from .judge import Judge
from .provider_work import LOOK_AT_PROVIDERS, Work, identity, shown, tell_progress
from .returning import not_back, wait_for_return
from .unregistering import still_due, unregister


@dataclass(frozen=True)
class Credentials:
    """The account that a provider is registered with, for the method register."""

    username: str
    password: str = field(repr=False)


def by_registering(
    vsphere: VSphere,
    work: list[Work],
    results: dict[str, StepResult],
    credentials: Credentials,
    deadline: Deadline,
    tell: Tell,
    judge: Judge,
) -> None:
    """Unregister and register one after another, and stop at the first that does not come back."""
    work = still_due(vsphere, work, results, judge)
    for position, one in enumerate(work):
        before = work[position - 1 : position] if position else []
        tell_progress(tell, len(work), position, "providers are registered one after another", deadline, begun=[one], ended=before)
        error = unregister(vsphere, one, deadline, judge)
        if error is None:
            name, url = identity(one)
            offer = ProviderOffer(name=name, url=url, pem=to_pem(one.certificate))
            try:
                _register(vsphere, offer, credentials, deadline)
                left = wait_for_return(vsphere, [one], results, deadline, silent, judge, cured_by=REGISTER)
                results.update(not_back(vsphere, left, deadline, {}))
            except CertopsError as caught:
                error = caught
        if error is not None:
            consequence = (
                " Its provider is unregistered now: SPS registers it by itself when it is restarted (method sps_restart)."
                if one.unregistered
                else ""
            )
            results[one.host.moid] = failed(
                one.host,
                REREGISTER,
                error.retold(remedy=error.remedy + consequence),
                reason=one.reason,
                before=shown(one.host.provider, vsphere.clock.now()),
                after={"registered": False} if one.unregistered else None,
            )
        if results[one.host.moid].status == FAILED:
            for later in work[position + 1 :]:
                results[later.host.moid] = not_started(
                    later.host, REREGISTER, f"not started, because the provider of {one.host.name} failed"
                )
            return


def _register(vsphere: VSphere, offer: ProviderOffer, credentials: Credentials, deadline: Deadline) -> None:
    foreseen(
        f"registering {offer.name}",
        lambda: vsphere.register(offer, credentials.username, credentials.password, deadline),
        consequence=LOOK_AT_PROVIDERS,
    )
