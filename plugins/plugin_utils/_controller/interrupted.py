# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Says where a run stood when somebody ends it by Ctrl-C or SIGTERM.

Ansible's main process ends at once then, and shows nothing more of what its workers say, who finish what is in flight. So it is the
main process that says it, from the files that the tasks at work tell their progress by; then the signal does what it did before.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Callable, Iterator, Optional

from ansible import constants, context
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.interruption import stood

SIGNALS = (signal.SIGINT, signal.SIGTERM)
FILE_PREFIX = "certops-progress-"
STANDARD_ERROR = 2


def say_when_interrupted() -> None:
    """Have it said, where this is the main process of one of Ansible's commands: signals of any other program are its own."""
    if not context.CLIARGS or multiprocessing.parent_process() is not None:
        return
    if threading.current_thread() is threading.main_thread():
        take_signals()


def take_signals() -> None:
    """Have it said by this process. What is ignored stays so."""
    for number in SIGNALS:
        before = signal.getsignal(number)
        if before not in (signal.SIG_IGN, None) and not isinstance(before, _Saying):
            signal.signal(number, _Saying(before))


class _Saying:
    """What a signal does: it is said where the run stood, once; then it does what it did before."""

    def __init__(self, before: Any) -> None:
        self._before = before
        # A worker that was forked, and has no handler of its own, has this one too, and says nothing.
        self._process = os.getpid()

    def __call__(self, number: int, frame: Optional[FrameType]) -> None:
        signal.signal(number, self._before)
        if os.getpid() == self._process:
            # Whatever goes wrong in that keeps nobody from ending the run.
            with contextlib.suppress(Exception):
                say()
        if callable(self._before):
            self._before(number, frame)
        else:
            os.kill(os.getpid(), number)


def say(write: Callable[[int, bytes], int] = os.write) -> None:
    """Say it on standard error, past Display, whose lock somebody may hold just now."""
    # Not where the signal has come in the middle of a write to it.
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        sys.stdout.flush()
    write(STANDARD_ERROR, f"\n{stood(list(_texts()))}".encode(errors="replace"))


def _texts() -> Iterator[str]:
    """What the tasks at work have told: the file of one that has ended is gone."""
    for path in sorted(Path(constants.DEFAULT_LOCAL_TMP).glob(f"{FILE_PREFIX}*")):
        with contextlib.suppress(OSError):
            yield path.read_text(encoding="utf-8", errors="replace")
