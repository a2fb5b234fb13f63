# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files /etc/vmware/ssl/rui.crt and rui.key of a host: read, backed up, made anew, put back.

Sources: KB 320568 (CLI Step); vSphere Security, "ESXi certificate and key" (where they are, and generate-certificates).
The key never leaves the host and is never printed.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Optional

from .._certificates.host_pair import HostPair
from . import messages
from .shell import CommandFailed, Shell, must

FOLDER = "/etc/vmware/ssl"
CERTIFICATE = f"{FOLDER}/rui.crt"
KEY = f"{FOLDER}/rui.key"

READ_SECONDS = 60.0
# RSA keys are made by the host's own processor, and auto-backup.sh packs its whole configuration.
GENERATE_SECONDS = 180.0
SAVE_SECONDS = 180.0
# What a pair, its backup and its replacement take, generously.
NEEDED_KIB = 64
LARGEST_KEY_MODE = 0o600
_ATTEMPTS = 9


def read_pair(shell: Shell) -> HostPair:
    """The pair as it lies on the host's disk. Raises ShellUnreachable, ShellDropped."""
    text = shell.run(f"cat {CERTIFICATE}", READ_SECONDS)
    key = shell.run(f"[ -s {KEY} ] && openssl rsa -noout -check -in {KEY}", READ_SECONDS)
    return HostPair.read(
        text.stdout if text.ok else None,
        _modulus(shell, f"openssl x509 -noout -modulus -in {CERTIFICATE}"),
        _modulus(shell, f"openssl rsa -noout -modulus -in {KEY}"),
        None if key.ok else f"openssl does not find a whole RSA key in it ({key.said})",
    )


def check_space(shell: Shell, *, write: bool) -> None:
    """Whether there is room beside the pair. Raises CommandFailed where there is none.

    df does not know every file system of every ESXi, so where something may be written that is tried too.
    """
    listed = shell.run(f"df -k {FOLDER}", READ_SECONDS)
    fields = listed.stdout.strip().splitlines()[-1].split() if listed.ok and listed.stdout.strip() else []
    numbers = [int(field) for field in fields if field.isdigit()]
    if len(numbers) >= 3 and numbers[2] < NEEDED_KIB:
        raise messages.HOST_DISK_FULL(address=shell.address, kib=numbers[2])
    if not write:
        return
    trial = f"{FOLDER}/.certops-space"
    output = shell.run(f"dd if=/dev/zero of={trial} bs=1024 count={NEEDED_KIB}; r=$?; rm -f {trial}; exit $r", READ_SECONDS)
    if not output.ok:
        raise messages.HOST_FOLDER_NOT_WRITABLE(address=shell.address, answer=output.said)


def back_up(shell: Shell, now: datetime, *, again: bool = False) -> str:
    """Copy what there is of the pair, modes kept, into a dated folder beside it, and compare. The folder's path.

    mkdir refuses a folder that is there already, so an older backup is never overwritten. again: the connection was lost while a backup of
    that time was made; where it is whole, it is the one.
    Raises CommandFailed; then nothing but the unfinished folder was made, and that is gone again.
    """
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    for attempt in range(1, _ATTEMPTS + 1):
        folder = f"{FOLDER}/certops-backup-{stamp}" + (f"-{attempt}" if attempt > 1 else "")
        if shell.run(f"[ -e {folder} ]", READ_SECONDS).ok:
            if again and _same(shell, folder):
                return folder
            continue
        must(
            shell,
            f"umask 077 && mkdir {folder}",
            READ_SECONDS,
            lambda answer: messages.PAIR_BACKUP_FAILED(address=shell.address, problem=f"the host answered {answer}"),
        )
        copied = shell.run(f"for f in {CERTIFICATE} {KEY}; do [ ! -e $f ] || cp -p $f {folder}/ || exit 1; done", READ_SECONDS)
        if copied.ok and _same(shell, folder):
            return folder
        shell.run(f"rm -r {folder}", READ_SECONDS)
        detail = copied.said if not copied.ok else "the copies differ from the files"
        raise messages.PAIR_BACKUP_FAILED(address=shell.address, problem=detail)
    raise messages.PAIR_BACKUP_EXISTS(address=shell.address, folder=f"{FOLDER}/certops-backup-{stamp}")


def generate(shell: Shell) -> None:
    """Have the host make a new pair by itself. Raises CommandFailed, ShellDropped."""
    must(
        shell,
        "/sbin/generate-certificates",
        GENERATE_SECONDS,
        lambda answer: messages.PAIR_NOT_GENERATED(address=shell.address, answer=answer),
    )


def generating(shell: Shell) -> bool:
    """Whether the host is seen to be making a pair right now, as after a connection was lost meanwhile."""
    # ESXi's ps shows whole commands with -c, busybox's shows them anyway.
    return shell.run("{ ps -c 2>/dev/null || ps; } | grep -q '[g]enerate-certificates'", READ_SECONDS).ok


def key_mode(shell: Shell) -> Optional[int]:
    """The permission bits of rui.key; None where they cannot be determined."""
    listed = shell.run(f"ls -ln {KEY}", READ_SECONDS)
    return _bits(listed.stdout) if listed.ok else None


def set_key_mode(shell: Shell, mode: int) -> None:
    """Give rui.key these permission bits. Raises CommandFailed."""
    must(
        shell,
        f"chmod {mode:04o} {KEY}",
        READ_SECONDS,
        lambda answer: messages.KEY_MODE_NOT_SET(address=shell.address, answer=answer, path=KEY),
    )


def save(shell: Shell) -> None:
    """Have the host keep its configuration over a reboot. Raises CommandFailed, ShellDropped."""
    must(
        shell,
        "/bin/auto-backup.sh",
        SAVE_SECONDS,
        lambda answer: messages.CONFIGURATION_NOT_SAVED(address=shell.address, answer=answer),
    )


def put_back(shell: Shell, folder: str) -> None:
    """Put the pair of a backup back, each file whole before it is in place, modes kept, and compare.

    Without room for a second copy the backup's own files are moved. Raises CertopsError.
    """
    for path in (KEY, CERTIFICATE):
        name = path.rpartition("/")[2]
        line = (
            f"if [ ! -e {folder}/{name} ]; then exit 0; fi;"
            f" cp -p {folder}/{name} {path}.certops && mv -f {path}.certops {path}"
            f" || {{ rm -f {path}.certops; mv -f {folder}/{name} {path}; }}"
        )
        must(shell, line, READ_SECONDS, partial(_not_put_back, shell, name, folder))


def _not_put_back(shell: Shell, name: str, folder: str, answer: str) -> CommandFailed:
    return messages.PAIR_NOT_PUT_BACK(name=name, address=shell.address, answer=answer, folder=folder)


def _same(shell: Shell, folder: str) -> bool:
    """Whether the copies have the contents and the modes of the files."""
    line = (
        f"for f in {CERTIFICATE} {KEY}; do [ -e $f ] || continue;"
        f' [ "$(openssl dgst -sha256 < $f)" = "$(openssl dgst -sha256 < {folder}/${{f##*/}})" ] || exit 1;'
        f' [ "$(ls -ln $f | cut -c1-10)" = "$(ls -ln {folder}/${{f##*/}} | cut -c1-10)" ] || exit 1; done'
    )
    return shell.run(line, READ_SECONDS).ok


def _modulus(shell: Shell, command: str) -> Optional[str]:
    output = shell.run(command, READ_SECONDS)
    _key, separator, digits = output.stdout.strip().rpartition("Modulus=")
    return digits.strip() or None if output.ok and separator else None


def _bits(listing: str) -> Optional[int]:
    text = listing.lstrip()[1:10]
    if len(text) < 9:
        return None
    return sum(1 << (8 - position) for position, letter in enumerate(text) if letter not in "-ST")
