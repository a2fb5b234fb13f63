# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The oldest and the newest that the collection takes, as far as this machine has them: predicted, renewed, and nothing left to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import pythons
from processes import mutating, play_command, run
from vsphere_sim.testing import RunningEstate, estate, sound

OLDEST = {"ansible-core": "==2.17.*", "pyvmomi": "==8.0.3.0.1"}
# Whatever is newest of those that this Python can have.
NEWEST: dict[str, str] = {}
# ansible-core 2.17 is the last one that runs on Python 3.10, and the collection wants 3.11.
CASES = [("3.11", OLDEST), ("3.13", NEWEST)]


def played(programs: Path, running: RunningEstate, folder: Path, *arguments: str) -> tuple[str, dict[str, int]]:
    """Run the playbook; what it printed, and the recap of its vCenter."""
    _program, *words = play_command(running.inventory, folder / "report")
    variables = {"ANSIBLE_PYTHON_INTERPRETER": str(programs / "python"), "PYTHONPATH": ""}
    done = run([str(programs / "ansible-playbook"), *words, *arguments], variables, folder)
    assert done.returncode == 0, done.stdout
    [line] = re.findall(r"^vc01 +: (.*)$", done.stdout, re.MULTILINE)
    return done.stdout, {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)}


@pytest.mark.parametrize(("version", "constraints"), CASES, ids=["oldest", "newest"])
def test_it_renews(version: str, constraints: dict[str, str], tmp_path: Path) -> None:
    python = pythons.find(version)
    if python is None:
        pytest.skip(f"there is no Python {version} on this machine")
    programs = pythons.environment(python, tmp_path, constraints)
    if constraints is OLDEST:
        assert "core 2.17." in run([str(programs / "ansible"), "--version"]).stdout
    with estate(tmp_path / "estate", vcenters=1, hosts=2, due=1, seed=3, speed=100) as running:
        predicted, _recap = played(programs, running, tmp_path, "--check", "--diff")
        assert "would change" in predicted
        assert mutating(running) == []
        _renewed, recap = played(programs, running, tmp_path)
        assert recap["changed"] > 0
        assert all(sound(host) for host in running.state()["vcenters"][0]["hosts"])
        done = len(mutating(running))
        assert done > 0
        _again, recap = played(programs, running, tmp_path)
        assert recap["changed"] == 0
        assert len(mutating(running)) == done
