# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all hosts share, read-only: their /usr, with busybox, openssl and the commands of ESXi."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from .busybox import trimmed
from .namespace import MS_BIND, mount
from .requirements import SshError, find_busybox, find_program

# Where the simulator's own programs are on a host.
OWN = "/usr/lib/vmware/sim"
# Where a host finds its own address; the simulator tells hosts apart by it.
HOST_FILE = "/var/run/vmware/sim"
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DAEMONS = ("hostd", "vpxa", "rhttpproxy", "iofiltervpd")
# What the simulator does for a host, by the folder on it.
COMMANDS = {
    "bin": ("esxcli", "vim-cmd", "hostname", "uname", "logger", "df", "vdf", "auto-backup.sh", "reboot", "poweroff", "halt"),
    "sbin": ("generate-certificates", "services.sh", "auto-backup.sh"),
}

CALL = """\
#!/bin/sh
# Asks the simulator: a status, and then lines that begin with 1 (output) or 2 (error).
busybox={own}/busybox
{{ printf '%s\\037' "$($busybox cat {host_file})" "${{VSPHERE_SIM_EXEC:-0}}" "$@"; }} | $busybox nc {address} {port} | {{
    read -r status || {{ echo "$1: the simulator is gone" >&2; exit 255; }}
    while IFS= read -r line; do
        case $line in
        1*) printf '%s\\n' "${{line#1}}" ;;
        2*) printf '%s\\n' "${{line#2}}" >&2 ;;
        esac
    done
    exit "$status"
}}
"""
# The host's clock is the estate's and its own offset.
DATE = """\
#!/bin/sh
now=$({own}/call date "$@") || exit $?
exec {own}/busybox date -d "@$now" "$@"
"""
# openssl goes by the machine's clock; what it is asked to check is moved by as much as the host's is off.
OPENSSL = """\
#!/bin/sh
offset=$({own}/call openssl "$@") || exit $?
count=$# before=
while [ "$count" -gt 0 ]; do
    given=$1 word=$1
    shift
    # All hosts share the machine's loopback interface; each has an address of its own on it.
    case $before,$word in
    -connect,localhost:* | -connect,127.0.0.1:*) word=$({own}/busybox cat {host_file}):${{word#*:}} ;;
    esac
    [ "$before" != -checkend ] || word=$((given + offset))
    set -- "$@" "$word"
    before=$given count=$((count - 1))
done
exec /usr/lib/vmware/openssl/bin/openssl "$@"
"""


def build_template(folder: Path, address: str, port: int) -> None:
    """Make the shared /usr in a folder. Hosts ask the simulator at this address. Raises SshError."""
    own = folder / OWN.removeprefix("/usr/")
    for name in ("bin", "sbin", "etc/init.d", "dev", "lib/vmware/openssl/bin"):
        (folder / name).mkdir(parents=True)
    own.mkdir(parents=True)
    program = find_busybox()
    shutil.copy(program, own / "busybox")
    content, applets = trimmed(program)
    _executable(folder / "bin/busybox", content)
    for applet in applets:
        (folder / "bin" / applet).symlink_to("busybox")
    _executable(own / "call", CALL.format(own=OWN, host_file=HOST_FILE, address=address, port=port).encode())
    for place, names in COMMANDS.items():
        for name in names:
            _executable(folder / place / name, _asking(name))
    for daemon in DAEMONS:
        _executable(folder / "etc/init.d" / daemon, _asking(f"/etc/init.d/{daemon}"))
    _executable(folder / "bin/date", DATE.format(own=OWN).encode())
    _executable(folder / "bin/openssl", OPENSSL.format(own=OWN, host_file=HOST_FILE).encode())
    _copy_openssl(folder)
    for device in DEVICES:
        if Path("/dev", device).exists():
            (folder / "dev" / device).touch()
            mount(f"/dev/{device}", str(folder / "dev" / device), None, MS_BIND)


def _asking(name: str) -> bytes:
    return f'#!/bin/sh\nexec {OWN}/call {name} "$@"\n'.encode()


def _executable(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o755)


def _copy_openssl(folder: Path) -> None:
    """The machine's openssl with its libraries and its configuration, where they are on the machine. Raises SshError."""
    program = find_program("openssl")
    assert program is not None
    shutil.copy(program, folder / "lib/vmware/openssl/bin/openssl")
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    libraries = re.findall(r"(/\S+) \(0x", said)
    if not libraries:
        raise SshError(f"--ssh cannot find the libraries of {program}: ldd says nothing of them")
    for library in libraries:
        _copy(folder, Path(library))
    place = subprocess.run([program, "version", "-d"], capture_output=True, text=True, check=True).stdout
    configured = Path(place.partition('"')[2].rpartition('"')[0], "openssl.cnf")
    if configured.is_file():
        _copy(folder, configured)


def _copy(folder: Path, source: Path) -> None:
    target = folder / str(source).lstrip("/").removeprefix("usr/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)
