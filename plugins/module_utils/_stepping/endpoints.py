# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the IOFilter endpoints of hosts serve, judged."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from threading import Lock
from typing import Callable, Optional, Sequence

from .._certificates import trust
from .._certificates.anchor import anchor_of
from .._certificates.certificate import Certificate
from .._common import names
from .._common.errors import CertopsError, EndpointError
from .._common.unforeseen import foreseen
from .._estate.estate import EsxiHost, Served
from .._estate.provider import IOFILTER_PORT
from .port import Endpoints

CONCURRENT_PROBES = 32
PROBE_SECONDS = 5.0
# Of thousands of hosts not each is told.
TOLD_TIMES = 100

Count = Callable[[int], None]


def uncounted(_asked: int) -> None:
    """Tell nobody how many hosts have been asked."""


def shown_by(endpoints: Endpoints, host_names: Sequence[str], port: int) -> Certificate:
    """The certificate of an endpoint, whose names are tried in order. Raises EndpointError."""
    return endpoints.chain(host_names, port, PROBE_SECONDS)[0]


def shown_by_all(endpoints: Endpoints, hosts: Sequence[EsxiHost], port: int) -> list[Optional[Certificate]]:
    """What hosts show on a port, many asked at once; None for one that does not answer."""

    def shown(host: EsxiHost) -> Optional[Certificate]:
        try:
            return foreseen(
                f"the look at port {port} of {host.name}",
                partial(shown_by, endpoints, [host.name, *host.addresses[:1]], port),
                consequence="Nothing was changed.",
            )
        except CertopsError:
            return None

    if not hosts:
        return []
    with ThreadPoolExecutor(max_workers=min(CONCURRENT_PROBES, len(hosts))) as pool:
        return list(pool.map(shown, hosts))


def probe(endpoints: Endpoints, host: EsxiHost, roots: Optional[Sequence[Certificate]], now: datetime) -> Served:
    """Ask one host's port 9080 for its certificate. An endpoint that does not answer is a finding, not a failure."""
    port = (names.port_of_url(host.provider.url) if host.provider else None) or IOFILTER_PORT
    candidates = list(dict.fromkeys([host.name, *host.addresses[:1]]))
    try:
        chain = endpoints.chain(candidates, port, PROBE_SECONDS)
    except EndpointError as error:
        return Served(error=str(error))
    certificate = chain[0]
    root = anchor_of(chain, roots or (), now)
    own = host.own_provider_certificate
    verdict = trust.assess(
        certificate,
        record=host.certificate,
        record_thumbprint=host.record_thumbprint,
        roots=roots,
        host_names=[host.name, *host.addresses],
        now=now,
        own=own,
    )
    # Where vCenter shows nothing of the host's certificate, one that is not known to be the provider's is taken for the host's.
    of_provider = verdict.trusted_by == trust.BASIS_ROOT and (
        own is True or (own is None and (host.certificate is not None or bool(host.record_thumbprint)))
    )
    return Served(
        certificate=certificate,
        trusted=verdict.trusted,
        trusted_by=verdict.trusted_by,
        problems=verdict.problems,
        root=root.sha256_fingerprint if root else None,
        of_provider=of_provider,
    )


def probe_all(
    endpoints: Endpoints,
    hosts: Sequence[EsxiHost],
    roots: Optional[Sequence[Certificate]],
    now: datetime,
    count: Count = uncounted,
) -> list[Served]:
    """Ask many at once, each with its own timeout, never more than CONCURRENT_PROBES at a time. count: is told how many have been asked."""
    if not hosts:
        return []
    asked, lock = 0, Lock()

    def one(host: EsxiHost) -> Served:
        nonlocal asked
        served = probed(endpoints, host, roots, now)
        with lock:
            asked += 1
            if asked % -(-len(hosts) // TOLD_TIMES) == 0:
                count(asked)
        return served

    with ThreadPoolExecutor(max_workers=min(CONCURRENT_PROBES, len(hosts))) as pool:
        return list(pool.map(one, hosts))


def probed(endpoints: Endpoints, host: EsxiHost, roots: Optional[Sequence[Certificate]], now: datetime) -> Served:
    """What one host serves: where that cannot be determined, for whatever reason, the others are not lost with it."""
    try:
        return foreseen(
            f"the look at port {IOFILTER_PORT} of {host.name}",
            lambda: probe(endpoints, host, roots, now),
            consequence="Nothing was changed.",
        )
    except CertopsError as error:
        return Served(error=str(error))


def with_served(
    endpoints: Endpoints,
    hosts: Sequence[EsxiHost],
    roots: Optional[Sequence[Certificate]],
    now: datetime,
    count: Count = uncounted,
) -> list[EsxiHost]:
    """The hosts, each with what its port 9080 serves."""
    served = probe_all(endpoints, hosts, roots, now, count)
    return [replace(host, served=one) for host, one in zip(hosts, served, strict=True)]
