# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The members of a zip archive, by the header that stands before each (APPNOTE 4.3.7): each is read as far as it can be.

The list of all stands at the end of an archive, and is lost where that is cut off.
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO, Iterator, Optional

from .inflating import CHUNK_BYTES, UnreadLog, inflated, stored

_HEADER = struct.Struct("<4sHHHHHIIIHH")
_MEMBER = b"PK\x03\x04"
_ENCRYPTED, _SIZE_AFTERWARDS = 0x1, 0x8
_STORED, _DEFLATED = 0, 8
# A size of this value stands in an extra field (ZIP64), where it is the second of two, or the only one.
_ELSEWHERE = 0xFFFFFFFF


class Member:
    """A member, from the header that stands in a file at this place: read once, or skipped. found: whether a header stands there."""

    def __init__(self, file: BinaryIO, at: int) -> None:
        self._file = file
        file.seek(at)
        head = file.read(_HEADER.size)
        self.found = len(head) == _HEADER.size and head.startswith(_MEMBER)
        if not self.found:
            return
        _sign, _version, self._flags, self._method, _time, _date, self._checksum, packed, _size, named, more = _HEADER.unpack(head)
        self.name = file.read(named).decode("utf-8", "replace")
        self._packed = _real_size(packed, file.read(more))
        self._begins = file.tell()
        self._end: Optional[int] = None

    @property
    def readable(self) -> bool:
        """Whether it is packed as nearly all are."""
        return not self._flags & _ENCRYPTED and self._method in (_STORED, _DEFLATED)

    def pieces(self, packed: Optional[int] = None, checksum: Optional[int] = None) -> Iterator[bytes]:
        """What is in it. packed, checksum: as the archive's list has them. Raises UnreadLog where it is cut off, broken or encrypted."""
        known = packed is not None or not self._flags & _SIZE_AFTERWARDS
        if self._flags & _ENCRYPTED:
            raise UnreadLog("it is encrypted")
        if not self.readable or (self._method == _STORED and not known):
            raise UnreadLog("it is packed in a way that is not read from a broken archive")
        wanted = checksum if checksum is not None else self._checksum if known else None
        self._file.seek(self._begins)
        size = packed if packed is not None else self._packed
        seen = 0
        for piece in stored(self._file, size) if self._method == _STORED else self._inflated():
            seen = zlib.crc32(piece, seen)
            yield piece
        if wanted is not None and seen != wanted:
            raise UnreadLog("its checksum is another one")

    def next_place(self) -> Optional[int]:
        """Where the next one begins; None where that cannot be determined."""
        if not self._flags & _SIZE_AFTERWARDS:
            return self._begins + self._packed
        if self._method != _DEFLATED or self._flags & _ENCRYPTED:
            return None
        if self._end is None:
            self._file.seek(self._begins)
            try:
                for _piece in self._inflated():
                    pass
            except UnreadLog:
                return None
        # The sizes that stand after it are 12 to 24 bytes, with or without a mark.
        end = self._end or 0
        self._file.seek(end)
        after = self._file.read(24 + len(_MEMBER)).find(_MEMBER, 12)
        return end + after if after >= 0 else None

    def _inflated(self) -> Iterator[bytes]:
        """Deflated data says itself where it ends, so that its size need not be known."""
        unzip = zlib.decompressobj(-15)
        packed = b""
        while not unzip.eof:
            packed = unzip.unconsumed_tail or self._file.read(CHUNK_BYTES)
            text = yield from inflated(unzip, packed)
            if not packed and not text:
                raise UnreadLog("it is cut off")
        self._end = self._file.tell() - len(unzip.unused_data)


def members_in_order(file: BinaryIO) -> Iterator[Member]:
    """The members from the first on, as far as their ends can be found. What is not read of one is skipped."""
    place: Optional[int] = 0
    while place is not None and (member := Member(file, place)).found:
        yield member
        place = member.next_place()


def _real_size(packed: int, more: bytes) -> int:
    if packed != _ELSEWHERE or len(more) < 20 or more[:2] != b"\x01\0":
        return packed
    return int.from_bytes(more[12:20], "little")
