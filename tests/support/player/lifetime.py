# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a server runs: until none of the processes that asked for it runs any more, however each ends. They hold its standard input open."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

# Who has it starts the server, holds it, or takes it down.
LOCK = "lock"
# Open as long as this process runs.
_HELD: list[int] = []


def locked(folder: Path) -> BinaryIO:
    """Make the folder, and take its lock, which closing gives back."""
    while True:
        with suppress(FileNotFoundError):
            folder.mkdir(mode=0o700, exist_ok=True)
            lock = (folder / LOCK).open("wb")
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Meanwhile a server may have taken the folder down.
            if os.path.samestat(os.fstat(lock.fileno()), os.stat(folder / LOCK)):
                return lock
            lock.close()


def hold(lifeline: Path) -> bool:
    """Hold the server that runs already; whether there is one."""
    with suppress(OSError):
        # Who would write where nobody reads is refused.
        _HELD.append(os.open(lifeline, os.O_WRONLY | os.O_NONBLOCK))
        return True
    return False


def made(lifeline: Path) -> int:
    """Make what a server is held by, and hold it. Returns what the server is to have for its standard input."""
    os.mkfifo(lifeline, 0o600)
    reading = os.open(lifeline, os.O_RDONLY | os.O_NONBLOCK)
    _HELD.append(os.open(lifeline, os.O_WRONLY))
    # Ansible refuses to start with any other.
    os.set_blocking(reading, True)
    return reading


def taken_down(folder: Path, held_by: int) -> bool:
    """Whether the folder is gone, because nobody holds the server any more. held_by: the server's standard input."""
    with (folder / LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if select.select([held_by], [], [], 0)[0]:
            shutil.rmtree(folder)
            return True
    return False
