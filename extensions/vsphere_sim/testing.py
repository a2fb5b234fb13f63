# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: an estate in a process of its own, and what to ask it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

START_SECONDS = 120.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class VCenterAddress:
    """Where a vCenter is, and who may log in."""

    name: str
    address: str
    port: int
    username: str
    password: str


class EstateError(Exception):
    """The simulator did not start, or refused what it was asked; the text is what it said."""


class RunningEstate:
    """An estate that is ready."""

    def __init__(self, directory: Path, process: subprocess.Popen[str]) -> None:
        control = json.loads((directory / "control.json").read_text(encoding="utf-8"))
        self.directory = directory
        self.process = process
        self.url: str = control["url"]
        self.pid: int = control["pid"]
        self.inventory = directory / "inventory.yml"
        self.ca_path = directory / "ca.pem"
        self.host_username: str = control["host_username"]
        self.host_password: str = control["host_password"]
        # Only with SSH.
        ssh = control.get("ssh")
        self.ssh_port: int = ssh["port"] if ssh else 0
        self.ssh_key: Optional[Path] = Path(ssh["private_key_path"]) if ssh else None
        self.known_hosts: Optional[Path] = Path(ssh["known_hosts_path"]) if ssh else None
        self.vcenters = [
            VCenterAddress(one["name"], one["address"], one["port"], control["username"], control["password"])
            for one in control["vcenters"]
        ]

    def vcenter(self, name: str) -> VCenterAddress:
        """A vCenter by its name."""
        return next(one for one in self.vcenters if one.name == name)

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The calls that were made after that number."""
        entries: list[dict[str, Any]] = self.ask("GET", f"/journal?since={since}")
        return entries

    def clear_journal(self) -> None:
        """Forget the calls that were made."""
        self.ask("DELETE", "/journal")

    def state(self) -> dict[str, Any]:
        """The truth."""
        state: dict[str, Any] = self.ask("GET", "/state")
        return state

    def host(self, name: str) -> dict[str, Any]:
        """The truth of one host, by its name or address."""
        for vcenter in self.state()["vcenters"]:
            for host in vcenter["hosts"]:
                if name in (host["name"], host["address"]):
                    found: dict[str, Any] = host
                    return found
        raise EstateError(f"there is no host {name}")

    def fault(self, rule: dict[str, Any]) -> int:
        """Let a rule hold; its number."""
        return int(self.ask("POST", "/faults", rule)["rule"])

    def clear_faults(self) -> None:
        """No rule holds any more."""
        self.ask("DELETE", "/faults")

    def set(self, what: str, **values: Any) -> Any:
        """Change the estate: set("host", host="...", reachable=False)."""
        return self.ask("POST", f"/state/{what}", values)

    def ask(self, method: str, path: str, body: Optional[Any] = None) -> Any:
        """Ask the control address. Raises EstateError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise EstateError(error.read().decode()) from None


@contextmanager
def estate(directory: Path | str, **options: Any) -> Iterator[RunningEstate]:
    """Start `python -m vsphere_sim` with these options (scenario="demo", hosts=40, healthy=True), and stop it at the end.

    A scenario may be a dict too. Raises EstateError.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "vsphere_sim", "--dir", str(directory), *_options(directory, options)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    with (directory / "stderr.txt").open("w", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=errors, stdin=subprocess.DEVNULL, text=True
        )
    try:
        said = _wait_until_ready(process)
        if not said or said[-1] != "ready":
            raise EstateError(
                f"{' '.join(command)} did not start:\n" + "\n".join(said) + (directory / "stderr.txt").read_text("utf-8")
            )
        yield RunningEstate(directory, process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def sound(host: dict[str, Any]) -> bool:
    """Whether, in truth, a host's certificate, the one on 9080 and the one that SMS remembers are the same."""
    provider = host["provider"] or {}
    remembered = (provider.get("certificate") or {}).get("sha256_fingerprint")
    return (
        host["connection_state"] == "connected"
        and provider.get("status") == "online"
        and remembered == host["certificate"]["sha256_fingerprint"]
    )


def _wait_until_ready(process: subprocess.Popen[str]) -> list[str]:
    said: list[str] = []
    # Who never says ready is ended, and then its output ends too.
    alarm = threading.Timer(START_SECONDS, process.kill)
    alarm.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if said[-1] == "ready":
                break
    finally:
        alarm.cancel()
    return said


def _options(directory: Path, options: dict[str, Any]) -> list[str]:
    words: list[str] = []
    for name, value in options.items():
        if name == "scenario" and isinstance(value, dict):
            path = directory / "scenario.json"
            path.write_text(json.dumps(value), encoding="utf-8")
            value = path
        flag = "--" + name.replace("_", "-")
        if value is True:
            words.append(flag)
        elif value is not False and value is not None:
            words += [flag, str(value)]
    return words
