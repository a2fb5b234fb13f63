# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""OpenSSH's own server on loopback: a machine that has a Python, as a vCenter appliance has. It lets in whoever runs the tests, by a key."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from processes import wait

# An address of its own: nobody else takes a port of it.
ADDRESS = "127.77.0.1"
# Where packages of OpenSSH put what is not for everybody's PATH.
SBIN = "/usr/sbin:/usr/local/sbin"
START_SECONDS = 20.0


def why_not() -> Optional[str]:
    """What is missing for an SSH server here."""
    for program, package in (("ssh", "openssh-client"), ("sshd", "openssh-server")):
        if _find(program) is None:
            return f"there is no {program} (on Debian: the package {package})"
    return None


@dataclass(frozen=True)
class SshServer:
    """A server that listens. known_hosts: has its key, and no other."""

    port: int
    user: str
    key: Path
    known_hosts: Path
    log: Path

    @property
    def variables(self) -> dict[str, object]:
        """How Ansible reaches it; nothing of whoever runs the tests, and no connection that outlives a task."""
        options = f"-F none -o UserKnownHostsFile={self.known_hosts} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
        return {
            "ansible_host": ADDRESS,
            "ansible_port": self.port,
            "ansible_ssh_private_key_file": str(self.key),
            "ansible_ssh_args": f"{options} -o GlobalKnownHostsFile=/dev/null -o ControlMaster=no",
        }


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """Start a server, and stop it at the end."""
    folder.mkdir(parents=True)
    own, host = folder / "id_ed25519", folder / "host_ed25519"
    for path in (own, host):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    shutil.copy(own.with_suffix(".pub"), folder / "authorized_keys")
    with socket.socket() as free:
        free.bind((ADDRESS, 0))
        port = free.getsockname()[1]
    server = SshServer(port, getpass.getuser(), own, folder / "known_hosts", folder / "sshd.log")
    server.known_hosts.write_text(f"[{ADDRESS}]:{port} {host.with_suffix('.pub').read_text()}", encoding="utf-8")
    config = folder / "sshd_config"
    config.write_text(
        "\n".join(
            (
                f"ListenAddress {ADDRESS}:{port}",
                f"HostKey {host}",
                f"AuthorizedKeysFile {folder / 'authorized_keys'}",
                f"PidFile {folder / 'sshd.pid'}",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "PermitRootLogin prohibit-password",
                # The folders of tests lie below one that everybody may write to.
                "StrictModes no",
                "UsePAM no",
                "Subsystem sftp internal-sftp",
                "",
            )
        ),
        encoding="utf-8",
    )
    if os.geteuid() == 0:
        # A system that starts no services has not made it.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with server.log.open("w", encoding="utf-8") as log:
        process = subprocess.Popen([str(_find("sshd")), "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log)
    try:
        wait(lambda: process.poll() is not None or _listens(port), "sshd does not listen", START_SECONDS)
        assert process.poll() is None, server.log.read_text(encoding="utf-8")
        yield server
    finally:
        process.terminate()
        process.wait()


def _find(program: str) -> Optional[str]:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:{SBIN}")


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex((ADDRESS, port)) == 0
