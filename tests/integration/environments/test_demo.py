# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demonstration that the README begins with, as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DEMO = ROOT / "scripts" / "demo.py"
PATIENCE_SECONDS = 60


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_demo_behaves(run, tmp_path: Path) -> None:
    shown = run(sys.executable, DEMO, "--dir", tmp_path / "demo")
    assert "NOT AS IT SHOULD BE" not in shown
    assert len(shown.splitlines()) <= 150
    report = json.loads((tmp_path / "demo" / "report" / "report.json").read_text(encoding="utf-8"))
    assert {vcenter["failure"] for vcenter in report["vcenters"]} == {None}


def test_the_demo_leaves_nothing_behind_when_it_is_interrupted(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    started = subprocess.Popen([sys.executable, DEMO, "--dir", folder], stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    for line in started.stdout:
        # The first task of the first run: simulator and playbook are both there.
        if line.startswith("TASK"):
            break
    simulator = json.loads((folder / "control.json").read_text(encoding="utf-8"))["pid"]
    assert alive(simulator)
    started.send_signal(signal.SIGTERM)
    started.stdout.read()
    started.stdout.close()
    assert started.wait(PATIENCE_SECONDS) == 143
    assert not alive(simulator)
