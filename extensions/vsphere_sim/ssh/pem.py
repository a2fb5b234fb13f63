# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is in a PEM file, said without its secrets."""

from __future__ import annotations

import functools
import hashlib
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization


# To look at a key takes the tenth of a second, and GET /state looks at those of all hosts.
@functools.lru_cache(maxsize=20000)
def described_pem(content: bytes) -> dict[str, Any]:
    """Kind, and fingerprints: of a certificate, and of the public key, by which a key and its certificate are told to belong together."""
    if b"-----BEGIN CERTIFICATE-----" in content:
        try:
            certificate = x509.load_pem_x509_certificate(content)
        except ValueError:
            return {"kind": "broken"}
        return {
            "kind": "certificate",
            "sha256_fingerprint": _colons(hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).hexdigest()),
            "public_key_sha256": _of_key(certificate.public_key()),
        }
    if b"PRIVATE KEY-----" in content:
        try:
            key = serialization.load_pem_private_key(content, None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError):
            return {"kind": "broken"}
        return {"kind": "key", "public_key_sha256": _of_key(key.public_key())}
    return {"kind": "other", "bytes": len(content)}


def _of_key(key: Any) -> str:
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _colons(hashlib.sha256(der).hexdigest())


def _colons(digest: str) -> str:
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2)).upper()
