# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cryptography, imported in one place: where it is missing, MISSING says so, and the entry point tells the user."""

from __future__ import annotations

from typing import Optional

from .absent import Absent

MISSING: Optional[str] = None
try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID
except ImportError as error:
    MISSING = str(error)
    x509 = dsa = ec = rsa = Absent  # type: ignore[assignment]
    InvalidSignature = UnsupportedAlgorithm = Encoding = PublicFormat = Absent  # type: ignore[assignment,misc]
    ExtendedKeyUsageOID = SignatureAlgorithmOID = Absent  # type: ignore[assignment,misc]

__all__ = [
    "MISSING",
    "Encoding",
    "ExtendedKeyUsageOID",
    "InvalidSignature",
    "PublicFormat",
    "SignatureAlgorithmOID",
    "UnsupportedAlgorithm",
    "dsa",
    "ec",
    "rsa",
    "x509",
]
