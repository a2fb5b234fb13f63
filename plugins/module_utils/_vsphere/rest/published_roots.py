# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The CA certificates that a vCenter shows to anybody at /afd/vecs/ca, where the certificates that VMCA issues say that their issuer is found.

Seen in the field as DER, as PEM, and as a ZIP archive of such files.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from ..._certificates.certificate import Certificate, CertificateError, parse
from ..._wire.answer_errors import NotAnAnswer

PATH = "/afd/vecs/ca"
MOST_FILES = 100
LARGEST_FILE = 64 * 1024
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def certificates_in(body: bytes) -> list[Certificate]:
    """The certificates in what was answered; lists of revoked ones are passed over. Raises NotAnAnswer where it holds none."""
    files = _unpacked(body) if body.startswith(b"PK") else [body]
    found: dict[str, Certificate] = {}
    for content in files:
        for one in _PEM.findall(content) or [content]:
            try:
                certificate = parse(one)
            except CertificateError:
                continue
            found[certificate.sha256_fingerprint] = certificate
    if not found:
        raise NotAnAnswer("what holds no certificate")
    return list(found.values())


def _unpacked(body: bytes) -> list[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()][:MOST_FILES]
            return [_start_of(archive, one) for one in members]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise NotAnAnswer("a ZIP archive that cannot be read") from error


def _start_of(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    # What is longer is no certificate, whatever its size is said to be.
    with archive.open(member) as opened:
        return opened.read(LARGEST_FILE)
