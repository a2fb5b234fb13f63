# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that are renewed over SSH: an estate with SSH, the module over it, and what lies on a host's disk."""

from __future__ import annotations

import json
from typing import Any, Optional

from processes import BIN, Answer, answer, run
from vsphere_sim.testing import RunningEstate

# No connection outlives the command that opened it.
NO_MASTER = {"ANSIBLE_SSH_ARGS": "-o ControlMaster=no -o ControlPersist=no"}
SSL = "/etc/vmware/ssl/"


def over_ssh(
    estate: RunningEstate,
    host: str,
    *,
    check: bool = False,
    verbose: bool = False,
    variables: Optional[dict[str, Any]] = None,
    **options: Any,
) -> Answer:
    """Run esxi_cert_regenerate_cli over the SSH connection of a host."""
    given = {"esxi_host": host, **options}
    command = [str(BIN / "ansible"), host, "-i", str(estate.inventory)]
    command += ["-m", "certops.vsphere.esxi_cert_regenerate_cli", "-a", json.dumps(given)]
    command += ["-e", json.dumps(variables)] if variables else []
    command += ["--check"] if check else []
    command += ["-vvv"] if verbose else []
    return answer(run(command, NO_MASTER, cwd=None), host)


def pair(host: dict[str, Any], folder: str = "") -> dict[str, tuple[Optional[str], str, str]]:
    """By file name: fingerprint (None for a key), mode and public key of the pair in /etc/vmware/ssl or a folder below."""
    found = {}
    for entry in host["files"]["pem"]:
        place, _slash, name = entry["path"].rpartition("/")
        if place + "/" == (f"{folder}/" if folder else SSL) and name in ("rui.crt", "rui.key"):
            found[name] = (entry.get("sha256_fingerprint"), entry["mode"], entry["public_key_sha256"])
    return found


def backups(host: dict[str, Any]) -> set[str]:
    """The folders with backups on a host."""
    return {entry["path"].rpartition("/")[0] for entry in host["files"]["pem"] if "certops-backup-" in entry["path"]}


def restarts(estate: RunningEstate, host: str) -> list[str]:
    """What was restarted on a host, in order."""
    calls = [call["method"] for call in estate.journal() if call["target"] == host and call["protocol"] == "ssh"]
    return [method for method in calls if method.endswith(" restart")]


def broken_by(method: str, host: str, times: Optional[int] = 1, **effect: Any) -> dict[str, Any]:
    """A rule: a command of a host goes wrong."""
    rule: dict[str, Any] = {"match": {"protocol": "ssh", "method": method, "target": host}, "effect": effect}
    return {**rule, "times": times} if times is not None else rule
