# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DER (X.690), as far as the names in a certificate have to be found where cryptography refuses to read it.

Only the outer structure is followed, so that one odd value in it, as old CAs write them, hides nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterator

SEQUENCE = 0x30
SET = 0x31
OBJECT_IDENTIFIER = 0x06
# The version of a certificate, which the first version leaves out.
_EXPLICIT_VERSION = 0xA0
_LONGEST_LENGTH = 4


class DerError(ValueError):
    """The bytes are no DER, or not that of what is looked for."""


@dataclass(frozen=True)
class Value:
    """One value: its tag (classes and numbers of one byte are all that a certificate's names have), and its content."""

    tag: int
    content: bytes


@dataclass(frozen=True)
class Names:
    """The issuer and the subject of a certificate: each the content of its SEQUENCE."""

    issuer: bytes
    subject: bytes


def values(content: bytes) -> Iterator[Value]:
    """The values that stand one after the other. Raises DerError."""
    at = 0
    while at < len(content):
        value, at = _value(content, at)
        yield value


def names_in(certificate: bytes) -> Names:
    """The names in the DER of a certificate. Raises DerError."""
    tbs = _inner(_inner(certificate))
    parts = list(values(tbs))
    if parts and parts[0].tag == _EXPLICIT_VERSION:
        del parts[0]
    # serialNumber, signature, issuer, validity, subject
    if len(parts) < 5 or parts[2].tag != SEQUENCE or parts[4].tag != SEQUENCE:
        raise DerError("it has no issuer and subject where a certificate has them")
    return Names(parts[2].content, parts[4].content)


def _inner(content: bytes) -> bytes:
    value, _end = _value(content, 0)
    if value.tag != SEQUENCE:
        raise DerError("it is not a sequence")
    return value.content


def _value(content: bytes, at: int) -> tuple[Value, int]:
    """The value that begins there, and where the next begins."""
    head = content[at : at + 2]
    if len(head) < 2:
        raise DerError("it ends within a value")
    tag, length = head
    at += 2
    if length & 0x80:
        count = length & 0x7F
        # 0 would be the indefinite length of BER.
        if not 1 <= count <= _LONGEST_LENGTH:
            raise DerError("it has a length that DER does not have")
        length = int.from_bytes(content[at : at + count], "big")
        at += count
    end = at + length
    if end > len(content):
        raise DerError("it ends within a value")
    return Value(tag, content[at:end]), end
