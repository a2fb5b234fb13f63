# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Certificates as old and odd CAs make them, which cryptography's builder refuses to make: every value of the DER is the test's."""

from __future__ import annotations

from datetime import datetime
from typing import Optional, Sequence, Union

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = Union[rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey, ed25519.Ed25519PrivateKey]
# One attribute of a name, and a name.
Attribute = tuple[str, bytes]
Name = Sequence[Attribute]

CN, C, O, OU, L, ST = "2.5.4.3", "2.5.4.6", "2.5.4.10", "2.5.4.11", "2.5.4.7", "2.5.4.8"  # noqa: E741
DC, EMAIL = "0.9.2342.19200300.100.1.25", "1.2.840.113549.1.9.1"
SHA1, MD5, SHA256, PSS = "sha1", "md5", "sha256", "pss"
_RSA = {MD5: "1.2.840.113549.1.1.4", SHA1: "1.2.840.113549.1.1.5", SHA256: "1.2.840.113549.1.1.11"}
_EC = {SHA1: "1.2.840.10045.4.1", SHA256: "1.2.840.10045.4.3.2"}
_HASHES = {MD5: hashes.MD5(), SHA1: hashes.SHA1(), SHA256: hashes.SHA256(), PSS: hashes.SHA256()}  # noqa: S303
# RSASSA-PSS with SHA-256, MGF1 with SHA-256 and a salt of 32 bytes.
_PSS = bytes.fromhex(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"
)


def tlv(tag: int, *contents: bytes) -> bytes:
    """A value of this tag."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*contents: bytes) -> bytes:
    """A SEQUENCE."""
    return tlv(0x30, *contents)


def integer(number: int) -> bytes:
    """An INTEGER, negative ones too."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER."""
    first, second, *others = map(int, dotted.split("."))
    content = b""
    for number in (40 * first + second, *others):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(0x80 | number & 0x7F)
        content += bytes(reversed(groups))
    return tlv(0x06, content)


def utf8(text: str) -> bytes:
    """A UTF8String."""
    return tlv(0x0C, text.encode())


def printable(text: str) -> bytes:
    """A PrintableString, whatever is in it."""
    return tlv(0x13, text.encode("latin-1"))


def wrong_utf8(text: str) -> bytes:
    """A UTF8String in which a CA put letters of ISO 8859-1."""
    return tlv(0x0C, text.encode("latin-1"))


def t61(text: str) -> bytes:
    """A TeletexString, as CAs write it."""
    return tlv(0x14, text.encode("latin-1"))


def ia5(text: str) -> bytes:
    """An IA5String."""
    return tlv(0x16, text.encode("ascii"))


def bmp(text: str) -> bytes:
    """A BMPString."""
    return tlv(0x1E, text.encode("utf-16-be"))


def name(*attributes: Attribute) -> bytes:
    """A name."""
    return sequence(*(tlv(0x31, sequence(oid(kind), value)) for kind, value in attributes))


def extension(kind: str, value: bytes, critical: Optional[bool] = None) -> bytes:
    """An extension. critical False writes the default out, which DER forbids; None leaves it out."""
    marked = b"" if critical is None else tlv(0x01, b"\xff" if critical else b"\x00")
    return sequence(oid(kind), marked, tlv(0x04, value))


def basic_constraints(ca: bool, path_length: Optional[int] = None, *, explicit: bool = False) -> bytes:
    """Basic constraints, critical. explicit: the default FALSE is written out."""
    vsphere_fault = tlv(0x01, b"\xff" if ca else b"\x00") if ca or explicit else b""
    return extension("2.5.29.19", sequence(vsphere_fault, b"" if path_length is None else integer(path_length)), critical=True)


def key_usage(*bits: int) -> bytes:
    """A key usage with these bits by their numbers in RFC 5280: digitalSignature 0, keyEncipherment 2, keyAgreement 4, keyCertSign 5."""
    byte = sum(0x80 >> bit for bit in bits)
    unused = next((zeros for zeros in range(8) if byte >> zeros & 1), 0)
    return extension("2.5.29.15", tlv(0x03, bytes([unused, byte])))


def extended_key_usage(*purposes: str) -> bytes:
    """An extended key usage."""
    return extension("2.5.29.37", sequence(*map(oid, purposes)))


def alternative_names(*, dns: Sequence[str] = (), addresses: Sequence[bytes] = (), email: Sequence[str] = ()) -> bytes:
    """A subject alternative name."""
    general = [tlv(0x81, one.encode()) for one in email] + [tlv(0x82, one.encode()) for one in dns]
    return extension("2.5.29.17", sequence(*general, *(tlv(0x87, one) for one in addresses)))


def subject_key_identifier(digest: bytes) -> bytes:
    """A subject key identifier."""
    return extension("2.5.29.14", tlv(0x04, digest))


def authority_key_identifier(digest: bytes = b"", *, issuer: bytes = b"", serial: Optional[int] = None) -> bytes:
    """An authority key identifier. issuer: the name of the CA that issued the CA's certificate, whose serial number goes with it."""
    key = tlv(0x80, digest) if digest else b""
    of_issuer = tlv(0xA1, tlv(0xA4, issuer)) if issuer else b""
    return extension("2.5.29.35", sequence(key, of_issuer, b"" if serial is None else tlv(0x82, integer(serial)[2:])))


def dns_name(name: str) -> bytes:
    """A DNS name among the names of a constraint."""
    return tlv(0x82, name.encode())


def network(address: bytes, mask: bytes) -> bytes:
    """A network among the names of a constraint."""
    return tlv(0x87, address, mask)


def directory_name(name: bytes) -> bytes:
    """A distinguished name among the names of a constraint."""
    return tlv(0xA4, name)


def name_constraints(*, permitted: Sequence[bytes] = (), excluded: Sequence[bytes] = ()) -> bytes:
    """Names that a CA may issue for, and those that it may not; critical."""
    parts = [tlv(tag, *map(sequence, names)) for tag, names in ((0xA0, permitted), (0xA1, excluded)) if names]
    return extension("2.5.29.30", sequence(*parts), critical=True)


def authority_information(url: str) -> bytes:
    """Where the CA's own certificate is to be had."""
    return extension("1.3.6.1.5.5.7.1.1", sequence(sequence(oid("1.3.6.1.5.5.7.48.2"), tlv(0x86, url.encode()))))


def time(moment: datetime) -> bytes:
    """UTCTime up to 2049, GeneralizedTime after that."""
    if moment.year < 2050:
        return tlv(0x17, moment.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, moment.strftime("%Y%m%d%H%M%SZ").encode())


def certificate(
    subject: bytes,
    issuer: bytes,
    key: PrivateKey,
    signer: PrivateKey,
    not_before: datetime,
    not_after: datetime,
    *,
    extensions: Sequence[bytes] = (),
    serial: int = 0x1234567812345678,
    signed_with: str = SHA256,
) -> bytes:
    """The DER of a certificate; of version 1 where it has no extensions."""
    algorithm = _algorithm(signer, signed_with)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    version = [tlv(0xA0, integer(2))] if extensions else []
    more = [tlv(0xA3, sequence(*extensions))] if extensions else []
    signed = sequence(
        *version, integer(serial), algorithm, issuer, sequence(time(not_before), time(not_after)), subject, public, *more
    )
    return sequence(signed, algorithm, tlv(0x03, b"\x00", _signature(signer, signed, signed_with)))


def _algorithm(signer: PrivateKey, signed_with: str) -> bytes:
    if isinstance(signer, rsa.RSAPrivateKey):
        return _PSS if signed_with == PSS else sequence(oid(_RSA[signed_with]), tlv(0x05))
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return sequence(oid(_EC[signed_with]))
    return sequence(oid("1.3.101.112"))


def _signature(signer: PrivateKey, signed: bytes, signed_with: str) -> bytes:
    digest = _HASHES[signed_with]
    if isinstance(signer, rsa.RSAPrivateKey):
        scheme: padding.AsymmetricPadding = padding.PKCS1v15()
        if signed_with == PSS:
            scheme = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
        return signer.sign(signed, scheme, digest)
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return signer.sign(signed, ec.ECDSA(digest))
    return signer.sign(signed)
