# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The small programs: names, clock, log, and how full the disk is."""

from __future__ import annotations

from .invocation import Answer, Invocation

LOG = "var/log/syslog.log"


def hostname(call: Invocation) -> Answer:
    """The name that the host was given."""
    name = call.host.configured_name
    return Answer(output=f"{name.partition('.')[0] if '-s' in call.arguments else name}\n")


def uname(call: Invocation) -> Answer:
    """VMkernel."""
    host = call.host
    words = {
        "s": "VMkernel",
        "n": host.configured_name,
        "r": host.version,
        "v": f"#1 SMP Release build-{host.build} Jun 12 2024 03:11:18",
        "m": "x86_64",
        "o": "ESXi",
    }
    wanted = "".join(word.lstrip("-") for word in call.arguments) or "s"
    return Answer(output=" ".join(word for key, word in words.items() if key in wanted or "a" in wanted) + "\n")


def date(call: Invocation) -> Answer:
    """The seconds since 1970 by the host's clock; the program date writes them as it is asked to."""
    if any(word.startswith(("-s", "--set")) for word in call.arguments):
        return Answer(1, error="date: can't set date: Operation not permitted\n")
    return Answer(output=f"{int(call.now().timestamp())}\n")


def openssl(call: Invocation) -> Answer:
    """By how many seconds the host's clock is not the machine's; then openssl itself does the work."""
    offset = call.vcenter.clock.moved_by.total_seconds() + call.host.clock_offset_seconds
    return Answer(output=f"{int(offset)}\n")


def logger(call: Invocation) -> Answer:
    """A line in the host's log."""
    words, arguments = [], list(call.arguments)
    while arguments:
        word = arguments.pop(0)
        if word in ("-t", "-p") and arguments:
            arguments.pop(0)
        elif not word.startswith("-"):
            words.append(word)
    line = f"{call.now().strftime('%Y-%m-%dT%H:%M:%S.%fZ')} {' '.join(words)}\n"
    try:
        with call.files.inside(LOG).open("a", encoding="utf-8") as file:
            file.write(line)
    except OSError as error:
        return Answer(1, error=f"logger: {error.strerror}\n")
    return Answer()


def vdf(call: Invocation) -> Answer:
    """The ramdisks."""
    lines = [f"{'Ramdisk':<20}{'1k-blocks':>12}{'Used':>12}{'Available':>12} Use% Mounted on"]
    for disk in call.files.ramdisks():
        lines.append(
            f"{disk.name:<20}{disk.size // 1024:>12}{disk.used // 1024:>12}{(disk.size - disk.used) // 1024:>12}{_percent(disk.used, disk.size):>5} --"
        )
    return Answer(output="\n".join(lines) + "\n")


def df(call: Invocation) -> Answer:
    """The file systems, in bytes as ESXi has it."""
    lines = [f"{'Filesystem':<12}{'Bytes':>14}{'Used':>14}{'Available':>14} Use% Mounted on"]
    for disk in call.files.ramdisks():
        kind = "vfat" if disk.name == "bootbank" else "visorfs"
        lines.append(
            f"{kind:<12}{disk.size:>14}{disk.used:>14}{disk.size - disk.used:>14}{_percent(disk.used, disk.size):>5} {disk.mounted_on}"
        )
    return Answer(output="\n".join(lines) + "\n")


def _percent(used: int, size: int) -> str:
    return f"{-(-100 * used // size) if size else 100}%"
