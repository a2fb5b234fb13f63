# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins: the same name has the same one in all of a journal, and nobody finds the name from it who does not have the journal's key.

They keep what software looks at: a name stays a name with as many parts, an address an address, a UUID a UUID.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import re
import uuid
from typing import Iterable

from .vocabulary import WORDS

REMOVED = "(removed)"
# Longer numbers may be somebody's.
LONGEST_NUMBER = 5
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)", re.DOTALL)
_PARTS = re.compile(
    r"(?P<standin>certificate-[0-9a-f]{20}|\(removed\))"
    r"|(?P<uuid>(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z]))"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-]))"
    r"|(?P<digest>(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{2}:){5,63}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:]))"
    r"|(?P<v4>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d))"
    r"|(?P<colons>(?<![\w:])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:]))"
    r"|(?P<label>[^\s.,;:/\\@\"'()\[\]{}<>=&?#!|%+*$^~`]+)"
)
_SHA1_BYTES = 20


class Pseudonyms:
    """The stand-ins by one key. secrets: texts that are removed wherever they stand."""

    def __init__(self, key: bytes, secrets: Iterable[str] = ()) -> None:
        self._key = key
        self._secrets = sorted({one for one in secrets if one}, key=len, reverse=True)

    def text(self, text: str) -> str:
        """A text with a stand-in for whatever is not in the vocabulary, and for short numbers and times."""
        for secret in self._secrets:
            text = text.replace(secret, REMOVED)
        return _PARTS.sub(self._part, _PEM.sub(self._pem, text))

    def certificate(self, sha1: bytes) -> str:
        """What stands for a certificate, by its SHA-1 digest, which vSphere calls its thumbprint."""
        return f"certificate-{self.token(sha1.hex())}"

    def token(self, text: str) -> str:
        """A stand-in without a form: 20 hexadecimal digits."""
        return self._digest(text)[:10].hex()

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._key, text.encode("utf-8", "replace"), hashlib.sha256).digest()

    def _pem(self, found: re.Match[str]) -> str:
        # Certificates are read before, by who knows them: what is left is a key, a request, or cannot be read.
        return REMOVED

    def _part(self, found: re.Match[str]) -> str:
        part, kind = found.group(), found.lastgroup
        if kind in ("standin", "time"):
            return part
        if kind == "uuid":
            return str(uuid.UUID(bytes=self._digest(part.lower())[:16]))
        if kind == "digest":
            return self._of_digest(part)
        if kind == "v4":
            return self._of_address(part)
        return self._of_colons(part) if kind == "colons" else self._label(part)

    def _of_digest(self, part: str) -> str:
        digest = bytes.fromhex(part.replace(":", ""))
        if len(digest) == _SHA1_BYTES:
            return self.certificate(digest)
        return ":".join(f"{one:02X}" for one in hashlib.sha512(self._digest(part.lower())).digest()[: len(digest)])

    def _of_address(self, part: str) -> str:
        try:
            address = ipaddress.IPv4Address(part)
        except ValueError:
            return ".".join(self._label(one) for one in part.split("."))
        if part == "127.0.0.1" or address.is_unspecified:
            return part
        number = int(address)
        while True:
            number = self._permuted(number)
            if _is_ordinary(ipaddress.IPv4Address(number)):
                return str(ipaddress.IPv4Address(number))

    def _permuted(self, number: int) -> int:
        """A permutation of all 32-bit numbers (a Feistel network): two addresses never get the same stand-in."""
        left, right = number >> 16, number & 0xFFFF
        for turn in range(6):
            digest = self._digest(f"{turn}/{right}")
            left, right = right, left ^ int.from_bytes(digest[:2], "big")
        return left << 16 | right

    def _of_colons(self, part: str) -> str:
        try:
            address = ipaddress.IPv6Address(part)
        except ValueError:
            return ":".join(self._label(one) if one else "" for one in part.split(":"))
        if address.is_loopback or address.is_unspecified:
            return part
        # In fd00::/8, where nobody's own can be told from another's.
        return str(ipaddress.IPv6Address(b"\xfd" + self._digest(str(address))[:15]))

    def _label(self, label: str) -> str:
        lower = label.lower()
        if lower in WORDS or not any(one.isalnum() for one in label):
            return label
        if label.isascii() and label.isdigit() and len(label) <= LONGEST_NUMBER:
            return label
        standin = f"n{self.token(lower)[:12]}"
        return standin.upper() if label.isupper() else standin


def _is_ordinary(address: ipaddress.IPv4Address) -> bool:
    return not (address.is_loopback or address.is_multicast or address.is_reserved or address.is_unspecified)
