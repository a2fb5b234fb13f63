# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Logs out of what they are packed in: gzip of several members, tar, tar in gzip, zip, and one of these in another. All of it in bounded pieces."""

from __future__ import annotations

import os
import tarfile
import zipfile
import zlib
from typing import Any, BinaryIO, Iterable, Iterator, Optional

from .inflating import CHUNK_BYTES, UnreadLog, inflated, stored
from .log_files import is_log_within, reason_of
from .zip_headers import Member, members_in_order

_GZIP = b"\x1f\x8b"
_ZIP = b"PK\x03\x04"
_ENCRYPTED = 0x1
# What is packed in another way, by its first bytes.
_PACKED = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstandard"}
# Where a tar archive says that it is one.
_TAR = slice(257, 262)
_BUNDLES = (".tgz", ".tar.gz", ".tar")
# A header of tar's that names a file is read whole. A real one is some hundred bytes.
_LARGEST_HEADER = 1024 * 1024
_LONG_HEADERS = (
    *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE),
)


# What an archive that is broken, cut off or encrypted raises.
BROKEN = (
    UnreadLog,
    OSError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)


def raw_pieces(file: BinaryIO) -> Iterator[bytes]:
    """The bytes of a file in pieces: what is there now, and not what is written while it is read."""
    left = os.fstat(file.fileno()).st_size
    while left > 0:
        piece = file.read(min(left, CHUNK_BYTES))
        if not piece:
            return
        left -= len(piece)
        yield piece


def chained(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    """A piece that was looked at, and those after it."""
    if first:
        yield first
    yield from rest


def beginning(pieces: Iterator[bytes]) -> bytes:
    """As many pieces as it takes to tell a tar archive: a member of gzip can be of any size."""
    head = b""
    while len(head) < _TAR.stop and (piece := next(pieces, b"")):
        head += piece
    return head


def is_zip(first: bytes) -> bool:
    """Whether a file's first piece is that of a zip archive."""
    return first.startswith(_ZIP)


def is_tar(first: bytes) -> bool:
    """Whether a file's first piece, unzipped, is that of a tar archive."""
    return first[_TAR] == b"ustar"


def unpacked(first: bytes, rest: Iterator[bytes], name: str) -> Iterator[bytes]:
    """The pieces of a file, unzipped where they are gzip. Raises UnreadLog for what is packed in another way, broken or cut off."""
    packed = next((kind for magic, kind in _PACKED.items() if first.startswith(magic)), None)
    if packed:
        raise UnreadLog(f"it is packed with {packed}: unpack it first")
    if first.startswith(_GZIP):
        yield from _unzipped(first, rest)
    elif name.endswith((".gz", ".tgz")):
        raise UnreadLog("it is empty" if not first else "it is not in the format of gzip, which its name says")
    else:
        yield from chained(first, rest)


def in_tar(pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The logs of a tar archive, each to be read before the next is asked for."""
    with tarfile.open(fileobj=_Reader(pieces), mode="r|", tarinfo=_Bounded) as archive:  # type: ignore[call-overload]
        while True:
            member = archive.next()
            # It would remember all of them.
            archive.members = []
            if member is None:
                return
            if member.isreg() and is_log_within(member.name):
                yield member.name, _of_tar(archive, member)


def in_zip(file: BinaryIO) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The logs of a zip archive, also those of tar archives in it: a client saves the bundles of several machines in one.

    A member that is broken or encrypted keeps none of the others from being read. An archive that is cut off has lost its list of members, which
    stands at its end: then it is read from its beginning, and ends as one that is broken.
    """
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile:
        file.seek(0)
        for member in members_in_order(file):
            yield from _logs_of(member.name, member.pieces())
        raise
    with archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield from _logs_of(info.filename, _of_member(file, archive, info))


def _logs_of(name: str, pieces: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """What of a member is a log: itself, or those of the bundle that it is, with the error of one that is broken."""
    if is_log_within(name):
        yield name, pieces
    elif name.endswith(_BUNDLES):
        try:
            first = next(pieces, b"")
            for inner, text in in_tar(unpacked(first, pieces, name)):
                yield f"{name}:{inner}", text
        except BROKEN as error:
            yield name, _Broken(error)


class _Broken:
    """The pieces of what cannot be read."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        raise UnreadLog(f"only what stands before its broken part was read: {reason_of(self._error)}") from self._error


def _of_member(file: BinaryIO, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """What is in a member; of one that is broken all that stands before that place, which zipfile does not give."""
    member = Member(file, info.header_offset)
    if member.found and member.readable:
        yield from member.pieces(info.compress_size, info.CRC)
        return
    if info.flag_bits & _ENCRYPTED:
        raise UnreadLog("it is encrypted")
    try:
        with archive.open(info) as other:
            yield from _in_pieces(other)
    except BROKEN as error:
        raise UnreadLog(reason_of(error)) from error


def _of_tar(archive: Any, member: tarfile.TarInfo) -> Iterator[bytes]:
    """What is in a member; of one that is cut off all that is there, which the file of tarfile's does not give."""
    if member.issparse():
        yield from _in_pieces(archive.extractfile(member))
        return
    archive.fileobj.seek(member.offset_data)
    yield from stored(archive.fileobj, member.size)


# The method below has a parameter of the module's name, as the one that it overrides.
_Unreadable = tarfile.ReadError


class _Bounded(tarfile.TarInfo):
    """A member whose own headers have a bound."""

    def _proc_member(self, tarfile: Any) -> Any:
        if self.type in _LONG_HEADERS and self.size > _LARGEST_HEADER:
            raise _Unreadable("one of its headers is too large")
        return super()._proc_member(tarfile)  # type: ignore[misc]


class _Reader:
    """Pieces as the file that tarfile reads."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""
        self._error: Optional[UnreadLog] = None

    def read(self, size: int) -> bytes:
        """At most so many bytes; fewer only at the end. An error of what is packed comes after all that stands before it."""
        parts: list[bytes] = []
        wanted = size
        if self._error is not None:
            raise self._error
        while wanted > 0:
            try:
                self._rest = self._rest or next(self._pieces, b"")
            except UnreadLog as error:
                if not parts:
                    raise
                self._error = error
                break
            if not self._rest:
                break
            parts.append(self._rest[:wanted])
            self._rest = self._rest[wanted:]
            wanted -= len(parts[-1])
        return b"".join(parts)


def _in_pieces(file: Any) -> Iterator[bytes]:
    """The pieces of a member. Raises UnreadLog where it is broken or cut off: what was read of it counts, as that of a file does."""
    try:
        while piece := file.read(CHUNK_BYTES):
            yield piece
    except BROKEN as error:
        raise UnreadLog(reason_of(error)) from error


def _unzipped(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The text of a gzipped file, of all of its members, in bounded pieces. Raises UnreadLog where it is broken or cut off."""
    unzip = zlib.decompressobj(31)
    for packed in chained(first, rest):
        while packed:
            if unzip.eof:
                if not packed.strip(b"\0"):
                    break
                unzip = zlib.decompressobj(31)
            try:
                yield from inflated(unzip, packed)
            except UnreadLog as error:
                raise UnreadLog(f"its gzip format is broken ({error})") from error
            packed = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    # What a full piece left inside of zlib.
    while not unzip.eof:
        if not (yield from inflated(unzip, b"")):
            raise UnreadLog("its gzip format is cut off")
