# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command as a whole: how long it took, its CPU time, and the memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Sequence

LOOK_SECONDS = 0.3
LONGEST_SECONDS = 3600


@dataclass(frozen=True)
class Accounted:
    """A command that has ended."""

    returncode: int
    printed: str
    wall_seconds: float
    cpu_seconds: float
    peak_mib: float

    def check(self) -> Accounted:
        """Itself. Raises RuntimeError where it failed, with the end of what it printed."""
        if self.returncode != 0:
            raise RuntimeError(f"a command that is measured ended with {self.returncode}:\n{self.printed[-3000:]}")
        return self


def run(command: Sequence[str], cwd: Path, environment: Mapping[str, str]) -> Accounted:
    """Run a command to its end.

    cpu_seconds: of the command and all of its descendants that were waited for. peak_mib: the most that its processes took
    together, by their proportional share of the memory (PSS), looked at three times a second.
    """
    before, begun = os.times(), time.monotonic()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watch = _Watch(process.pid)
    watch.start()
    try:
        printed, _none = process.communicate(timeout=LONGEST_SECONDS)
    finally:
        watch.ended.set()
        watch.join()
        if process.poll() is None:
            process.kill()
            process.wait()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Accounted(process.returncode, printed, time.monotonic() - begun, cpu, watch.peak_bytes / 1024 / 1024)


class _Watch(threading.Thread):
    """Looks at the memory of a session of processes while they run."""

    def __init__(self, session: int) -> None:
        super().__init__(name="memory", daemon=True)
        self._session = session
        self.ended = threading.Event()
        self.peak_bytes = 0

    def run(self) -> None:
        while not self.ended.wait(LOOK_SECONDS):
            self.peak_bytes = max(self.peak_bytes, sum(map(_share_bytes, _descendants(self._session))))


def _descendants(root: int) -> list[int]:
    """The processes that come from one, itself included; Ansible's modules are in sessions of their own."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parents[int(entry)] = int(Path("/proc", entry, "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, ValueError, IndexError):
                continue  # It has ended meanwhile.
    found = {root}
    grown = True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found and pid not in found}
        found |= more
        grown = bool(more)
    return sorted(found)


def _share_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # It has ended meanwhile.
    return 0
