# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-rulebook as a user starts it, with the event source that the rulebook names, against a simulated vCenter."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

import pythons
from processes import wait
from vsphere_sim.testing import RunningEstate

ROOT = Path(__file__).resolve().parent.parent.parent
PLACE = ROOT / ".cache" / "rulebook"
REQUIREMENTS = [ROOT / "tests" / "requirements" / f"{name}.txt" for name in ("rulebook", "event_source")]
# The oldest Python that the package runs on that carries the event source, which itself needs nothing as new.
PACKAGE_PYTHON = "3.12"
OLDEST_JAVA = 17
STOP_SECONDS = 30
# A vCenter's table has one line of its own before the lines of its hosts.
HEAD = re.compile(r"^(\S+) \(\S+, (audit|run)\): (\d+) (.*)$", re.MULTILINE)


def missing() -> Optional[str]:
    """Why a rulebook cannot be run here; None where it can."""
    if not shutil.which("java"):
        return f"Java is not installed (on Debian: the package openjdk-{OLDEST_JAVA}-jre-headless)"
    vsphere_fault = subprocess.run(
        ["java", "-version"], stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, check=False
    ).stdout
    version = re.search(r'version "(\d+)', vsphere_fault)
    if version is None or int(version[1]) < OLDEST_JAVA:
        return f"Java is older than {OLDEST_JAVA}: {vsphere_fault.splitlines()[0] if vsphere_fault else 'it says nothing'}"
    return None


def programs() -> Path:
    """The folder of ansible-rulebook and what it starts, which is made where it is not there or older than what it is to have."""
    ready = PLACE / "collections" / "ready"
    if ready.exists() and ready.stat().st_mtime > max(path.stat().st_mtime for path in REQUIREMENTS):
        return PLACE / "venv" / "bin"
    PLACE.mkdir(parents=True, exist_ok=True)
    found = pythons.environment(Path(sys.executable), PLACE, {}, "rulebook.txt")
    fetch: list[Any] = [sys.executable, ROOT / "scripts" / "fetch_collections.py", "--python-version", PACKAGE_PYTHON]
    fetch += ["--requirements", REQUIREMENTS[1], "--dest", PLACE / "collections", "vmware.vmware"]
    subprocess.run(fetch, check=True)
    ready.touch()
    return found


@dataclass
class Started:
    """What a rulebook has started so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def printed(self) -> str:
        """All that it and its playbooks printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ended(self) -> int:
        """How many playbooks have come to their end."""
        return len(re.findall(r"^PLAY RECAP", self.printed(), re.MULTILINE))

    def wait_for(self, number: int) -> None:
        """Wait until so many playbooks have ended. Raises AssertionError where they do not."""
        wait(lambda: self.ended() >= number or self.process.poll() is not None, f"no {number} playbooks:\n{self.printed()}")
        assert self.ended() >= number, self.printed()

    def tables(self) -> list[tuple[str, list[str]]]:
        """What each playbook did (audit, run), and to which hosts: those of its table."""
        parts = HEAD.split(self.printed())[1:]
        return [(parts[place + 1], _hosts(parts[place + 4])) for place in range(0, len(parts), 5)]


def _hosts(after: str) -> list[str]:
    """The first words of a table's lines."""
    lines = after.split("\n\n")[0].strip().splitlines()
    return sorted(line.split()[0] for line in lines if re.match(r"\d", line))


@contextmanager
def listening(running: RunningEstate, folder: Path, inventory: Path, **variables: Any) -> Iterator[Started]:
    """The collection's rulebook listens to the first vCenter of the estate."""
    folder.mkdir()
    found, vcenter = programs(), running.vcenters[0]
    given = folder / "variables.yml"
    given.write_text("".join(f"{name}: {value}\n" for name, value in variables.items()), encoding="utf-8")
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([str(found), os.environ["PATH"]]),
        "ANSIBLE_COLLECTIONS_PATH": f"{ROOT / 'playbooks' / 'collections'}:{PLACE / 'collections'}",
        "VMWARE_HOST": vcenter.address,
        "VMWARE_PORT": str(vcenter.port),
        "VMWARE_USER": vcenter.username,
        "VMWARE_PASSWORD": vcenter.password,
        # The source has no option for a CA.
        "SSL_CERT_FILE": str(running.ca_path),
    }
    command: list[Any] = [found / "ansible-rulebook", "--rulebook", "certops.vsphere.renew_on_alarm"]
    command += ["-i", inventory, "--vars", given]
    log = folder / "printed.txt"
    asked = len(_collectors(running))
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, process_group=0
        )
    started = Started(process, log)
    try:
        # Either source has asked once: what happens from now on is new to both.
        wait(
            lambda: len(_collectors(running)) >= asked + 2 or process.poll() is not None,
            f"it does not listen:\n{started.printed()}",
        )
        assert process.poll() is None, started.printed()
        yield started
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _collectors(running: RunningEstate) -> list[Any]:
    return [entry for entry in running.journal() if entry["method"] == "CreateCollectorForEvents"]
