# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of the playbook in Ansible's own processes that can be killed, with all that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from processes import LONGEST_SECONDS, ROOT, play_command
from vsphere_sim.testing import RunningEstate

# In the environment of a run and of all that it starts.
MARK = "CERTOPS_TEST_RUN"


@dataclass
class Run:
    """A run of the playbook that was begun, and may still be going on."""

    process: subprocess.Popen[bytes]
    printed_to: Path
    mark: str

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return self.process.poll() is not None

    @property
    def printed(self) -> str:
        """What it has printed until now."""
        return self.printed_to.read_text(encoding="utf-8")

    def result(self) -> int:
        """Its exit status, when it has ended by itself."""
        return self.process.wait(LONGEST_SECONDS)


@contextmanager
def begun(estate: RunningEstate, folder: Path, name: str, *arguments: str, **variables: Any) -> Iterator[Run]:
    """Begin a run of the playbook; what is left of it is killed when this is left. name: of its report's folder."""
    mark = uuid.uuid4().hex
    path = folder / f"{name}.txt"
    with path.open("w", encoding="utf-8") as printed:
        process = subprocess.Popen(
            [*play_command(estate.inventory, folder / name, **variables), *arguments],
            cwd=ROOT,
            env={**os.environ, MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    run = Run(process, path, mark)
    try:
        yield run
    finally:
        _kill_all(run.process, run.mark)


def _kill_all(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill all that the run started. Ansible's workers leave its process group, so they are told by their environment."""
    process.kill()
    process.wait()
    wanted = f"{MARK}={mark}".encode()
    left = True
    while left:
        left = False
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                if wanted in path.read_bytes().split(b"\0"):
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    left = True
            except OSError:
                continue
