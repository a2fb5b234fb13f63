# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts that nobody else sees, and processes that end with the simulator."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

from .requirements import SshError

CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
# What root of a host may do. Nothing of it reaches the machine's clock, its mounts, its network or its power.
CAPABILITIES = ("chown", "dac_override", "fowner", "fsetid", "kill", "sys_chroot")

_libc = ctypes.CDLL(None, use_errno=True)


class NamespaceError(SshError):
    """Namespaces or mounts that cannot be had; the text says why."""


def enter() -> None:
    """Give this process mounts of its own, and as an ordinary user also root's rights over them. Before any thread. Raises NamespaceError."""
    uid, gid = os.getuid(), os.getgid()
    if os.geteuid() == 0:
        _unshare(CLONE_NEWNS)
    else:
        _unshare(CLONE_NEWUSER | CLONE_NEWNS)
        try:
            Path("/proc/self/setgroups").write_text("deny", "ascii")
            Path("/proc/self/uid_map").write_text(f"0 {uid} 1", "ascii")
            Path("/proc/self/gid_map").write_text(f"0 {gid} 1", "ascii")
        except OSError as error:
            raise NamespaceError(_needs(error.strerror or "")) from error
    mount(None, "/", None, MS_REC | MS_PRIVATE)


def mount(source: str | None, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """As mount(2). Raises NamespaceError."""
    given = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    if _libc.mount(given[0], given[1], given[2], ctypes.c_ulong(flags), options.encode() or None) != 0:
        raise NamespaceError(f"{target} cannot be mounted ({os.strerror(ctypes.get_errno())})")


def unmount(target: str) -> None:
    """Take a mount away, with all below it, though somebody may still be in it."""
    _libc.umount2(os.fsencode(target), 2)


class Processes:
    """A process namespace for the commands of all hosts: none of them sees or ends a process of the machine."""

    def __init__(self) -> None:
        # The shell collects what its children leave behind. The kernel ends it, and with it all others, when the simulator is gone.
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--kill-child=KILL"]
        self._init = subprocess.Popen(
            [*command, "sh", "-c", "echo ready; while :; do sleep 1000; done"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
        )
        assert self._init.stdout is not None
        if self._init.stdout.readline() != b"ready\n":
            raise NamespaceError(_needs("unshare --pid failed"))

    def entry(self, root: Path, with_terminal: bool) -> list[str]:
        """What to put before a command that is to run in a host's file system."""
        kept = ",".join(f"+{name}" for name in CAPABILITIES)
        return [
            "nsenter",
            f"--pid=/proc/{self._init.pid}/ns/pid_for_children",
            "setpriv",
            f"--bounding-set=-all,{kept}",
            "setsid",
            *(["--ctty"] if with_terminal else []),
            "chroot",
            str(root),
        ]

    def stop(self) -> None:
        """End them all."""
        self._init.kill()
        self._init.wait()
        if self._init.stdout:
            self._init.stdout.close()


def _unshare(flags: int) -> None:
    if _libc.unshare(flags) != 0:
        raise NamespaceError(_needs(os.strerror(ctypes.get_errno())))


def _needs(reason: str) -> str:
    return f"--ssh needs mounts of its own, and the kernel refuses them ({reason}); run it as root"
