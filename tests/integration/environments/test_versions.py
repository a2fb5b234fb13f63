# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The artifact as somebody has it who installed it: in an environment that has ansible-core, what requirements.txt names, and nothing else.

The oldest of these that the collection takes, and the newest, as far as this machine has them. What of the other tests passes with them as
well is in test_other_cores.py.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import pythons
from processes import mutating, run
from vsphere_sim.testing import estate, sound

PLAYBOOK = "certops.vsphere.renew_iofilter"


@dataclass
class Clean:
    """A user's machine: its programs, the one collection that was installed, and an empty folder to work in."""

    programs: Path
    collections: Path
    work: Path

    @property
    def collection(self) -> Path:
        """Where the collection is installed."""
        return self.collections / "ansible_collections" / "certops" / "vsphere"

    def run(self, program: str, *arguments: str | Path) -> str:
        """What a program prints, that must succeed. It finds nothing of a clone, of a user's settings or of a home."""
        home = self.work.parent / "home"
        environment = {
            "PATH": os.pathsep.join([str(self.programs), os.defpath]),
            "HOME": str(home),
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_CONFIG": str(self.work / "ansible.cfg"),
            "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
            "PYTHONPATH": "",
        }
        done = run([str(self.programs / program), *map(str, arguments)], environment, self.work)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def play(self, playbook: str, *arguments: str | Path) -> tuple[str, dict[str, dict[str, int]]]:
        """What a playbook prints, and what Ansible counts of each host."""
        printed = self.run("ansible-playbook", playbook, *arguments)
        lines = re.findall(r"^(\S+) +: (ok=.*)$", printed, re.MULTILINE)
        return printed, {host: {name: int(number) for name, number in re.findall(r"(\w+)=(\d+)", line)} for host, line in lines}


def installed(python: Path, constraints: dict[str, str], archive: Path, folder: Path) -> Clean:
    """A machine with the artifact, and with these versions (library: specifier) of what it needs."""
    machine = Clean(pythons.environment(python, folder, constraints), folder / "collections", folder / "work")
    machine.work.mkdir()
    (machine.work / "ansible.cfg").touch()
    machine.run("ansible-galaxy", "collection", "install", "--offline", "--collections-path", machine.collections, archive)
    return machine


@pytest.fixture(scope="module")
def oldest(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """The oldest ansible-core and pyVmomi."""
    python = pythons.find(pythons.OLDEST_PYTHON)
    if python is None:
        pytest.skip(f"there is no Python {pythons.OLDEST_PYTHON} on this machine")
    machine = installed(python, pythons.OLDEST, archive, tmp_path_factory.mktemp("oldest"))
    assert "core 2.17." in machine.run("ansible", "--version")
    return machine


@pytest.fixture(scope="module")
def newest(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Clean:
    """Whatever is newest of ansible-core and pyVmomi that this machine's newest Python can have."""
    return installed(pythons.newest(), {}, archive, tmp_path_factory.mktemp("newest"))


@pytest.fixture(params=["oldest", "newest"])
def machine(request: pytest.FixtureRequest) -> Clean:
    """Each of them."""
    chosen: Clean = request.getfixturevalue(request.param)
    return chosen


def test_it_renews(machine: Clean, tmp_path: Path) -> None:
    with estate(tmp_path / "estate", vcenters=1, hosts=2, due=1, seed=3, speed=100) as running:
        given = ("-i", running.inventory, "-e", "certops_protection=confirmed")
        predicted, recap = machine.play(PLAYBOOK, *given, "--check", "--diff")
        assert "would change" in predicted
        assert recap["vc01"]["failed"] == 0
        assert mutating(running) == []
        # Where nothing says another place, the report is where the playbook was started.
        assert (machine.work / "certops-report" / "report.json").is_file()
        _renewed, recap = machine.play(PLAYBOOK, *given)
        assert recap["vc01"]["changed"] > 0
        assert all(sound(host) for host in running.state()["vcenters"][0]["hosts"])
        done = len(mutating(running))
        assert done > 0
        _again, recap = machine.play(PLAYBOOK, *given)
        assert recap["vc01"]["changed"] == 0
        assert len(mutating(running)) == done


def test_the_demonstration_runs_by_its_name(newest: Clean) -> None:
    _printed, recap = newest.play("certops.vsphere.demo")
    assert {name: recap[name]["failed"] for name in ("localhost", "vc01", "vc02")} == {"localhost": 0, "vc01": 0, "vc02": 0}
    assert recap["vc01"]["changed"] > 0
    for vcenter in ("vc01", "vc02"):
        report = json.loads((newest.work / "certops-report" / f"{vcenter}.json").read_text(encoding="utf-8"))
        assert {host["result"] for host in report["hosts"]} <= {"done", "ok", "blocked"}


def test_what_ran_left_nothing_where_it_is_installed(newest: Clean) -> None:
    packed = json.loads((newest.collection / "FILES.json").read_text(encoding="utf-8"))["files"]
    there = {str(path.relative_to(newest.collection)) for path in newest.collection.rglob("*") if path.is_file()}
    left = {name for name in there if not name.endswith(".pyc")} - {entry["name"] for entry in packed}
    assert left <= {"MANIFEST.json", "FILES.json"}
