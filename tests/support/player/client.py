# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has the server of this process play a playbook or carry out a module, and waits for it; the server is started when it is first asked."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Optional

import spent
from processes import BIN, LONGEST_SECONDS, ROOT, Answer, Played
from vsphere_sim.testing import RunningEstate

from player.lifetime import hold, locked, made
from player.program import PROGRAMS

# No pause is shorter than this part of itself, however fast the estate: looking costs more than waiting.
MOST_HURRIED = 20.0
START_SECONDS = 120.0
# No test has set anything yet.
_AT_IMPORT = dict(os.environ)
_AT_START = ("COLUMNS", "HOME", "LANG", "LC_ALL", "NO_COLOR", "PATH")


class PlayerError(Exception):
    """The work could not be done: the player does not know something, or has a defect."""


class Running:
    """Work that was begun, and may still be going on."""

    def __init__(self, request: dict[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="certops-played-")
        self._printed_to = Path(self._folder.name, "printed.txt")
        self._printed_to.touch()
        self._last_printed: Optional[str] = None
        self._connection = _connected("programs" if request["kind"] == "program" else "plays")
        self._connection.sendall(json.dumps({**request, "printed_to": str(self._printed_to)}).encode() + b"\n")
        self._read = b""
        self._over = False
        while b"\n" not in self._read and not self._over:
            self._receive(START_SECONDS)
        first, _newline, self._read = self._read.partition(b"\n")
        self.pid = int(first or 0)

    @property
    def printed(self) -> str:
        """What it has printed until now."""
        return self._printed_to.read_text(encoding="utf-8") if self._last_printed is None else self._last_printed

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        while not self._over and self._receive(0):
            pass
        return self._over

    def answer(self, seconds: float = LONGEST_SECONDS) -> dict[str, Any]:
        """What it returned, when it has ended by itself. Raises PlayerError."""
        ends = time.monotonic() + seconds
        while not self._over:
            if time.monotonic() > ends:
                self.kill()
                raise PlayerError(f"it had not ended after {seconds:g} s:\n{self.printed}")
            self._receive(1)
        if not self._read:
            raise PlayerError(f"it ended without an answer:\n{self.printed}")
        found: dict[str, Any] = json.loads(self._read)
        spent.ELSEWHERE.append(found.pop("cpu_seconds"))
        if "refused" in found:
            raise PlayerError(f"{found['refused']}: a real process (processes.py) is for that\n{self.printed}")
        return found

    def result(self) -> int:
        """Its exit status, when it has ended by itself."""
        return int(self.answer()["returncode"])

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Have it, and all that it started, end by a signal."""
        with suppress(ProcessLookupError):
            if not self.ended:
                os.killpg(self.pid, number)

    def close(self) -> None:
        """Kill what is left of it, and wait for its end."""
        self.kill()
        while not self._over:
            self._receive(1)
        self._connection.close()
        self._last_printed = self.printed
        self._folder.cleanup()

    def _receive(self, seconds: float) -> bool:
        """Take what has come, or wait for it for so long. Returns whether anything has."""
        if not select.select([self._connection], [], [], seconds)[0]:
            return False
        try:
            found = self._connection.recv(65536)
        except ConnectionResetError:
            found = b""
        self._read += found
        self._over = not found
        return True


@contextmanager
def begun(
    estate: RunningEstate,
    folder: Path,
    name: str,
    *arguments: str,
    playbook: str = "renew_iofilter.yml",
    protection: Optional[str] = "confirmed",
    inventory: Optional[Path] = None,
    environment: Optional[dict[str, str]] = None,
    **variables: Any,
) -> Iterator[Running]:
    """Begin a run of a playbook; what is left of it is killed when this is left. name: of its report's folder.

    arguments: --check, --diff, --limit PATTERN and -i FILE.
    """
    folder.mkdir(parents=True, exist_ok=True)
    given = {"certops_report_dir": str(folder / name), **variables}
    if protection is not None:
        given["certops_protection"] = protection
    running = Running(
        {
            "kind": "play",
            "playbook": playbook,
            "arguments": ["-i", str(inventory or estate.inventory), *arguments],
            "variables": json.dumps(given),
            **_common(estate, environment),
        }
    )
    try:
        yield running
    finally:
        running.close()


def play(
    estate: RunningEstate,
    folder: Path,
    *arguments: str,
    playbook: str = "renew_iofilter.yml",
    protection: Optional[str] = "confirmed",
    inventory: Optional[Path] = None,
    environment: Optional[dict[str, str]] = None,
    **variables: Any,
) -> Played:
    """Run a playbook against all vCenters of the estate, or of another inventory. Raises PlayerError."""
    with begun(
        estate,
        folder,
        "report",
        *arguments,
        playbook=playbook,
        protection=protection,
        inventory=inventory,
        environment=environment,
        **variables,
    ) as running:
        status = running.result()
        report = folder / "report"
        reports = {path.stem: json.loads(path.read_text("utf-8")) for path in report.glob("*.json") if path.stem != "report"}
        return Played(status, running.printed, reports)


def module(
    estate: RunningEstate, name: str, *, vcenter: str = "vc01", check: bool = False, diff: bool = False, **options: Any
) -> Answer:
    """Carry out a module by itself; options outrank how the vCenter is reached. Raises PlayerError."""
    address = estate.vcenter(vcenter)
    given = {
        "hostname": address.address,
        "port": address.port,
        "username": address.username,
        "password": address.password,
        "ca_path": str(estate.ca_path),
        **options,
    }
    running = Running(
        {"kind": "module", "name": name, "options": json.dumps(given), "check": check, "diff": diff, **_common(estate)}
    )
    try:
        found = running.answer()
        return Answer(found["returncode"], found["result"], running.printed)
    finally:
        running.close()


def program(command: Sequence[str], environment: Mapping[str, str], folder: Path, seconds: float) -> Optional[tuple[int, str]]:
    """Run a program of Ansible's with its own code: its exit status, and what it printed. None where that takes a process of its own.

    command: with the whole path of the program. environment: all of it.
    """
    path, *arguments = command
    if Path(path).parent != BIN or Path(path).name not in PROGRAMS or _settings(environment) != _settings(_AT_IMPORT):
        return None
    request = {"kind": "program", "name": Path(path).name, "arguments": arguments, "folder": str(folder)}
    running = Running({**request, "environment": dict(environment), "hurried": 1.0})
    try:
        return int(running.answer(seconds)["returncode"]), running.printed
    finally:
        running.close()


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    """What is looked at when Ansible, or Python, is started."""
    return {name: value for name, value in environment.items() if name.startswith(("ANSIBLE_", "PYTHON")) or name in _AT_START}


def _common(estate: RunningEstate, environment: Optional[dict[str, str]] = None) -> dict[str, Any]:
    control = json.loads((estate.directory / "control.json").read_text(encoding="utf-8"))
    return {
        "environment": {**os.environ, **(environment or {})},
        "hurried": max(1.0, min(MOST_HURRIED, float(control["speed"]))),
    }


def _connected(served: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(_server(os.getpid(), served))
    return connection


@cache
def _server(_process: int, served: str) -> str:
    """Where the server of plays, or of programs, listens: one for all workers of a run of tests, since to start one takes longer than most tests.

    It ends with the last process that asked for it, however that ends: by the end of its standard input, which each of them holds open.
    """
    folder = folder_of(served)
    address, lifeline = folder / "socket", folder / "lifeline"
    with locked(folder):
        if not hold(lifeline):
            _start(served, address, lifeline, folder / "errors.txt")
    return str(address)


def folder_of(served: str) -> Path:
    """Where a server of this run of tests is, with this Python's packages: tests that a test runs on another ansible-core have the run's name too."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", os.getpid())
    return Path(tempfile.gettempdir(), f"certops-player-{run}-{zlib.crc32(sys.prefix.encode()):08x}-{served}")


def _start(served: str, address: Path, lifeline: Path, errors: Path) -> None:
    """Start a server, and hold it. Raises PlayerError."""
    for path in (address, lifeline):
        path.unlink(missing_ok=True)
    reading = made(lifeline)
    paths = [str(ROOT / one) for one in ("tests/support", "tests/tooling/hooks", "extensions", "playbooks/collections")]
    environment = {**_AT_IMPORT, "PYTHONPATH": os.pathsep.join(paths), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}
    with errors.open("wb") as to:
        server = subprocess.Popen(
            [sys.executable, "-m", "player.server", served, str(address)],
            cwd=ROOT,
            env=environment,
            stdin=reading,
            stdout=subprocess.PIPE,
            stderr=to,
        )
    os.close(reading)
    spent.OF_ALL.add(server.pid)
    assert server.stdout is not None
    if server.stdout.readline() != b"ready\n":
        server.kill()
        raise PlayerError("the server did not start:\n" + errors.read_text(encoding="utf-8"))
