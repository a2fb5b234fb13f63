# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks, while something runs, at every process's command line and environment and at every file that it puts into a folder."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Optional

PAUSE_SECONDS = 0.03
MARK = "CERTOPS_WITNESS"


@dataclass
class Witness:
    """A context manager. The environment tells the run's processes from others and leads their temporary files into the folder."""

    folder: Path
    secrets: dict[str, str]
    found: set[str] = field(default_factory=set)
    looks: int = 0
    processes: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: Optional[threading.Thread] = None

    @property
    def environment(self) -> dict[str, str]:
        """What the run's processes are to be started with."""
        temporary = self.folder / "tmp"
        return {
            MARK: str(self.folder),
            "TMPDIR": str(temporary),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_LOCAL_TEMP": str(temporary / "local"),
            "ANSIBLE_REMOTE_TEMP": str(temporary / "remote"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(self.folder / "facts"),
            "ANSIBLE_LOG_PATH": str(self.folder / "ansible.log"),
        }

    def __enter__(self) -> Witness:
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self._over.clear()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
        self._look_at_files()

    def look_at(self, where: str, text: str) -> None:
        """Note the secrets that are in a text."""
        # As JSON and as Python's repr write it, a line of a key ends otherwise than in the file: its lines are looked for.
        self.found.update(f"{name} in {where}" for name, secret in self.secrets.items() if secret in text)

    def _watch(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            self._look_at_processes()
            self._look_at_files()
            self.looks += 1

    def _look_at_processes(self) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            environment = _content(process / "environ")
            if f"{MARK}={self.folder}" in environment:
                command = _content(process / "cmdline")
                self.processes.add(command.replace("\0", " "))
                self.look_at("the environment of a process", environment)
                self.look_at("the command line of a process", command)

    def _look_at_files(self) -> None:
        # A folder that goes while it is walked is passed over, which Path.rglob does not do.
        for folder, _folders, names in os.walk(self.folder):
            for name in names:
                path = Path(folder, name)
                self.files.add(name)
                self.look_at(f"the file {path.relative_to(self.folder)}", _content(path))


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except OSError:
        # It is gone already, or it was never there.
        return ""
