# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How large an estate may be, how many may use it, where it listens, and that a seed gives the same run."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import ssl
import struct
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any

from openssh import needs_ssh
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import vim
from vsphere_sim.testing import RunningEstate, estate

from .conftest import connect

CLIENTS = 100
LISTENING = "0A"
STEPS = ("Login", "Logout", "CertMgrRefreshCertificates_Task", "CurrentTime")
REQUEST = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<RetrieveServiceContent xmlns="urn:vim25"><_this type="ServiceInstance">ServiceInstance</_this></RetrieveServiceContent>'
    "</soapenv:Body></soapenv:Envelope>"
)


@needs_ssh
def test_a_thousand_hosts_with_ssh(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=1000, ssh="on") as running:
        status = Path(f"/proc/{running.pid}/status").read_text()
        assert next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) < 1024 * 1024


def test_a_hundred_clients_at_once(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=4, speed=50, own_process=True) as running:
        address = running.vcenters[0]
        context = ssl.create_default_context(cafile=str(running.ca_path))
        together = threading.Barrier(CLIENTS)

        def ask(_number: int) -> int:
            connection = HTTPSConnection(address.address, address.port, context=context, timeout=60)
            connection.connect()
            # Nobody asks before all are connected, and all of them ask at once.
            together.wait(60)
            connection.request("POST", "/sdk", REQUEST, {"Content-Type": "text/xml", "SOAPAction": "urn:vim25/8.0.0.0"})
            answer = connection.getresponse()
            told = b"RetrieveServiceContentResponse" in answer.read()
            connection.close()
            return answer.status if told else 0

        with ThreadPoolExecutor(CLIENTS) as pool:
            assert list(pool.map(ask, range(CLIENTS))) == [200] * CLIENTS


def test_it_listens_on_loopback_only(tmp_path: Path) -> None:
    with estate(tmp_path, hosts=3, own_process=True) as running:
        own = set()
        for descriptor in Path(f"/proc/{running.pid}/fd").iterdir():
            target = os.readlink(descriptor)
            own.add(target[8:-1] if target.startswith("socket:[") else "")
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        heard = [row[1].split(":")[0] for row in rows if row[3] == LISTENING and row[9] in own]
        # vCenter, control and the claim of the block, and two ports a host.
        assert len(heard) >= 3 + 2 * 3
        assert {socket.inet_ntoa(struct.pack("<I", int(one, 16))).partition(".")[0] for one in heard} == {"127"}
        wider = [line.split() for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]]
        assert not [row for row in wider if row[3] == LISTENING and row[9] in own]


def test_the_same_seed_gives_the_same_run(tmp_path: Path) -> None:
    runs = []
    for name in ("one", "two"):
        faults: list[dict[str, Any]] = [
            {"match": {"method": "CurrentTime"}, "after": 1, "times": 1, "effect": {"fault": "vim.fault.Timedout"}}
        ]
        scenario = {"vcenters": [{"name": "vc01", "clusters": [{"name": "a", "hosts": [{}, {}, {}]}]}], "faults": faults}
        with estate(tmp_path / name, scenario=scenario, seed=7, speed=50, network="127.240.0.0/16") as running:
            runs.append(_told(running))
    assert runs[0] == runs[1]


def _told(running: RunningEstate) -> list[Any]:
    """What one client that does one thing after the other is told, as the journal has it, without times and sessions."""
    client = connect(running)
    for host in sorted(client.hosts()):
        WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([client.hosts()[host]]))
        with contextlib.suppress(vim.fault.Timedout):
            client.instance.CurrentTime()
    Disconnect(client.instance)
    with urllib.request.urlopen(f"{running.url}/journal") as answer:
        # How often somebody looks whether a task has ended is a matter of the machine.
        entries = [entry for entry in json.load(answer) if entry["protocol"] == "vim" and entry["method"] in STEPS]
    return [(entry["method"], entry["object"], entry["target"], entry["outcome"], entry["rule"]) for entry in entries]
