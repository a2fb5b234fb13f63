# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What SSH needs and the rest of the simulator does not."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path

PROGRAMS = {
    "openssl": "openssl",
    "ldd": "libc-bin",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "setsid": "util-linux",
    "chroot": "coreutils",
}
_SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")


class SshError(Exception):
    """SSH that cannot be simulated here; the text says what is missing and how to get it."""


def check_requirements() -> None:
    """Refuse to go on where something is missing. Raises SshError."""
    if importlib.util.find_spec("asyncssh") is None:
        raise SshError("--ssh needs the Python package asyncssh: pip install asyncssh")
    find_busybox()
    missing = {package for program, package in PROGRAMS.items() if find_program(program) is None}
    if missing:
        raise SshError(f"--ssh needs programs of {', '.join(sorted(missing))}: apt-get install {' '.join(sorted(missing))}")


def find_program(name: str) -> str | None:
    """The path of a program, also where it is one of the administrator's."""
    return shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *_SYSTEM_FOLDERS]))


def find_busybox() -> Path:
    """A busybox that needs no library. Raises SshError."""
    found = find_program("busybox")
    if found is not None and b"/ld-linux" not in Path(found).read_bytes()[:4096]:
        return Path(found).resolve()
    raise SshError("--ssh needs a busybox that is linked statically: apt-get install busybox-static")
