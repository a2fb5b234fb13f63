# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read logs of any size, gzipped or not, while they are written and rotated; memory does not grow with them."""

from __future__ import annotations

import os
import stat
import zlib
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Iterator, Sequence

from ..core.errors import InputError
from ..core.log_findings import Findings
from ..core.log_scan import LogScan
from ..core.log_text import as_utf8
from .log_files import find_logs, reason_of

CHUNK_BYTES = 1024 * 1024
_GZIP = b"\x1f\x8b"
# What is packed in another way, by its first bytes.
_PACKED = {b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"\x28\xb5\x2f\xfd": "zstandard", b"PK\x03\x04": "zip"}
# Where a tar archive says that it is one.
_TAR = slice(257, 262)


class UnreadLog(Exception):
    """A log, or the rest of it, cannot be read; the text says why."""


@dataclass
class LogReading:
    """What was read, and what was not."""

    files: list[dict[str, Any]] = field(default_factory=list)
    unread: list[dict[str, str]] = field(default_factory=list)


def read_logs(paths: Sequence[str], findings: Findings) -> LogReading:
    """Read the logs that paths name into findings. Raises InputError where none of them could be opened."""
    reading = LogReading()
    logs = find_logs(paths)
    unread = list(logs.unread)
    for path in logs.paths:
        try:
            _read_one(path, findings, reading, named=path in paths)
        except (OSError, ValueError) as error:
            unread.append((path, reason_of(error)))
        except UnreadLog as error:
            unread.append((path, str(error)))
    reading.unread = [{"path": path, "reason": why} for path, why in unread]
    if not reading.files:
        told = "; ".join(f"{path}: {why}" for path, why in unread[:5]) or "the option path is empty"
        raise InputError(
            f"No log could be read: {told}",
            cure="Give a sps.log, its folder, or the folder of an unpacked support bundle, to an account that may read it, by the option path.",
        )
    return reading


def _read_one(path: str, findings: Findings, reading: LogReading, *, named: bool) -> None:
    """Read one log; what was read before it failed counts, and then the file is among those that were read and among those that were not."""
    scan = LogScan()
    try:
        with _opened(path) as file:
            for piece in _pieces(file, path):
                for record in scan.feed(piece):
                    findings.add(record, path)
    except (OSError, UnreadLog) as error:
        if not scan.bytes_read:
            raise
        why = str(error) if isinstance(error, UnreadLog) else reason_of(error)
        reading.files.append(_ended(path, scan, findings))
        raise UnreadLog(f"only its first {scan.bytes_read} bytes were read: {why}") from error
    told = _ended(path, scan, findings)
    if scan.problem is not None and (named or scan.is_binary):
        # Beside a log lie others, of the same name, in which no line has a time: that is told of a file that is given by its own name.
        raise UnreadLog(f"it is not a log of SPS or vpxd: {scan.problem}")
    reading.files.append(told)


def _ended(path: str, scan: LogScan, findings: Findings) -> dict[str, Any]:
    """Take the rest of a log; what is told of its file."""
    for record in scan.finish():
        findings.add(record, path)
    findings.end_of_log()
    first, last = scan.first_seen, scan.last_seen
    return {
        "path": path,
        "bytes": scan.bytes_read,
        "lines": scan.lines,
        "first_seen": first.to_text() if first else None,
        "last_seen": last.to_text() if last else None,
    }


def _opened(path: str) -> BinaryIO:
    """A file, opened. Raises UnreadLog for what is none: a pipe would be waited for without an end."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadLog("it is not a file")
    return os.fdopen(descriptor, "rb", buffering=0)


def _pieces(file: BinaryIO, path: str) -> Iterator[bytes]:
    """The text of a file in pieces of at most CHUNK_BYTES: what is there now, and not what is written while it is read."""
    raw = _raw(file, os.fstat(file.fileno()).st_size)
    first = next(raw, b"")
    packed = next((name for magic, name in _PACKED.items() if first.startswith(magic)), None)
    if packed:
        raise UnreadLog(f"it is packed with {packed}: unpack it first")
    if first.startswith(_GZIP):
        yield from as_utf8(_not_an_archive(_unzipped(first, raw)))
    elif path.endswith((".gz", ".tgz")):
        raise UnreadLog("it is empty" if not first else "it is not in the format of gzip, which its name says")
    else:
        yield from as_utf8(_not_an_archive(_chained(first, raw)))


def _raw(file: BinaryIO, size: int) -> Iterator[bytes]:
    left = size
    while left > 0:
        piece = file.read(min(left, CHUNK_BYTES))
        if not piece:
            return
        left -= len(piece)
        yield piece


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _not_an_archive(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for count, piece in enumerate(pieces):
        if count == 0 and piece[_TAR] == b"ustar":
            raise UnreadLog("it is an archive: unpack it first, and give its folder")
        yield piece


def _unzipped(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """The text of a gzipped file, of all of its members, in bounded pieces. Raises UnreadLog where it is broken or cut off."""
    unzip = zlib.decompressobj(31)
    for packed in _chained(first, rest):
        while packed:
            if unzip.eof:
                if not packed.strip(b"\0"):
                    break
                unzip = zlib.decompressobj(31)
            try:
                text = unzip.decompress(packed, CHUNK_BYTES)
            except zlib.error as error:
                raise UnreadLog(f"its gzip format is broken ({error})") from error
            if text:
                yield text
            packed = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
    # What a full piece left inside of zlib.
    while not unzip.eof:
        text = unzip.decompress(b"", CHUNK_BYTES)
        if not text:
            raise UnreadLog("its gzip format is cut off")
        yield text
