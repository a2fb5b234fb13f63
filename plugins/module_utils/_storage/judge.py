# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a provider that is unregistered would come back: asked before each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from .._common.errors import Asleep, CertopsError
from .._common.unforeseen import foreseen
from .._deciding.provider_return import ON_HOST, ON_VCENTER, Case
from .._deciding.provider_return import first as first_obstacle
from .._deciding.unseen import not_identified
from .._estate.estate import Estate, EsxiHost, Served
from .._estate.provider import Provider
from .._stepping import messages as step_messages
from .._stepping.endpoints import probed
from .._stepping.port import VSphere
from . import provider_messages
from .provider_work import Work, agrees


@dataclass(frozen=True)
class Judge:
    """Whether a provider that is unregistered would come back: by what its host's port 9080 serves.

    strangers: the ids of the provider objects that were seen to be no provider of these hosts.
    """

    vsphere: VSphere
    estate: Estate
    in_thumbprint_mode: bool
    strangers: frozenset[str] = frozenset()

    def refusal(self, host: EsxiHost, served: Optional[Served]) -> Optional[CertopsError]:
        """Why a host's provider may not be unregistered; None where it may. served: None where that cannot be judged yet."""
        now, problem = self.vsphere.clock.now(), host.issuer_problem
        case = Case(self.estate, now, self.in_thumbprint_mode, host.name, served, problem, host.issuer)
        if served is not None and not served.trusted:
            problem = served.error or "; ".join(served.problems)
            return provider_messages.ENDPOINT_NOT_TRUSTED(esxi_host=host.name, problem=problem)
        found = not_identified(host, self.estate) or first_obstacle((*ON_VCENTER, *ON_HOST), case)
        if found is not None:
            return provider_messages.PROVIDER_BLOCKED(esxi_host=host.name, blocker=found.message, blocker_remedy=found.remedy)
        if served is not None and not host.connected:
            return provider_messages.PROVIDER_OF_DISCONNECTED_HOST(esxi_host=host.name, connection_state=host.connection_state)
        return None

    def look_again(self, one: Work) -> Optional[CertopsError]:
        """Ask a host's port 9080 once more, and judge what it serves now."""
        served = probed(self.vsphere.endpoints, one.host, self.estate.vcenter.trusted_roots, self.vsphere.clock.now())
        error = self.refusal(one.host, served)
        if error is None:
            one.served = served
        return error


def is_right(one: Work, provider: Provider, judge: Judge) -> bool:
    """Whether what is read back of a host's only provider is what it is to be.

    SMS may have given it another certificate of its own meanwhile: where it remembers another one, port 9080 is asked again.
    """
    now = judge.vsphere.clock.now()
    if agrees(provider, one.certificate, now):
        return True
    if provider.online is not True or one.host.own_provider_certificate is False or judge.look_again(one) is not None:
        return False
    return agrees(provider, one.certificate, now)


def asleep_now(vsphere: VSphere, host: EsxiHost) -> Optional[Asleep]:
    """Whether a host whose port does not answer went into standby since it was looked at: that is no failure of its."""
    try:
        state = foreseen(f"looking at {host.name}", lambda: vsphere.host_state(host), consequence="Nothing of it was changed.")
    except CertopsError:
        return None
    return step_messages.HOST_IN_STANDBY(esxi_host=host.name) if state.asleep else None


def refusal_now(vsphere: VSphere, one: Work, judge: Judge) -> Optional[CertopsError]:
    """Why a host's provider may not be unregistered any more; Asleep where the host is in standby, None where it may be."""
    refusal = judge.look_again(one)
    if refusal is None or one.unregistered:
        # One of its providers is gone already: that nothing was begun can't be said.
        return refusal
    return asleep_now(vsphere, one.host) or refusal
