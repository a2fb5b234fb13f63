# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which certificate is VMCA's own: one of vCenter's trusted roots, or that of a subordinate CA which is missing among them."""

from __future__ import annotations

from collections import Counter
from typing import Iterable, Optional, Sequence

from .certificate import Certificate
from .issued_certificate import IssuedCertificate, path_to_root
from .trust import issuer_of


def find_vmca_root(
    roots: Optional[Sequence[Certificate]],
    host_certificates: Sequence[Certificate],
    signing_chain: Sequence[Certificate],
    complete: bool = True,
) -> Optional[Certificate]:
    """The certificate by which VMCA issues, or None where it cannot be determined.

    No API names it. The roots that issued the hosts' certificates are one witness, the root of vCenter's token-signing
    certificate, which VMCA issues unless a customer replaced it, is the other. Where the two contradict each other it
    cannot be determined: a customer's own CA may have issued every host. Without the second witness the first decides, unless not all of
    the roots could be read (complete): VMCA's may be the one that is missing.

    It is none of the roots where VMCA is a subordinate CA and only a CA above it is trusted: the root above is not VMCA's then.
    """
    if not roots:
        return None
    counted = Counter(root.sha256_fingerprint for root in _issuers(host_certificates, roots))
    if complete and (below := subordinate(signing_chain, roots)) is not None:
        issued = any(issuer_of(one, [below]) is not None for one in host_certificates)
        return below if issued or not counted else None
    by_fingerprint = {root.sha256_fingerprint: root for root in roots}
    signers = {member.sha256_fingerprint for member in signing_chain} & set(by_fingerprint)
    signers |= {root.sha256_fingerprint for root in _issuers(signing_chain, roots)}
    if signers:
        agreed = signers & set(counted) if counted else signers
        return by_fingerprint[agreed.pop()] if len(agreed) == 1 else None
    if not complete:
        return None
    ranked = counted.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return None
    return by_fingerprint[ranked[0][0]]


def subordinate(signing_chain: Sequence[Certificate], roots: Sequence[Certificate]) -> Optional[Certificate]:
    """The CA that issued vCenter's token-signing certificate, where it stands below a trusted root and is none itself; else None."""
    unknown = [one for one in signing_chain if not is_among(one, roots)]
    authorities = [one for one in unknown if any(issuer_of(other, [one]) for other in signing_chain if not other.same_as(one))]
    leaf = next((one for one in unknown if one not in authorities), None)
    above = None if leaf is None or issuer_of(leaf, roots) is not None else issuer_of(leaf, authorities)
    leads_up = above is not None and path_to_root(IssuedCertificate(above, tuple(authorities)), roots) is not None
    return above if leads_up else None


def is_among(certificate: Certificate, roots: Iterable[Certificate]) -> bool:
    """Whether it is one of these."""
    return any(certificate.same_as(root) for root in roots)


def _issuers(certificates: Iterable[Certificate], roots: Sequence[Certificate]) -> list[Certificate]:
    found = (issuer_of(certificate, roots) for certificate in certificates)
    return [issuer for issuer in found if issuer is not None]
