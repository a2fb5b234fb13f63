# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By which way a host gets its new certificate: from VMCA through vCenter where that can, else by the host's own CLI over SSH; or from
a CA of the operator's, where the certificate mode is custom."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Mapping, Optional

from .._estate.estate import MODE_THUMBPRINT, MODE_VMCA, Estate, EsxiHost
from .policy import METHOD_AUTO, METHOD_CLI, METHOD_CUSTOM_CA, METHOD_VCENTER, Policy
from .rules import LEFT_DISCONNECTED, RECONNECT, RECONNECT_PINNED, RENEW, RENEW_CLI, RENEW_CUSTOM_CA, REREGISTER, Verdict, steps_for

NOT_RESPONDING = "notResponding"


@dataclass(frozen=True)
class Way:
    """The method for a host, and its steps. missing: what keeps the CLI from being used where it would be; None otherwise.

    fallback: whether the host's CLI may be used should vCenter refuse.
    """

    method: str
    steps: tuple[str, ...]
    reason: Optional[str] = None
    missing: Optional[str] = None
    fallback: bool = False


def choose(host: EsxiHost, verdict: Verdict, estate: Estate, policy: Policy) -> Optional[Way]:
    """The way for a host that needs a new certificate; None for one that does not."""
    way = _choose(host, verdict, estate, policy)
    return None if way is None else replace(way, steps=steps_for(host, way.steps))


def _choose(host: EsxiHost, verdict: Verdict, estate: Estate, policy: Policy) -> Optional[Way]:
    if RENEW not in verdict.steps and RECONNECT not in verdict.steps:
        return None
    mode = estate.vcenter.certificate_mode
    if policy.custom_ca_signs(mode):
        # To reconnect a host issues nothing here: one that lacks nothing else is only reconnected.
        halfway = verdict.rule == LEFT_DISCONNECTED
        return Way(METHOD_VCENTER, verdict.steps) if halfway else Way(METHOD_CUSTOM_CA, (RENEW_CUSTOM_CA, RECONNECT, REREGISTER))
    wanted = _wanted(host, policy)
    if wanted == METHOD_VCENTER or mode not in (MODE_VMCA, MODE_THUMBPRINT):
        return Way(METHOD_VCENTER, verdict.steps)
    why = "certops_method is cli" if wanted == METHOD_CLI else _why_not_vcenter(host, verdict, mode)
    missing = None if ssh_name(host, policy) else f"SSH to {host.name} is not configured"
    if why is None:
        if missing is not None and RENEW not in verdict.steps:
            return Way(METHOD_VCENTER, verdict.steps, reason="vCenter may not reach it", missing=missing)
        return Way(METHOD_VCENTER, verdict.steps, fallback=missing is None)
    if missing is not None and wanted == METHOD_AUTO:
        return Way(METHOD_VCENTER, verdict.steps, reason=why, missing=missing)
    return Way(METHOD_CLI, cli_steps(mode), reason=why, missing=missing)


def cli_steps(mode: Optional[str]) -> tuple[str, ...]:
    """The steps with the host's CLI. What it makes no root issued: unless that is what the mode wants, VMCA replaces it."""
    issued = () if mode == MODE_THUMBPRINT else (RENEW, RECONNECT)
    return (RENEW_CLI, RECONNECT_PINNED, *issued, REREGISTER)


def ssh_name(host: EsxiHost, policy: Policy) -> Optional[str]:
    """The inventory's name of a host that the operator configured SSH to; None where nobody did."""
    return _first(policy.ssh_places, host)


def _wanted(host: EsxiHost, policy: Policy) -> str:
    name = _first(policy.method_places, host)
    return policy.method if name is None else policy.host_methods[name]


def _first(places: Mapping[str, int], host: EsxiHost) -> Optional[str]:
    """The first of these names of the inventory that is this host's."""
    return min((name for name in host.known_as if name in places), key=places.__getitem__, default=None)


def _why_not_vcenter(host: EsxiHost, verdict: Verdict, mode: Optional[str]) -> Optional[str]:
    if mode == MODE_THUMBPRINT:
        return "in certificate mode thumbprint vCenter issues none"
    # A host whose certificate expired is reconnected first: vCenter may have lost it over just that, and issues a new one then.
    if host.connection_state == NOT_RESPONDING and RENEW in verdict.steps:
        return "vCenter cannot reach it"
    return None
