# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Molecule scenario `default`, as somebody runs it who works on a role; `make molecule` runs all of them, before a release.

Nothing is tested by Molecule alone: what the other scenarios do, tests of whole runs do in a tenth of the time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import yaml
from processes import BIN, ROOT

SCENARIOS = sorted(path.parent.name for path in (ROOT / "extensions" / "molecule").glob("*/molecule.yml"))
RUN_HERE = "default"
STEPS = ("create", "converge", "idempotence", "verify", "destroy")
# What takes two minutes on a machine that has more to do.
LONGEST_SECONDS = 600

pytestmark = pytest.mark.skipif(not (BIN / "molecule").exists(), reason="molecule is not installed beside this Python")


def molecule(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Molecule to its end, and everything that it started with it where it takes too long."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    # It keeps a scenario's files there, by the name of the clone's folder: not in the user's, where another clone's may be.
    environment["ANSIBLE_HOME"] = str(home)
    with subprocess.Popen(
        [str(BIN / "molecule"), *words],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            printed, _nothing = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    return subprocess.CompletedProcess(words, process.returncode, printed)


def test_a_scenario_passes_and_leaves_nothing_running(tmp_path: Path) -> None:
    try:
        done = molecule(tmp_path, "test", "--scenario-name", RUN_HERE)
    finally:
        left = list(tmp_path.rglob("control.json"))
        if left:
            # It was cut off, or its own destroy does nothing: this ends what it had started.
            molecule(tmp_path, "destroy", "--scenario-name", RUN_HERE)
    assert done.returncode == 0, done.stdout
    for step in STEPS:
        assert f"{step}: Executed: Successful" in done.stdout
    assert left == []
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_goes_through_idempotence_and_has_playbooks(scenario: str) -> None:
    folder = ROOT / "extensions" / "molecule"
    shared = yaml.safe_load((folder / "config.yml").read_text(encoding="utf-8"))
    own = yaml.safe_load((folder / scenario / "molecule.yml").read_text(encoding="utf-8"))
    sequence = (own.get("scenario") or shared["scenario"])["test_sequence"]
    assert sequence[0] == "destroy"
    assert tuple(step for step in sequence[1:] if step in STEPS) == STEPS
    playbooks = {**shared["provisioner"]["playbooks"], **own["provisioner"].get("playbooks", {})}
    assert [name for name in playbooks.values() if not (folder / scenario / name).is_file()] == []
