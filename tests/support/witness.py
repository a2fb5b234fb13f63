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
    # What each file was when it was read last: reading all of them each time takes longer than what is watched.
    _read: dict[str, tuple[int, ...]] = field(default_factory=dict)

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
        self._read.clear()
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
        mark = f"{MARK}={self.folder}".encode()
        for process in filter(str.isdigit, os.listdir("/proc")):
            environment = _content(f"/proc/{process}/environ")
            if mark in environment:
                command = _content(f"/proc/{process}/cmdline").decode("utf-8", "replace")
                self.processes.add(command.replace("\0", " "))
                self.look_at("the environment of a process", environment.decode("utf-8", "replace"))
                self.look_at("the command line of a process", command)

    def _look_at_files(self) -> None:
        # A folder that goes while it is walked is passed over, which Path.rglob does not do.
        for folder, _folders, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                self.files.add(name)
                is_now = _state(path)
                if is_now != self._read.get(path):
                    self._read[path] = is_now
                    self.look_at(f"the file {os.path.relpath(path, self.folder)}", _content(path).decode("utf-8", "replace"))


def _state(path: str) -> tuple[int, ...]:
    """What is another when somebody wrote to a file, or put another in its place."""
    try:
        found = os.stat(path)
    except OSError:
        return ()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _content(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as stream:
            return stream.read()
    except OSError:
        # It is gone already, or it was never there.
        return b""
