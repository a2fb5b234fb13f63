# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted roots of a vCenter; where its version has no way to read them (before 6.7 U2), those that witnesses agree on.

What it publishes at /afd/vecs/ca is shown to anybody and vouched for by nobody. So a root of these counts where the operator has named it, or
where two hosts have it among the CAs that they trust: vCenter pushes its trusted roots to them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Callable, Optional, Sequence

from .._certificates.castore import read_castore
from .._certificates.certificate import Certificate
from .._certificates.trust import TrustedRoots, UnreadRoot
from .._common.errors import AccessDenied, CertopsError, NotOffered
from .._estate.estate import EsxiHost
from .._stepping.port import VSphere
from . import messages

WITNESSES = 2
# A host that cannot be asked is no witness, and others are asked in its place.
MOST_ASKED = 5


@dataclass(frozen=True)
class KnownRoots:
    """The trusted roots, and VMCA's among them where that is known by how they were found."""

    roots: TrustedRoots
    vmca: Optional[Certificate] = None


def known_roots(vsphere: VSphere, every_host: Callable[[], Sequence[EsxiHost]], fingerprint: Optional[str]) -> KnownRoots:
    """The trusted roots as far as they are known. every_host: of the vCenter, who are asked where it tells of none. fingerprint: of VMCA's, where the
    operator has named it.

    Raises CertopsError where none is known, and InputError where the vCenter publishes another root than the one that was named.
    """
    try:
        return KnownRoots(vsphere.trusted_roots())
    except NotOffered as error:
        published = vsphere.published_roots()
        if fingerprint is None:
            return _witnessed(vsphere, every_host(), published, error)
        found = named(fingerprint, published)
        if found is None:
            shown = ", ".join(root.sha256_fingerprint for root in published)
            raise messages.VMCA_ROOT_NOT_PUBLISHED(vcenter=vsphere.name, fingerprint=fingerprint, published=shown) from error
        return KnownRoots(TrustedRoots((found,), (UnreadRoot("all but the one that was named", str(error)),)), found)


def named(fingerprint: str, roots: Sequence[Certificate]) -> Optional[Certificate]:
    """The root of that SHA-256 fingerprint; None where none is it."""
    bare = fingerprint.replace(":", "").strip().lower()
    return next((root for root in roots if root.sha256_fingerprint.replace(":", "").lower() == bare), None)


def _witnessed(vsphere: VSphere, hosts: Sequence[EsxiHost], published: Sequence[Certificate], error: NotOffered) -> KnownRoots:
    seen: Counter[str] = Counter()
    problem = "there are no more that are connected"
    for host in [host for host in hosts if host.connected][:MOST_ASKED]:
        try:
            seen.update({one.sha256_fingerprint for one in read_castore(vsphere.ca_certificates(host)).certificates})
        except CertopsError as refused:
            problem = str(refused)
            # No host would be told to this account.
            if isinstance(refused, AccessDenied):
                break
        if all(seen[root.sha256_fingerprint] >= WITNESSES for root in published):
            break
    found = tuple(root for root in published if seen[root.sha256_fingerprint] >= WITNESSES)
    if not found:
        most = max(seen[root.sha256_fingerprint] for root in published)
        raise messages.ROOTS_NOT_WITNESSED(vcenter=vsphere.name, witnesses=most, wanted=WITNESSES, problem=problem) from error
    unread = UnreadRoot("all but those that it publishes and its hosts trust", str(error))
    # Where it publishes one it is VMCA's, whose certificates name that place for their issuer.
    return KnownRoots(TrustedRoots(found, (unread,)), found[0] if len(published) == 1 else None)
