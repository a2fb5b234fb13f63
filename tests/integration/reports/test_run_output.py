# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run prints in all, as a user sees it without settings: few tasks, few lines, and a last one that counts."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from processes import BIN, ROOT, play_command
from vsphere_sim.testing import estate


def test_an_audit_is_short_and_ends_with_what_it_found(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment = {**kept, "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections")}
    with estate(tmp_path / "estate", vcenters=3, hosts=6) as running:
        command = play_command(running.inventory, tmp_path / "report", playbook="audit.yml", protection=None)
        done = subprocess.run(
            [str(BIN / "ansible-playbook"), *command[1:]],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) <= 60
    assert done.stderr == ""
    [told] = [line for line in lines if " hosts under 3 vCenters: " in line]
    assert told.startswith("18 hosts under 3 vCenters: ")
    assert told.endswith(f"Report: {tmp_path / 'report' / 'report.html'}")
    tasks = re.findall(r"^vc\d+ +: ok=(\d+) ", done.stdout, re.MULTILINE)
    assert len(tasks) == 3
    assert max(map(int, tasks)) <= 4
