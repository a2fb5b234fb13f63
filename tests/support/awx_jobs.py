# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Jobs as AWX runs them: a private data directory, ansible-runner, and an inventory that is dealt out host by host."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import yaml
from processes import BIN, LONGEST_SECONDS, ROOT
from vsphere_sim.testing import RunningEstate

PLAYBOOK = "play.yml"
RUNNER = str(BIN / "ansible-runner")


@dataclass(frozen=True)
class Job:
    """A job before it runs. folder: its private data directory."""

    folder: Path
    ident: str

    @property
    def shown(self) -> Path:
        """The file that takes what is printed."""
        return self.folder / "printed.txt"

    @property
    def words(self) -> list[str]:
        """What ansible-runner is told of it."""
        return [str(self.folder), "--playbook", PLAYBOOK, "--ident", self.ident]


@dataclass(frozen=True)
class Finished:
    """A job that has ended."""

    returncode: int
    printed: str
    artifacts: dict[str, Any]


def deal(inventory: dict[str, Any], number: int, slices: int) -> dict[str, Any]:
    """The part of an inventory that AWX gives the slice of this number, from 1: by their names every so many-th host, whatever its group.

    inventory: as `ansible-inventory --list` shows it. As in AWX every group stays, also one that has no host left.
    """
    hosts = set(sorted(inventory["_meta"]["hostvars"])[number - 1 :: slices])
    part: dict[str, Any] = {"_meta": {"hostvars": {name: inventory["_meta"]["hostvars"][name] for name in sorted(hosts)}}}
    groups = sorted(set(inventory) - {"_meta", "all"})
    part["all"] = {"children": groups, "hosts": []}
    for group in groups:
        content = {**inventory[group], "hosts": [name for name in inventory[group].get("hosts", []) if name in hosts]}
        part[group] = {key: value for key, value in content.items() if value}
    return {name: content for name, content in part.items() if content}


def whole(estate: RunningEstate, esxi: bool = False) -> dict[str, Any]:
    """An estate's inventory without accounts, which come from a credential. esxi: with the ESXi hosts of every vCenter."""
    given = yaml.safe_load(estate.inventory.read_text(encoding="utf-8"))["all"]["children"]["vcenters"]
    hostvars = dict(given["hosts"])
    found: dict[str, Any] = {"vcenters": {"hosts": sorted(hostvars), "vars": {"certops_vcenter_ca_path": str(estate.ca_path)}}}
    if esxi:
        owners = {host["name"]: vcenter["name"] for vcenter in estate.state()["vcenters"] for host in vcenter["hosts"]}
        hostvars.update({name: {"vcenter": owner} for name, owner in owners.items()})
        found["esxi"] = {"hosts": sorted(owners)}
    return {"_meta": {"hostvars": hostvars}, **found}


def prepare(folder: Path, inventory: dict[str, Any], playbook: str, environment: dict[str, str], **variables: Any) -> Job:
    """Make the private data directory of a job. playbook: of the collection, by its name."""
    for name in ("project", "inventory", "env"):
        (folder / name).mkdir(parents=True)
    (folder / "project" / PLAYBOOK).write_text(f"- import_playbook: {playbook}\n", encoding="utf-8")
    hosts = folder / "inventory" / "hosts"
    hosts.write_text(f"#! /usr/bin/env python3\nprint({json.dumps(inventory)!r})\n", encoding="utf-8")
    hosts.chmod(0o700)
    own = {
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "playbooks" / "collections"),
        "ANSIBLE_HOME": str(folder / "home"),
        **environment,
    }
    given = {"certops_report_dir": str(folder / "report"), **variables}
    for name, content in (("envvars", own), ("extravars", given), ("settings", {"job_timeout": LONGEST_SECONDS})):
        (folder / "env" / name).write_text(json.dumps(content), encoding="utf-8")
    return Job(folder, folder.name)


def run(jobs: list[Job]) -> list[Finished]:
    """Run jobs at the same time: `ansible-runner run`."""
    return _end(jobs, [_start([RUNNER, "run", *job.words], shown=job.shown) for job in jobs])


def stream(jobs: list[Job]) -> list[Finished]:
    """The same by `ansible-runner transmit | worker | process`: AWX sends a job to an execution node, and takes in what comes back."""
    before, last = [], []
    for job in jobs:
        node = job.folder.with_name(f"{job.folder.name}-node")
        node.mkdir()
        sent = _start([RUNNER, "transmit", *job.words])
        worked = _start([RUNNER, "worker", "--private-data-dir", str(node)], sent)
        last.append(_start([RUNNER, "process", str(job.folder), "--ident", job.ident], worked, job.shown))
        before += [sent, worked]
    ended = _end(jobs, last)
    for process in before:
        process.wait(timeout=LONGEST_SECONDS)
    return ended


def _start(
    command: list[str], before: Optional[subprocess.Popen[bytes]] = None, shown: Optional[Path] = None
) -> subprocess.Popen[bytes]:
    """Start a command behind another one. shown: the file that takes what it prints; otherwise it is the next one's, without the errors."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    source = before.stdout if before is not None else subprocess.DEVNULL
    if shown is None:
        process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    else:
        with shown.open("wb") as output:
            process = subprocess.Popen(command, stdin=source, stdout=output, stderr=subprocess.STDOUT, env=environment)
    if before is not None and before.stdout is not None:
        # It is the next one's now: should that end, the one before must notice.
        before.stdout.close()
    return process


def _end(jobs: list[Job], processes: list[subprocess.Popen[bytes]]) -> list[Finished]:
    ended = []
    for job, process in zip(jobs, processes, strict=True):
        process.wait(timeout=LONGEST_SECONDS)
        artifacts = job.folder / "artifacts" / job.ident
        code = artifacts / "rc"
        returncode = int(code.read_text(encoding="utf-8")) if code.is_file() else process.returncode
        ended.append(Finished(returncode, job.shown.read_text(encoding="utf-8", errors="replace"), _artifacts(artifacts)))
    return ended


def _artifacts(folder: Path) -> dict[str, Any]:
    """What AWX would keep as the job's artifacts: they stand in the event of its last line."""
    events = [json.loads(path.read_text(encoding="utf-8")) for path in (folder / "job_events").glob("*.json")]
    found: dict[str, Any] = {}
    for event in events:
        if event["event"] == "playbook_on_stats":
            found.update(event["event_data"]["artifact_data"])
    return found
