# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read logs of any size, packed or not, while they are written and rotated; memory does not grow with them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Iterator, Sequence

from .._common.printable import printable
from .._logs.log_findings import Findings
from .._logs.log_scan import LogScan
from .._logs.log_text import as_utf8
from . import messages
from .inflating import UnreadLog
from .log_files import find_logs, reason_of
from .log_packing import BROKEN, beginning, chained, in_tar, in_zip, is_tar, is_zip, raw_pieces, unpacked


@dataclass
class LogReading:
    """What was read, and what was not."""

    files: list[dict[str, Any]] = field(default_factory=list)
    unavailable: list[dict[str, str]] = field(default_factory=list)


def read_logs(paths: Sequence[str], findings: Findings) -> LogReading:
    """Read the logs that paths name into findings. Raises InputError where none of them could be opened."""
    reading = LogReading()
    logs = find_logs(paths)
    unavailable = list(logs.unavailable)
    for path in logs.paths:
        try:
            _read_one(path, findings, reading, named=path in paths)
        except (OSError, ValueError) as error:
            unavailable.append((path, reason_of(error)))
        except UnreadLog as error:
            unavailable.append((path, str(error)))
    reading.unavailable = [*reading.unavailable, *({"path": path, "reason": why} for path, why in unavailable)]
    if not reading.files:
        told = "; ".join(f"{entry['path']}: {entry['reason']}" for entry in reading.unavailable[:5]) or "the option path is empty"
        raise messages.NO_LOG_READ(reasons=told)
    return reading


def _read_one(path: str, findings: Findings, reading: LogReading, *, named: bool) -> None:
    """Read one log, or the logs of one archive. Raises OSError, UnreadLog."""
    with _opened(path) as file:
        raw = raw_pieces(file)
        first = next(raw, b"")
        if is_zip(first):
            _read_archive(path, in_zip(file), findings, reading)
            return
        text = unpacked(first, raw, path)
        head = beginning(text)
        if is_tar(head):
            _read_archive(path, in_tar(chained(head, text)), findings, reading)
        else:
            _read_text(path, chained(head, text), findings, reading, named=named)


def _read_archive(path: str, members: Iterator[tuple[str, Iterator[bytes]]], findings: Findings, reading: LogReading) -> None:
    """Read the logs of an archive; what was read before it turned out to be broken counts. Raises UnreadLog."""
    seen = False
    try:
        for name, pieces in members:
            seen = True
            within = f"{path}:{printable(name)}"
            try:
                first = next(pieces, b"")
                _read_text(within, unpacked(first, pieces, name), findings, reading, named=False)
            except UnreadLog as error:
                reading.unavailable.append({"path": within, "reason": str(error)})
    except BROKEN as error:
        what = "only what stands before its broken part was read" if seen else "it cannot be read"
        raise UnreadLog(f"{what}: {reason_of(error)}") from error
    if not seen:
        raise UnreadLog("the archive holds no sps*.log* and no vpxd.log")


def _read_text(path: str, pieces: Iterator[bytes], findings: Findings, reading: LogReading, *, named: bool) -> None:
    """Read one log; what was read before it failed counts, and then the file is among those that were read and among those that were not."""
    scan = LogScan()
    try:
        for piece in as_utf8(pieces):
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
