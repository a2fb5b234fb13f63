# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's certificate-signing request (PKCS #10), reduced to what signing needs to know of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Optional

from .._common import names
from .._common.errors import reason
from .certificate import LARGEST_BYTES, Certificate, CertificateError, key_of, load, name_in_words, names_of
from .x509_library import Encoding, InvalidSignature, PublicFormat, UnsupportedAlgorithm, x509


@dataclass(frozen=True)
class CertificateRequest:
    """What a request says. public_key_sha256 is the digest of its SubjectPublicKeyInfo, which the certificate for it must share."""

    subject: str
    names: tuple[str, ...]
    key: str
    public_key_sha256: str

    def to_facts(self) -> dict[str, Any]:
        """The request as a result shows it."""
        return {"subject": self.subject, "names": list(self.names), "key": self.key}

    def problem_for(self, esxi_host: str) -> Optional[str]:
        """Why a certificate for it would not do for the host that vCenter knows by this name; None where it would."""
        if any(names.covers(name, esxi_host) for name in self.names):
            return None
        return f"it is for {', '.join(self.names) or 'no name'}, and vCenter knows the host as {esxi_host}"


def parse_request(text: str) -> CertificateRequest:
    """Read a request in PEM. Raises CertificateError, with a reason that can be shown, also where its signature is not its key's."""
    if len(text) > LARGEST_BYTES:
        raise CertificateError(f"it is larger than {LARGEST_BYTES} bytes")
    try:
        loaded = x509.load_pem_x509_csr(text.encode("utf-8", "replace"))
        if not loaded.is_signature_valid:
            raise CertificateError("its signature is not that of its key")
        return CertificateRequest(name_in_words(loaded.subject), names_of(loaded), key_of(loaded), _digest(loaded))
    except CertificateError:
        raise
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.UnsupportedGeneralNameType) as error:
        raise CertificateError(f"it cannot be read as a certificate request ({reason(error)})") from error


def public_key_sha256(certificate: Certificate) -> str:
    """The digest of a certificate's public key, as a request has it. Needs its der."""
    return _digest(load(certificate))


def _digest(loaded: Any) -> str:
    return hashlib.sha256(loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
