# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program: the site's CA signs what it reads from standard input, as a CA's own command does. sign.py corporate/NAME.pem corporate/NAME.key"""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

DAYS = 365


def sign(request_pem: bytes, ca_pem: bytes, key_pem: bytes, now: datetime) -> bytes:
    """The certificate for a request, in PEM."""
    request, issuer = x509.load_pem_x509_csr(request_pem), x509.load_pem_x509_certificate(ca_pem)
    key = serialization.load_pem_private_key(key_pem, None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("the site's CA has an RSA key")
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    made = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(issuer.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def main() -> int:
    """The request in, the certificate out."""
    ca, key = (Path(path).read_bytes() for path in sys.argv[1:3])
    sys.stdout.buffer.write(sign(sys.stdin.buffer.read(), ca, key, datetime.now(timezone.utc)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
