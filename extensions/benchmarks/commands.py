# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that are measured: modules and playbooks as a user starts them, in the same environment for both sides."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from vsphere_sim.testing import RunningEstate, VCenterAddress

from .accounting import Accounted, run

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
COLLECTIONS = ROOT / ".collections"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)\s+skipped=(\d+)", re.MULTILINE)


def environment(estate: RunningEstate) -> dict[str, str]:
    """What both sides run with. The modules of others take no CA file; Python's ssl takes it from here."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "VMWARE_"))}
    return {
        **kept,
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_HOME": str(ROOT / ".cache" / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_LOCALHOST_WARNING": "0",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "0",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "SSL_CERT_FILE": str(estate.ca_path),
    }


def account(estate: RunningEstate, vcenter: VCenterAddress, own: bool) -> dict[str, Any]:
    """The options by which a module reaches a vCenter: its own ones take a CA file too."""
    options: dict[str, Any] = {
        "hostname": vcenter.address,
        "port": vcenter.port,
        "username": vcenter.username,
        "password": vcenter.password,
    }
    return {**options, "ca_path": str(estate.ca_path)} if own else options


def play(estate: RunningEstate, folder: Path, plays: list[dict[str, Any]], *arguments: str) -> Accounted:
    """Run plays that are given as data."""
    path = folder / "play.json"
    path.write_text(json.dumps(plays), encoding="utf-8")
    command = [str(BIN / "ansible-playbook"), str(path), *arguments]
    return run(command, ROOT, environment(estate)).check()


def tasks_on_localhost(*tasks: dict[str, Any]) -> list[dict[str, Any]]:
    """A play of these tasks."""
    return [{"name": "Measured", "hosts": "localhost", "gather_facts": False, "tasks": list(tasks)}]


def renew(estate: RunningEstate, folder: Path, *arguments: str, **variables: Any) -> Accounted:
    """Run the collection's playbook on all vCenters of an estate."""
    given = {"certops_protection": "confirmed", "certops_report_dir": str(folder / "report"), **variables}
    command = [str(BIN / "ansible-playbook"), str(ROOT / "playbooks" / "renew_iofilter.yml"), "-i", str(estate.inventory)]
    return run([*command, "-e", json.dumps(given), *arguments], ROOT, environment(estate)).check()


def recap(printed: str) -> dict[str, tuple[int, ...]]:
    """The counts of each host in the recap: ok, changed, unreachable, failed, skipped."""
    return {found[1]: tuple(int(number) for number in found.groups()[1:]) for found in RECAP.finditer(printed)}
