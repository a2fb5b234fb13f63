# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate that somebody showed may be believed, and on what basis."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Iterable, Optional, Sequence, Union

from .._common import names
from . import distinguished_name, signature
from .certificate import Certificate, load
from .der import names_in
from .x509_library import ExtendedKeyUsageOID, rsa, x509

SMALLEST_RSA_BITS = 2048
RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Trust:
    """A verdict: trusted or not, with every problem that was found.

    trusted_by says what identifies the certificate as the host's; one that is the host's and has expired has a basis, and is not
    trusted.
    """

    trusted: bool
    trusted_by: Optional[str]
    problems: tuple[str, ...] = field(default=())

    def to_facts(self) -> dict[str, Any]:
        """The verdict as facts and results show it."""
        return {"trusted": self.trusted, "trusted_by": self.trusted_by, "problems": list(self.problems)}


BASIS_RECORD = "vcenter_record"
BASIS_ROOT = "trusted_root"


def issuer_of(certificate: Certificate, authorities: Iterable[Certificate]) -> Optional[Certificate]:
    """The authority that signed a certificate, its signature checked; None where none of them did.

    A certificate among the authorities is trusted by itself, as an anchor in vCenter's TRUSTED_ROOTS is.
    """
    return next((authority for authority in authorities if _signed(certificate.der, authority.der) is True), None)


def unverifiable(certificate: Certificate, authorities: Iterable[Certificate]) -> Optional[str]:
    """The algorithm, as in SHA-1, that keeps it from being told here whether one of the authorities signed a certificate; else None.

    It is a distribution that has its OpenSSL refuse SHA-1, which vCenter's own may take.
    """
    verdicts = [_signed(certificate.der, authority.der) for authority in authorities]
    return None if True in verdicts else next((one for one in verdicts if isinstance(one, str)), None)


# It is asked several times of the same two: which root is VMCA's, and who issued a host's certificate.
@lru_cache(maxsize=16384)
def _signed(leaf_der: bytes, authority_der: bytes) -> Union[bool, str]:
    """Whether an authority signed a certificate; the algorithm of the signature where that cannot be verified here."""
    if not distinguished_name.same(names_in(leaf_der).issuer, names_in(authority_der).subject):
        return False
    candidate = x509.load_der_x509_certificate(authority_der)
    if not _may_sign(candidate, authority_der):
        return False
    try:
        return signature.made_by(x509.load_der_x509_certificate(leaf_der), candidate.public_key())
    except signature.CannotVerify as error:
        return str(error)


@dataclass(frozen=True)
class UnreadRoot:
    """A trusted root of vCenter's that cannot be read here.

    what: its name, or that of its chain. subject: its subject as names are compared; None where not even that could be read.
    """

    what: str
    reason: str
    subject: Optional[bytes] = None

    def may_have_issued(self, certificate: Certificate) -> bool:
        """Whether a certificate may be one of this root's."""
        return self.subject is None or distinguished_name.same(self.subject, names_in(certificate.der).issuer)


@dataclass(frozen=True)
class TrustedRoots:
    """What vCenter trusts: the certificates, and those that could not be read."""

    certificates: tuple[Certificate, ...]
    unavailable: tuple[UnreadRoot, ...] = ()


def why_unknown(certificate: Certificate, authorities: Iterable[Certificate], unavailable: Iterable[UnreadRoot]) -> Optional[str]:
    """Why it cannot be determined whether one of the trusted roots issued a certificate that none of those that could be read did; else None."""
    algorithm = unverifiable(certificate, authorities)
    if algorithm is not None:
        return f"its signature cannot be verified here: {algorithm}"
    found = next((root for root in unavailable if root.may_have_issued(certificate)), None)
    if found is None:
        return None
    if found.subject is None:
        return f"one of vCenter's trusted roots could not be read, {found.what} ({found.reason})"
    return f"its issuer is a trusted root of vCenter's that cannot be read here ({found.reason})"


def made_by_host(certificate: Certificate, authorities: Iterable[Certificate]) -> bool:
    """Whether a host made its certificate itself, so that nobody trusts it: authorities are vCenter's trusted roots.

    Self-signed by the letter it is only where somebody made it with openssl: the CA of the installer's name, by which a host has its own
    signed, is another one each time. One of these that is a trusted root, because somebody put it there, is an issuer as any other.
    """
    return certificate.self_signed or (certificate.from_installer and issuer_of(certificate, authorities) is None)


def assess(
    served: Certificate,
    *,
    record: Optional[Certificate],
    record_thumbprint: Optional[str],
    roots: Optional[Sequence[Certificate]],
    host_names: Sequence[str],
    now: datetime,
    own: Optional[bool] = False,
) -> Trust:
    """Judge the certificate that a host's endpoint served.

    It is trusted when it is sound now, names the host, may serve TLS, and either is the one that vCenter has on record
    for the host or was issued by one of vCenter's trusted roots. Where vCenter has another one on record it is refused
    though a root issued it: it is the old one, or somebody else's.

    own: whether what is served is the provider's own certificate, which is another one than the host's and right by who issued it; None where
    that is not known: then one that a root issued is right unless it is an older one that ends.
    """
    problems = soundness(served, host_names=host_names, now=now)
    named = names_host(served, host_names)
    trusted_by: Optional[str] = None
    known = record is not None or bool(record_thumbprint)
    if record is not None:
        same = served.same_as(record)
    else:
        same = bool(record_thumbprint) and _bare(served.sha1_thumbprint) == _bare(record_thumbprint or "")
    if same:
        trusted_by = BASIS_RECORD
    elif known and not _may_be_own(served, record, own, now):
        expected = record.sha256_fingerprint if record is not None else record_thumbprint
        problems.append(
            f"it is not the certificate that vCenter has on record for the host "
            f"(served {served.sha256_fingerprint}, on record {expected})"
        )
    elif roots:
        root = issuer_of(served, roots)
        if root is None:
            problems.append(f"none of vCenter's trusted roots issued it (served {served.sha256_fingerprint})")
        elif not root.sound_at(now):
            problems.append(f"the root that issued it is not valid now ({root.subject})")
        elif named:
            trusted_by = BASIS_ROOT
    else:
        problems.append(
            "it is not the host's own, and there is no trusted root to check it against"
            if known
            else "there is neither a record of the host's certificate nor a trusted root to check it against"
        )
    return Trust(trusted=not problems, trusted_by=trusted_by, problems=tuple(problems))


def ends_soon(certificate: Certificate, now: datetime) -> bool:
    """Whether a certificate that SMS renews by itself has ended, or so nearly that SMS did not do so in time.

    SMS renews months before the end, and calls a month the hard limit (KB 323232). One that never lasts long is given a third of its time.
    """
    left, lasts = certificate.expires_at - now, certificate.expires_at - certificate.not_before
    return left <= min(RENEWED_BEFORE, lasts / 3)


def _may_be_own(served: Certificate, record: Optional[Certificate], own: Optional[bool], now: datetime) -> bool:
    if own is not None:
        return own
    older = record is None or served.not_before <= record.not_before
    return not (older and ends_soon(served, now))


def soundness(certificate: Certificate, *, host_names: Sequence[str], now: datetime) -> list[str]:
    """What is wrong with a host's certificate by itself; nothing where it is sound. Needs its der."""
    problems = date_problems(certificate, now)
    if not names_host(certificate, host_names):
        shown = ", ".join(certificate.names) or "no name"
        problems.append(f"it is for {shown} and not for {', '.join(host_names) or 'the host'}")
    return problems + usage_problems(load(certificate))


def date_problems(certificate: Certificate, now: datetime) -> list[str]:
    """Why a certificate is not valid now; nothing where it is."""
    problems = []
    if now < certificate.not_before:
        problems.append(f"it is not valid before {certificate.not_before:%Y-%m-%d %H:%M} UTC")
    if certificate.expired_at(now):
        problems.append(f"it expired on {certificate.expires_at:%Y-%m-%d %H:%M} UTC")
    return problems


def names_host(certificate: Certificate, host_names: Sequence[str]) -> bool:
    """Whether a certificate is for one of these names."""
    return any(names.covers(pattern, name) for pattern in certificate.names for name in host_names)


def _bare(digest: str) -> str:
    return digest.replace(":", "").strip().lower()


def _may_sign(candidate: x509.Certificate, der: bytes) -> bool:
    try:
        extensions = candidate.extensions
    except ValueError:
        return False
    try:
        if not extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign:
            return False
    except x509.ExtensionNotFound:
        pass
    try:
        return bool(extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        # Version 1 roots have no extensions; vCenter accepts them as anchors.
        own = names_in(der)
        return distinguished_name.same(own.subject, own.issuer)


def usage_problems(leaf: x509.Certificate) -> list[str]:
    """Why a certificate would not do for a TLS server; nothing where it would."""
    problems = []
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA_BITS:
        problems.append(f"its RSA key has {key.key_size} bits, fewer than {SMALLEST_RSA_BITS}")
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        allowed = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
        if not allowed.intersection(usage):
            problems.append("its extended key usage does not allow a TLS server")
    except x509.ExtensionNotFound:
        pass
    try:
        bits = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (bits.digital_signature or bits.key_encipherment or bits.key_agreement):
            problems.append("its key usage does not allow a TLS server")
    except x509.ExtensionNotFound:
        pass
    return problems
