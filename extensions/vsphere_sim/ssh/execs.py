# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One exec: the command line of a client, run by the host's shell in the host's files."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import Optional

import asyncssh

from .files import HostFiles
from .gate import Gate, Passage
from .login import HostLogin
from .namespace import Processes
from .running import Running, RunningExecs

EXEC = "exec"
PATH = "/bin:/sbin:/usr/bin:/usr/sbin"
READ_BYTES = 65536
# How long a program that was left in the background may keep the output open.
DRAIN_SECONDS = 1.0


class HostExec:
    """Runs what one client asks for, and tells the journal."""

    def __init__(self, login: HostLogin, files: HostFiles, gate: Gate, running: RunningExecs, processes: Processes) -> None:
        self._login = login
        self._files = files
        self._gate = gate
        self._running = running
        self._processes = processes

    async def handle(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        """From the request to the exit status."""
        loop = asyncio.get_running_loop()
        if process.subsystem is not None:
            process.exit(1)
            return
        passage = self._gate.enter(EXEC, process.command, self._login.session, self._login.username)
        if await self._stopped_by_rule(passage, process):
            return
        before = await loop.run_in_executor(None, self._files.contents)
        running = self._running.begin(
            self._login.session or "", self._login.username, lambda: loop.call_soon_threadsafe(self._login.drop)
        )
        status: Optional[int] = None
        try:
            status = await self._run(process, running)
        finally:
            self._running.end(running)
            passage.entry.mutating = running.changed or await loop.run_in_executor(None, self._files.contents) != before
            dropped = passage.effect.get("drop") == "after"
            outcome = "cut" if status is None else ("ok" if status == 0 else f"exit {status}")
            self._gate.leave(passage, f"{outcome}, dropped after" if dropped else outcome)
        if dropped:
            self._login.drop()
        elif status < 0:
            process.exit_with_signal({-9: "KILL", -15: "TERM", -1: "HUP", -2: "INT"}.get(status, "TERM"))
        else:
            process.exit(status)

    async def _stopped_by_rule(self, passage: Passage, process: asyncssh.SSHServerProcess[bytes]) -> bool:
        effect = passage.effect
        await asyncio.sleep(float(effect.get("delay_seconds") or 0))
        if "hang_seconds" in effect:
            await asyncio.sleep(float(effect["hang_seconds"]))
        if "hang_seconds" in effect or effect.get("drop") == "before":
            self._gate.leave(passage, "hung" if "hang_seconds" in effect else "dropped before")
            self._login.drop()
            return True
        if passage.refusal is None:
            return False
        status, error = passage.refusal
        process.stderr.write(error.encode())
        self._gate.leave(passage, f"exit {status}")
        process.exit(status)
        return True

    async def _run(self, process: asyncssh.SSHServerProcess[bytes], running: Running) -> int:
        with_terminal = process.term_type is not None
        root = await asyncio.get_running_loop().run_in_executor(None, lambda: self._files.root)
        # By its name alone, which is what it calls itself when it complains.
        words = ["sh", "-c", process.command] if process.command is not None else ["sh", "-l"]
        command = [*self._processes.entry(root, with_terminal), *words]
        environment = {
            "PATH": PATH,
            "HOME": "/",
            "USER": self._login.username,
            "LOGNAME": self._login.username,
            "SHELL": "/bin/sh",
            "TERM": process.term_type or "dumb",
            "VSPHERE_SIM_EXEC": str(running.number),
        }
        if with_terminal:
            return await _with_terminal(process, command, environment)
        return await _with_pipes(process, command, environment)


async def _with_pipes(process: asyncssh.SSHServerProcess[bytes], command: list[str], environment: dict[str, str]) -> int:
    child = await asyncio.create_subprocess_exec(
        *command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    feeding = asyncio.ensure_future(_feed(process.stdin, child.stdin))
    outputs = [
        asyncio.ensure_future(_copy(child.stdout, process.stdout)),
        asyncio.ensure_future(_copy(child.stderr, process.stderr)),
    ]
    try:
        status = await child.wait()
        await asyncio.wait(outputs, timeout=DRAIN_SECONDS)
        return status
    finally:
        for task in (feeding, *outputs):
            task.cancel()


async def _with_terminal(process: asyncssh.SSHServerProcess[bytes], command: list[str], environment: dict[str, str]) -> int:
    loop = asyncio.get_running_loop()
    controlling, terminal = pty.openpty()
    try:
        width, height, pixels_wide, pixels_high = process.term_size
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, pixels_wide, pixels_high))
        child = await asyncio.create_subprocess_exec(*command, env=environment, stdin=terminal, stdout=terminal, stderr=terminal)
    except BaseException:
        os.close(controlling)
        raise
    finally:
        os.close(terminal)
    over = asyncio.Event()

    def read() -> None:
        try:
            chunk = os.read(controlling, READ_BYTES)
        except OSError:
            chunk = b""  # So Linux says that nobody has the terminal open any more.
        if chunk:
            try:
                process.stdout.write(chunk)
            except OSError:
                pass  # The client is gone; the command is not.
            return
        loop.remove_reader(controlling)
        over.set()

    async def feed() -> None:
        while True:
            try:
                chunk = await process.stdin.read(READ_BYTES)
            except asyncssh.TerminalSizeChanged as change:
                size = struct.pack("HHHH", change.height, change.width, change.pixwidth, change.pixheight)
                fcntl.ioctl(controlling, termios.TIOCSWINSZ, size)
                continue
            except (OSError, asyncssh.Error):
                return
            if not chunk:
                return
            os.write(controlling, chunk)

    loop.add_reader(controlling, read)
    feeding = asyncio.ensure_future(feed())
    try:
        status = await child.wait()
        try:
            await asyncio.wait_for(over.wait(), DRAIN_SECONDS)
        except asyncio.TimeoutError:
            pass
        return status
    finally:
        feeding.cancel()
        loop.remove_reader(controlling)
        # The kernel hangs up on who still has the terminal, as when a session ends.
        os.close(controlling)


async def _feed(source: asyncssh.SSHReader[bytes], target: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(READ_BYTES):
            target.write(chunk)
            await target.drain()
    except (OSError, asyncssh.Error):
        pass  # The command reads no more, or the client is gone.
    finally:
        target.close()


async def _copy(source: asyncio.StreamReader, target: asyncssh.SSHWriter[bytes]) -> None:
    try:
        while chunk := await source.read(READ_BYTES):
            target.write(chunk)
            await target.drain()
    except (OSError, asyncssh.Error):
        pass  # The client is gone; the command is not.
