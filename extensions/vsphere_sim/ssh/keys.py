# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys: one pair for the operator, and a host key for each host."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterable

import asyncssh

from ..estate.esxi_host import EsxiHost

# RSA host keys would take a tenth of a second each, for every host of the estate.
KEY_KIND = "ssh-ed25519"
SSH_PORT = 22


class SshKeys:
    """The keys of an estate, in a folder ssh."""

    def __init__(self, directory: Path, hosts: Iterable[EsxiHost], port: int) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.private_key_path = (directory / "id_ed25519").resolve()
        self.known_hosts_path = (directory / "known_hosts").resolve()
        operator = asyncssh.generate_private_key(KEY_KIND, comment="vsphere_sim")
        self.operator_line = operator.export_public_key().decode().strip()
        self.host_keys = {host.address: asyncssh.generate_private_key(KEY_KIND) for host in hosts}
        _write(self.private_key_path, operator.export_private_key().decode(), 0o600)
        _write(self.private_key_path.with_suffix(".pub"), self.operator_line + "\n", 0o644)
        _write(self.known_hosts_path, "".join(self._known(host, port) for host in hosts), 0o644)

    def _known(self, host: EsxiHost, port: int) -> str:
        names = dict.fromkeys((host.address, host.name))
        patterns = ",".join(name if port == SSH_PORT else f"[{name}]:{port}" for name in names)
        return f"{patterns} {self.host_keys[host.address].export_public_key().decode().strip()}\n"


def _write(path: Path, text: str, mode: int) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)
    path.chmod(mode)
