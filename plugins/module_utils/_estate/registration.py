# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Providers as they are registered: with which object, for which host, and what one is registered with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Sequence

from .._common import names
from .estate import EsxiHost
from .provider import Provider


@dataclass(frozen=True)
class RegisteredProvider:
    """A provider, and the id of its object in SMS: one that is registered again has another."""

    provider: Provider
    moid: str


@dataclass(frozen=True)
class ProviderOffer:
    """What a provider is registered with. pem is the certificate that SMS is to expect."""

    name: str
    url: str
    pem: str


def assign(
    hosts: Sequence[EsxiHost], providers: Sequence[RegisteredProvider]
) -> tuple[dict[str, list[RegisteredProvider]], list[RegisteredProvider]]:
    """Each host's providers by its moid, the best of them first; and the orphans, whose url leads to no host."""
    owner: dict[str, str] = {}
    for host in hosts:
        for address in host.addresses:
            owner.setdefault(names.normalise(address), host.moid)
    # A name says more than an address, which may have been another host's before.
    owner.update({names.normalise(host.name): host.moid for host in hosts})
    assigned: dict[str, list[RegisteredProvider]] = {}
    orphans: list[RegisteredProvider] = []
    for registered in providers:
        moid = owner.get(names.host_of_url(registered.provider.url) or "")
        if moid is None:
            orphans.append(registered)
        else:
            assigned.setdefault(moid, []).append(registered)
    for several in assigned.values():
        several.sort(key=_best_first)
    return assigned, orphans


def any_by_address(hosts: Sequence[EsxiHost], providers: Sequence[RegisteredProvider]) -> bool:
    """Whether one of these providers would be one of these hosts' by an address, which may be the name of another host."""
    known = {names.normalise(host.name) for host in hosts}
    addresses = {names.normalise(address) for host in hosts for address in host.addresses} - known
    return any((names.host_of_url(one.provider.url) or "") in addresses for one in providers)


def _best_first(registered: RegisteredProvider) -> tuple[bool, float, str]:
    ends = registered.provider.certificate_expires_at
    return (registered.provider.online is not True, -(ends.timestamp() if ends else 0.0), registered.provider.provider_uid)
