# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenter's own certificates: when they end, whose certificates they issued, and whose can last no longer than they do. Pure.

Nothing here renews them: who does is told what ends, and what stands on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Optional, Sequence

from .._certificates.certificate import Certificate
from .._common import notice, times
from .._estate.estate import Estate

MACHINE_SSL, TOKEN_SIGNING, VMCA_ROOT, TRUSTED_ROOT = ROLES = ("machine_ssl", "token_signing", "vmca_root", "trusted_root")
_CALLED = {
    MACHINE_SSL: "the machine SSL certificate",
    TOKEN_SIGNING: "the token-signing certificate",
    VMCA_ROOT: "VMCA's root certificate",
    TRUSTED_ROOT: "the trusted root",
}
# What a root is told to have issued besides.
_ISSUED = {MACHINE_SSL: "machine SSL", TOKEN_SIGNING: "the token-signing certificate"}
# An issuer ends a certificate with its own end; clocks and minutes of grace are between them.
_TOGETHER = timedelta(days=1)


@dataclass(frozen=True)
class OwnCertificate:
    """One of them. issued: the hosts that have a certificate of this issuer. capped: those of them whose certificate ends with it.
    used_by: which other of vCenter's own it issued."""

    role: str
    certificate: Certificate
    issued: tuple[str, ...] = ()
    capped: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()

    @property
    def in_use(self) -> bool:
        """Whether anything stands on it, as far as is seen."""
        return self.role != TRUSTED_ROOT or bool(self.issued or self.used_by)

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """It, as a plan and a report show it."""
        return {
            "role": self.role,
            "subject": self.certificate.subject,
            "not_before": times.to_text(self.certificate.not_before),
            "expires_at": times.to_text(self.certificate.expires_at),
            "days_left": self.certificate.days_left(now),
            "sha256_fingerprint": self.certificate.sha256_fingerprint,
            "issued": len(self.issued),
            "capped": len(self.capped),
            "used_by": list(self.used_by),
        }


def own_certificates(estate: Estate) -> tuple[OwnCertificate, ...]:
    """Those that were read, the first to end first."""
    vcenter = estate.vcenter
    roots: dict[str, tuple[str, Certificate]] = {}
    for role, found in ((VMCA_ROOT, vcenter.vmca_root), *((TRUSTED_ROOT, root) for root in vcenter.trusted_roots or ())):
        if found is not None:
            roots.setdefault(found.sha256_fingerprint, (role, found))
    own = [OwnCertificate(MACHINE_SSL, vcenter.machine_ssl)] if vcenter.machine_ssl else []
    # The chain ends with a root, which has a role of its own.
    own += [OwnCertificate(TOKEN_SIGNING, one) for one in vcenter.signing_chain or () if one.sha256_fingerprint not in roots]
    issued = [_issuing(role, root, estate, own) for role, root in roots.values()]
    return tuple(sorted((*own, *issued), key=_end))


def warnings_of(own: tuple[OwnCertificate, ...], renew_before_days: float, vcenter: str, now: datetime) -> tuple[str, ...]:
    """What is told of those that have ended, or end within the time within which certificates of hosts are renewed."""
    return tuple(
        notice.VCENTER_CERTIFICATE_ENDS.of(
            what=f"{_CALLED[one.role]} {one.certificate.subject}" if one.role == TRUSTED_ROOT else _CALLED[one.role],
            vcenter=vcenter,
            how=f"{'expired' if one.certificate.expired_at(now) else 'expires'} on {one.certificate.expires_at:%Y-%m-%d}",
            uses=_uses(one),
        )
        for one in own
        if one.in_use and times.ends_within(one.certificate.expires_at, renew_before_days, now)
    )


def line_of(own: Any) -> Optional[str]:
    """In one line when they end, for who looks at a report. own: as a report has them; None where none was read."""
    told = [f"{_CALLED[one['role']]} until {one['expires_at'][:10]}" for one in own if one["role"] != TRUSTED_ROOT]
    others = [one for one in own if one["role"] == TRUSTED_ROOT]
    if others:
        first = min(one["expires_at"] for one in others)[:10]
        told.append(f"{len(others)} other trusted {'root' if len(others) == 1 else 'roots'}, the first until {first}")
    return f"vCenter's own certificates: {', '.join(told)}" if told else None


def _issuing(role: str, root: Certificate, estate: Estate, others: Sequence[OwnCertificate]) -> OwnCertificate:
    of_it = [(host.name, host.certificate) for host in estate.hosts if host.certificate and host.certificate.issuer == root.subject]
    capped = tuple(name for name, certificate in of_it if root.expires_at - certificate.expires_at <= _TOGETHER)
    used_by = tuple(dict.fromkeys(one.role for one in others if one.certificate.issuer == root.subject))
    return OwnCertificate(role, root, tuple(name for name, _certificate in of_it), capped, used_by)


def _uses(one: OwnCertificate) -> str:
    if one.role == TOKEN_SIGNING:
        return " (without it nobody can log in to vCenter)"
    hosts = f"{len(one.issued)} {'host' if len(one.issued) == 1 else 'hosts'}"
    ending = f", {len(one.capped)} of which expire with it" if one.capped else ""
    issued = [f"the certificates of {hosts}{ending}"] if one.issued else []
    issued += [_ISSUED[role] for role in one.used_by]
    return f" (it issued {', and '.join(issued)})" if issued else ""


def _end(one: OwnCertificate) -> tuple[datetime, str, str]:
    return one.certificate.expires_at, one.role, one.certificate.sha256_fingerprint
