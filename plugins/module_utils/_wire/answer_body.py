# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of an HTTP answer, unpacked, piece by piece, and never more of it than fits."""

from __future__ import annotations

import zlib
from http.client import HTTPResponse, IncompleteRead
from typing import Any, Iterator

from .answer_errors import NotAnAnswer

CHUNK_BYTES = 256 * 1024
# What is kept of one answer. That of 5,000 hosts in one page is 25 MiB, once its arrays of bytes are rewritten.
LARGEST_ANSWER_BYTES = 64 * 1024 * 1024
# What may come over the wire, and what may come of unpacking it: 5,000 hosts in one page are 200 MiB as vSphere writes them.
LARGEST_PASSING_BYTES = 512 * 1024 * 1024

# zlib takes the header of gzip, and no other.
_GZIP = 16 + zlib.MAX_WBITS
_FORMS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}


def whole(answer: HTTPResponse) -> bytes:
    """All of a body. Raises as pieces does, and NotAnAnswer where it is larger than any answer."""
    return joined(pieces(answer))


def joined(parts: Iterator[bytes]) -> bytes:
    """All parts as one. Raises NotAnAnswer where they are larger than any answer."""
    kept: list[bytes] = []
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST_ANSWER_BYTES:
            raise NotAnAnswer(f"more than {LARGEST_ANSWER_BYTES >> 20} MiB")
        kept.append(part)
    return b"".join(kept)


def pieces(answer: HTTPResponse) -> Iterator[bytes]:
    """A body, unpacked. Raises OSError, HTTPException, and NotAnAnswer where it cannot be unpacked or is without end."""
    form = str(answer.headers.get("Content-Encoding") or "identity").strip().lower()
    raw = _counted(_arriving(answer))
    if form == "identity":
        return raw
    if form not in _FORMS:
        raise NotAnAnswer(f"a body that is packed as {form[:20]!r}, which was not asked for")
    return _counted(_unpacked(raw, form))


def _arriving(answer: HTTPResponse) -> Iterator[bytes]:
    while True:
        part = answer.read(CHUNK_BYTES)
        if not part:
            break
        yield part
    # http.client tells a body that ended early only to who reads all of it at once.
    if answer.length:
        raise IncompleteRead(b"", answer.length)


def _counted(parts: Iterator[bytes]) -> Iterator[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > LARGEST_PASSING_BYTES:
            raise NotAnAnswer(f"more than {LARGEST_PASSING_BYTES >> 20} MiB")
        yield part


def _unpacked(parts: Iterator[bytes], form: str) -> Iterator[bytes]:
    unzip: Any = None
    held = b""
    try:
        for part in parts:
            held += part
            if unzip is None and len(held) < 2:
                continue
            while held:
                if unzip is None or unzip.eof:
                    unzip = zlib.decompressobj(_window(form, held))
                yield unzip.decompress(held, CHUNK_BYTES)
                # What is left is the rest of the input, or what follows the end: gzip may have several members.
                held = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
        if unzip is not None:
            yield unzip.flush()
    except zlib.error as error:
        raise NotAnAnswer(f"a body that is no {form} ({error})") from error
    if held or (unzip is not None and not unzip.eof):
        raise NotAnAnswer(f"a body in {form} that breaks off")


def _window(form: str, head: bytes) -> int:
    """deflate is zlib's format (RFC 9110), and raw deflate from servers that took it by its name."""
    if form == "deflate" and (head[0] & 0x0F != 8 or int.from_bytes(head[:2], "big") % 31):
        return -zlib.MAX_WBITS
    return _FORMS[form]
