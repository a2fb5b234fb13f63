# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Can a provider that is unregistered come back? Only if SPS will believe the certificate that port 9080 serves then.

As in provider_checks each thing that speaks against it is one check, from the case to an obstacle or to None. The plan asks before anything
is begun, and the step by itself before it unregisters.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Callable, Optional

from .._certificates.certificate import Certificate
from .._estate.estate import ISSUER_SELF, ISSUER_UNKNOWN, ISSUER_VMCA, MODE_CUSTOM, MODE_THUMBPRINT, MODE_VMCA, Estate, Served

UNTOLD_REMEDY = (
    "Renew it with the CA that issued it, by a certificate signed with SHA-256; or have the trusted root that cannot be read reissued, or taken"
    " out of vCenter's certificate management if nothing needs it any more."
)
VMCA_MISSING_REMEDY = (
    "Add VMCA's own certificate to vCenter's trusted roots (certificate management, Trusted Root Certificates), where it was left out when VMCA"
    " became a subordinate CA."
)


@dataclass(frozen=True)
class Case:
    """What is known. host_name, served: a host and what its port 9080 serves, where that is what it will serve then.

    issuer, issuer_problem: who issued the host's certificate, and why that cannot be determined, or nobody would trust it. in_thumbprint_mode:
    whether the operator has said that providers may be registered anew in certificate mode thumbprint.
    """

    estate: Estate
    now: datetime
    in_thumbprint_mode: bool = False
    host_name: str = ""
    served: Optional[Served] = None
    issuer_problem: Optional[str] = None
    issuer: str = ISSUER_UNKNOWN


@dataclass(frozen=True)
class Obstacle:
    """Why a provider would not come back: a name, what was found, and what the operator does about it."""

    code: str
    message: str
    remedy: str


Check = Callable[[Case], Optional[Obstacle]]


def first(chain: tuple[Check, ...], case: Case) -> Optional[Obstacle]:
    """The first obstacle of a chain; None where there is none."""
    return next((obstacle for check in chain if (obstacle := check(case)) is not None), None)


def thumbprint_trust(case: Case) -> Optional[Obstacle]:
    """In mode thumbprint SPS trusts each host by an entry of its own in the SMS store, which no API shows."""
    if case.in_thumbprint_mode or case.estate.vcenter.certificate_mode != MODE_THUMBPRINT:
        return None
    return Obstacle(
        "thumbprint_trust",
        f"{case.estate.vcenter.hostname} is in certificate mode thumbprint, in which SPS trusts each host by an entry of the VECS store SMS"
        " (https:/HOST:9080/version.xml), and whether vCenter renews that with a registration is not known: a provider that is unregistered"
        " might not come back",
        "Set vpxd.certmgmt.mode to vmca, with which hosts get certificates that SPS trusts. Or try it with one host that can do without its"
        " storage policies, and set certops_reregister_in_thumbprint_mode.",
    )


def mode_unavailable(case: Case) -> Optional[Obstacle]:
    """Without the mode it is not known what SPS goes by."""
    if case.in_thumbprint_mode or case.estate.vcenter.certificate_mode in (MODE_VMCA, MODE_CUSTOM, MODE_THUMBPRINT):
        return None
    return Obstacle(
        "mode_unavailable",
        f"The certificate mode of {case.estate.vcenter.hostname} cannot be read{_reason(case, 'certificate_settings')}, so it is not known"
        " whether SPS would trust what hosts serve",
        "Let the account read vpxd.certmgmt.mode.",
    )


def roots_unavailable(case: Case) -> Optional[Obstacle]:
    """Without the trusted roots it is not known whom SPS believes."""
    if case.estate.vcenter.trusted_roots or _by_thumbprint(case):
        return None
    return Obstacle(
        "roots_unavailable",
        f"The trusted roots of {case.estate.vcenter.hostname} cannot be read{_reason(case, 'trusted_roots')}, so it could not be checked that"
        " SPS would trust what hosts serve, and nothing is unregistered",
        "Use an account that may read vCenter's trusted root chains over REST. A vCenter older than 6.7 U2 shows them to nobody: update it, or name"
        " VMCA's root by its SHA-256 fingerprint in certops_vmca_root_fingerprint.",
    )


def issuer_untrusted(case: Case) -> Optional[Obstacle]:
    """What is served was issued by none of the trusted roots."""
    shown = _judged(case)
    if shown is None or _root(case) is not None:
        return None
    if case.issuer_problem is not None and case.issuer == ISSUER_VMCA:
        return Obstacle(
            "issuer_untrusted",
            f"Neither OpenSSL (vCenter) nor Java (SPS) would trust the certificate that {case.host_name} serves on port 9080:"
            f" {case.issuer_problem}",
            VMCA_MISSING_REMEDY,
        )
    if case.issuer_problem is not None and case.issuer != ISSUER_SELF:
        # To add a CA that is there already would not help.
        return Obstacle(
            "issuer_untrusted",
            f"It cannot be determined whether SPS would trust the certificate that {case.host_name} serves on port 9080 ({shown.issuer}):"
            f" {case.issuer_problem}",
            UNTOLD_REMEDY,
        )
    return Obstacle(
        "issuer_untrusted",
        f"None of the trusted roots of {case.estate.vcenter.hostname} issued the certificate that {case.host_name} serves on port 9080"
        f" ({shown.issuer}): SPS would not trust it, and its provider would not come back",
        "Add the CA that issued it to vCenter's trusted roots, or have the host given a certificate of one that is there.",
    )


def issuer_ended(case: Case) -> Optional[Obstacle]:
    """The trusted root that issued what is served is not valid now."""
    root = _root(case) if _judged(case) is not None else None
    if root is None or root.sound_at(case.now):
        return None
    return Obstacle(
        "issuer_expired",
        f"The trusted root {root.subject} of {case.estate.vcenter.hostname}, which issued the certificate of {case.host_name},"
        f" {ended(root, case.now)}: SPS would not trust it, and its provider would not come back",
        "Replace that root in vCenter's certificate management, and have the host given a certificate of the new one.",
    )


# What is true of every host of a vCenter, and what is true of one whose certificate nothing replaces before.
ON_VCENTER: tuple[Check, ...] = (thumbprint_trust, mode_unavailable, roots_unavailable)
ON_HOST: tuple[Check, ...] = (issuer_untrusted, issuer_ended)


def ended(root: Certificate, now: datetime) -> str:
    """In words why a root is not valid now."""
    return f"expired on {root.expires_at:%Y-%m-%d}" if root.expired_at(now) else f"is not valid before {root.not_before:%Y-%m-%d}"


def _judged(case: Case) -> Optional[Certificate]:
    """The certificate to judge; None where none is known to be the host's, which is somebody else's to tell, or roots do not count."""
    served = case.served
    if served is None or not served.trusted or not case.estate.vcenter.trusted_roots or _by_thumbprint(case):
        return None
    return served.certificate


def _root(case: Case) -> Optional[Certificate]:
    """The trusted root that what is served leads to."""
    wanted = case.served.root if case.served else None
    return next((root for root in case.estate.vcenter.trusted_roots or () if root.sha256_fingerprint == wanted), None)


def _by_thumbprint(case: Case) -> bool:
    return case.estate.vcenter.certificate_mode == MODE_THUMBPRINT


def _reason(case: Case, what: str) -> str:
    reason = next((entry.reason for entry in case.estate.unavailable if entry.what == what), None)
    return f" ({reason})" if reason else ""
