# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which program is which function, what the journal calls it, and whether it changes something."""

from __future__ import annotations

from . import certificates, esxcli, services, system
from .invocation import Run

INIT = "/etc/init.d/"
ACTIONS = ("start", "stop", "restart")

PROGRAMS: dict[str, Run] = {
    "generate-certificates": certificates.generate_certificates,
    "auto-backup.sh": certificates.auto_backup,
    "services.sh": services.services,
    "reboot": services.reboot,
    "hostname": system.hostname,
    "uname": system.uname,
    "date": system.date,
    "openssl": system.openssl,
    "logger": system.logger,
    "df": system.df,
    "vdf": system.vdf,
    "esxcli": esxcli.esxcli,
    "vim-cmd": esxcli.vim_cmd,
}
CHANGING = ("generate-certificates", "auto-backup.sh", "reboot")
SSH_SWITCHES = ("hostsvc/start_ssh", "hostsvc/stop_ssh")


def find(program: str) -> Run | None:
    """The function of a program; None where the host has no such program."""
    return services.init_script if program.startswith(INIT) else PROGRAMS.get(program)


def method_of(program: str, arguments: list[str]) -> str:
    """What the journal calls it, and rules match: `hostd restart`, `openssl x509`, `esxcli system version get`."""
    words = [word for word in arguments if not word.startswith("-")]
    if program.startswith(INIT):
        return " ".join([program[len(INIT) :], *arguments[:1]])
    if program in ("services.sh", "openssl", "vim-cmd"):
        return " ".join([program, *arguments[:1]])
    return " ".join([program, *words]) if program == "esxcli" else program


def is_mutating(program: str, arguments: list[str]) -> bool:
    """Whether it changes the host, or its services."""
    if program.startswith(INIT) or program == "services.sh":
        return arguments[:1] != [] and arguments[0] in ACTIONS
    if program == "vim-cmd":
        return arguments[:1] != [] and arguments[0] in SSH_SWITCHES
    return program in CHANGING
