# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificates by which ESXi hosts log in to VASA providers: one call a host, which wants Certificate.Manage (since 8.0.1)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Optional, Sequence, Union

from .._common.errors import CertopsError
from .._common.notice import few
from .._common.printable import printable
from .._common.unforeseen import foreseen
from .._estate.client_certificate import ClientCertificate
from .._estate.estate import EsxiHost, Unavailable
from .._wire.pyvmomi_library import IsChildVersion, vim
from .hosts import reference
from .properties import read_object
from .session import VSphereSession

SINCE = (8, 0, 1)
KIND = "VASAClient"
CONCURRENT_READS = 16
WHAT = "client_certificates"
_METHOD = "RetrieveCertificateInfoList"
_PATH = "configManager.certificateManager"


def read_client_certificates(
    session: VSphereSession, hosts: Sequence[EsxiHost]
) -> tuple[dict[str, ClientCertificate], list[Unavailable]]:
    """By the ids of the hosts that have one their client certificate, and what could not be read, each reason once.

    Only hosts that are connected, and of 8.0.1 or newer, are asked, and only a vCenter that has the call. Raises CertopsError.
    """
    asked = [host for host in hosts if host.connected and _numbers(host.version) >= SINCE] if _has_the_call(session) else []
    what = f"Reading the certificate managers of {session.name}"
    found = read_object(session, [reference(session, host) for host in asked], (_PATH,), what)
    managers = {item.moid: item.get(_PATH) for item in found}
    with ThreadPoolExecutor(max_workers=CONCURRENT_READS) as pool:
        answers = list(pool.map(lambda host: _read_one(session, host, managers.get(host.moid)), asked))
    certificates: dict[str, ClientCertificate] = {}
    refused: dict[str, list[tuple[EsxiHost, CertopsError]]] = {}
    for host, answer in zip(asked, answers, strict=True):
        if isinstance(answer, CertopsError):
            # One right that is missing is missing on thousands of hosts.
            refused.setdefault(answer.vsphere_fault or str(answer), []).append((host, answer))
        elif answer is not None:
            certificates[host.moid] = answer
    unavailable = [
        Unavailable(WHAT, few([host.name for host, _error in several]), str(several[0][1])) for several in refused.values()
    ]
    return certificates, unavailable


def _read_one(session: VSphereSession, host: EsxiHost, manager: Any) -> Union[ClientCertificate, CertopsError, None]:
    what = f"Reading the client certificate of {host.name}"
    if manager is None:
        return None
    try:
        return foreseen(
            what,
            lambda: _client_certificate(session.read(what, lambda: session.of_now(manager).RetrieveCertificateInfoList())),
            consequence="Nothing was changed.",
        )
    except CertopsError as error:
        return error


def _client_certificate(listed: Any) -> Optional[ClientCertificate]:
    """The one of that kind that ends first, if there is any that has a date."""
    found = [
        ClientCertificate(one.notAfter, _shown(one.issuer), _shown(one.status))
        for one in listed or ()
        if str(one.kind or "") == KIND and one.notAfter is not None
    ]
    return min(found, key=lambda one: one.expires_at, default=None)


def _has_the_call(session: VSphereSession) -> bool:
    """Whether pyVmomi, in the version that it speaks to this server in, lets the call out."""
    info = vim.host.CertificateManager._methodInfo.get(_METHOD)
    return info is not None and bool(IsChildVersion(session.vim_version, info.version))


def _numbers(version: Optional[str]) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version or "")[:3])


def _shown(value: Any) -> Optional[str]:
    return None if value is None else printable(str(value))
