# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Packed bytes unpacked, as far as they can be where they are broken."""

from __future__ import annotations

import zlib
from typing import Any, Generator, Iterator

CHUNK_BYTES = 1024 * 1024
# zlib gives nothing of the piece in which it meets an error: the piece is given to it anew in smaller ones, down to single bytes.
_SMALLER = 64


class UnreadLog(Exception):
    """A log, or the rest of it, cannot be read; the text says why."""


def stored(file: Any, left: int) -> Iterator[bytes]:
    """So many of the next bytes of a file, in pieces. Raises UnreadLog where it ends before."""
    while left:
        piece: bytes = file.read(min(left, CHUNK_BYTES))
        if not piece:
            raise UnreadLog("it is cut off")
        left -= len(piece)
        yield piece


def inflated(unzip: Any, packed: bytes) -> Generator[bytes, None, bytes]:
    """What a zlib decompressor makes of the next bytes, of at most CHUNK_BYTES; returned as well. Raises UnreadLog where they are broken."""
    before = unzip.copy()
    try:
        text: bytes = unzip.decompress(packed, CHUNK_BYTES)
    except zlib.error as error:
        yield from _as_far_as_it_goes(before, packed)
        raise UnreadLog(str(error)) from error
    if text:
        yield text
    return text


def _as_far_as_it_goes(unzip: Any, packed: bytes) -> Iterator[bytes]:
    size = max(1, len(packed) // _SMALLER)
    for at in range(0, len(packed), size):
        before, piece = unzip.copy(), packed[at : at + size]
        try:
            text = unzip.decompress(piece)
        except zlib.error:
            if size > 1:
                yield from _as_far_as_it_goes(before, piece)
            return
        yield text
