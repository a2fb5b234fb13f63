# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One certificate and its key."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import cached_property
from typing import Iterable, Optional, Sequence

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa


class Certificate:
    """A certificate as PEM, what is in it, and the private key where the estate has it."""

    def __init__(
        self,
        x509_certificate: x509.Certificate,
        key: Optional[rsa.RSAPrivateKey],
        intermediates: Sequence[x509.Certificate] = (),
    ) -> None:
        """intermediates: what stands after it in its file, and is served with it."""
        self.x509 = x509_certificate
        self.key = key
        self.intermediates = tuple(intermediates)

    @classmethod
    def from_pem(cls, pem: str, key_pem: Optional[str] = None) -> Certificate:
        """Read a certificate, and its key if given. Raises ValueError."""
        key = serialization.load_pem_private_key(key_pem.encode(), None, unsafe_skip_rsa_key_validation=True) if key_pem else None
        if key is not None and not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError("the key must be RSA")
        first, *others = x509.load_pem_x509_certificates(pem.encode())
        return cls(first, key, others)

    @cached_property
    def pem(self) -> str:
        """The certificate as PEM."""
        return self.x509.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def chain_pem(self) -> str:
        """The certificate and its intermediates as PEM."""
        return "".join(self.chain)

    @property
    def chain(self) -> list[str]:
        """Each of them as PEM."""
        return [self.pem, *(one.public_bytes(serialization.Encoding.PEM).decode("ascii") for one in self.intermediates)]

    @property
    def key_pem(self) -> bytes:
        """The private key as PEM."""
        assert self.key is not None
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )

    @cached_property
    def sha256_fingerprint(self) -> str:
        """SHA-256 in hexadecimal with colons."""
        return self.x509.fingerprint(hashes.SHA256()).hex(":").upper()

    @cached_property
    def sha1_thumbprint(self) -> str:
        """SHA-1 in hexadecimal with colons, as vSphere writes thumbprints."""
        return self.x509.fingerprint(hashes.SHA1()).hex(":").upper()  # noqa: S303

    @property
    def not_before(self) -> datetime:
        """From when it is valid."""
        return _utc(self.x509, "not_valid_before")

    @property
    def not_after(self) -> datetime:
        """Until when it is valid."""
        return _utc(self.x509, "not_valid_after")

    @cached_property
    def issuer(self) -> str:
        """The issuer's distinguished name."""
        return self.x509.issuer.rfc4514_string()

    @cached_property
    def subject(self) -> str:
        """The subject's distinguished name."""
        return self.x509.subject.rfc4514_string()

    @cached_property
    def names(self) -> frozenset[str]:
        """DNS names and addresses that it is for."""
        try:
            alternatives = self.x509.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            common = self.x509.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
            return frozenset(str(attribute.value).lower() for attribute in common)
        found = {name.lower() for name in alternatives.get_values_for_type(x509.DNSName)}
        found.update(str(address) for address in alternatives.get_values_for_type(x509.IPAddress))
        return frozenset(found)

    @property
    def is_self_signed(self) -> bool:
        """Whether it names itself as its issuer."""
        return self.x509.issuer == self.x509.subject

    def valid_at(self, moment: datetime) -> bool:
        """Whether its dates cover a moment."""
        return self.not_before <= moment <= self.not_after

    def same_as(self, other: Optional[Certificate]) -> bool:
        """Whether it is the very same certificate."""
        return other is not None and self.sha256_fingerprint == other.sha256_fingerprint

    def chains_to(self, roots: Iterable[Certificate], moment: datetime) -> bool:
        """Whether one of these roots, valid at that moment, issued it (or is it), or what issued it among its intermediates."""
        for root in roots:
            if root.valid_at(moment) and (self.same_as(root) or _issued(self.x509, root.x509)):
                return True
        above = next((one for one in self.intermediates if _issued(self.x509, one)), None)
        if above is None:
            return False
        others = [one for one in self.intermediates if one != above]
        return Certificate(above, None, others).valid_at(moment) and Certificate(above, None, others).chains_to(roots, moment)


def _utc(certificate: x509.Certificate, attribute: str) -> datetime:
    """Before cryptography 42 times had no zone and meant UTC; since then what has none is deprecated."""
    aware: Optional[datetime] = getattr(certificate, f"{attribute}_utc", None)
    if aware is None:
        plain: datetime = getattr(certificate, attribute)
        return plain.replace(tzinfo=timezone.utc)
    return aware


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if issuer.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
