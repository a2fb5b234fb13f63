# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cryptography, imported in one place: where it is missing, MISSING says so, and the entry point tells the user."""

from __future__ import annotations

import warnings
from typing import Optional

from .._common.absent import Absent

MISSING: Optional[str] = None
# What it says while it is imported, of an old Python or OpenSSL.
warnings.filterwarnings("ignore", message="(Python|OpenSSL|You are using cryptography) .*(support|deprecated|32-bit)")
try:
    from cryptography import __version__ as VERSION
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
    from cryptography.utils import CryptographyDeprecationWarning
    from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID
except ImportError as error:
    MISSING = str(error)
    VERSION = ""
    x509 = dsa = ec = ed448 = ed25519 = padding = rsa = Absent  # type: ignore[assignment]
    InvalidSignature = UnsupportedAlgorithm = Encoding = PublicFormat = Absent  # type: ignore[assignment,misc]
    ExtendedKeyUsageOID = SignatureAlgorithmOID = Absent  # type: ignore[assignment,misc]

# What cryptography warns of in a certificate that somebody else made, and that is read all the same. Nobody could do anything about it,
# and Python would print it between the lines of Ansible. A filter for good, since catch_warnings is not safe among threads.
for _notice in (
    "Parsed a (negative )?serial number",
    "Attribute's length must be",
    "Country names should be two characters",
    "The parsed certificate contains a NULL parameter",
):
    warnings.filterwarnings("ignore", message=_notice)
# What of its names a later release will not have any more is for us to know, and not for who runs a playbook.
if MISSING is None:
    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)

__all__ = [
    "MISSING",
    "VERSION",
    "Encoding",
    "ExtendedKeyUsageOID",
    "InvalidSignature",
    "PublicFormat",
    "SignatureAlgorithmOID",
    "UnsupportedAlgorithm",
    "dsa",
    "ec",
    "ed448",
    "ed25519",
    "padding",
    "rsa",
    "x509",
]
