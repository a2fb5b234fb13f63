# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands that docs/pipelines.md has a build server run, as they stand there: the gate is closed, the files are where they are looked for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from awx_jobs import whole
from vsphere_sim.testing import RunningEstate, estate

ROOT = Path(__file__).resolve().parents[3]
GUIDE = (ROOT / "docs" / "pipelines.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"```\w+\n(?:#|//) (\S+)\n(.*?)```", GUIDE, re.DOTALL))
GITLAB: dict[str, Any] = yaml.safe_load(FILES[".gitlab-ci.yml"])["certificates"]
GITHUB: list[dict[str, Any]] = yaml.safe_load(FILES[".github/workflows/certificates.yml"])["jobs"]["audit"]["steps"]
COMMANDS = {
    "gitlab": GITLAB["script"],
    "github": [line for step in GITHUB for line in str(step.get("run", "")).splitlines()],
    "jenkins": re.findall(r"sh '(.*)'", FILES["Jenkinsfile"]),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """A vCenter with hosts of which some are due."""
    with estate(tmp_path_factory.mktemp("estate"), vcenters=1, hosts=4, due=0.5, speed=100) as started:
        yield started


@pytest.mark.parametrize("service", COMMANDS)
def test_the_commands_close_the_gate_and_leave_the_report(
    service: str, running: RunningEstate, archive: Path, bare: dict[str, str], tmp_path: Path
) -> None:
    # What pip installs is what these tests run in.
    commands = [command for command in COMMANDS[service] if not command.startswith("pip install ")]
    assert len(commands) == 2
    shutil.copy(archive, tmp_path)
    (tmp_path / "inventory.yml").write_text(yaml.safe_dump({**inventory(running)}), encoding="utf-8")
    shutil.copy(running.ca_path, tmp_path / "vcenter-ca.pem")
    account = running.vcenters[0]
    environment = {
        **os.environ,
        **bare,
        "ANSIBLE_COLLECTIONS_PATH": str(tmp_path / "collections"),
        "HOME": str(tmp_path),
        "PATH": f"{Path(sys.prefix, 'bin')}:{os.environ['PATH']}",
        "VMWARE_CA_PATH": str(tmp_path / "vcenter-ca.pem"),
        # The first pair is what Jenkins makes of credentials called VMWARE.
        "VMWARE_USR": account.username,
        "VMWARE_PSW": account.password,
        **({} if service == "jenkins" else {"VMWARE_USER": account.username, "VMWARE_PASSWORD": account.password}),
    }
    codes, printed = [], ""
    for command in commands:
        done = subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        codes.append(done.returncode)
        printed += done.stdout + done.stderr
    assert codes == [0, 2], printed
    told = re.search(r"certops_fail_on=due found (\d) due \(.*\), among 4 hosts under 1 vCenter\. The report is (\S+)\.\"", printed)
    assert told, printed
    assert told[2] == str(tmp_path / "report" / "report.html")
    assert (tmp_path / "report" / "junit.xml").is_file()
    assert account.password not in printed


@pytest.mark.parametrize("service", COMMANDS)
def test_what_is_installed_is_what_the_collection_needs(service: str) -> None:
    [installing] = [command for command in COMMANDS[service] if command.startswith("pip install ")]
    needed = re.findall(r"^([\w-]+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)
    assert needed
    assert {word for word in installing.split()[2:] if not word.startswith("-")} == {"ansible-core", *needed}


def inventory(running: RunningEstate) -> dict[str, Any]:
    """Its vCenters, as a user writes them down without accounts."""
    hosts = whole(running)["_meta"]["hostvars"]
    return {"all": {"children": {"vcenters": {"hosts": hosts}}}}


def test_what_is_kept_is_where_it_is_written() -> None:
    assert GITLAB["artifacts"]["reports"]["junit"] == "report/junit.xml"
    assert "report/" in GITLAB["artifacts"]["paths"]
    assert GITHUB[-1]["with"]["path"] == "report/"
    assert "junit 'report/junit.xml'" in FILES["Jenkinsfile"]
