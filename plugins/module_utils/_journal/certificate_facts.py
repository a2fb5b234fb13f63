# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate in a journal: what was read of it, with stand-ins for whatever names somebody, and nothing that could be used as one."""

from __future__ import annotations

import base64
import re
from typing import Any, Callable, Optional

from .._certificates.certificate import Certificate, CertificateError, load, parse
from .._certificates.x509_library import Encoding, PublicFormat, x509
from .._common import times
from .pseudonyms import Pseudonyms

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


class Certificates:
    """Puts stand-ins in the place of certificates, and tells what each was read as, once: told(facts)."""

    def __init__(self, pseudonyms: Pseudonyms, told: Callable[[dict[str, Any]], None]) -> None:
        self._pseudonyms = pseudonyms
        self._told = told
        self._known: set[str] = set()

    def in_text(self, text: str) -> str:
        """A text, its certificates in PEM by their stand-ins."""
        return _PEM.sub(lambda found: self._standin(found.group().encode("utf-8", "replace")) or found.group(), text)

    def in_bytes(self, data: bytes) -> Optional[str]:
        """The stand-in of a certificate in PEM or DER; None where it is none."""
        return self._standin(data)

    def _standin(self, data: bytes) -> Optional[str]:
        try:
            certificate = parse(data)
        except CertificateError:
            return None
        return self.known(certificate)

    def known(self, certificate: Certificate) -> str:
        """The stand-in of a certificate that has been read. The thumbprint that vSphere shows of it goes by the same."""
        name = self._pseudonyms.text(certificate.sha1_thumbprint)
        if name not in self._known:
            self._known.add(name)
            self._told({"certificate": name, **facts_of(certificate, self._pseudonyms)})
        return name


def facts_of(certificate: Certificate, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """What is told of a certificate. What cryptography reads only in part is told in part."""
    told: dict[str, Any] = {
        "not_before": times.to_text(certificate.not_before),
        "expires_at": times.to_text(certificate.expires_at),
        "key": certificate.key,
        "hash": certificate.hash_name,
        "serial_bytes": (len(certificate.serial_number) + 1) // 2,
    }
    try:
        loaded = load(certificate)
        told["subject"] = _name(loaded.subject, pseudonyms)
        told["issuer"] = _name(loaded.issuer, pseudonyms)
        spki = loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        told["key_of"] = pseudonyms.token(spki.hex())
        told["extensions"] = [_extension(one, pseudonyms) for one in loaded.extensions]
    # Names and extensions of others' making, and kinds of keys that cryptography does not know.
    except Exception as error:
        told["unreadable"] = type(error).__name__
    return told


def _name(name: Any, pseudonyms: Pseudonyms) -> list[list[str]]:
    return [[one.oid.dotted_string, pseudonyms.text(str(one.value))] for one in name]


def _extension(extension: Any, pseudonyms: Pseudonyms) -> dict[str, Any]:
    value = extension.value
    told: dict[str, Any] = {"oid": extension.oid.dotted_string, "critical": extension.critical}
    if isinstance(value, x509.SubjectAlternativeName):
        told["names"] = [_general(one, pseudonyms) for one in value]
    elif isinstance(value, x509.BasicConstraints):
        told.update(ca=value.ca, path_length=value.path_length)
    elif isinstance(value, x509.KeyUsage):
        told["bits"] = [name for name in _BITS if getattr(value, name)]
    elif isinstance(value, x509.ExtendedKeyUsage):
        told["purposes"] = [one.dotted_string for one in value]
    elif isinstance(value, x509.SubjectKeyIdentifier):
        told["key_id"] = pseudonyms.token(value.digest.hex())
    elif isinstance(value, x509.AuthorityKeyIdentifier):
        told["key_id"] = pseudonyms.token(value.key_identifier.hex()) if value.key_identifier else None
    elif isinstance(value, x509.AuthorityInformationAccess):
        told["issuers"] = [[one.access_method.dotted_string, *_general(one.access_location, pseudonyms)] for one in value]
    return told


# Those that are only told of together with key_agreement are left out.
_BITS = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign"),
)


def _general(name: Any, pseudonyms: Pseudonyms) -> list[str]:
    """A general name by its kind, with a stand-in; of kinds that name no host the kind alone."""
    kind = type(name).__name__
    if isinstance(name, (x509.DNSName, x509.RFC822Name, x509.UniformResourceIdentifier, x509.IPAddress)):
        return [kind, pseudonyms.text(str(name.value))]
    return [kind]


def from_base64(text: str) -> bytes:
    """The bytes of an xsd:base64Binary; empty where it is none."""
    try:
        return base64.b64decode(text, validate=False)
    except ValueError:
        return b""
