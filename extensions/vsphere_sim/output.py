# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the simulator writes for those who use it: an inventory, the CAs, and where it can be asked."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from .estate.accounts import ADMINISTRATOR
from .estate.builder import Estate

HOST_USERNAME = "root"
# How long a run waits for a provider to come back by itself, by the estate's time.
WAITED_SECONDS = 30.0


@dataclass(frozen=True)
class SshAccess:
    """How the hosts are logged in to."""

    port: int
    private_key_path: Path
    known_hosts_path: Path

    @property
    def options(self) -> str:
        """For OpenSSH's ssh: no other key, and no host whose key is not known."""
        return f"-o UserKnownHostsFile={shlex.quote(str(self.known_hosts_path))} -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"


def write_files(directory: Path, estate: Estate, control_url: str, with_esxi: bool, ssh: Optional[SshAccess] = None) -> None:
    """Write inventory.yml, ca.pem, the site's own CAs and control.json, which comes last."""
    ca_path = (directory / "ca.pem").resolve()
    roots = {}
    for vcenter in estate.vcenters:
        issuer = vcenter.trust.corporate if vcenter.settings.mode == "custom" and vcenter.trust.corporate else vcenter.trust.vmca
        roots[issuer.certificate.sha256_fingerprint] = issuer.certificate.chain_pem
    _write(ca_path, "".join(roots.values()), 0o644)
    _write_corporate(directory, estate)
    _write(directory / "inventory.yml", _inventory(estate, str(ca_path), with_esxi, ssh), 0o600)
    control: dict[str, Any] = {
        "url": control_url,
        "pid": os.getpid(),
        "username": ADMINISTRATOR,
        "password": estate.password,
        "host_username": HOST_USERNAME,
        "host_password": estate.host_password,
        "speed": estate.vcenters[0].clock.speed,
        "vcenters": [
            {"name": vcenter.name, "address": vcenter.identity.address, "port": vcenter.identity.port}
            for vcenter in estate.vcenters
        ],
    }
    if ssh is not None:
        control["ssh"] = {
            "port": ssh.port,
            "username": HOST_USERNAME,
            "private_key_path": str(ssh.private_key_path),
            "known_hosts_path": str(ssh.known_hosts_path),
        }
    _write(directory / "control.json", json.dumps(control, indent=2) + "\n", 0o600)


def _write_corporate(directory: Path, estate: Estate) -> None:
    """The site's own CAs, with their keys: who renews by them signs with them."""
    for vcenter in estate.vcenters:
        if vcenter.trust.corporate is not None:
            folder = directory / "corporate"
            folder.mkdir(mode=0o700, exist_ok=True)
            _write(folder / f"{vcenter.name}.pem", vcenter.trust.corporate.certificate.pem, 0o644)
            _write(folder / f"{vcenter.name}.key", vcenter.trust.corporate.certificate.key_pem.decode("ascii"), 0o600)


def _inventory(estate: Estate, ca_path: str, with_esxi: bool, ssh: Optional[SshAccess]) -> str:
    lines = ["---", "all:", "  children:", "    vcenters:", "      hosts:"]
    for vcenter in estate.vcenters:
        lines += [f"        {vcenter.name}:", f"          ansible_host: {vcenter.identity.address}"]
        if vcenter.identity.port != 443:
            lines.append(f"          certops_vcenter_port: {vcenter.identity.port}")
    lines += [
        "      vars:",
        "        ansible_connection: local",
        f"        certops_vcenter_username: {ADMINISTRATOR}",
        f"        certops_vcenter_password: {json.dumps(estate.password)}",
        f"        certops_vcenter_ca_path: {json.dumps(ca_path)}",
    ]
    # An estate whose time goes faster has done by then what a vCenter would have.
    for name in ("heal", "look"):
        lines.append(f"        certops_reregister_{name}_seconds: {estate.surroundings.clock.scaled(WAITED_SECONDS):g}")
    if with_esxi:
        lines += ["    esxi:", "      hosts:"]
        for vcenter in estate.vcenters:
            for host in vcenter.hosts:
                lines += [f"        {host.name}:", f"          ansible_host: {host.address}", f"          vcenter: {vcenter.name}"]
        if ssh is not None:
            lines += [
                "      vars:",
                "        ansible_connection: ssh",
                f"        ansible_port: {ssh.port}",
                f"        ansible_user: {HOST_USERNAME}",
                f"        ansible_ssh_private_key_file: {json.dumps(str(ssh.private_key_path))}",
                f"        ansible_ssh_common_args: {json.dumps(ssh.options)}",
            ]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str, mode: int) -> None:
    """Whole or not at all: somebody may wait for the file to appear."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(beside, mode)
    os.replace(beside, path)
