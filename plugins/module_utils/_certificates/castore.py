# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CAs that a host trusts (its castore.pem), and whether what it believes the storage monitoring service (SMS) by is among them.

SPS shows itself to providers of VASA 1.5 (ESXi before 9.0) by sms_self_signed, which is in no list of vCenter's trusted roots (KB 440183); what
it is called in a castore is not documented. So it is told by difference: what a host with an online provider trusts, and no trusted root is.
To ESXi 9.0 and newer it shows itself by a certificate of VMCA's, so that VMCA's root has to be there (believed).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Iterable, Mapping, Optional, Sequence

from .certificate import Certificate, CertificateError, parse

OWN_IDENTITY_BEFORE = 9


@dataclass(frozen=True)
class Castore:
    """What a host trusts. unreadable: why entries of it cannot be read."""

    certificates: tuple[Certificate, ...]
    unreadable: tuple[str, ...] = ()

    def has(self, wanted: Certificate) -> bool:
        """Whether it has this very certificate."""
        return any(one.same_as(wanted) for one in self.certificates)


@dataclass(frozen=True)
class Comparison:
    """Whether a host trusts SMS: None where it cannot be determined. missing: what those that do have, and it has not; reason: in words."""

    trusts: Optional[bool]
    reason: str
    missing: tuple[Certificate, ...] = ()


def read_castore(entries: Iterable[str]) -> Castore:
    """A host's list, an entry a certificate in PEM."""
    certificates, unreadable = [], []
    for entry in entries:
        try:
            certificates.append(parse(entry))
        except CertificateError as error:
            unreadable.append(str(error))
    return Castore(tuple(certificates), tuple(unreadable))


def compare(
    castore: Castore,
    healthy: Mapping[str, Castore],
    *,
    major: int,
    roots: Optional[Sequence[Certificate]],
    vmca_root: Optional[Certificate],
    now: datetime,
) -> Comparison:
    """A host's list beside those of hosts of the same vCenter and generation whose providers are online, by their names.

    major: the first number of its ESXi version. roots: vCenter's trusted roots, None where they could not be read. vmca_root: which of them is
    VMCA's, None where it cannot be determined.
    """
    if not healthy:
        return Comparison(None, "there is no host with an online provider to compare it with")
    names = " and ".join(sorted(healthy))
    if major < OWN_IDENTITY_BEFORE:
        if not roots:
            return Comparison(None, "the trusted roots of vCenter could not be read")
        wanted = [one for one in _shared(healthy) if one.self_signed and one.sound_at(now) and not _among(one, roots)]
        nothing = f"what {names} trust has nothing self-signed that is no trusted root of vCenter's"
    else:
        if vmca_root is None:
            return Comparison(None, "which of the trusted roots of vCenter is VMCA's cannot be determined")
        wanted = [one for one in _shared(healthy) if one.same_as(vmca_root)]
        nothing = f"what {names} trust does not have VMCA's root"
    if not wanted:
        return Comparison(None, nothing)
    missing = tuple(one for one in wanted if not castore.has(one))
    if not missing:
        return Comparison(True, f"it trusts what {names} trust SMS by")
    lacks = f"it lacks {'; '.join(f'{one.subject} ({one.sha256_fingerprint})' for one in missing)}, which {names} trust"
    if castore.unreadable:
        return Comparison(None, f"{lacks}, but an entry of its list cannot be read: {castore.unreadable[0]}", missing)
    if len(missing) < len(wanted):
        return Comparison(
            None, f"{lacks}, and which of these and of those that it has is that of SMS cannot be determined", missing
        )
    return Comparison(False, lacks, missing)


def _shared(healthy: Mapping[str, Castore]) -> list[Certificate]:
    """What all of them have, each once, in the order of the first."""
    first, *others = healthy.values()
    return [one for one in dict.fromkeys(first.certificates) if all(other.has(one) for other in others)]


def _among(certificate: Certificate, roots: Sequence[Certificate]) -> bool:
    return any(root.same_as(certificate) for root in roots)
