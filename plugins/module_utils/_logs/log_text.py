# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The bytes of a log as those of UTF-8, which the patterns are looked for in: editors and Windows save logs in UTF-16."""

from __future__ import annotations

import codecs
from typing import Iterable, Iterator, Optional

_UTF_8_MARK = codecs.BOM_UTF8
_MARKS = ((codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Without a mark: a log is mostly ASCII, so that in UTF-16 nearly every other byte is zero.
_LOOKED_AT = 256
_MOSTLY = 0.7


def as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of a text in whichever of these encodings, as pieces in UTF-8 without a mark. What is broken in UTF-16 is replaced."""
    rest = iter(pieces)
    first = next(rest, b"")
    # A mark, or enough to guess by, may be cut by the end of a piece.
    while len(first) < _LOOKED_AT and (more := next(rest, b"")):
        first += more
    encoding, skip = _encoding(first)
    if encoding is None:
        yield first[skip:]
        yield from rest
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    yield decoder.decode(first[skip:]).encode("utf-8", "replace")
    for piece in rest:
        yield decoder.decode(piece).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def _encoding(first: bytes) -> tuple[Optional[str], int]:
    """The encoding, None for bytes that stay as they are, and how long its mark is."""
    if first.startswith(_UTF_8_MARK):
        return None, len(_UTF_8_MARK)
    for mark, encoding in _MARKS:
        if first.startswith(mark):
            return encoding, len(mark)
    head = first[:_LOOKED_AT]
    even, odd = head[::2], head[1::2]
    if odd and odd.count(0) >= _MOSTLY * len(odd) and 0 not in even:
        return "utf-16-le", 0
    if even and even.count(0) >= _MOSTLY * len(even) and 0 not in odd:
        return "utf-16-be", 0
    return None, 0
