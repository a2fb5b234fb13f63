# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether hosts trust the storage monitoring service (SMS): their lists of CAs beside those of hosts whose providers are online.

A provider whose host does not trust SMS stays offline however often it is registered (KB 402809). To read a list takes two calls and
Certificate.Manage; so only those hosts are asked whose provider is not online though nothing is wrong with their certificates, and two others of
each generation of ESXi.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Callable, Optional, Sequence, Union

from .._certificates.castore import OWN_IDENTITY_BEFORE, Castore, Comparison, compare, read_castore
from .._common.errors import CertopsError
from .._common.unforeseen import foreseen
from .._deciding.rules import evident_certificate
from .._estate.estate import EsxiHost, VCenter
from .._estate.provider import leading_number
from .._estate.sms_trust import SmsTrust
from .port import VSphere

ONLINE = "online"
PRIVILEGE = "Certificate.Manage"
# So many hosts are compared with; so many are asked where lists cannot be read.
COMPARED_WITH = 2
MOST_ASKED = 4
CONCURRENT_READINGS = 8


def suspected(host: EsxiHost, now: datetime) -> bool:
    """Whether a host's provider is not online though nothing is seen to be wrong with the host or with its certificates.

    The provider may also be gone: one that was unregistered and did not come back.
    """
    certificate, served = evident_certificate(host), host.served
    if not host.connected or host.outside_of_clusters or certificate is None or not certificate.sound_at(now):
        return False
    if served is not None and not served.trusted:
        return False
    if host.provider is None:
        return host.provider_unavailable is None
    return host.provider.online is False


@dataclass(frozen=True)
class TrustedByHost:
    """A host's list as it was read, for whoever completes it: its entries in PEM, and how it compares."""

    entries: tuple[str, ...]
    castore: Castore
    comparison: Comparison


class Castores:
    """The lists of a vCenter's hosts, compared. healthy: hosts whose providers are online, asked for when the first list is compared; those that are
    needed are read once."""

    def __init__(self, vsphere: VSphere, vcenter: VCenter, healthy: Callable[[], Sequence[EsxiHost]]) -> None:
        self._vsphere = vsphere
        self._vcenter = vcenter
        self._healthy = healthy
        self._lock = Lock()
        self._read: dict[bool, Union[dict[str, Castore], str]] = {}

    def of(self, host: EsxiHost) -> TrustedByHost:
        """A host's list now. Raises CertopsError where it cannot be read."""
        entries = foreseen(
            f"reading the CAs that {host.name} trusts",
            lambda: tuple(self._vsphere.ca_certificates(host)),
            consequence="Nothing was changed.",
        )
        castore = read_castore(entries)
        others = self._others(host)
        if not entries:
            return TrustedByHost(entries, castore, Comparison(None, "vCenter shows no CA that it trusts"))
        if isinstance(others, str):
            return TrustedByHost(entries, castore, Comparison(None, others))
        comparison = compare(
            castore,
            {name: one for name, one in others.items() if name != host.name},
            major=leading_number(host.version),
            roots=self._vcenter.trusted_roots,
            vmca_root=self._vcenter.vmca_root,
            now=self._vsphere.clock.now(),
        )
        return TrustedByHost(entries, castore, comparison)

    def trust_of(self, host: EsxiHost) -> SmsTrust:
        """Whether a host trusts SMS; where its list cannot be read it is not known."""
        if PRIVILEGE in host.missing_privileges:
            return SmsTrust(None, f"the account has no privilege {PRIVILEGE} on it")
        try:
            found = self.of(host).comparison
        except CertopsError as error:
            return SmsTrust(None, str(error))
        return SmsTrust(found.trusts, found.reason, tuple(one.sha256_fingerprint for one in found.missing))

    def _others(self, host: EsxiHost) -> Union[dict[str, Castore], str]:
        """The lists of healthy hosts of the same generation; why there are none where those that were asked cannot be read."""
        old = leading_number(host.version) < OWN_IDENTITY_BEFORE
        with self._lock:
            if old not in self._read:
                self._read[old] = self._read_healthy(old)
            return self._read[old]

    def _read_healthy(self, old: bool) -> Union[dict[str, Castore], str]:
        try:
            healthy = self._healthy()
        except CertopsError as error:
            return f"the other hosts of the vCenter cannot be read: {error}"
        alike = [one for one in healthy if (leading_number(one.version) < OWN_IDENTITY_BEFORE) is old]
        found: dict[str, Castore] = {}
        problem: Optional[str] = None
        for other in alike[:MOST_ASKED]:
            try:
                castore = read_castore(self._vsphere.ca_certificates(other))
            except CertopsError as error:
                problem = problem or str(error)
                continue
            if castore.certificates:
                found[other.name] = castore
            if len(found) == COMPARED_WITH:
                break
        return problem if problem is not None and not found else found


def with_sms_trust(castores: Castores, hosts: Sequence[EsxiHost], now: datetime) -> list[EsxiHost]:
    """The hosts; those that are suspected with whether they trust SMS."""
    asked = [host for host in hosts if suspected(host, now)]
    if not asked:
        return list(hosts)
    with ThreadPoolExecutor(max_workers=min(CONCURRENT_READINGS, len(asked))) as pool:
        found = dict(zip((host.moid for host in asked), pool.map(castores.trust_of, asked), strict=True))
    return [replace(host, sms_trust=found[host.moid]) if host.moid in found else host for host in hosts]


def online_elsewhere(hosts: Sequence[EsxiHost]) -> tuple[EsxiHost, ...]:
    """Hosts to compare with: connected, with one provider that is online, and not merely connected."""
    return tuple(
        host
        for host in hosts
        if host.connected and host.provider is not None and host.provider.status == ONLINE and not host.duplicate_providers
    )
