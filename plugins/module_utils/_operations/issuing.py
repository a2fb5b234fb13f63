# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What bears on issuing certificates to hosts: vCenter's clock, settings and roots, who issued what the hosts have, and the account's rights."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Callable, Optional, Sequence

from .._certificates import trust, vmca
from .._certificates.certificate import Certificate
from .._estate.estate import (
    ISSUER_OTHER,
    ISSUER_SELF,
    ISSUER_UNKNOWN,
    ISSUER_VMCA,
    CertificateSettings,
    EsxiHost,
    Unavailable,
    VCenter,
)
from .._stepping.notes import Notes
from .._stepping.port import VSphere
from . import messages
from .witnessed_roots import known_roots, named


@dataclass(frozen=True)
class Issuing:
    """The settings, the trusted roots, and VMCA's own certificate, one of them unless it is missing there; None where it could not be read or told.

    unavailable_roots: those among the trusted roots that could not be read, where others could. signing_chain: None also where it was not read.
    """

    settings: Optional[CertificateSettings]
    roots: Optional[list[Certificate]]
    vmca_root: Optional[Certificate]
    unavailable_roots: Sequence[trust.UnreadRoot] = ()
    signing_chain: Optional[Sequence[Certificate]] = None

    def with_issuer(self, host: EsxiHost) -> EsxiHost:
        """The host, with who issued its certificate, and why that cannot be determined where it is for a reason of the certificate's own."""
        issuer, problem = self._issuer_of(host)
        if issuer in (ISSUER_VMCA, ISSUER_SELF) and not (host.served and host.served.root):
            problem = self._vmca_missing()
        return replace(host, issuer=issuer, issuer_problem=problem)

    def _vmca_missing(self) -> Optional[str]:
        """That VMCA's own certificate is missing among the trusted roots. A host that serves it beside its own is believed all the same."""
        if self.vmca_root is None or vmca.is_among(self.vmca_root, self.roots or ()):
            return None
        return (
            f"VMCA is a subordinate CA, and its own certificate ({self.vmca_root.subject}, as vCenter's token-signing chain shows) is missing"
            f" among the trusted roots, which have only a CA above it ({self.vmca_root.issuer})"
        )

    def _issuer_of(self, host: EsxiHost) -> tuple[str, Optional[str]]:
        served = host.served.certificate if host.served and not host.served.of_provider else None
        certificate = host.certificate or served
        if certificate is None or self.roots is None:
            return ISSUER_UNKNOWN, None
        if self.vmca_root is not None and trust.issuer_of(certificate, [self.vmca_root]) is not None:
            return ISSUER_VMCA, None
        if certificate.self_signed:
            return ISSUER_SELF, None
        if trust.issuer_of(certificate, self.roots) is not None:
            return (ISSUER_UNKNOWN if self.vmca_root is None else ISSUER_OTHER), None
        # A trusted root of the installer's name there hardly is: only one that is known to have it, and cannot be read, leaves a doubt.
        unavailable = [root for root in self.unavailable_roots if root.subject is not None or not certificate.from_installer]
        problem = trust.why_unknown(certificate, self.roots, unavailable)
        if problem is not None:
            return ISSUER_UNKNOWN, problem
        return (ISSUER_SELF if trust.made_by_host(certificate, self.roots) else ISSUER_OTHER), None


def read_clock_offset(vsphere: VSphere) -> float:
    """How many seconds vCenter's clock is ahead of the controller's. Raises CertopsError."""
    before = vsphere.clock.now()
    server_time = vsphere.server_time()
    return float(round((server_time - before - (vsphere.clock.now() - before) / 2).total_seconds(), 1))


def read_issuing(
    vsphere: VSphere,
    notes: Notes,
    every_host: Callable[[], Sequence[EsxiHost]],
    vmca_root_fingerprint: Optional[str],
    planned_vmca_root: Optional[str] = None,
) -> Issuing:
    """Read it. every_host: the certificates of all hosts are a witness of which root is VMCA's; where the plan told it (planned_vmca_root: its
    SHA-256 fingerprint) and it is still there, nobody else is looked at.

    Raises InputError where vCenter has no root of the operator's fingerprint, and CertopsError where hosts are needed and cannot be read.
    """
    settings = notes.attempt("certificate_settings", vsphere.certificate_settings)
    known = notes.attempt("trusted_roots", lambda: known_roots(vsphere, every_host, vmca_root_fingerprint))
    roots = None if known is None else list(known.roots.certificates)
    unavailable = () if known is None else known.roots.unavailable
    notes.unavailable += [Unavailable("trusted_root", root.what, root.reason) for root in unavailable]
    planned = planned_vmca_root if vmca_root_fingerprint is None and roots else None
    vmca_root = (known.vmca if known is not None else None) or (named(planned, roots or ()) if planned else None)
    # Batch after batch would be sent 6 KB of a chain that says what the plan knows.
    chain = None if planned and vmca_root else notes.attempt("signing_certificate", vsphere.signing_chain)
    signing = chain or []
    if vmca_root is None and planned is not None:
        # A subordinate CA that issues for it is none of the roots, and stands in the chain that says so.
        vmca_root = named(planned, signing)
    if vmca_root is None:
        vmca_root = _vmca_root(roots, every_host, signing, vmca_root_fingerprint, vsphere.name, unavailable)
    return Issuing(settings, roots, vmca_root, unavailable, chain)


def read_rights(vsphere: VSphere, notes: Notes, vcenter: VCenter, hosts: list[EsxiHost]) -> tuple[VCenter, list[EsxiHost]]:
    """The vCenter and the hosts with what the account lacks on them."""
    missing = notes.attempt("privileges", lambda: vsphere.missing_privileges(hosts))
    if missing is None:
        return vcenter, hosts
    on_vcenter, on_hosts = missing
    lacking = [replace(host, missing_privileges=on_hosts.get(host.moid, ())) for host in hosts]
    return replace(vcenter, missing_privileges=on_vcenter), lacking


def vcenter_seen(vsphere: VSphere, issuing: Issuing, clock_offset_seconds: Optional[float]) -> VCenter:
    """The vCenter, with what is known of it when that was read."""
    about = vsphere.about()
    return VCenter(
        hostname=vsphere.name,
        version=about.version,
        build=about.build,
        instance_uuid=about.instance_uuid,
        certificate_settings=issuing.settings,
        trusted_roots=None if issuing.roots is None else tuple(issuing.roots),
        vmca_root=issuing.vmca_root,
        signing_chain=None if issuing.signing_chain is None else tuple(issuing.signing_chain),
        clock_offset_seconds=clock_offset_seconds,
    )


def _vmca_root(
    roots: Optional[Sequence[Certificate]],
    every_host: Callable[[], Sequence[EsxiHost]],
    signing: Sequence[Certificate],
    fingerprint: Optional[str],
    vcenter: str,
    unavailable: Sequence[trust.UnreadRoot],
) -> Optional[Certificate]:
    if roots is None:
        return None
    if fingerprint is None:
        certificates = [host.certificate for host in every_host() if host.certificate]
        return vmca.find_vmca_root(roots, certificates, signing, complete=not unavailable)
    found = named(fingerprint, roots)
    if found is not None:
        return found
    if unavailable:
        unreadable = ", ".join(root.what for root in unavailable)
        raise messages.VMCA_ROOT_AMONG_UNREADABLE(vcenter=vcenter, fingerprint=fingerprint, unreadable_roots=unreadable)
    raise messages.VMCA_ROOT_UNKNOWN(vcenter=vcenter, fingerprint=fingerprint)
