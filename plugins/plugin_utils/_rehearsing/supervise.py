# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A program: the simulated estate, and the playbook that runs against it. It reads one line of JSON from standard input, and writes one at its end.

Its standard input is its lifeline: when whoever started it is gone, however that ended, nobody holds the other end any more, and it ends what it started.
So does a signal. Nothing of it outlives it: neither a process nor a file.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import ipaddress
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import IO, Any, Iterator, Mapping, Optional, Sequence, cast

SIMULATOR = "vsphere_sim"
HERE = Path(__file__).resolve().parent
START_SECONDS, STOP_SECONDS, LOOK_SECONDS = 600.0, 10.0, 0.1
STANDARD_INPUT = 0
_PR_SET_CHILD_SUBREAPER = 36
_MESSAGE = re.compile(r'"msg": ("(?:[^"\\]|\\.)*")')
_LAST_SIGNS = 600


class Ended(Exception):
    """Somebody wants an end."""


class Failed(Exception):
    """It came to nothing; the text says why."""


class Lifeline:
    """Whether it is to go on."""

    def __init__(self) -> None:
        self._ended = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, *_given: object) -> None:
        self._ended = True

    def order(self) -> dict[str, Any]:
        """What is to be done. Raises Ended."""
        read = bytearray()
        while not read.endswith(b"\n"):
            piece = os.read(STANDARD_INPUT, 65536)
            if not piece:
                raise Ended
            read += piece
        made: dict[str, Any] = json.loads(read)
        return made

    def look(self, *others: IO[bytes]) -> list[IO[bytes]]:
        """Wait a moment, or until one of these has something to say; those that have. Raises Ended."""
        ready, _none, _neither = select.select([STANDARD_INPUT, *others], [], [], LOOK_SECONDS)
        if self._ended or (STANDARD_INPUT in ready and not os.read(STANDARD_INPUT, 1)):
            raise Ended
        return [one for one in others if one in ready]


def main() -> int:
    """Do what the order says."""
    lifeline = Lifeline()
    _adopt_orphans()
    folder = Path(tempfile.mkdtemp(prefix="certops-rehearsal-"))
    try:
        answer = _rehearse(lifeline.order(), folder, lifeline)
    except Failed as why:
        answer = {"problem": str(why)}
    except Ended:
        return 1
    except Exception as error:
        # Its own fault: whoever started it is told by one sentence, too.
        answer = {"problem": f"an internal error ({type(error).__name__}: {error})"}
    finally:
        _end_orphans()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(answer), flush=True)
    return 0


def _rehearse(order: Mapping[str, Any], folder: Path, lifeline: Lifeline) -> dict[str, Any]:
    with _simulator(order, folder, lifeline) as control:
        inventory = _inventory(order, folder, control)
        output = folder / "output.txt"
        code = _play(order, folder, inventory, output, _where(control, folder), lifeline)
        report = folder / "report" / "report.json"
        if not report.is_file():
            raise Failed(_why(output.read_text(encoding="utf-8", errors="replace"), code))
        state = _ask(control["url"], "/state")
        return {
            "report": json.loads(report.read_text(encoding="utf-8")),
            "restarts": {one["name"]: one["sps"]["restarts"] for one in state["vcenters"]},
        }


@contextlib.contextmanager
def _simulator(order: Mapping[str, Any], folder: Path, lifeline: Lifeline) -> Iterator[dict[str, Any]]:
    """The simulated estate, while it is needed. It stays only while this process holds its standard input."""
    estate, told = folder / "estate", folder / "simulator.txt"
    estate.mkdir(mode=0o700)
    scenario = folder / "scenario.json"
    scenario.write_text(json.dumps(order["scenario"]), encoding="utf-8")
    words = ["--scenario", str(scenario), "--dir", str(estate), "--speed", str(order["speed"])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (order["extensions"], os.environ.get("PYTHONPATH"))))}
    with told.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", SIMULATOR, "--stay"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
    try:
        to = cast(IO[bytes], process.stdin)
        to.write(f"{json.dumps(words)}\n".encode())
        to.flush()
        if not _is_ready(process, lifeline):
            raise Failed(f"the simulated estate did not start ({_last(told)})")
        control: dict[str, Any] = json.loads((estate / "control.json").read_text(encoding="utf-8"))
        for name, changes in order["sps"].items():
            _ask(control["url"], "/state/sps", {"vcenter": name, **changes})
        yield {**control, "ca_path": str(estate / "ca.pem")}
    except OSError as error:
        raise Failed(f"the simulated estate did not start ({error})") from error
    finally:
        _end(process)


def _is_ready(process: subprocess.Popen[bytes], lifeline: Lifeline) -> bool:
    told = cast(IO[bytes], process.stdout)
    said, ends = b"", time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        for one in lifeline.look(told):
            piece = os.read(one.fileno(), 65536)
            said += piece
            if not piece or re.search(rb"^refused$", said, re.MULTILINE):
                return False
            if re.search(rb"^ready$", said, re.MULTILINE):
                return True
    return False


def _inventory(order: Mapping[str, Any], folder: Path, control: Mapping[str, Any]) -> Path:
    """Write the inventory, and look at what was written before anything uses it. Raises Failed."""
    made = _sibling("twin_inventory")
    path = folder / "inventory" / "hosts.json"
    path.parent.mkdir(mode=0o700)
    try:
        content = made.inventory_of(control, control["ca_path"], order["given"], _signers(order, folder / "estate" / "corporate"))
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        made.refuse_elsewhere(json.loads(path.read_text(encoding="utf-8")), order["given"])
    except made.Elsewhere as error:
        raise Failed(f"its inventory leads elsewhere: {error}") from error
    return path


def _signers(order: Mapping[str, Any], folder: Path) -> dict[str, list[str]]:
    """The commands by which the CAs of the simulated site sign, for the vCenters that have one and whose real site has one."""
    program = Path(order["extensions"]) / SIMULATOR / "pki" / "sign.py"
    files = {name: (folder / f"{name}.pem", folder / f"{name}.key") for name in order["signed"]}
    return {name: [sys.executable, "-P", str(program), *map(str, pair)] for name, pair in files.items() if pair[0].is_file()}


def _sibling(name: str) -> Any:
    """A file beside this one, which is no package here: Ansible alone knows where its collections are."""
    found = cast(ModuleSpec, importlib.util.spec_from_file_location(name, HERE / f"{name}.py"))
    module = importlib.util.module_from_spec(found)
    cast(Loader, found.loader).exec_module(module)
    return module


def _where(control: Mapping[str, Any], folder: Path) -> list[str]:
    """Where the twin is, all of it; and a file with the addresses of its hosts by their names. Of two of the same name the first has it."""
    address = urllib.parse.urlsplit(control["url"]).hostname
    addresses: dict[str, str] = {}
    for vcenter in _ask(control["url"], "/state")["vcenters"]:
        for host in vcenter["hosts"]:
            addresses.setdefault(host["name"].lower(), host["address"])
    names = folder / "names.json"
    names.write_text(json.dumps(addresses), encoding="utf-8")
    return [str(ipaddress.ip_network(f"{address}/16", strict=False)), str(names)]


def _play(order: Mapping[str, Any], folder: Path, inventory: Path, output: Path, where: Sequence[str], lifeline: Lifeline) -> int:
    """Run the playbook to its end. Raises Ended."""
    given = {
        "certops_report_dir": str(folder / "report"),
        "certops_keep_reports": 0,
        "certops_protection": "none",
        "certops_fail_on": "stopped",
        "certops_progress_seconds": 0,
    }
    settings = folder / "ansible.cfg"
    settings.write_text("[defaults]\n", encoding="utf-8")
    environment = {
        **os.environ,
        "ANSIBLE_CONFIG": str(settings),
        "ANSIBLE_HOME": str(folder / "ansible"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "ansible" / "tmp"),
        "ANSIBLE_COLLECTIONS_PATH": order["collections"],
        # Neither group_vars nor host_vars, wherever they are.
        "ANSIBLE_VARS_ENABLED": "",
        "ANSIBLE_FORKS": str(max(len(order["given"]), 1)),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
    }
    command = [sys.executable, "-P", str(HERE / "loopback.py"), *where, order["playbook"], "-i", str(inventory)]
    command += ["-e", json.dumps(given)]
    with output.open("wb") as written:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        while process.poll() is None:
            lifeline.look()
        return process.returncode
    finally:
        _end(process)


def _ask(url: str, path: str, body: Optional[Mapping[str, Any]] = None) -> Any:
    """Ask the simulated estate, and not by way of a proxy."""
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(url + path, data=data), timeout=60) as answer:  # noqa: S310
        return json.load(answer)


def _why(output: str, code: int) -> str:
    """Why a playbook came to no report: the first message of what it printed, else its last words."""
    found = _MESSAGE.search(output)
    told = str(json.loads(found[1])) if found else output.strip()[-_LAST_SIGNS:]
    return told or f"ansible-playbook ended with {code}"


def _last(path: Path) -> str:
    text = path.read_text(encoding="utf-8", errors="replace").strip()
    return text.splitlines()[-1][-_LAST_SIGNS:] if text else "it said nothing"


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all that it has in its session."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
    if process.stdout is not None:
        process.stdout.close()


def _adopt_orphans() -> None:
    """Have whatever loses its parent below this process become a child of it: Ansible's workers have sessions of their own."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_orphans() -> None:
    """End them. Where no system tells of a process's children, they end by themselves: what they talk to is gone."""
    while children := _children():
        for process in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)


def _children() -> list[int]:
    """The processes whose parent this is."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of a program, in brackets, may hold anything.
            _state, parent, *_rest = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(parent) == os.getpid():
                found.append(int(stat.parent.name))
    return found


if __name__ == "__main__":
    sys.exit(main())
