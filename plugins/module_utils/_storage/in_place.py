# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring a provider back as it is: nothing is unregistered, and SPS is not restarted."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Optional

from .._certificates.trust import ends_soon
from .._common import notice
from .._common.errors import CertopsError
from .._common.unforeseen import foreseen
from .._estate.provider import Provider
from .._estate.step_result import StepResult
from .._stepping.port import VSphere
from .._timing.waiting import Deadline
from .judge import Judge, is_right
from .provider_work import LOOK_AT_PROVIDERS, Work, done

REFRESH_SECONDS = 60.0
# Since ESXi 9.0 the provider speaks VASA 5.0, whose certificate SMS can renew in place; older ones speak 1.x.
REFRESHABLE_SINCE_ESXI = 9
REFRESH_METHODS = ("Reconnect", "RefreshCertificate")


def refreshed(vsphere: VSphere, one: Work, results: dict[str, StepResult], judge: Judge) -> bool:
    """Try, where the provider may know it, to renew SMS's record in place: no unregistering and no restart are needed then.

    It is only believed where it is documented least, so what SMS remembers afterwards decides, and not the task's success.
    """
    if not _refreshable(one):
        return False
    for method in REFRESH_METHODS:
        try:
            provider = foreseen(
                f"{method} of {one.registered[0].provider.name}",
                partial(_refresh, vsphere, one, method),
                consequence=LOOK_AT_PROVIDERS,
            )
        except CertopsError as error:
            one.notes.append(notice.REFRESH_FAILED.of(method=method, error=error))
            continue
        if provider is not None and is_right(one, provider, judge) and not _ends(one, vsphere.clock.now()):
            one.notes.append(notice.REFRESHED.of(method=method))
            results[one.host.moid] = done(one, provider, vsphere.clock.now())
            return True
        one.notes.append(notice.REFRESH_WITHOUT_EFFECT.of(method=method))
    return False


def _ends(one: Work, now: datetime) -> bool:
    """Whether a provider still has that certificate of its own which SMS was to renew."""
    return one.served.of_provider and ends_soon(one.certificate, now)


def _refresh(vsphere: VSphere, one: Work, method: str) -> Optional[Provider]:
    """Have SMS renew its record of a provider, and read what it has then. Raises CertopsError."""
    vsphere.refresh(one.registered[0], method, Deadline(REFRESH_SECONDS, vsphere.clock))
    return _read_again(vsphere, one)


def _refreshable(one: Work) -> bool:
    version = _leading_number(one.host.version)
    vasa = _leading_number(one.registered[0].provider.vasa_version) if len(one.registered) == 1 else 0
    return version >= REFRESHABLE_SINCE_ESXI and vasa >= 2


def _read_again(vsphere: VSphere, one: Work) -> Optional[Provider]:
    found, _unavailable = vsphere.providers()
    uid = one.registered[0].provider.provider_uid
    return next((other.provider for other in found if other.provider.provider_uid == uid), None)


def _leading_number(text: Optional[str]) -> int:
    digits = (text or "").split(".", 1)[0]
    return int(digits) if digits.isdigit() else 0
