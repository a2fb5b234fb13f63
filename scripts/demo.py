#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
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
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PLAYBOOK = Path("playbooks") / "renew_iofilter.yml"
START_SECONDS = 60
STOP_SECONDS = 10
# The playbook's default: what ends within so many days is due.
RENEW_BEFORE_DAYS = 60
# A table of more hosts than this has only those that are not settled.
SHOWN_HOSTS = 5
LAST_TASK = "TASK [Write the report of all vCenters]"
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

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls that it was sent after that number, in order."""
        calls: list[dict[str, Any]] = self.ask(f"journal?since={since}")
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


def play(title: str, simulated: Simulator, *options: str, only_end: bool = False) -> Played:
    """Run the playbook once, showing what it shows, or only what it ends with."""
    inventory = simulated.folder / "inventory.yml"
    # A host of a vCenter in mode custom, which has no custom CA here, is kept back in order to be seen.
    given = ["-e", "certops_protection=confirmed", "-e", "certops_fail_on=stopped", "-e", f"certops_shown_hosts={SHOWN_HOSTS}"]
    command = ["ansible-playbook", str(PLAYBOOK), "-i", str(inventory), *given, *options]
    report = ["-e", f"certops_report_dir={simulated.folder / 'report'}"]
    print(f"\n=== {title}\n$ {' '.join(command)}", flush=True)
    last = max((call["seq"] for call in simulated.journal()), default=0)
    started = time.monotonic()
    lines = []
    env = environment(simulated.folder)
    with subprocess.Popen(
        [*command, *report], cwd=ROOT, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            shown = not only_end
            for line in process.stdout or ():
                lines.append(line)
                shown = shown or LAST_TASK in line
                if shown:
                    print(line, end="", flush=True)
        except BaseException:
            # An interrupt at the terminal reaches the playbook too; another signal does not.
            process.terminate()
            raise
    seconds = time.monotonic() - started
    return Played(title, process.returncode, seconds, recap_of(lines), simulated.journal(since=last))


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


def wrong_with(host: dict[str, Any], now: str) -> list[str]:
    """What is wrong with a host in truth: with its certificates, its connection, or its provider."""
    soon = (datetime.fromisoformat(now) + timedelta(days=RENEW_BEFORE_DAYS)).isoformat()
    provider = host["provider"] or {}
    remembered = provider.get("certificate") or {}
    own = host["provider_certificate"]
    found = []
    if host["connection_state"] != "connected":
        found.append(f"it is {host['connection_state']}")
    for holder, certificate in (("it has", host["certificate"]), ("SMS remembers", remembered)):
        # Both are ISO 8601 in UTC, and so in order as texts.
        if certificate and certificate["not_after"] < soon:
            found.append(f"the certificate that {holder} ends {certificate['not_after']}")
    # The provider of an ESXi 9 may have a certificate of its own, which SMS had VMCA issue.
    if host["served"] != (own or host["certificate"]):
        found.append("port 9080 serves another certificate than it has")
    if not provider:
        found.append("SMS has no provider for it")
    elif provider["status"] != "online":
        found.append(f"its provider is {provider['status']}")
    return found


def truth(state: dict[str, Any]) -> dict[str, tuple[list[str], bool]]:
    """For each host by name: what is wrong with it, and whether SMS remembers the very certificate that it has for its provider."""
    return {
        host["name"]: (
            wrong_with(host, vcenter["now"]),
            (host["provider"] or {}).get("certificate") == (host["provider_certificate"] or host["certificate"]),
        )
        for vcenter in state["vcenters"]
        for host in vcenter["hosts"]
    }


def judge_hosts(planned: list[dict[str, Any]], after: dict[str, tuple[list[str], bool]]) -> list[str]:
    """Which hosts are not as they must be after the real run.

    planned: what the report of check mode said of each host. after: what they are in truth.
    A host that something was due for must be sound, its three certificates the same. Any other that is not sound must
    have been named with what blocks it.
    """
    due = {host["esxi_host"] for host in planned if host["steps"]}
    blocked = {host["esxi_host"] for host in planned if host["blockers"]}
    problems = [] if due else ["The plan finds nothing due, though much is"]
    problems += [f"{name} was due, and the estate has no such host" for name in sorted(due - set(after))]
    for name, (wrong, agreeing) in after.items():
        if name in due and (wrong or not agreeing):
            problems.append(f"{name} was due and is not sound: {'; '.join(wrong) or 'SMS remembers another certificate'}")
        elif wrong and name not in due | blocked:
            problems.append(f"{name} is not sound, and nothing said why it is left so: {'; '.join(wrong)}")
    return problems


def judge_clusters(state: dict[str, Any]) -> list[str]:
    """Which virtual machines vSphere HA restarted elsewhere, as it does where hosts of a cluster are renewed carelessly."""
    clusters = [cluster for vcenter in state["vcenters"] for cluster in vcenter["clusters"]]
    problems = (
        [] if any(cluster["ha"]["enabled"] for cluster in clusters) else ["No cluster has vSphere HA, so that it shows nothing"]
    )
    return problems + [
        f"vSphere HA restarted {machine} of {cluster['name']}"
        for cluster in clusters
        for machine in cluster["ha"]["restarted_machines"]
    ]


def demonstrate(folder: Path) -> int:
    """The three runs, and what they show."""
    with simulator(folder) as simulated:
        before = truth(simulated.state())
        check = play("1 of 3: check mode says what it would do, and does nothing", simulated, "--check")
        planned = reported(folder)
        real = play("2 of 3: for real", simulated)
        state = simulated.state()
        after = truth(state)
        again = play("3 of 3: again, with nothing left to do; its last lines", simulated, only_end=True)
    problems = judge_runs(check, real, again) + judge_hosts(planned, after) + judge_clusters(state)
    print("\n=== What was seen\n")
    if problems:
        print("\n".join(f"NOT AS IT SHOULD BE: {problem}" for problem in problems))
        return 1
    due = sum(1 for host in planned if host["steps"])
    ill, left = (sum(1 for wrong, _agreeing in state.values() if wrong) for state in (before, after))
    print(
        textwrap.fill(
            f"Of {len(before)} hosts, {ill} were not sound. Check mode named {due} hosts with something to do and"
            f" made {len(check.calls)} calls, of which none changed anything ({check.seconds:.0f} s). The real run changed"
            f" the estate with {real.mutating} of its {len(real.calls)} calls ({real.seconds:.0f} s); the simulator's own"
            f" state shows that all {due} are now sound, and the {left} that are not were named with what forbids"
            f" to touch them; vSphere HA restarted no virtual machine. The third run found nothing left to do: changed=0, and none"
            f" of its {len(again.calls)} calls changed anything ({again.seconds:.0f} s).",
            width=100,
        )
    )
    return 0


@contextlib.contextmanager
def working_folder(wanted: Path | None) -> Iterator[Path]:
    """A folder for all files: the wanted one, made anew, or one that is gone afterwards."""
    if wanted is None:
        with tempfile.TemporaryDirectory(prefix="certops-demo-") as folder:
            yield Path(folder)
    else:
        shutil.rmtree(wanted, ignore_errors=True)
        wanted.mkdir(parents=True)
        yield wanted.resolve()


def main() -> int:
    """Options in, 0 out where all three runs behaved."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--dir", type=Path, help="keep inventory, reports, journal and logs there; made anew")
    options = parser.parse_args()
    # As an interrupt: what was started is stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with working_folder(options.dir) as folder:
            return demonstrate(folder)
    except DemoError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; what was started is stopped.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
