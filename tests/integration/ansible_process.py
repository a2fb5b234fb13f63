# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs Ansible as a user does, in a process of its own, and hands back what it said and what the estate saw of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from vsphere_sim.testing import RunningEstate

ROOT = Path(__file__).resolve().parent.parent.parent
PLAYBOOKS = ROOT / "playbooks"
COLLECTION = "certops.vsphere"
# Nothing here takes so long: it ends what hangs, so that a test fails and does not wait for ever.
PATIENCE_SECONDS = 180
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
# A call that a client makes at the vCenter; a handshake with a host's own port is none.
VCENTER_PROTOCOLS = ("https", "vim", "sms", "rest")


def tool(name: str) -> str:
    """A command of the environment that runs the tests."""
    return str(Path(sys.executable).parent / name)


@dataclass(frozen=True)
class Calls:
    """What the estate saw of a run."""

    entries: list[dict[str, Any]]

    @property
    def mutating(self) -> list[dict[str, Any]]:
        """The calls that change something, in their order."""
        return [entry for entry in self.entries if entry["mutating"]]

    def named(self, *methods: str) -> list[dict[str, Any]]:
        """The calls of these methods, in their order."""
        return [entry for entry in self.entries if entry["method"] in methods]

    def targets(self, method: str) -> list[str]:
        """The hosts that a method was called for, in their order; a provider counts as its host."""
        return [entry["target"].rpartition(" ")[2] for entry in self.named(method)]

    def counted(self) -> dict[str, int]:
        """How often each method of the vCenter was called. The id of a root is left out: each estate has others."""
        found: dict[str, int] = {}
        for entry in self.entries:
            if entry["protocol"] in VCENTER_PROTOCOLS:
                method = re.sub(r"/[0-9A-F]{40}$", "/ID", entry["method"])
                found[method] = found.get(method, 0) + 1
        return found


@dataclass(frozen=True)
class ModuleRun:
    """A module's run: its result, whether it failed, everything that was printed."""

    result: dict[str, Any]
    failed: bool
    output: str
    calls: Calls

    @property
    def changed(self) -> bool:
        return bool(self.result["changed"])

    @property
    def msg(self) -> str:
        return str(self.result.get("msg", ""))

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """The results of a module that takes a step, by host."""
        return {one["esxi_host"]: one for one in self.result["hosts"]}

    @property
    def statuses(self) -> dict[str, str]:
        """What became of each host."""
        return {name: one["status"] for name, one in self.hosts.items()}

    @property
    def facts(self) -> dict[str, Any]:
        """What was observed."""
        found: dict[str, Any] = self.result["ansible_facts"]["certops"]
        return found


@dataclass(frozen=True)
class PlaybookRun:
    """A playbook's run: its exit code, what it printed, its recap and its reports."""

    returncode: int
    output: str
    calls: Calls
    report_dir: Path
    recap: dict[str, dict[str, int]] = field(default_factory=dict)

    @property
    def changed(self) -> int:
        return sum(one["changed"] for one in self.recap.values())

    def report(self, vcenter: str = "vc01") -> dict[str, Any]:
        """The report of a vCenter, as it was written."""
        found: dict[str, Any] = json.loads((self.report_dir / f"{vcenter}.json").read_text(encoding="utf-8"))
        return found

    def reported(self, vcenter: str = "vc01") -> dict[str, dict[str, Any]]:
        """The hosts of a vCenter's report."""
        return {host["esxi_host"]: host for host in self.report(vcenter)["hosts"]}

    def outcomes(self, vcenter: str = "vc01") -> dict[str, str]:
        """The result of each host, in the report's word."""
        return {name: host["result"] for name, host in self.reported(vcenter).items()}


def run_module(
    estate: RunningEstate,
    name: str,
    /,
    *,
    vcenter: str = "vc01",
    check: bool = False,
    diff: bool = False,
    verbose: bool = False,
    connection: Optional[dict[str, Any]] = None,
    **options: Any,
) -> ModuleRun:
    """Run a module of the collection ad hoc. connection replaces what the environment says of the vCenter; None takes it away."""
    address = estate.vcenter(vcenter)
    environment = {
        "VMWARE_HOST": address.address,
        "VMWARE_PORT": str(address.port),
        "VMWARE_USER": address.username,
        "VMWARE_PASSWORD": address.password,
        "VMWARE_CA_PATH": str(estate.ca_path),
    }
    command = [tool("ansible"), "localhost", "-m", f"{COLLECTION}.{name}", "-a", json.dumps({**options, **(connection or {})})]
    command += [flag for flag, wanted in (("--check", check), ("--diff", diff), ("-vvv", verbose)) if wanted]
    estate.clear_journal()
    done = _run(command, ROOT, {**os.environ, **environment})
    found = re.search(r"^localhost \| (SUCCESS|CHANGED|FAILED!) => (?=\{)", done.stdout, re.MULTILINE)
    assert found, f"{done.stdout}\n{done.stderr}"
    result, _end = json.JSONDecoder().raw_decode(done.stdout[found.end() :])
    failed = found[1] == "FAILED!"
    assert (done.returncode != 0) == failed, done.stdout
    return ModuleRun(result, failed, done.stdout + done.stderr, Calls(estate.journal()))


def run_playbook(
    estate: RunningEstate,
    name: str = "renew_iofilter.yml",
    *options: str,
    variables: Optional[dict[str, Any]] = None,
    inventories: Sequence[Path] = (),
    report_dir: Optional[Path] = None,
    cwd: Path = ROOT,
    environment: Optional[dict[str, str]] = None,
) -> PlaybookRun:
    """Run a playbook of the collection against the estate's inventory."""
    report_dir = report_dir or estate.directory / "report"
    given = {"certops_report_dir": str(report_dir), **(variables or {})}
    estate.clear_journal()
    command = playbook_command(estate, name, *options, variables=given, inventories=inventories)
    done = _run(command, cwd, os.environ if environment is None else environment)
    recap = {
        match[1]: dict(zip(("ok", "changed", "unreachable", "failed"), map(int, match.groups()[1:]), strict=True))
        for match in RECAP.finditer(done.stdout)
    }
    return PlaybookRun(done.returncode, done.stdout + done.stderr, Calls(estate.journal()), report_dir, recap)


def playbook_command(
    estate: RunningEstate, name: str, *options: str, variables: dict[str, Any], inventories: Sequence[Path] = ()
) -> list[str]:
    """The command that runs a playbook of the collection."""
    command = [tool("ansible-playbook"), str(PLAYBOOKS / name), "-i", str(estate.inventory), "-e", json.dumps(variables), *options]
    for inventory in inventories:
        command += ["-i", str(inventory)]
    return command


def _run(command: list[str], cwd: Path, environment: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
