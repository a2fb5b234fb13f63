# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The archive that users install, and the clone that they run by path."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path

import pytest
import yaml
from ansible_collections.certops.vsphere.tests.unit.modules import MODULES

ROOT = Path(__file__).resolve().parent.parent.parent
PLAYBOOKS = sorted(path.name for path in (ROOT / "playbooks").glob("*.yml"))
# All that the archive may have, and what a user does with it.
PACKED = re.compile(
    "|".join(
        [
            # Ansible runs it.
            r"meta/runtime\.yml|(plugins|roles)/.+|playbooks/\w+\.yml",
            # ansible-builder and pip install by it what it needs.
            r"meta/execution-environment\.yml|requirements\.txt|bindep\.txt|extensions/execution_environment/[\w-]+\.yml",
            # It is read. The guides are those that the README leads to.
            r"README\.md|LICENSE|SECURITY\.md|CONTRIBUTING\.md|CHANGELOG\.md|docs/(?!index\.)(maintaining/|images/)?\w+\.(md|svg|png|schema\.json)",
            # Galaxy and the `ansible` package read it of a release.
            r"changelogs/changelog\.yaml|tests/config\.yml",
            # The playbooks demo and rehearse start it.
            r"extensions/vsphere_sim/.+\.(py|md)",
            # They are taken from there into Prometheus, Grafana and Event-Driven Ansible.
            r"extensions/(monitoring|eda)/.+\.(yml|json|md)",
        ]
    )
)
# Files that the build makes.
MADE = {"MANIFEST.json", "FILES.json"}


def test_the_archive_holds_what_git_knows_and_users_have_use_for(archive: Path) -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone of a git repository")
    listed = subprocess.run(["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True)
    known = {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists() and PACKED.fullmatch(name)}
    with tarfile.open(archive) as packed:
        held = {member.name for member in packed if not member.isdir()}
    assert held - MADE == known


def test_the_archive_requires_no_other_collection() -> None:
    assert yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["dependencies"] == {}


@pytest.mark.parametrize("option", ["--syntax-check", "--list-tasks"])
def test_installed_playbooks_run_by_their_names(run, bare: dict[str, str], installed: Path, tmp_path: Path, option: str) -> None:
    env = {**bare, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    names = [f"certops.vsphere.{Path(playbook).stem}" for playbook in PLAYBOOKS]
    shown = run("ansible-playbook", *names, "-i", "localhost,", option, cwd=tmp_path, env=env)
    folder = f"{installed}/ansible_collections/certops/vsphere/playbooks"
    assert re.findall("^playbook: (.*)$", shown, re.MULTILINE) == [f"{folder}/{playbook}" for playbook in PLAYBOOKS]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_of_a_clone_finds_its_collection(run, bare: dict[str, str], tmp_path: Path, playbook: str) -> None:
    # Each by itself: the first of several would say to Ansible where the collection of the others is.
    run("ansible-playbook", ROOT / "playbooks" / playbook, "-i", "localhost,", "--list-tasks", cwd=tmp_path, env=bare)


def test_the_installed_modules_are_found(run, bare: dict[str, str], installed: Path, tmp_path: Path) -> None:
    modules = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem != "__init__")
    env = {**bare, "ANSIBLE_COLLECTIONS_PATH": str(installed)}
    shown = run("ansible-doc", "--list", "certops.vsphere", cwd=tmp_path, env=env)
    assert [name for name in modules if f"certops.vsphere.{name} " not in shown] == []


def test_the_action_group_names_the_modules() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    # It takes no options of a connection, and would fail by the defaults of the group.
    assert sorted(runtime["action_groups"]["vsphere"]) == [name for name in MODULES if name != "sps_log_info"]
