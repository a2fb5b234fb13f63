# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which host a shell belongs to: its configured name, addresses, version and clock. Nothing is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Optional

from .._common import names
from .._common.printable import printable
from . import messages
from .shell import Shell, must

READ_SECONDS = 60.0
PROGRAMS = ("/sbin/generate-certificates", "/bin/auto-backup.sh")

_VERSION = re.compile(r"Version:\s*(\d+)\.(\d+)")


@dataclass(frozen=True)
class Identity:
    """What a host says of itself. clock is its time of day; major its version's first number, where it told."""

    configured_name: str
    addresses: tuple[str, ...]
    major: Optional[int]
    clock: datetime


def identify(shell: Shell) -> Identity:
    """Ask the host who it is. Raises CertopsError where what answers is no ESXi host."""
    _refuse_other_systems(shell)
    name = must(
        shell,
        "hostname",
        READ_SECONDS,
        lambda answer: messages.HOST_NAME_UNREADABLE(address=shell.address, answer=answer),
    ).stdout.strip()
    version = _VERSION.search(_listing(shell, "esxcli system version get"))
    return Identity(
        configured_name=printable(name),
        addresses=(*_addresses(shell), shell.address),
        major=int(version.group(1)) if version else None,
        clock=read_clock(shell),
    )


def read_clock(shell: Shell) -> datetime:
    """The host's time of day. Raises CertopsError."""
    said = must(
        shell,
        "date -u +%s",
        READ_SECONDS,
        lambda answer: messages.HOST_DATE_UNREADABLE(address=shell.address, answer=answer),
    ).stdout.strip()
    try:
        return datetime.fromtimestamp(int(said), timezone.utc)
    except (ValueError, OverflowError, OSError) as error:
        raise messages.HOST_CLOCK_UNREADABLE(address=shell.address, answer=said[:40]) from error


def _refuse_other_systems(shell: Shell) -> None:
    tests = " && ".join(f"[ -x {program} ]" for program in PROGRAMS)
    found = shell.run(f"[ -d /etc/vmware/ssl ] && {tests}", READ_SECONDS)
    if not found.ok:
        raise messages.NOT_AN_ESXI_HOST(address=shell.address, programs=", ".join(PROGRAMS))


def _addresses(shell: Shell) -> tuple[str, ...]:
    text = " ".join(_listing(shell, f"esxcli network ip interface {family} get") for family in ("ipv4", "ipv6"))
    words = (word.split("/", 1)[0] for word in text.split())
    return tuple(address for address in map(names.as_address, words) if address is not None)


def _listing(shell: Shell, command: str) -> str:
    """What a listing shows; nothing where this version of ESXi has none."""
    output = shell.run(command, READ_SECONDS)
    return output.stdout if output.ok else ""
