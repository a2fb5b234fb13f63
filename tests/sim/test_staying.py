# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator that serves one estate after another: each is as one that a process of its own serves, whatever was done to those before it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pyVim.connect import Disconnect
from pyVmomi import vmodl
from vsphere_sim.pki import keys
from vsphere_sim.testing import EstateError, RunningEstate, estate

from .conftest import PATIENCE_SECONDS, connect, finished, wait_for

NETWORK = "127.238.0.0/16"
DEMO: dict[str, Any] = {"scenario": "demo", "speed": 50, "seed": 5, "network": NETWORK}
# Two estates of the same seed differ in them.
SESSIONS = re.compile(r"session\[[0-9a-f-]{36}\][0-9a-f]{16}")
SECRETS = re.compile(r"^([0-9A-F]{2}(:[0-9A-F]{2}){19,}|-----BEGIN .*|[0-9a-f]{8})$", re.DOTALL)
TIMES = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$")


def ask_without_reading(running: RunningEstate, path: str = "/sdk/vimServiceVersions.xml") -> ssl.SSLSocket:
    """A connection to vc01 on which something was asked."""
    vcenter = running.vcenter("vc01")
    plain = socket.create_connection((vcenter.address, vcenter.port), timeout=PATIENCE_SECONDS)
    secured = ssl.create_default_context(cafile=str(running.ca_path)).wrap_socket(plain, server_hostname=vcenter.address)
    secured.sendall(f"GET {path} HTTP/1.1\r\nHost: {vcenter.address}\r\n\r\n".encode())
    return secured


def mistreat(running: RunningEstate, stack: contextlib.ExitStack) -> None:
    """What tests do to an estate, and leave as it is."""
    client = connect(running)
    hosts = client.hosts()
    connected = [
        host for host in hosts.values() if host.runtime.connectionState == "connected" and not host.runtime.inMaintenanceMode
    ]
    client.content.certificateManager.CertMgrRefreshCertificates_Task(connected[:1])
    providers = client.storage().QueryProvider()
    finished(client.storage().UnregisterProvider_Task(providers[0].QueryProviderInfo().uid))
    client.rest("POST", "/api/vcenter/services/sps?action=restart", client.token())
    running.set("clock", advance_days=100)
    running.set("host", host=connected[1].name, reachable=False)
    running.set("host", host=connected[2].name, removed=True)
    running.set("vcenter", vcenter="vc01", linked_nodes=["another.example"], settings={"vpxd.certmgmt.mode": "custom"})
    running.set("account", vcenter="vc01", username="few@vsphere.local", privileges=["StorageViews.View"])
    running.set("sessions")
    running.fault({"match": {"method": "Login"}, "effect": {"fault": "vim.fault.InvalidLogin"}})
    # Three that are still open when it ends: one is idle, one waits for ever, and one is answered byte by byte.
    stack.enter_context(ask_without_reading(running)).recv(1)
    hold = {"match": {"protocol": "https", "method": "GET /held"}, "effect": {"hold": "before"}}
    running.fault(hold)
    stack.enter_context(ask_without_reading(running, "/held"))
    running.fault({"match": {"protocol": "https", "method": "GET /drip"}, "effect": {"drip": "continue"}})
    stack.enter_context(ask_without_reading(running, "/drip")).recv(1)
    wait_for(
        "the call that is held",
        lambda: any(rule["match"] == hold["match"] and rule["held"] for rule in running.ask("GET", "/faults")),
    )


def story(running: RunningEstate) -> list[Any]:
    """All that a client is told: what is there, what it does, and what the journal and the truth say then; times as days, and what is made
    anew by where it was first seen."""
    client = connect(running)
    host = next(one for name, one in sorted(client.hosts().items()) if one.runtime.connectionState == "connected")
    before = running.state()
    provider = next(one for one in client.storage().QueryProvider() if host.name in one.QueryProviderInfo().name)
    task = client.storage().UnregisterProvider_Task(provider.QueryProviderInfo().uid)
    finished(task)
    event = running.set("event", vcenter="vc01", type="vim.event.HostConnectedEvent", host=host.name)
    told = [running.inventory.read_text(), running.ask("GET", "/faults"), before, task._moId, event, running.state()]
    Disconnect(client.instance)
    # How often somebody looks whether a task has ended, and how long calls take, is a matter of the machine.
    journal = [
        {**entry, "seq": 0, "seconds": 0, "sent_bytes": 0} for entry in running.journal() if entry["method"] != "QuerySmsTaskInfo"
    ]
    seen: dict[str, str] = {}
    now = datetime.fromisoformat(before["vcenters"][0]["now"])

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, str) and TIMES.match(value):
            return f"{round((datetime.fromisoformat(value) - now).total_seconds() / 86400)} days"
        if isinstance(value, str) and SECRETS.match(value):
            return seen.setdefault(value, f"number {len(seen)}")
        return SESSIONS.sub("an object of the session's", value) if isinstance(value, str) else value

    return [plain(one) for one in [*told, journal]]


def test_an_estate_after_others_is_as_a_new_one(tmp_path: Path) -> None:
    with estate(tmp_path / "it", own_process=True, **DEMO) as running:
        alone = story(running)
    with contextlib.ExitStack() as stack:
        with estate(tmp_path / "before", **{**DEMO, "seed": 9, "host_names": "fqdn", "page_size": 2}) as running:
            process = running.pid
            mistreat(running, stack)
            passwords = {vcenter.password for vcenter in running.vcenters}
        assert "a connection could not be served" not in (tmp_path / "before" / "stderr.txt").read_text()
        with estate(tmp_path / "it", **DEMO) as running:
            assert running.pid == process
            assert passwords.isdisjoint({vcenter.password for vcenter in running.vcenters})
            after = story(running)
            files = sorted(path.name for path in running.directory.iterdir())
    for one, other in zip(alone, after, strict=True):
        assert other == one
    assert files == ["ca.pem", "control.json", "corporate", "inventory.yml", "journal.jsonl", "stderr.txt"]
    assert (tmp_path / "it" / "stderr.txt").read_text() == ""


def test_two_at_a_time_are_two_processes_and_one_after_another_are_one(tmp_path: Path) -> None:
    with estate(tmp_path / "a", hosts=1) as first, estate(tmp_path / "b", hosts=1) as second:
        both = {first.pid, second.pid}
        assert len(both) == 2
        assert first.vcenters[0].address != second.vcenters[0].address
    with estate(tmp_path / "c", hosts=1) as third, estate(tmp_path / "d", hosts=1, own_process=True) as alone:
        assert third.pid in both
        assert alone.pid not in both


def test_one_that_was_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    many = {"vcenters": [{"name": "vc01"}, {"name": "vc01"}]}
    with (
        pytest.raises(EstateError, match="two vCenters have the same name"),
        estate(tmp_path / "a", scenario=many, network=NETWORK),
    ):
        pass
    with pytest.raises(EstateError, match="unrecognized arguments: --nonesuch"), estate(tmp_path / "b", nonesuch=1):
        pass
    with estate(tmp_path / "c", hosts=1, network=NETWORK) as running:
        address = (running.vcenters[0].address, running.vcenters[0].port)
        assert connect(running).hosts()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=2).close()


def test_one_that_was_stopped_or_killed_is_no_matter_for_the_next(tmp_path: Path) -> None:
    with estate(tmp_path / "a", hosts=1) as running:
        process = running.pid
        running.ask("POST", "/stop")
    with estate(tmp_path / "b", hosts=1) as running:
        assert running.pid == process
        assert len(running.state()["vcenters"]) == 1
        os.kill(process, signal.SIGKILL)
    with estate(tmp_path / "c", hosts=1) as running:
        assert running.pid != process


def test_what_goes_wrong_is_told_of_the_estate_that_it_is_of(tmp_path: Path) -> None:
    with estate(tmp_path / "a", hosts=1) as running:
        # No certificate: the connection has no caller who could be told.
        running.fault({"match": {"protocol": "https"}, "effect": {"http_status": "none"}})
        with ask_without_reading(running, "/nonesuch") as asking:
            assert asking.recv(1) == b""
    with estate(tmp_path / "b", hosts=1):
        pass
    assert "a connection could not be served" in (tmp_path / "a" / "stderr.txt").read_text()
    assert (tmp_path / "b" / "stderr.txt").read_text() == ""


def test_orders_come_as_lines(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vsphere_sim", "--stay"]
    environment = {**os.environ, "PYTHONPATH": str(Path(keys.__file__).parents[2])}
    orders = [["--dir", str(tmp_path / "a"), "--hosts", "1"], [], ["--dir", str(tmp_path / "b"), "--ssh"], "no list", []]
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(orders[0]) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if line == "ready\n":
                break
        # Orders that come before the last was carried out are kept, and the end of them is the end.
        said, errors = process.communicate("".join(f"{json.dumps(order)}\n" for order in orders[1:]), timeout=PATIENCE_SECONDS)
    assert (process.returncode, said.splitlines()) == (0, ["down", "refused", "refused", "down"])
    assert "SSH wants a process of its own" in errors
    assert "no list" in errors


def test_keys_are_those_of_earlier_estates_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def make(**_size: int) -> object:
        made.append(object())
        return made[-1]

    monkeypatch.setattr(rsa, "generate_private_key", make)
    reserve = keys._Keys()
    first = [reserve.take() for _key in range(3)]
    reserve.begin_estate()
    second = [reserve.take() for _key in range(4)]
    assert len(set(map(id, second))) == 4
    assert second[:3] == [first[1], first[2], first[0]]
    assert len(made) == 4
    # Who still works for an estate that has ended takes none that another has.
    reserve.begin_estate()
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(reserve.take())) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 6


def test_whoever_waits_for_a_task_of_an_estate_that_ends_is_let_go(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=1, healthy=True) as running:
        client = connect(running)
        running.fault({"match": {"method": "DisconnectHost_Task"}, "effect": {"hold": "task"}})
        next(iter(client.hosts().values())).DisconnectHost_Task()
        waiting: list[type[BaseException]] = []

        def wait() -> None:
            try:
                client.content.propertyCollector.WaitForUpdatesEx("", vmodl.query.PropertyCollector.WaitOptions(maxWaitSeconds=600))
            except Exception as error:
                waiting.append(type(error))

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        wait_for("the call that waits", lambda: any(entry["method"] == "DisconnectHost_Task" for entry in running.journal()))
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive()
