# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module's work, with lines about how far it has got: Ansible itself says nothing until a task has ended.

A thread of the task's worker looks at what the module has told, and gives the line to Display, which hands it to Ansible's main process
(ansible.utils.display, since ansible-core 2.14): it is printed, logged and seen by ansible-runner like any other. It is best effort:
whatever goes wrong here ends in one warning, and never in the task.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, ClassVar, Iterator, Mapping, Optional

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.certops.vsphere.plugins.module_utils._common import progress as core_progress
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import TRACEBACKS, UNTOLD, Definition
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.interruption import head
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import FILE_VARIABLE, to_file
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import (
    add_to_environment,
    connection_of,
    evaluated,
    is_async,
    is_local,
    own_environment,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.callbacks import writes_lines
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.in_process import prepare
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.interrupted import FILE_PREFIX, say_when_interrupted
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import COLLECTION, done_or_told
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.progress_seconds import (
    DEFAULT_SECONDS,
    MARGIN,
    VARIABLE,
    as_seconds,
)

display = Display()
# Ansible's main process imports this before it starts a worker for the task.
say_when_interrupted()


class SpeakingAction(ActionBase):  # type: ignore[misc]  # ansible-core has no type hints
    """Does the work of the module of the same name, and speaks meanwhile. A subclass names its step, and the module's definition."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = True
    _supports_diff = True
    STEP = ""
    # What is told of a defect of ours besides.
    CONSEQUENCE = UNTOLD
    DEFINITION: ClassVar[Optional[Definition]] = None

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        task = f"the task {COLLECTION}.{self.__module__.rpartition('.')[2]}"
        try:
            result.update(done_or_told(task, lambda: self.work(task_vars or {}), consequence=self.CONSEQUENCE))
        except CertopsError as error:
            result.update(failed=True, msg=str(error), error_code=error.code)
        # For whoever mends a defect, and no part of what a task returns.
        for trace in result.pop(TRACEBACKS, ()):
            display.vvv(str(trace))
        return result

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Do the module's work, and return what it did."""
        prepared = prepare(self, self.DEFINITION, task_vars) if self.DEFINITION is not None else None
        wrap_async = is_async(self) and not connection_of(self).has_native_async
        told = not wrap_async and is_local(self)
        with self.speaking(task_vars, core_progress.Progress(self.STEP), told=told) as path:
            if prepared is not None:
                return prepared.carry_out(to_file(str(path) if path else None))
            result: dict[str, Any] = self._execute_module(task_vars=task_vars, wrap_async=wrap_async)
        return result

    @contextlib.contextmanager
    def speaking(
        self, task_vars: Mapping[str, Any], so_far: core_progress.Progress, subject: str = "", told: bool = False
    ) -> Iterator[Optional[Path]]:
        """Speak until it is left. It gives the file by which progress is told, where there is one.

        so_far: the step, and what is known of it for as long as the module tells nothing. told: whether the module runs on this machine,
        and can be given a file to tell its progress by.
        """
        line: Optional[_Line] = None
        # Where a task has a module work after another, the next is done in its process too.
        with own_environment(self):
            try:
                seconds = self._seconds(task_vars)
                line = _Line(subject or self._subject(task_vars), so_far, seconds, task_vars)
                if told:
                    add_to_environment(self, {FILE_VARIABLE: str(line.path)})
                if seconds > 0:
                    line.start()
            except Exception as error:
                _warn(error)
            try:
                yield line.path if line is not None and told else None
            finally:
                if line is not None:
                    line.stop()

    def _subject(self, task_vars: Mapping[str, Any]) -> str:
        name = str(task_vars.get("inventory_hostname") or "")
        return str(self._task.args.get("hostname") or name) if name in ("", "localhost", "127.0.0.1") else name

    def _seconds(self, task_vars: Mapping[str, Any]) -> float:
        """How often to speak, 0 for never."""
        given = evaluated(self, task_vars.get(VARIABLE, DEFAULT_SECONDS))
        seconds = as_seconds(given)
        if seconds is None:
            display.warning(
                f"{VARIABLE} cannot be {given!r}: give a number of seconds, 0 for no lines. {DEFAULT_SECONDS:g} is taken."
            )
            return DEFAULT_SECONDS
        return seconds


class _Line:
    """One task's line, said again and again."""

    def __init__(self, subject: str, so_far: core_progress.Progress, seconds: float, task_vars: Mapping[str, Any]) -> None:
        self._subject = subject
        self._so_far = so_far
        self._seconds = seconds * (1 - MARGIN)
        self._plan, self._results = task_vars.get("certops_plan"), task_vars.get("certops_results")
        self._begun = time.monotonic()
        self._over = threading.Event()
        self._thread: Optional[threading.Thread] = None
        # Ansible removes its folder, which only its owner can read, when it ends, however this process ends. Ansible's main process reads
        # what is in it when the run is interrupted, also where the module itself tells nothing.
        descriptor, name = tempfile.mkstemp(prefix=FILE_PREFIX, dir=constants.DEFAULT_LOCAL_TMP)
        try:
            os.write(descriptor, head(subject, so_far).encode())
        finally:
            os.close(descriptor)
        self.path = Path(name)

    def start(self) -> None:
        """Begin. The first line comes when it has been silent for long enough."""
        self._thread = threading.Thread(target=self._speak, name="certops-progress", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Be silent from now on."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(self._seconds)
        with contextlib.suppress(OSError):
            self.path.unlink()

    def _speak(self) -> None:
        try:
            while not self._over.wait(self._seconds):
                display.display(self._sentence(), stderr=not writes_lines())
        except Exception as error:
            _warn(error)

    def _sentence(self) -> str:
        progress = core_progress.last(self.path.read_text(encoding="utf-8")) or self._so_far
        age = max(time.time() - self.path.stat().st_mtime, 0.0)
        progress = core_progress.in_the_run(progress, self._plan, self._results)
        return core_progress.sentence(
            self._subject, self._so_far.step, progress, running_seconds=time.monotonic() - self._begun, age_seconds=age
        )


def _warn(error: Exception) -> None:
    with contextlib.suppress(Exception):
        display.warning(f"How far the task has got cannot be shown ({error}); the task itself goes on.")
