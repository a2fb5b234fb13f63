# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Providers of hosts that the vCenter no longer has: removed only where nothing lives behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Optional, Sequence

from .._common import names
from .._common.errors import CertopsError, EndpointError
from .._common.unforeseen import foreseen
from .._estate.provider import IOFILTER_PORT, Provider
from .._estate.step_result import CHANGED, FAILED
from .._stepping.endpoints import shown_by
from .._stepping.port import Endpoints, VSphere
from .._timing.waiting import Deadline
from . import messages


@dataclass(frozen=True)
class OrphanResult:
    """What became of one orphan."""

    provider_uid: str
    name: str
    status: str
    error: Optional[str] = None
    error_code: Optional[str] = None

    def to_facts(self) -> dict[str, Any]:
        """The result as a module returns it."""
        return {
            "provider_uid": self.provider_uid,
            "name": self.name,
            "status": self.status,
            "changed": self.status == CHANGED,
            "failed": self.status == FAILED,
            "error": self.error,
            "error_code": self.error_code,
        }


def sort_by_plan(orphans: Sequence[Provider], planned: Optional[Sequence[str]]) -> tuple[list[Provider], list[Provider]]:
    """The orphans that a plan showed, by their uids, and those that it did not; without a plan they are all as if it had."""
    if planned is None:
        return list(orphans), []
    uids = frozenset(planned)
    return [one for one in orphans if one.provider_uid in uids], [one for one in orphans if one.provider_uid not in uids]


def remove_orphans(vsphere: VSphere, orphans: Sequence[Provider], deadline: Deadline, *, check_mode: bool) -> list[OrphanResult]:
    """Unregister orphans, all of them by the deadline. One that lives is refused: it may belong to a host that this account does not see."""
    return [_result(vsphere, provider, deadline, check_mode) for provider in orphans]


def _result(vsphere: VSphere, provider: Provider, deadline: Deadline, check_mode: bool) -> OrphanResult:
    """What became of one, whatever that was: the others are not lost with it."""
    try:
        return foreseen(
            f"the removing of {provider.name}",
            lambda: _remove(vsphere, provider, deadline, check_mode),
            consequence="See in vCenter's storage providers whether it is still there.",
        )
    except CertopsError as error:
        return OrphanResult(provider.provider_uid, provider.name, FAILED, str(error), error.code)


def _remove(vsphere: VSphere, provider: Provider, deadline: Deadline, check_mode: bool) -> OrphanResult:
    sign_of_life = _sign_of_life(vsphere.endpoints, provider)
    if sign_of_life:
        told = messages.ORPHAN_ALIVE(provider=provider.name, sign_of_life=sign_of_life)
        return OrphanResult(provider.provider_uid, provider.name, FAILED, str(told), told.code)
    if deadline.passed:
        told = messages.ORPHAN_NOT_REACHED(provider=provider.name, seconds=deadline.seconds)
        return OrphanResult(provider.provider_uid, provider.name, FAILED, str(told), told.code)
    if not check_mode:
        vsphere.unregister(provider, deadline)
    return OrphanResult(provider.provider_uid, provider.name, CHANGED)


def _sign_of_life(endpoints: Endpoints, provider: Provider) -> Optional[str]:
    if provider.online is True:
        return "it is online"
    host = names.host_of_url(provider.url)
    if host is None:
        return None
    try:
        shown_by(endpoints, [host], names.port_of_url(provider.url) or IOFILTER_PORT)
    except EndpointError:
        return None
    return "it answers on its port"
