# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate authority: a vCenter's VMCA, or a customer's own."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Mapping, Optional, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from .certificate import Certificate
from .keys import fresh_key

# What VMCA writes into the certificates of hosts, unless the vpxd.certmgmt.certs.cn.* settings say otherwise.
VMCA_SUBJECT = {
    "country": "US",
    "state": "California",
    "localityName": "Palo Alto",
    "organizationName": "VMware",
    "organizationalUnitName": "VMware Engineering",
    "email": "vmca@vmware.com",
}
# What the installer of ESXi and /sbin/generate-certificates write into what a host makes for itself.
INSTALLER = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "VMware Installer")])
INSTALLER_SUBJECT = {
    "country": "US",
    "state": "California",
    "localityName": "Palo Alto",
    "organizationName": "VMware, Inc",
    "organizationalUnitName": "VMware ESX Server Default Certificate",
}
_ATTRIBUTES = {
    "country": NameOID.COUNTRY_NAME,
    "state": NameOID.STATE_OR_PROVINCE_NAME,
    "localityName": NameOID.LOCALITY_NAME,
    "organizationName": NameOID.ORGANIZATION_NAME,
    "organizationalUnitName": NameOID.ORGANIZATIONAL_UNIT_NAME,
}


@dataclass(frozen=True)
class Authority:
    """A root certificate, or one below another CA, that issues others directly.

    vecs_url: where a vCenter gives out its VMCA root, which VMCA writes into what it issues; None for a CA that is no VMCA.
    """

    certificate: Certificate
    vecs_url: Optional[str] = None

    @classmethod
    def vmca(cls, owner: str, not_before: datetime, not_after: datetime, above: Optional[Authority] = None) -> Authority:
        """A new VMCA, named as VMCA names its own: a root, or below a CA above it."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COMMON_NAME, "CA"),
                x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "vsphere"),
                x509.NameAttribute(NameOID.DOMAIN_COMPONENT, "local"),
                x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
                x509.NameAttribute(NameOID.STATE_OR_PROVINCE_NAME, "California"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "VMware Engineering"),
            ]
        )
        return cls(cls._made(subject, not_before, not_after, path_length=0, above=above), f"https://{owner}/afd/vecs/ca")

    @classmethod
    def named(cls, common_name: str, organization: str, not_before: datetime, not_after: datetime) -> Authority:
        """A new root of somebody else, who may have CAs below it."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        return cls(cls._made(subject, not_before, not_after, path_length=None))

    @staticmethod
    def _made(
        subject: x509.Name, not_before: datetime, not_after: datetime, path_length: Optional[int], above: Optional[Authority] = None
    ) -> Certificate:
        key = fresh_key()
        issuer = above.certificate.x509.subject if above is not None else subject
        signs = above.certificate.key if above is not None else key
        assert signs is not None
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuers = x509.SubjectKeyIdentifier.from_public_key(signs.public_key())
        built = (
            _builder(subject, issuer, key, not_before, not_after)
            .serial_number(x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
            .add_extension(identifier, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuers), critical=False)
            .sign(signs, hashes.SHA256())
        )
        return Certificate(built, key, (above.certificate.x509,) if above is not None else ())

    def empty_crl(self, now: datetime) -> str:
        """Its list of revoked certificates in PEM, with none."""
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.certificate.x509.subject)
        builder = builder.last_update(now.replace(microsecond=0)).next_update(now.replace(microsecond=0) + timedelta(days=30))
        assert self.certificate.key is not None
        made = builder.sign(self.certificate.key, hashes.SHA256())
        return made.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def issue(
        self,
        common_name: str,
        names: Sequence[str],
        not_before: datetime,
        not_after: datetime,
        key: rsa.RSAPrivateKey,
        subject: Optional[Mapping[str, str]] = None,
    ) -> Certificate:
        """A server certificate for these names and addresses."""
        assert self.certificate.key is not None
        issuer = self.certificate.x509
        builder = _builder(_server_name(common_name, subject or VMCA_SUBJECT), issuer.subject, key, not_before, not_after)
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False
        ).add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
        builder = self._as_vmca(builder) if self.vecs_url else self._as_others(builder, key)
        return Certificate(builder.sign(self.certificate.key, hashes.SHA256()), key)

    def _as_vmca(self, builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        """VMCA's certificates have a serial number of 64 bits, and no basic constraints, subject key identifier or extended key usage."""
        root = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(str(self.vecs_url)))
        return (
            builder.serial_number(secrets.randbits(64) | 1 << 63)
            .add_extension(_usage("digital_signature", "key_encipherment", "key_agreement"), critical=False)
            .add_extension(x509.AuthorityInformationAccess([root]), critical=False)
        )

    @staticmethod
    def _as_others(builder: x509.CertificateBuilder, key: rsa.RSAPrivateKey) -> x509.CertificateBuilder:
        """What the CAs of companies write."""
        return (
            builder.serial_number(x509.random_serial_number())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature", "key_encipherment"), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )


def request(name: str, key: rsa.RSAPrivateKey) -> x509.CertificateSigningRequest:
    """What a host asks to have signed: its name or address as the common name and as the only alternative name."""
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(_server_name(name, VMCA_SUBJECT))
        .add_extension(x509.SubjectAlternativeName([_general_name(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )


def made_by_host(
    common_name: str,
    names: Sequence[str],
    not_before: datetime,
    not_after: datetime,
    key: rsa.RSAPrivateKey,
    throw_away: rsa.RSAPrivateKey,
) -> Certificate:
    """What a host gives itself before anyone has signed for it.

    It is not self-signed by the letter: a CA signs it whose certificate nobody keeps, with the key throw_away.
    """
    built = (
        _builder(_server_name(common_name, INSTALLER_SUBJECT), INSTALLER, key, not_before, not_after)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName([_general_name(one) for one in names]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(throw_away, hashes.SHA256())
    )
    return Certificate(built, key)


def self_signed(
    common_name: str, names: Sequence[str], not_before: datetime, not_after: datetime, key: rsa.RSAPrivateKey
) -> Certificate:
    """What somebody made for a host with openssl, signed with its own key."""
    name = _server_name(common_name, VMCA_SUBJECT)
    built = (
        _builder(name, name, key, not_before, not_after)
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([_general_name(one) for one in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Certificate(built, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, not_before: datetime, not_after: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .not_valid_before(not_before.replace(microsecond=0))
        .not_valid_after(not_after.replace(microsecond=0))
    )


def _server_name(common_name: str, subject: Mapping[str, str]) -> x509.Name:
    attributes = [x509.NameAttribute(kind, subject[key]) for key, kind in _ATTRIBUTES.items() if subject.get(key)]
    attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, common_name))
    if subject.get("email"):
        attributes.append(x509.NameAttribute(NameOID.EMAIL_ADDRESS, subject["email"]))
    return x509.Name(attributes)


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*bits: str) -> x509.KeyUsage:
    every = (
        *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
        *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
    )
    return x509.KeyUsage(**{bit: bit in bits for bit in every})
