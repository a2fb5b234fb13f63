# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a key made a certificate's signature.

cryptography's own verify_directly_issued_by does not do: it wants both names to be the same bytes, and knows no SHA-1, which OpenSSL and Java
take from a company's CA.
"""

from __future__ import annotations

from typing import Any

from .x509_library import InvalidSignature, SignatureAlgorithmOID, UnsupportedAlgorithm, dsa, ec, ed448, ed25519, padding, rsa, x509

# Nobody takes them any more, whatever the key: what they sign can be forged.
BROKEN = frozenset({"MD2", "MD4", "MD5"})
SHA1 = "SHA-1"


class CannotVerify(Exception):
    """Its signature is of an algorithm that cannot be verified here; the text is its name."""


def hash_of(certificate: x509.Certificate) -> str:
    """The hash that a certificate's signature is made of, as in SHA-256; empty where the algorithm has none of its own.

    For an algorithm that is not known it is the algorithm's object identifier.
    """
    try:
        found = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    if found is None:
        return ""
    name = found.name.upper()
    return name.replace("SHA", "SHA-", 1) if name[3:].isdigit() else name


def made_by(certificate: x509.Certificate, key: Any) -> bool:
    """Whether a public key made a certificate's signature. Raises CannotVerify."""
    hashed_by = hash_of(certificate)
    if hashed_by in BROKEN:
        raise CannotVerify(hashed_by)
    try:
        _verify(certificate, key)
    except UnsupportedAlgorithm as error:
        raise CannotVerify(hashed_by) from error
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _verify(certificate: x509.Certificate, key: Any) -> None:
    signature, signed = certificate.signature, certificate.tbs_certificate_bytes
    algorithm: Any = certificate.signature_hash_algorithm
    if isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        key.verify(signature, signed)
    elif algorithm is None:
        raise InvalidSignature
    elif isinstance(key, rsa.RSAPublicKey):
        pss = certificate.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS
        scheme: Any = certificate.signature_algorithm_parameters if pss else padding.PKCS1v15()
        key.verify(signature, signed, scheme, algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(algorithm))
    elif isinstance(key, dsa.DSAPublicKey):
        key.verify(signature, signed, algorithm)
    else:
        raise InvalidSignature
