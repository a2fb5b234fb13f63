# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A busybox with the applets of ESXi's, and no others.

Debian's prefers its own applets to programs of the same name on PATH, so `date` would be the machine's and `reboot` would be tried. The names
of its applets are one sorted table in the program; those that are not wanted are made into names that nobody types, in the same order.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from .requirements import SshError

APPLET_NAMES = """[ [[ ash awk basename cat chgrp chmod chown cksum clear cmp cp cut dd diff dirname du echo egrep env expr false fgrep find fold
    getty grep groups gunzip gzip head hexdump id kill less ln ls lzcat md5sum mkdir mkfifo mktemp more mv nohup od paste pidof printf pwd
    readlink realpath rm rmdir sed seq setsid sh sha1sum sha256sum sha512sum sleep sort stat strings stty sum sync tail tar tee test time
    timeout touch tr true truncate tty uniq unlink unxz unzip usleep uudecode uuencode vi wc which whoami xargs xz xzcat yes zcat"""
APPLETS = frozenset(APPLET_NAMES.split())


def trimmed(program: Path) -> tuple[bytes, list[str]]:
    """The program with the applets of ESXi only, and their names. Raises SshError."""
    names = subprocess.run([program, "--list"], capture_output=True, check=True).stdout.split()
    content = program.read_bytes()
    table = b"\0".join(names) + b"\0"
    if content.count(table) != 1:
        raise SshError(f"--ssh cannot use {program}: it does not know this build of busybox; apt-get install busybox-static")
    hidden = b"\0".join(_hidden(names)) + b"\0"
    content = content.replace(table, hidden)
    # The shell of ESXi has no builtin `command`.
    content = re.sub(rb"(\d)command\0", b"\\1comman\x01\0", content)
    return content, [name.decode() for name in names if name.decode() in APPLETS]


def _hidden(names: list[bytes]) -> list[bytes]:
    """The table without the unwanted names, as long as before and still sorted, since it is searched by halves."""
    result: list[bytes] = []
    for index, name in enumerate(names):
        if name.decode() in APPLETS:
            result.append(name)
            continue
        before = result[-1] if result else b""
        after = names[index + 1] if index + 1 < len(names) else b"\xff"
        # Two letters between two neighbours may have no room for a byte that cannot be typed: `dg` for `df`.
        fitting = (name[:-1] + bytes([last]) for last in (1, 127, *range(2, 127)))
        result.append(next((one for one in fitting if before < one < after and one not in names), name))
    return result
