# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA of the site: signs requests by the key that the simulator has laid down for it. As a program it is what a command signs by."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Optional

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID


class SiteCa:
    """The CA whose certificate and key lie in NAME.pem and NAME.key."""

    def __init__(self, folder: Path, name: str) -> None:
        self.ca_path, self.key_path = folder / f"{name}.pem", folder / f"{name}.key"
        self.certificate = x509.load_pem_x509_certificate(self.ca_path.read_bytes())
        self.key: Any = load_pem_private_key(self.key_path.read_bytes(), None)

    def sign(self, csr_pem: str, *, days: float = 700, names: Optional[list[x509.GeneralName]] = None, key: Any = None) -> str:
        """A certificate for a request; names and key: others than those of the request."""
        request = x509.load_pem_x509_csr(csr_pem.encode())
        own = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        built = (
            self._builder(request.subject, days)
            .public_key(key or request.public_key())
            .add_extension(x509.SubjectAlternativeName(names or list(own)), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return built.public_bytes(Encoding.PEM).decode()

    def below(self, folder: Path, name: str) -> SiteCa:
        """A CA that this one has issued, laid down in a folder with its key."""
        key = rsa.generate_private_key(65537, 2048)
        built = (
            self._builder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), 3000)
            .public_key(key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self.key, hashes.SHA256())
        )
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.pem").write_bytes(built.public_bytes(Encoding.PEM))
        (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return SiteCa(folder, name)

    def locked_key(self, folder: Path, passphrase: str) -> Path:
        """Its key in a file of its own, with a passphrase."""
        path = folder / "locked.key"
        path.write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(passphrase.encode())))
        return path

    def _builder(self, subject: x509.Name, days: float) -> x509.CertificateBuilder:
        now = datetime.now(timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.certificate.subject)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=min(days - 1, -1)))
            .not_valid_after(now + timedelta(days=days))
        )


def main() -> int:
    """FOLDER NAME [ADDRESS]: sign what comes in on standard input, but nothing for that address."""
    request = sys.stdin.read()
    names = x509.load_pem_x509_csr(request.encode()).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if sys.argv[3:] and sys.argv[3] in map(str, names.get_values_for_type(x509.IPAddress)):
        print("the profile ESXI allows no such name", file=sys.stderr)
        return 3
    ca = SiteCa(Path(sys.argv[1]), sys.argv[2])
    print(ca.sign(request) + ca.ca_path.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
