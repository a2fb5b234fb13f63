#!/usr/bin/env python
# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew the certificates of a simulated estate: predict, do, and find nothing left to do.

The playbook runs three times against the simulator. What it says of itself is not believed: the simulator's journal
tells which calls changed something, and its state what the hosts' certificates and providers really are.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOK = Path("playbooks") / "renew_iofilter.yml"
START_SECONDS = 60
STOP_SECONDS = 10
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class DemoError(Exception):
    """The demo could not be run at all."""


@dataclass
class Played:
    """One run of the playbook: what it returned, what it said of itself, and what the simulator saw of it."""

    title: str
    returncode: int
    seconds: float
    recap: dict[str, dict[str, int]]
    calls: list[dict[str, Any]] = field(default_factory=list)

    @property
    def mutating(self) -> int:
        """How many of its calls changed something."""
        return sum(1 for call in self.calls if call["mutating"])

    @property
    def changed(self) -> int:
        """How many of its tasks say that they changed something."""
        return sum(counts["changed"] for counts in self.recap.values())

    def problems(self) -> list[str]:
        """Why it cannot be said to have succeeded."""
        found = [f"{self.title}: ansible-playbook ended with {self.returncode}"] if self.returncode else []
        if not self.recap:
            found.append(f"{self.title}: it shows no recap")
        for name, counts in self.recap.items():
            found += [f"{self.title}: {counts[bad]} {bad} on {name}" for bad in ("failed", "unreachable") if counts[bad]]
        return found


class Simulator:
    """The simulated estate, running."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url

    def ask(self, path: str) -> Any:
        """What the simulator itself tells."""
        # Not by way of a proxy that the environment names: it is on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.url}/{path}", timeout=30) as answer:
            return json.load(answer)

    def journal(self) -> list[dict[str, Any]]:
        """Every call that it was sent, in order."""
        calls: list[dict[str, Any]] = self.ask("journal")
        return calls

    def state(self) -> dict[str, Any]:
        """What the estate is in truth."""
        state: dict[str, Any] = self.ask("state")
        return state


def environment(folder: Path) -> dict[str, str]:
    """Ansible's environment: nothing of the user's settings, and nothing written into the home folder."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "VMWARE_", "PYTHON"))}
    own["PATH"] = os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath)])
    own["ANSIBLE_CONFIG"] = str(ROOT / "ansible.cfg")
    own["ANSIBLE_HOME"] = str(folder / "ansible")
    if sys.stdout.isatty():
        own["ANSIBLE_FORCE_COLOR"] = "1"
    return own


@contextlib.contextmanager
def simulator(folder: Path) -> Iterator[Simulator]:
    """Start the simulated estate, and stop it whatever happens."""
    log = folder / "simulator.log"
    with log.open("wb") as output:
        # A session of its own: an interrupt at the terminal ends the playbook first, and the simulator here.
        process = subprocess.Popen(
            [sys.executable, "-m", "vsphere_sim", "--scenario", "demo", "--dir", str(folder)],
            env={**os.environ, "PYTHONPATH": str(ROOT / "extensions"), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            wait_until_ready(process, log)
            control = json.loads((folder / "control.json").read_text(encoding="utf-8"))
            yield Simulator(folder, control["url"].rstrip("/"))
        finally:
            stop(process)


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when the simulator says that it listens."""
    deadline = time.monotonic() + START_SECONDS
    while not re.search(r"^ready\b", text := log.read_text(encoding="utf-8", errors="replace"), re.MULTILINE):
        if process.poll() is not None:
            raise DemoError(f"The simulator ended with {process.returncode} before it was ready:\n{text}")
        if time.monotonic() > deadline:
            raise DemoError(f"The simulator was not ready after {START_SECONDS} seconds:\n{text}")
        time.sleep(0.05)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the simulator."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def recap_of(lines: list[str]) -> dict[str, dict[str, int]]:
    """The playbook's last lines as numbers, for each host of the inventory."""
    found = (RECAP.match(COLOUR.sub("", line)) for line in lines)
    names = ("ok", "changed", "unreachable", "failed")
    return {match[1]: dict(zip(names, map(int, match.groups()[1:]), strict=True)) for match in found if match}


def play(title: str, simulated: Simulator, *options: str) -> Played:
    """Run the playbook once, showing what it shows."""
    inventory = simulated.folder / "inventory.yml"
    command = ["ansible-playbook", str(PLAYBOOK), "-i", str(inventory), "-e", "certops_protection=confirmed", *options]
    report = ["-e", f"certops_report_dir={simulated.folder / 'report'}"]
    print(f"\n=== {title}\n$ {' '.join(command)}\n", flush=True)
    before = len(simulated.journal())
    started = time.monotonic()
    lines = []
    env = environment(simulated.folder)
    with subprocess.Popen(
        [*command, *report], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    seconds = time.monotonic() - started
    return Played(title, process.returncode, seconds, recap_of(lines), simulated.journal()[before:])


def reported(folder: Path) -> list[dict[str, Any]]:
    """What the playbook's report says of each host."""
    try:
        report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DemoError(f"The playbook left no report: {error}") from error
    return [host for vcenter in report["vcenters"] for host in vcenter["hosts"]]


def judge_runs(check: Played, real: Played, again: Played) -> list[str]:
    """What the three runs did not do as they must."""
    problems = [problem for played in (check, real, again) for problem in played.problems()]
    if check.mutating:
        problems.append(f"{check.title}: {check.mutating} of its calls changed something")
    if not check.changed:
        problems.append(f"{check.title}: it predicts no change, though much is due")
    if not real.changed or not real.mutating:
        problems.append(f"{real.title}: it changed nothing")
    if again.changed or again.mutating:
        problems.append(f"{again.title}: changed={again.changed}, and {again.mutating} of its calls changed something")
    return problems


def judge_hosts(planned: list[dict[str, Any]], wrong: dict[str, str]) -> list[str]:
    """Which hosts are not as they must be after the real run.

    planned: what the report of check mode said of each host. wrong: what is wrong with hosts in truth, by name.
    A host that something is due for must be sound. One that is not must have been named with what blocks it.
    """
    due = [host["esxi_host"] for host in planned if host["steps"]]
    explained = {host["esxi_host"] for host in planned if host["blockers"]}
    problems = [] if due else ["The plan finds nothing due, though much is"]
    problems += [f"{name} was due and is still not sound: {wrong[name]}" for name in due if name in wrong]
    problems += [
        f"{name} is not sound and nothing says why it was left so: {what}"
        for name, what in wrong.items()
        if name not in due and name not in explained
    ]
    return problems


def demonstrate(folder: Path) -> int:
    """The three runs, and what they show."""
    with simulator(folder) as simulated:
        before = wrong_in(simulated.state())
        check = play("1 of 3: check mode says what it would do, and does nothing", simulated, "--check", "--diff")
        planned = reported(folder)
        real = play("2 of 3: for real", simulated)
        after = wrong_in(simulated.state())
        again = play("3 of 3: again, with nothing left to do", simulated)
    problems = judge_runs(check, real, again) + judge_hosts(planned, after)
    print("\n=== What was seen\n")
    if problems:
        print("\n".join(f"NOT AS IT SHOULD BE: {problem}" for problem in problems))
        return 1
    due = sum(1 for host in planned if host["steps"])
    print(
        textwrap.fill(
            f"Of {len(planned)} hosts, {len(before)} were not sound. Check mode named {due} hosts with something to do and"
            f" made {len(check.calls)} calls, of which none changed anything ({check.seconds:.0f} s). The real run changed"
            f" the estate with {real.mutating} of its {len(real.calls)} calls ({real.seconds:.0f} s); the simulator's own"
            f" state shows that all {due} are now sound, and the {len(after)} that are not were named with what forbids"
            f" to touch them. The third run found nothing left to do: changed=0, and none of its {len(again.calls)}"
            f" calls changed anything ({again.seconds:.0f} s). The reports are in {shown(folder / 'report')}.",
            width=100,
        )
    )
    return 0


def shown(path: Path) -> str:
    """A path as short as it can be said from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def main() -> int:
    """Options in, 0 out where all three runs behaved."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, default=ROOT / ".cache" / "demo", help="where all files are put; made anew")
    folder = parser.parse_args().dir.resolve()
    # As an interrupt: what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        return demonstrate(folder)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; what was started is stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
