# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distinguished names, compared as RFC 5280 (section 7.1) has it and shown as RFC 4514 has it.

cryptography compares a certificate's issuer with the subject of its CA byte for byte, and refuses some values of old CAs altogether. The
same name may be a PrintableString here and a UTF8String there, in another case or with other blanks: OpenSSL and Java take both for one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Callable, Union

from .der import OBJECT_IDENTIFIER, SEQUENCE, SET, DerError, Value, values

# The types of strings, and how each is read. OpenSSL and Java read a TeletexString as ISO 8859-1, which is what CAs write into it.
_UTF_8 = 0x0C
_ENCODINGS = {
    _UTF_8: "utf-8",
    0x12: "latin-1",
    0x13: "latin-1",
    0x14: "latin-1",
    0x16: "latin-1",
    0x1A: "latin-1",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1": "UID",
    "1.2.840.113549.1.9.1": "emailAddress",
}

Prepared = Union[str, tuple[int, bytes]]
Attribute = tuple[str, Prepared]
Comparable = tuple[frozenset[Attribute], ...]


@lru_cache(maxsize=4096)
def comparable(name: bytes) -> Comparable:
    """A name (the content of its SEQUENCE) as something that equals what another spelling of the name gives. Raises DerError."""
    return _comparable(name, lambda _tag, text: _fold(text))


def same(one: bytes, other: bytes) -> bool:
    """Whether two names are one."""
    try:
        return one == other or comparable(one) == comparable(other)
    except DerError:
        return False


def refused_by(one: bytes, other: bytes) -> tuple[str, ...]:
    """Who does not take two names for one that are one.

    OpenSSL folds the case of letters of ASCII only. Java folds nothing in other strings than PrintableStrings and UTF8Strings, as RFC 5280
    allows.
    """
    ways = (("OpenSSL (vCenter)", _as_openssl), ("Java (SPS)", _as_java))
    return tuple(who for who, way in ways if one != other and _comparable(one, way) != _comparable(other, way))


def in_words(name: bytes) -> str:
    """A name as text, the most specific attribute first. Raises DerError."""
    relatives = ["+".join(f"{_SHORT.get(oid, oid)}={_shown(value)}" for oid, value in one) for one in _relatives(name)]
    return ",".join(reversed(relatives))


def texts_of(name: bytes, kind: str) -> tuple[str, ...]:
    """The texts of a kind of attribute (CN), in which bytes that are no text of their type are replaced. Raises DerError."""
    found = (value for relative in _relatives(name) for oid, value in relative if _SHORT.get(oid) == kind)
    return tuple(value.content.decode(_ENCODINGS.get(value.tag, "utf-8"), "replace") for value in found)


def has_broken_text(name: bytes) -> bool:
    """Whether a name has a UTF8String that is none, as CAs wrote them that put letters of ISO 8859-1 there. Raises DerError."""
    return any(value.tag == _UTF_8 and _text(value) is None for relative in _relatives(name) for _oid, value in relative)


def same_words(one: str, other: str) -> bool:
    """Whether two names that are known only as text are one, as names are compared."""
    return _fold(one) == _fold(other)


def _relatives(name: bytes) -> list[list[tuple[str, Value]]]:
    return [[_attribute(pair) for pair in values(_checked(relative, SET).content)] for relative in values(name)]


def _attribute(pair: Value) -> tuple[str, Value]:
    inner = list(values(_checked(pair, SEQUENCE).content))
    if len(inner) != 2:
        raise DerError("an attribute of a name is not a pair")
    return _dotted(_checked(inner[0], OBJECT_IDENTIFIER).content), inner[1]


def _checked(value: Value, tag: int) -> Value:
    if value.tag != tag:
        raise DerError("it is not a name")
    return value


def _dotted(content: bytes) -> str:
    """An object identifier in its usual form."""
    numbers, number = [], 0
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    if not numbers:
        raise DerError("an object identifier is empty")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _text(value: Value) -> Union[str, None]:
    encoding = _ENCODINGS.get(value.tag)
    try:
        return value.content.decode(encoding) if encoding else None
    except UnicodeDecodeError:
        return None


def _comparable(name: bytes, way: Callable[[int, str], Prepared]) -> Comparable:
    def prepared(value: Value) -> Prepared:
        text = _text(value)
        return (value.tag, value.content) if text is None else way(value.tag, text)

    return tuple(frozenset((oid, prepared(value)) for oid, value in relative) for relative in _relatives(name))


def _fold(text: str) -> str:
    """Case and blanks do not count, nor which of several ways a character was put into bytes (RFC 4518 in the main)."""
    return " ".join(unicodedata.normalize("NFKC", text.casefold()).casefold().split())


def _as_openssl(_tag: int, text: str) -> Prepared:
    lower = "".join(chr(ord(letter) + 32) if "A" <= letter <= "Z" else letter for letter in text)
    return " ".join(part for part in re.split("[ \t\n\v\f\r]", lower) if part)


def _as_java(tag: int, text: str) -> Prepared:
    return _fold(text) if tag in (0x0C, 0x13) else (tag, text.encode())


def _shown(value: Value) -> str:
    text = _text(value)
    if text is None:
        return "#" + value.content.hex()
    return "".join(f"\\{letter}" if letter in '\\,+"<>;' else letter for letter in text)
