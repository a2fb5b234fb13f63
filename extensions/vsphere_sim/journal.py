# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every call that was made, in memory and as JSON lines. It never holds a password or a session's cookie."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Optional

from .clock import Clock


@dataclass
class Entry:
    """One call. It is written when its outcome is known; seq counts in that order. sent_bytes: of the answer's body, as it goes over the wire."""

    vcenter: Optional[str]
    protocol: str
    method: str
    object: Optional[str] = None
    target: Optional[str] = None
    session: Optional[str] = None
    username: Optional[str] = None
    client: Optional[str] = None
    mutating: bool = False
    outcome: str = "ok"
    rule: Optional[int] = None
    detail: Optional[str] = None
    seconds: float = 0.0
    sent_bytes: int = 0
    seq: int = 0
    time: str = ""

    def as_record(self) -> dict[str, Any]:
        """The entry as a dictionary. Its values are plain: dataclasses.asdict would look into each of them."""
        return dict(vars(self))


class Journal:
    """The witness of what clients did."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._seq = 0
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8")

    def write(self, entry: Entry) -> None:
        """Add an entry, and give it its number and time."""
        with self._lock:
            self._seq += 1
            entry.seq = self._seq
            entry.time = self._clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            record = entry.as_record()
            self._entries.append(record)
            if not self._file.closed:
                self._file.write(json.dumps(record) + "\n")
                self._file.flush()

    def since(self, seq: int, keep: Optional[Callable[[dict[str, Any]], bool]] = None) -> list[dict[str, Any]]:
        """The entries after a number."""
        with self._lock:
            found = [entry for entry in self._entries if entry["seq"] > seq]
        return [entry for entry in found if keep is None or keep(entry)]

    def clear(self) -> None:
        """Forget the entries; the numbers go on."""
        with self._lock:
            self._entries.clear()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._file.close()


def session_label(cookie: Optional[str]) -> Optional[str]:
    """A name for a session that is not its secret."""
    return hashlib.sha256(cookie.encode()).hexdigest()[:8] if cookie else None
