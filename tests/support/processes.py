# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible as a user starts it, against a simulated estate."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Optional

from vsphere_sim.testing import RunningEstate

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.prefix, "bin")
# This Python by another name: a module that is to be run by it gets a process of its own, as on another machine.
OTHER_NAME = next(path for path in (BIN / "python3", BIN / "python") if str(path) != sys.executable)
LONGEST_SECONDS = 240


@dataclass
class Answer:
    """What a module returned, and all that was printed."""

    returncode: int
    result: dict[str, Any]
    printed: str

    @property
    def message(self) -> str:
        """The sentence of a failure."""
        return str(self.result.get("msg", ""))

    @property
    def statuses(self) -> dict[str, str]:
        """What became of each host."""
        return {host["esxi_host"]: host["status"] for host in self.result.get("hosts", [])}


@dataclass
class Played:
    """What a playbook printed, and the reports that it wrote."""

    returncode: int
    printed: str
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)

    def host(self, vcenter: str, name: str) -> dict[str, Any]:
        """What the report says of a host."""
        return next(host for host in self.reports[vcenter]["hosts"] if host["esxi_host"] == name)

    def results(self, vcenter: str) -> dict[str, str]:
        """The one word for each host."""
        return {host["esxi_host"]: host["result"] for host in self.reports[vcenter]["hosts"]}


# What is waited for by the clock is over at once where an estate's time goes a hundred times as fast.
OF_FAST_ESTATES: dict[str, dict[str, Any]] = {"vasa_provider_reregister": {"heal_seconds": 0.3, "look_seconds": 0.3}}
_RUNS_OF_FAST_ESTATES = {"certops_reregister_heal_seconds": 0.3, "certops_reregister_look_seconds": 0.3}


def module(
    estate: RunningEstate,
    name: str,
    *,
    vcenter: str = "vc01",
    check: bool = False,
    verbose: bool = False,
    own_process: bool = False,
    environment: Optional[dict[str, str]] = None,
    arguments: Optional[Path] = None,
    extra_variables: Optional[Path] = None,
    **options: Any,
) -> Answer:
    """Run a module by itself; options outrank how the vCenter is reached.

    own_process: packed and sent to a Python, not in the process of its task. arguments: give them by this file, not by the command line.
    """
    address = estate.vcenter(vcenter)
    given = {
        "hostname": address.address,
        "port": address.port,
        "username": address.username,
        "password": address.password,
        "ca_path": str(estate.ca_path),
        **OF_FAST_ESTATES.get(name, {}),
        **options,
    }
    if arguments is None:
        words = ["-a", json.dumps(given)]
    else:
        # Templates are read like any other: the options come out of the file with their types.
        arguments.write_text(json.dumps({f"given_{key}": value for key, value in given.items()}), encoding="utf-8")
        words = ["-a", json.dumps({key: f"{{{{ given_{key} }}}}" for key in given}), "-e", f"@{arguments}"]
    command = [str(BIN / "ansible"), "localhost", "-m", f"certops.vsphere.{name}", *words]
    command += ["-e", f"@{extra_variables}"] if extra_variables else []
    command += ["-e", f"ansible_python_interpreter={OTHER_NAME}"] if own_process else []
    command += ["--check"] if check else []
    command += ["-vvv"] if verbose else []
    done = run(command, {"ANSIBLE_PYTHON_INTERPRETER": sys.executable, **(environment or {})})
    return answer(done, "localhost")


def play_command(
    inventory: Path,
    report: Path,
    *,
    playbook: str = "renew_iofilter.yml",
    protection: Optional[str] = "confirmed",
    **variables: Any,
) -> list[str]:
    """The command that runs a playbook on an inventory and has it write its reports into a folder."""
    given = {"certops_report_dir": str(report), **_RUNS_OF_FAST_ESTATES, **variables}
    if protection is not None:
        given["certops_protection"] = protection
    return [str(BIN / "ansible-playbook"), str(ROOT / "playbooks" / playbook), "-i", str(inventory), "-e", json.dumps(given)]


def play(
    estate: RunningEstate,
    folder: Path,
    *arguments: str,
    playbook: str = "renew_iofilter.yml",
    protection: Optional[str] = "confirmed",
    cwd: Path = ROOT,
    environment: Optional[dict[str, str]] = None,
    inventory: Optional[Path] = None,
    **variables: Any,
) -> Played:
    """Run a playbook against all vCenters of the estate, or of another inventory."""
    report = folder / "report"
    command = play_command(inventory or estate.inventory, report, playbook=playbook, protection=protection, **variables)
    done = run([*command, *arguments], environment, cwd)
    reports = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in report.glob("*.json") if path.stem != "report"}
    return Played(done.returncode, done.stdout, reports)


@dataclass
class Inventoried:
    """What ansible-inventory printed: the inventory, empty where it is none, and all of it."""

    returncode: int
    hosts: dict[str, dict[str, Any]]
    groups: dict[str, dict[str, list[str]]]
    printed: str

    def members(self, group: str) -> set[str]:
        """The hosts of a group, and of those within it."""
        found = self.groups.get(group, {})
        return {*found.get("hosts", ()), *(name for child in found.get("children", ()) for name in self.members(child))}


def inventory(path: Path, *arguments: str, environment: Optional[dict[str, str]] = None, own_process: bool = False) -> Inventoried:
    """Read an inventory as any program would that has Ansible make it."""
    command = [str(BIN / "ansible-inventory"), "-i", str(path), "--list", *arguments]
    done = run(command, environment, own_process=own_process)
    start = done.stdout.find("\n{\n") + 1 if not done.stdout.startswith("{") else 0
    # Ansible marks a text that is to be evaluated by nobody.
    read, _end = json.JSONDecoder(object_hook=lambda one: one.get("__ansible_unsafe", one)).raw_decode(done.stdout[start:])
    groups = {name: group for name, group in read.items() if name != "_meta"}
    return Inventoried(done.returncode, read["_meta"]["hostvars"], groups, done.stdout)


def mutating(estate: RunningEstate, since: int = 0) -> list[tuple[str, Optional[str]]]:
    """The calls that change something, with the host or provider that they are about."""
    return [(call["method"], call["target"]) for call in estate.journal(since) if call["mutating"]]


def answer(done: subprocess.CompletedProcess[str], host: str) -> Answer:
    """What `ansible HOST -m MODULE` returned for a host; an empty result where it came to none."""
    start = done.stdout.find(f"{host} | ")
    text = done.stdout[done.stdout.index("{", start) :] if start >= 0 else "{}"
    result, _end = json.JSONDecoder().raw_decode(text)
    return Answer(done.returncode, result, done.stdout)


def examples(module_name: str) -> str:
    """The examples of a module, as they stand in it."""
    source = ast.parse((ROOT / "plugins" / "modules" / f"{module_name}.py").read_text(encoding="utf-8"))
    for node in source.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "EXAMPLES":
            return str(ast.literal_eval(node.value))
    raise AssertionError(f"{module_name} has no examples")


def run(
    command: list[str],
    environment: Optional[dict[str, str]] = None,
    cwd: Optional[Path] = ROOT,
    seconds: float = LONGEST_SECONDS,
    own_process: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, what it prints as errors among the rest.

    Ansible's programs run in a process that is forked from one that has imported them, where nothing of the environment forbids that.
    own_process: started like any other, all the same.
    """
    # It takes words of this file.
    from player.client import program

    whole = {**os.environ, **(environment or {})}
    forked = None if own_process else program(command, whole, cwd or Path.cwd(), seconds)
    if forked is not None:
        return subprocess.CompletedProcess(command, *forked)
    return subprocess.run(
        command,
        cwd=cwd,
        env=whole,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=seconds,
    )


def wait(until: Callable[[], bool], otherwise: str, seconds: float = LONGEST_SECONDS) -> None:
    """Wait until it holds. Raises AssertionError where it never does."""
    ends = time.monotonic() + seconds
    while not until():
        if time.monotonic() > ends:
            raise AssertionError(otherwise)
        time.sleep(0.05)
