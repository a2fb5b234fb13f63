# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An X.509 certificate, reduced to what renewing needs to know of it."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any, Callable, Mapping, Optional, Union

from .._common import times
from .._common.errors import reason
from .._common.printable import printable
from . import distinguished_name
from .der import DerError, names_in
from .signature import hash_of
from .x509_library import VERSION, Encoding, UnsupportedAlgorithm, dsa, ec, rsa, x509

# The largest certificate that is read at all: a real one is some kilobytes, and what a host serves is not to be trusted.
LARGEST_BYTES = 262144

_DER_SEQUENCE = b"\x30"
# With what stands before it and after it, however it is indented, and whatever ends its lines. The second is what OpenSSL once wrote.
_PEM = re.compile(rb"-----BEGIN (?P<kind>(?:X509 )?CERTIFICATE)-----(?P<base64>[^-]*)-----END (?P=kind)-----")


# The issuer of what an ESXi host makes itself, as names are compared: without regard to case.
INSTALLER = "o=vmware installer"

# RFC 4514 has no short name for it, and VMCA writes it into every host's subject.
_SHORT_NAMES = {x509.NameOID.EMAIL_ADDRESS: "emailAddress"}


class CertificateError(ValueError):
    """The bytes are no certificate that can be read."""


@dataclass(frozen=True)
class Certificate:
    """What a certificate says. Times are aware and in UTC; der is empty where it was read from facts.

    hash_name: of the signature, as in SHA-256; empty where it has none.
    """

    subject: str
    issuer: str
    serial_number: str
    not_before: datetime
    expires_at: datetime
    sha256_fingerprint: str
    sha1_thumbprint: str
    names: tuple[str, ...] = ()
    key: str = ""
    self_signed: bool = False
    hash_name: str = ""
    der: bytes = field(default=b"", repr=False, compare=False)

    def sound_at(self, now: datetime) -> bool:
        """Whether it is valid at that time."""
        return self.not_before <= now < self.expires_at

    def expired_at(self, now: datetime) -> bool:
        """Whether it has ended by then."""
        return now >= self.expires_at

    def days_left(self, now: datetime) -> float:
        """Days until it ends, negative when it has."""
        return times.days_between(now, self.expires_at)

    def same_as(self, other: Certificate) -> bool:
        """Whether it is the very same certificate."""
        return self.sha256_fingerprint == other.sha256_fingerprint

    def has_thumbprint(self, thumbprint: Optional[str]) -> bool:
        """Whether this is its SHA-1 thumbprint, with colons or without; not where there is none."""
        return (
            thumbprint is not None and thumbprint.replace(":", "").strip().lower() == self.sha1_thumbprint.replace(":", "").lower()
        )

    @property
    def from_installer(self) -> bool:
        """Whether it has the form of what an ESXi host makes itself: the installer, and /sbin/generate-certificates.

        Such a certificate is not self-signed: a CA of this name signs it, whose certificate and key are thrown away at once.
        """
        return " ".join(self.issuer.split()).casefold() == INSTALLER

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """The certificate as facts show it."""
        return {
            "subject": self.subject,
            "issuer": self.issuer,
            "serial_number": self.serial_number,
            "not_before": times.to_text(self.not_before),
            "expires_at": times.to_text(self.expires_at),
            "days_left": self.days_left(now),
            "sha256_fingerprint": self.sha256_fingerprint,
            "sha1_thumbprint": self.sha1_thumbprint,
            "names": list(self.names),
            "key": self.key,
            "self_signed": self.self_signed,
            "hash": self.hash_name,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Certificate:
        """The certificate that facts describe. Raises CertificateError where they do not."""
        try:
            return cls(
                subject=str(facts.get("subject") or ""),
                issuer=str(facts.get("issuer") or ""),
                serial_number=str(facts.get("serial_number") or ""),
                not_before=times.from_text(str(facts["not_before"])),
                expires_at=times.from_text(str(facts["expires_at"])),
                sha256_fingerprint=needed(facts, "sha256_fingerprint"),
                sha1_thumbprint=str(facts.get("sha1_thumbprint") or ""),
                names=tuple(str(name) for name in facts.get("names") or ()),
                key=str(facts.get("key") or ""),
                self_signed=bool(facts.get("self_signed")),
                hash_name=str(facts.get("hash") or ""),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CertificateError(f"the facts of a certificate cannot be read ({reason(error)})") from error


def parse(data: Union[bytes, bytearray, str]) -> Certificate:
    """Read the first certificate of PEM text or DER bytes.

    Raises CertificateError with a reason that can be shown.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else bytes(data)
    if not raw.strip():
        raise CertificateError("it is empty")
    if len(raw) > LARGEST_BYTES:
        raise CertificateError(f"it is larger than {LARGEST_BYTES} bytes")
    found = to_der(raw)
    try:
        return _reduce(found)
    except (
        ValueError,
        TypeError,
        OverflowError,
        UnsupportedAlgorithm,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        known = subject_of(found)
        if known is None:
            raise CertificateError(f"it cannot be read as a certificate ({reason(error)})") from error
        # It has the structure of one: OpenSSL and Java take some that cryptography refuses.
        raise CertificateError(
            f"it cannot be read as a certificate: cryptography {VERSION} refuses it ({reason(error)})"
        ) from error


def subject_of(der: bytes) -> Optional[bytes]:
    """The subject of a certificate that perhaps cannot be read otherwise, as names are compared; None where it is none."""
    try:
        return names_in(der).subject
    except DerError:
        return None


def holds_private_key(text: str) -> bool:
    """Whether a text has a private key in PEM in it, which nothing of the collection ever needs."""
    return "PRIVATE KEY-----" in text


def to_der(raw: bytes) -> bytes:
    """The bytes of the first certificate: of PEM, of DER as it is, or of base64 without the lines that make it PEM, as some servers show it.

    Raises CertificateError where there is PEM without a certificate.
    """
    if b"-----BEGIN" in raw:
        block = _PEM.search(raw)
        if block is None and re.search(rb"-----BEGIN (X509 )?CERTIFICATE-----", raw):
            raise CertificateError("it cannot be read as a certificate (its PEM is not whole)")
        if block is None:
            raise CertificateError("it is PEM, but not a certificate")
        try:
            return base64.b64decode(b"".join(block["base64"].split()), validate=True)
        except ValueError as error:
            raise CertificateError(f"it cannot be read as a certificate (its base64 is broken: {error})") from error
    if raw[:1] == _DER_SEQUENCE:
        return raw
    try:
        return base64.b64decode(b"".join(raw.split()), validate=True)
    except ValueError:
        return raw


def load(certificate: Certificate) -> x509.Certificate:
    """The whole certificate again, for a look at its extensions and signature. Needs its der."""
    return x509.load_der_x509_certificate(certificate.der)


def to_pem(certificate: Certificate) -> str:
    """The certificate as PEM. Needs its der."""
    return load(certificate).public_bytes(Encoding.PEM).decode("ascii")


def needed(facts: Mapping[str, Any], key: str) -> str:
    """A text that facts must have. Raises KeyError where they do not, or where it is null."""
    if facts[key] is None:
        raise KeyError(key)
    return str(facts[key])


def colons(digest: str) -> str:
    """A digest in the form that vSphere writes: upper case, a colon after every byte."""
    digest = digest.replace(":", "").upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


# vCenter's record, port 9080 and SMS show the same one, each of a host's three times.
@lru_cache(maxsize=16384)
def _reduce(der: bytes) -> Certificate:
    loaded = x509.load_der_x509_certificate(der)
    own = names_in(der)
    return Certificate(
        subject=_words(lambda: loaded.subject, own.subject),
        issuer=_words(lambda: loaded.issuer, own.issuer),
        serial_number=format(loaded.serial_number, "x"),
        not_before=_utc(loaded, "not_valid_before"),
        expires_at=_utc(loaded, "not_valid_after"),
        sha256_fingerprint=colons(hashlib.sha256(der).hexdigest()),
        # vSphere names certificates by their SHA-1 (sslThumbprint): an identifier here, no protection.
        sha1_thumbprint=colons(hashlib.sha1(der).hexdigest()),  # noqa: S324
        names=names_of(loaded),
        key=key_of(loaded),
        self_signed=distinguished_name.same(own.subject, own.issuer),
        hash_name=hash_of(loaded),
        der=der,
    )


def _utc(loaded: x509.Certificate, attribute: str) -> datetime:
    """Before cryptography 42 times had no zone and meant UTC."""
    aware: Optional[datetime] = getattr(loaded, attribute + "_utc", None)
    if aware is None:
        aware = getattr(loaded, attribute).replace(tzinfo=timezone.utc)
    return aware


def _words(read: Callable[[], x509.Name], own: bytes) -> str:
    """A name of a certificate; as it is read here where cryptography does not, as with the TeletexStrings of old CAs."""
    try:
        return name_in_words(read())
    except ValueError:
        return printable(distinguished_name.in_words(own))


def name_in_words(name: x509.Name) -> str:
    """A distinguished name (RFC 4514), printable."""
    return printable(name.rfc4514_string(_SHORT_NAMES))


def names_of(loaded: Union[x509.Certificate, x509.CertificateSigningRequest]) -> tuple[str, ...]:
    """The names that a certificate or a request is for, printable: the alternative names, or the common name where it has none of them."""
    names, addresses = alternative_names_of(loaded)
    return (*names, *addresses) or common_names_of(loaded)


def alternative_names_of(
    loaded: Union[x509.Certificate, x509.CertificateSigningRequest],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The DNS names and the addresses among the alternative names, printable."""
    try:
        alternative = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    names = alternative.get_values_for_type(x509.DNSName)
    return tuple(printable(str(name)) for name in names), tuple(map(str, alternative.get_values_for_type(x509.IPAddress)))


def common_names_of(loaded: Union[x509.Certificate, x509.CertificateSigningRequest]) -> tuple[str, ...]:
    """The common names of a subject, printable: mostly one. Of a certificate's subject that cryptography does not read they are read here."""
    try:
        common = loaded.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    except ValueError:
        own = subject_of(loaded.public_bytes(Encoding.DER))
        return () if own is None else tuple(map(printable, distinguished_name.texts_of(own, "CN")))
    return tuple(printable(str(attribute.value)) for attribute in common)


def key_of(loaded: Union[x509.Certificate, x509.CertificateSigningRequest]) -> str:
    """The kind of key and its bits, as in RSA 2048."""
    key = loaded.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.key_size}"
    if isinstance(key, dsa.DSAPublicKey):
        return f"DSA {key.key_size}"
    return type(key).__name__.lstrip("_").replace("PublicKey", "")
