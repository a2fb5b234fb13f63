# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One VASA provider as SMS has it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Optional

from ..pki.certificate import Certificate
from .esxi_host import EsxiHost, certificate_description

SOFT_LIMIT = timedelta(days=180)
HARD_LIMIT = timedelta(days=30)
IOFILTER = "iofilter"
VSAN = "vsan"
EXTERNAL = "external"
# No TLS connection came about, so that SMS has stopped trying (SMS API reference, VasaProviderStatus).
DISCONNECTED = "disconnected"


@dataclass
class Provider:
    """What SMS remembers. The certificate is the one that it saw at the registration."""

    uid: str
    moid: str
    name: str
    url: str
    certificate: Certificate
    kind: str = IOFILTER
    # retainVasaProviderCertificate, as SMS tells it; None for untold.
    retains_certificate: Optional[bool] = False
    array_id: str = ""
    vasa_version: str = "1.5"
    registered_at: Optional[datetime] = None
    # The host that it is on; None where vCenter has it no more, or it is on none.
    host: Optional[EsxiHost] = None
    # Something is wrong with it that only a new registration cures.
    ailing: bool = False
    # Its status while nothing else is wrong with it: disconnected (until it is reconnected), syncError or connected (until it is synchronised); of a
    # provider that is no host's any status. Empty: online.
    condition: str = ""
    # QueryProviderInfo fails on it.
    broken: bool = False
    # Texts that its information has empty.
    untold: tuple[str, ...] = ()
    # Until when it is still being looked at.
    syncing_until: float = 0.0
    history: list[str] = field(default_factory=list)

    @property
    def category(self) -> str:
        """internal or external."""
        return "external" if self.kind == EXTERNAL else "internal"

    def certificate_status(self, now: datetime) -> str:
        """How SMS rates what it remembers."""
        left = self.certificate.not_after - now
        if left <= timedelta():
            return "expired"
        if left <= HARD_LIMIT:
            return "expiryHardLimitReached"
        if left <= SOFT_LIMIT:
            return "expirySoftLimitReached"
        return "valid"

    def status(self, now: datetime, roots: list[Certificate]) -> str:
        """online or offline, as SMS finds when it tries; disconnected where it does not try any more."""
        if self.kind != IOFILTER:
            return self.condition or ("offline" if self.ailing else "online")
        if self.ailing or self.host is None or not self.host.reachable:
            return "offline"
        if self.host.sms_trust_lost:
            self.condition = DISCONNECTED
        if self.condition == DISCONNECTED:
            return DISCONNECTED
        if not self.certificate.valid_at(now):
            return "offline"
        shown = self.host.shown_on(9080)
        if shown is None or not shown.valid_at(now):
            return "offline"
        # What it was pinned to at the registration is believed too.
        if not shown.same_as(self.certificate) and not shown.chains_to(roots, now):
            return "offline"
        return self.condition or "online"

    def described(self, now: datetime, roots: list[Certificate]) -> dict[str, Any]:
        """The provider for GET /state."""
        return {
            "uid": self.uid,
            "moid": self.moid,
            "name": self.name,
            "url": self.url,
            "kind": self.kind,
            "category": self.category,
            "status": self.status(now, roots),
            "certificate_status": self.certificate_status(now),
            "certificate": certificate_description(self.certificate),
            "vasa_version": self.vasa_version,
            "host": self.host.name if self.host else None,
            "registered_at": self.registered_at.isoformat().replace("+00:00", "Z") if self.registered_at else None,
        }
