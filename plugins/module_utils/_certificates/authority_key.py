# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a certificate's authority key identifier is that of the CA above it: who would not find that CA by it, though its key made the signature."""

from __future__ import annotations

from . import distinguished_name
from .certificate import Certificate, load
from .der import names_in, values
from .x509_library import x509

OPENSSL, JAVA = "OpenSSL (vCenter)", "Java (SPS)"


def refused_by(below: Certificate, above: Certificate, *, anchor: bool) -> tuple[str, ...]:
    """Who does not find the CA above; nobody where all do. anchor: whether vCenter trusts it itself. Needs their der.

    OpenSSL compares whatever the identifier has: the key, the serial number, the issuer. Java goes by the first two, and only where it comes to
    a root that it trusts.
    """
    try:
        told = load(below).extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return ()
    authority = load(above)
    serial = told.authority_cert_serial_number
    if _other_key(told, authority) or (serial is not None and serial != authority.serial_number):
        return (OPENSSL, JAVA) if anchor else (OPENSSL,)
    return () if _same_issuer(told, above) else (OPENSSL,)


def _other_key(told: x509.AuthorityKeyIdentifier, authority: x509.Certificate) -> bool:
    try:
        own = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return False
    return told.key_identifier is not None and told.key_identifier != own


def _same_issuer(told: x509.AuthorityKeyIdentifier, above: Certificate) -> bool:
    """Whether the name that the identifier has of the CA's own issuer is that; true where it has none."""
    written = [one.value for one in told.authority_cert_issuer or () if isinstance(one, x509.DirectoryName)][:1]
    issuer = names_in(above.der).issuer
    return all(distinguished_name.same(next(values(one.public_bytes())).content, issuer) for one in written)
