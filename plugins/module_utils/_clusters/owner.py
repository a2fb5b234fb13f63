# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which process a note on a cluster is of, and whether that one is known to be gone: a run that was killed leaves its note behind."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from pathlib import Path
from typing import Optional

_OWNER = re.compile(r"(\d+)\.(\d+)@.*\.([0-9a-f]+)")
_LONGEST_NAME = 40
# The fields of /proc/PID/stat after the name of the program: the state, and when the process began, in the kernel's count.
_STATE, _BEGAN = 0, 19
_DEAD = frozenset("ZXx")
UNKNOWN = "0"


def this_process() -> str:
    """A word for this process: its number and when it began, at the name of the machine and what tells that one from others."""
    name = re.sub(r"[^\w.-]", "-", platform.node())[:_LONGEST_NAME]
    return f"{os.getpid()}.{_began(os.getpid()) or 0}@{name}.{_machine()}"


def is_gone(owner: str) -> bool:
    """Whether a process that such a word is for has surely ended: it was one of this machine, and is not there any more.

    Of another machine, or another container, nothing is known. Numbers are given out again, so that the time when it began decides.
    """
    found = _OWNER.fullmatch(owner)
    if found is None or found.group(3) != _machine() or _machine() == UNKNOWN:
        return False
    process = int(found.group(1))
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        # Somebody else's, whose state may not be shown.
        return False
    return _began(process) != found.group(2)


def _machine() -> str:
    """This start of this machine, and the processes that see each other on it; "0" where that cannot be determined."""
    try:
        start = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        return hashlib.sha256(f"{start}{os.readlink('/proc/self/ns/pid')}".encode()).hexdigest()[:12]
    except OSError:
        return UNKNOWN


def _began(process: int) -> Optional[str]:
    """When a process began; None for one that has ended and was not waited for."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[_STATE] in _DEAD else fields[_BEGAN]
