# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Telling how far a step has got. It is best effort: nothing that goes wrong here reaches the step."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Callable, Optional

from .._common.progress import Progress, estimate

# The file that the action gives the module to append to: it exists, and only its owner can read it.
FILE_VARIABLE = "CERTOPS_PROGRESS_FILE"

Tell = Callable[[Progress], None]


def silent(_progress: Progress) -> None:
    """Tell nobody."""


def to_file(path: Optional[str]) -> Tell:
    """Append to a file that is there already, a line at a time; to nothing where there is none."""
    if not path:
        return silent

    def tell(progress: Progress) -> None:
        try:
            # Neither created nor followed through a link: whoever gave the name has made the file.
            descriptor = os.open(Path(path), os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
            try:
                os.write(descriptor, progress.to_line().encode())
            finally:
                os.close(descriptor)
        except OSError:
            pass

    return tell


class Course:
    """Counts the hosts of a step, and estimates how long the others will take."""

    def __init__(self, tell: Tell, step: str, total: int) -> None:
        self._tell = tell
        self._now = Progress(step, total=total)
        self._begun: dict[str, tuple[str, float]] = {}
        self._taken: list[float] = []
        self._lock = threading.Lock()
        tell(self._now)

    def begun(self, moid: str, name: str) -> None:
        """A host is worked on from now."""
        with self._lock:
            self._begun[moid] = (name, time.monotonic())
            self._now = replace(self._now, begun=(name,), ended=())
            self._tell(self._now)

    def ended(self, moid: str, *, failed: bool, rounds_left: int) -> None:
        """A host is done. rounds_left: how many must still follow one another."""
        with self._lock:
            name, begun = self._begun.pop(moid)
            self._taken.append(time.monotonic() - begun)
            self._now = replace(
                self._now,
                begun=(),
                ended=(name,),
                done=self._now.done + 1,
                failed=self._now.failed + failed,
                seconds_left=estimate(self._taken, rounds_left),
            )
            self._tell(self._now)
