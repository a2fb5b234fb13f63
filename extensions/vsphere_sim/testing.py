# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For tests: an estate that runs in another process, and what to ask it."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from .processes import EstateError, serving_alone, serving_for_now

__all__ = ["EstateError", "RunningEstate", "VCenterAddress", "estate", "sound"]


@dataclass(frozen=True)
class VCenterAddress:
    """Where a vCenter is, and who may log in."""

    name: str
    address: str
    port: int
    username: str
    password: str


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
def estate(directory: Path | str, *, own_process: bool = False, **options: Any) -> Iterator[RunningEstate]:
    """Open an estate with the options of the command line (scenario="demo", hosts=40, healthy=True), and take it down at the end.

    A scenario may be a dict too. It is served by a process that stays and has served others before it, unless it wants one of its own: where
    own_process says so, as who kills it or measures it does, and with SSH. Raises EstateError.
    """
    directory = Path(directory).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    words = ["--dir", str(directory), *_options(directory, options)]
    serving = serving_alone if own_process or _wants_ssh(options) else serving_for_now
    with serving(words, directory / "stderr.txt") as process:
        yield RunningEstate(directory, process)


def _wants_ssh(options: dict[str, Any]) -> bool:
    scenario = options.get("scenario")
    return bool(options.get("ssh") or (isinstance(scenario, dict) and scenario.get("ssh")))


def sound(host: dict[str, Any]) -> bool:
    """Whether, in truth, a host's certificate, the one on 9080 and the one that SMS remembers are the same."""
    provider = host["provider"] or {}
    remembered = (provider.get("certificate") or {}).get("sha256_fingerprint")
    return (
        host["connection_state"] == "connected"
        and provider.get("status") == "online"
        and remembered == host["certificate"]["sha256_fingerprint"]
    )


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
