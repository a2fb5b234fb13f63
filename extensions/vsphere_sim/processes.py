# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: the processes that serve estates. One serves a single estate, or stays and serves one after another."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

START_SECONDS = 120.0
STOP_SECONDS = 20.0
# Variables that change from test to test, and that no simulator reads.
OF_TESTS = ("PYTEST_", "ANSIBLE_", "VMWARE_")


class EstateError(Exception):
    """The simulator did not start, or refused what it was asked; the text is what it said."""


@contextmanager
def serving_alone(words: Sequence[str], errors: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that serves the estate of these options, and is ended with it. errors: where it tells what goes wrong. Raises EstateError."""
    with errors.open("w", encoding="utf-8") as told:
        process = _start(words, told, subprocess.DEVNULL)
    try:
        said = _wait_for(process, "ready")
        if said[-1:] != ["ready"]:
            raise EstateError(f"vsphere_sim {' '.join(words)} did not start:\n" + "\n".join(said) + errors.read_text("utf-8"))
        yield process
    finally:
        _end(process)


@contextmanager
def serving_for_now(words: Sequence[str], errors: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that serves the estate of these options, and others before and after it. errors: where is told what goes wrong. Raises EstateError."""
    staying = _take()
    try:
        said = staying.order(words, "ready", "refused")
        if said[-1:] != ["ready"]:
            raise EstateError(f"vsphere_sim {' '.join(words)} did not start:\n" + "\n".join(said) + staying.told())
        yield staying.process
    finally:
        down = staying.process.poll() is None and staying.order([], "down")[-1:] == ["down"]
        errors.write_text(staying.told(), encoding="utf-8")
        if down:
            staying.forget_what_it_told()
            _idle.append(staying)
        else:
            staying.end()


class _Staying:
    """One that stays. It ends when nobody can give it orders any more, however this process ends."""

    def __init__(self) -> None:
        self.environment = _environment()
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", prefix="vsphere-sim-")  # noqa: SIM115  # it is closed in end
        self._told_before = 0
        self.process = _start(["--stay"], self._errors, subprocess.PIPE)

    def order(self, words: Sequence[str], *ends: str) -> list[str]:
        """Give it these options; what it said, up to one of these words or its own end."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(list(words)) + "\n")
            self.process.stdin.flush()
        return _wait_for(self.process, *ends)

    def told(self) -> str:
        """What went wrong since it was forgotten."""
        descriptor = self._errors.fileno()
        return os.pread(descriptor, os.fstat(descriptor).st_size, self._told_before).decode("utf-8", "replace")

    def forget_what_it_told(self) -> None:
        """It is of an estate that was."""
        self._told_before = os.fstat(self._errors.fileno()).st_size

    def end(self) -> None:
        """End it."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        _end(self.process)
        self._errors.close()


# Those that serve nobody. Each process of tests has its own.
_idle: list[_Staying] = []


def _take() -> _Staying:
    """One that serves nobody and has the environment that a new one would have, or a new one."""
    for staying in reversed(_idle):
        if staying.process.poll() is None and staying.environment == _environment():
            _idle.remove(staying)
            return staying
    return _Staying()


@atexit.register
def _end_idle() -> None:
    while _idle:
        _idle.pop().end()


def _environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(OF_TESTS)},
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
    }


def _start(words: Sequence[str], errors: IO[str], orders: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "vsphere_sim", *words]
    return subprocess.Popen(command, env=_environment(), stdout=subprocess.PIPE, stderr=errors, stdin=orders, text=True)


def _wait_for(process: subprocess.Popen[str], *ends: str) -> list[str]:
    """What it says, up to a line that is one of these, or its own end."""
    said: list[str] = []
    # Who never says it is ended, and then its output ends too.
    alarm = threading.Timer(START_SECONDS, process.kill)
    alarm.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if said[-1] in ends:
                break
    finally:
        alarm.cancel()
    return said


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()
