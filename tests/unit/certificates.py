# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real certificates of every kind, made while the tests run. Keys are made once."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Optional, Sequence, Union

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, parse
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

NOW = datetime(2026, 3, 1, 2, tzinfo=timezone.utc)
HOST = "esx01.example.com"

PrivateKey = Union[ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey, dsa.DSAPrivateKey, ed25519.Ed25519PrivateKey]
Extension = tuple[x509.ExtensionType, bool]


@cache
def key(kind: str = "EC 256", number: int = 0) -> PrivateKey:
    """A key of this kind. number tells several of one kind apart."""
    if kind == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    algorithm, bits = kind.split()
    if algorithm == "RSA":
        return rsa.generate_private_key(65537, int(bits))
    if algorithm == "DSA":
        return dsa.generate_private_key(int(bits))
    return ec.generate_private_key({256: ec.SECP256R1(), 384: ec.SECP384R1()}[int(bits)])


def key_pem() -> bytes:
    """A private key as PEM."""
    return key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def name(common: Optional[str]) -> x509.Name:
    """A subject, with or without a common name."""
    attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")]
    if common is not None:
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common))
    return x509.Name(attributes)


@dataclass(frozen=True)
class Authority:
    """A CA: its certificate and its key."""

    made: x509.Certificate
    key: PrivateKey

    @property
    def certificate(self) -> Certificate:
        """Its certificate, as the collection reads it."""
        return parsed(self.made)


def make(
    common: Optional[str] = HOST,
    *,
    issuer: Optional[Authority] = None,
    names: Sequence[str] = (HOST,),
    addresses: Sequence[str] = (),
    starts: float = -30,
    ends: float = 400,
    private: Optional[PrivateKey] = None,
    extensions: Sequence[Extension] = (),
    subject: Optional[x509.Name] = None,
) -> x509.Certificate:
    """A certificate that is valid from and until so many days from NOW; self-signed where there is no issuer."""
    subject = subject or name(common)
    private = private or key()
    signer = issuer.key if issuer else private
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.made.subject if issuer else subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=starts))
        .not_valid_after(NOW + timedelta(days=ends))
    )
    general: list[x509.GeneralName] = [x509.DNSName(item) for item in names]
    general += [x509.IPAddress(ipaddress.ip_address(item)) for item in addresses]
    if general:
        builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def authority(
    common: str = "VMCA",
    *,
    number: int = 1,
    starts: float = -1000,
    ends: float = 3000,
    issuer: Optional[Authority] = None,
    extensions: Sequence[Extension] = ((x509.BasicConstraints(ca=True, path_length=None), True),),
    subject: Optional[x509.Name] = None,
    private: Optional[PrivateKey] = None,
) -> Authority:
    """A CA. Two of one name with different numbers have different keys."""
    private = private or key("EC 256", number)
    made = make(common, issuer=issuer, names=(), starts=starts, ends=ends, private=private, extensions=extensions, subject=subject)
    return Authority(made, private)


def installer(number: int = 90, organization: str = "VMware Installer") -> Authority:
    """The CA by which an ESXi host has its own certificate signed, and which it throws away then."""
    return authority(number=number, subject=x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)]))


def unreadable(oid: str, value: bytes) -> Extension:
    """An extension with any content at all."""
    return x509.UnrecognizedExtension(ObjectIdentifier(oid), value), False


def usage(*purposes: ObjectIdentifier) -> Extension:
    """An extended key usage."""
    return x509.ExtendedKeyUsage(purposes), False


CLIENT_ONLY = usage(ExtendedKeyUsageOID.CLIENT_AUTH)
SERVER = usage(ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH)


def key_usage(*bits: str) -> Extension:
    """A key usage with these bits."""
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{bit: bit in bits for bit in every}), True


def pem(made: x509.Certificate) -> str:
    """It as PEM."""
    return made.public_bytes(Encoding.PEM).decode("ascii")


def der(made: x509.Certificate) -> bytes:
    """It as DER."""
    return made.public_bytes(Encoding.DER)


def parsed(made: x509.Certificate) -> Certificate:
    """It as the collection reads it."""
    return parse(der(made))


def with_an_extension_twice() -> bytes:
    """The DER of a certificate that has one extension twice, which no library makes."""
    made = make(extensions=[unreadable("1.2.3.4.5", b"\x05\x00"), unreadable("1.2.3.4.6", b"\x05\x00")])
    return der(made).replace(bytes.fromhex("06042a030406"), bytes.fromhex("06042a030405"))


def until_year(year: int) -> bytes:
    """The DER of a certificate whose end was set to a year that no library writes. Its signature is broken by that."""
    # A year before 2050 is written with two digits; this one has four that can be replaced.
    made = make(names=(), ends=(datetime(2060, 6, 1, 2, tzinfo=timezone.utc) - NOW).days)
    return der(made).replace(b"2060", b"%04d" % year, 1)
