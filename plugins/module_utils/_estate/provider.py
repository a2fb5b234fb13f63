# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A VASA provider as SMS knows it, and which of them are the IOFilter providers of ESXi hosts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional

from .._certificates.certificate import Certificate, needed
from .._common import names, times

IOFILTER_PORT = 9080
IOFILTER_PATH = "/version.xml"
IOFILTER_NAME_PREFIX = "iofilter provider"
IOFILTER_NAMESPACE = "IOFILTERS"

# VasaProviderInfo.status in the SMS API reference. A value that is not listed there decides nothing.
# Connected, and not yet synchronised (SMS API reference): nothing has to be done about it, and it is waited for.
SYNCHRONISING = "connected"
# Does not answer, and SMS goes on asking it; no TLS connection, and SMS has stopped; connected, and its synchronising failed.
OFFLINE, DISCONNECTED, SYNC_ERROR = "offline", "disconnected", "syncError"
ONLINE = frozenset({"online", SYNCHRONISING})
NOT_ONLINE = frozenset({OFFLINE, SYNC_ERROR, "unknown", DISCONNECTED})

# VasaProviderInfo.certificateStatus, the values that mean that SMS's record has ended or ends soon; invalid is revoked, malformed or missing.
INVALID = "invalid"
ENDED_OR_ENDING = frozenset({"expired", "expiryHardLimitReached", INVALID})

# An older protocol has no way to give a provider a certificate (VASA specification, SMS API reference). Since ESXi 9.0 IOFilter providers
# speak 5.0; before they spoke 1.5 (KB 440183).
OWN_CERTIFICATE_SINCE_VASA = 2
OWN_CERTIFICATE_SINCE_ESXI = 9


@dataclass(frozen=True)
class Provider:
    """One provider. certificate is what SMS remembers; certificate_expires_at also where only SMS's date was readable."""

    provider_uid: str
    name: str
    url: str
    status: Optional[str] = None
    status_fault: Optional[str] = None
    certificate: Optional[Certificate] = None
    certificate_expires_at: Optional[datetime] = None
    certificate_status: Optional[str] = None
    vasa_version: Optional[str] = None
    last_sync: Optional[str] = None
    # VasaProviderInfo.retainVasaProviderCertificate; None where SMS does not say.
    retains_certificate: Optional[bool] = None

    @property
    def own_certificate(self) -> Optional[bool]:
        """Whether SMS gives it a certificate of its own beside the host's, which VMCA issues; None where SMS does not say.

        So it is where it may not keep the host's (retainVasaProviderCertificate false), which takes VASA 2 or newer (SMS API reference).
        """
        if leading_number(self.vasa_version) < OWN_CERTIFICATE_SINCE_VASA:
            return False
        return None if self.retains_certificate is None else not self.retains_certificate

    @property
    def online(self) -> Optional[bool]:
        """Whether it is online; None where the status is missing or is not one that the API reference lists."""
        return is_online(self.status)

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """The provider as facts show it."""
        ends = self.certificate_expires_at
        return {
            "provider_uid": self.provider_uid,
            "name": self.name,
            "url": self.url,
            "status": self.status,
            "status_fault": self.status_fault,
            "certificate": self.certificate.to_facts(now) if self.certificate else None,
            "certificate_expires_at": times.to_text(ends) if ends else None,
            "certificate_status": self.certificate_status,
            "vasa_version": self.vasa_version,
            "last_sync": self.last_sync,
            "retains_certificate": self.retains_certificate,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Provider:
        """The provider that facts describe. Raises ValueError, KeyError or TypeError where they do not."""
        certificate = facts.get("certificate")
        ends = facts.get("certificate_expires_at")
        retains = facts.get("retains_certificate")
        return cls(
            provider_uid=needed(facts, "provider_uid"),
            name=str(facts.get("name") or ""),
            url=str(facts.get("url") or ""),
            status=_text(facts.get("status")),
            status_fault=_text(facts.get("status_fault")),
            certificate=Certificate.from_facts(certificate) if certificate else None,
            certificate_expires_at=times.from_text(str(ends)) if ends else None,
            certificate_status=_text(facts.get("certificate_status")),
            vasa_version=_text(facts.get("vasa_version")),
            last_sync=_text(facts.get("last_sync")),
            retains_certificate=None if retains is None else bool(retains),
        )


def leading_number(version: Optional[str]) -> int:
    """The first number of a version; 0 where there is none."""
    digits = (version or "").split(".", 1)[0]
    return int(digits) if digits.isdecimal() else 0


@dataclass(frozen=True)
class OtherProvider:
    """A provider that is no IOFilter provider of an ESXi host, such as an array's or vSAN's: never touched, and only looked at."""

    provider_uid: str
    name: str
    status: Optional[str] = None


def is_online(status: Optional[str]) -> Optional[bool]:
    """Whether a provider of this status is online; None for no status, and for one that the API reference does not list."""
    if status in ONLINE:
        return True
    return False if status in NOT_ONLINE else None


def is_iofilter(
    *, url: Optional[str], name: Optional[str], namespace: Optional[str], array_ids: tuple[str, ...], category: Optional[str]
) -> bool:
    """Whether a provider is an ESXi host's IOFilter provider.

    The url must be one, and a second mark must agree, so that a vendor's provider on the same port is never taken for one.
    """
    if not url or category == "external":
        return False
    if names.port_of_url(url) != IOFILTER_PORT or not _path(url).endswith(IOFILTER_PATH):
        return False
    return (
        (name or "").lower().startswith(IOFILTER_NAME_PREFIX)
        or (namespace or "").upper() == IOFILTER_NAMESPACE
        or any(array_id.upper().startswith(IOFILTER_NAMESPACE) for array_id in array_ids)
    )


def _path(url: str) -> str:
    return url.split("?", 1)[0].split("#", 1)[0].rstrip("/").lower()


def _text(value: Any) -> Optional[str]:
    return None if value is None else str(value)
