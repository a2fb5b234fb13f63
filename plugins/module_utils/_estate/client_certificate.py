# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The certificate by which an ESXi host logs in to VASA providers as their client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Mapping, Optional

from .._certificates.certificate import needed
from .._certificates.trust import RENEWED_BEFORE
from .._common import times


@dataclass(frozen=True)
class ClientCertificate:
    """What vCenter tells of it (HostCertificateManager, kind VASAClient): its end, who issued it, and how vCenter rates it."""

    expires_at: datetime
    issuer: Optional[str] = None
    status: Optional[str] = None

    def ends_soon(self, now: datetime) -> bool:
        """Whether it has ended, or ends within the month in which vCenter should have renewed it (KB 440183, KB 323232)."""
        return self.expires_at - now <= RENEWED_BEFORE

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """It as facts show it."""
        return {
            "expires_at": times.to_text(self.expires_at),
            "days_left": times.days_between(now, self.expires_at),
            "issuer": self.issuer,
            "status": self.status,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> ClientCertificate:
        """What facts describe. Raises ValueError, KeyError or TypeError where they do not."""
        return cls(
            expires_at=times.from_text(needed(facts, "expires_at")),
            issuer=None if facts.get("issuer") is None else str(facts["issuer"]),
            status=None if facts.get("status") is None else str(facts["status"]),
        )
