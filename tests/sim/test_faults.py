# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Faults by rule, and the journal that tells of them."""

from __future__ import annotations

import json
import socket
import time
import urllib.request
import zlib
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import pytest
from pyVim.connect import Disconnect
from pyVim.task import WaitForTask
from pyVmomi import sms, vim, vmodl
from vsphere_sim.testing import EstateError, RunningEstate

from .conftest import PATIENCE_SECONDS, Client, connect, finished, wait_for


def test_a_fault_for_some_calls(client: Client) -> None:
    client.estate.fault(
        {"match": {"method": "CurrentTime"}, "after": 1, "times": 1, "effect": {"fault": "vim.fault.NotAuthenticated"}}
    )
    client.instance.CurrentTime()
    with pytest.raises(vim.fault.NotAuthenticated):
        client.instance.CurrentTime()
    client.instance.CurrentTime()


def test_a_task_error_for_one_host(client: Client) -> None:
    hosts = [
        host
        for host in client.hosts().values()
        if host.runtime.connectionState == "connected" and not host.runtime.inMaintenanceMode
    ]
    client.estate.fault(
        {
            "match": {"method": "CertMgrRefreshCertificates_Task", "target": hosts[0].name},
            "effect": {
                "task_error": "vmodl.fault.SystemError",
                "properties": {"reason": "70034", "msg": "Start Time Error (70034)"},
            },
        }
    )
    before = client.estate.host(hosts[0].name)["certificate"]
    with pytest.raises(vmodl.fault.SystemError, match="70034"):
        WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([hosts[0]]))
    assert client.estate.host(hosts[0].name)["certificate"] == before
    WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([hosts[1]]))


def test_a_task_error_of_sms(client: Client) -> None:
    client.estate.fault({"match": {"protocol": "sms"}, "effect": {"task_error": "sms.fault.ProviderBusy"}})
    uid = next(iter(client.providers().values())).uid
    assert isinstance(finished(client.storage().UnregisterProvider_Task(uid)).error, sms.fault.ProviderBusy)


def test_status_drop_and_delay(client: Client) -> None:
    token = client.token()
    client.estate.fault({"match": {"method": "GET /api/vcenter/services/*"}, "times": 1, "effect": {"http_status": 503}})
    assert client.rest("GET", "/api/vcenter/services/sps", token)[0] == 503
    client.estate.fault({"match": {"protocol": "vim", "method": "CurrentTime"}, "times": 1, "effect": {"drop": "before"}})
    with pytest.raises((OSError, HTTPException)):
        client.instance.CurrentTime()
    client.estate.fault({"match": {"method": "CurrentTime"}, "times": 1, "effect": {"delay_seconds": 0.3}})
    client.instance.CurrentTime()
    assert client.estate.journal()[-1]["seconds"] >= 0.3


def test_what_comes_in_the_place_of_an_answer(client: Client) -> None:
    for moment, outcome in (("before", "page before"), ("after", "ok, page after")):
        client.estate.fault({"match": {"method": "CurrentTime"}, "times": 1, "effect": {"page": moment}})
        # pyVmomi takes it for nothing.
        assert client.instance.CurrentTime() is None
        assert client.estate.journal()[-1]["outcome"] == outcome
    client.estate.fault(
        {"match": {"method": "CurrentTime"}, "times": 1, "effect": {"fault": "vim.fault.InvalidState", "status": 200}}
    )
    assert isinstance(client.instance.CurrentTime(), vim.fault.InvalidState)
    client.estate.fault({"match": {"method": "CurrentTime"}, "times": 1, "effect": {"replace": {"returnval": "novelty"}}})
    client.instance.CurrentTime()
    with pytest.raises(EstateError, match="pack is gzip"):
        client.estate.fault({"match": {}, "effect": {"pack": "br"}})


def test_what_is_done_to_an_answer_on_its_way(client: Client) -> None:
    token = client.token()
    for form in ("gzip", "x-gzip", "deflate", "raw-deflate"):
        client.estate.clear_faults()
        client.estate.fault({"match": {"method": "GET *"}, "effect": {"pack": form, "cookie": "lb=1"}})
        url = f"https://{client.vcenter.address}:{client.vcenter.port}/api/vcenter/services/sps"
        with urllib.request.urlopen(
            urllib.request.Request(url, headers={"vmware-api-session-id": token}), context=client.context
        ) as answer:
            assert answer.headers["Set-Cookie"] == "lb=1"
            assert answer.headers["Content-Encoding"] == form.removeprefix("raw-")
            window = {"deflate": zlib.MAX_WBITS, "raw-deflate": -zlib.MAX_WBITS}.get(form, 16 + zlib.MAX_WBITS)
            assert json.loads(zlib.decompress(answer.read(), window))["state"] == "STARTED"


@pytest.mark.parametrize(("what", "begin"), [("body", b"HTTP/1.1 200 "), ("headers", b"H"), ("continue", b"HTTP/1.1 100 Continue")])
def test_an_answer_that_drips(client: Client, what: str, begin: bytes) -> None:
    client.estate.fault({"match": {"method": "GET *"}, "effect": {"drip": what}})
    with socket.create_connection((client.vcenter.address, client.vcenter.port), timeout=30) as plain:
        with client.context.wrap_socket(plain, server_hostname=client.vcenter.address) as wrapped:
            wrapped.sendall(b"GET /sdk/vimServiceVersions.xml HTTP/1.1\r\nHost: x\r\n\r\n")
            assert wrapped.recv(len(begin)) == begin


def test_dropped_after_it_was_done(client: Client) -> None:
    machine = client.content.searchIndex.FindByInventoryPath("dc01/vm/vc01")
    client.estate.fault({"match": {"method": "CreateSnapshot_Task"}, "times": 1, "effect": {"drop": "after"}})
    with pytest.raises((OSError, HTTPException)):
        machine.CreateSnapshot_Task("lost", "", False, False)
    assert client.estate.journal()[-1]["outcome"] == "ok, dropped after"
    wait_for("the snapshot", lambda: machine.snapshot)
    assert machine.snapshot.rootSnapshotList[0].name == "lost"


@pytest.mark.parametrize(("hold", "state"), [("before", "connected"), ("after", "disconnected")])
def test_held_until_the_rules_are_taken_away(demo: RunningEstate, hold: str, state: str) -> None:
    client = connect(demo)
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    name = host.name
    demo.fault({"match": {"method": "DisconnectHost_Task"}, "effect": {"hold": hold}})
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(host.DisconnectHost_Task)
        wait_for("the held call", lambda: demo.ask("GET", "/faults")[0]["held"] == 1)
        wait_for(f"the host being {state}", lambda: demo.host(name)["connection_state"] == state)
        assert not call.done()
        demo.clear_faults()
        with pytest.raises((OSError, HTTPException)):
            call.result(timeout=PATIENCE_SECONDS)
    assert demo.host(name)["connection_state"] == state
    demo.set("host", host=name, connection_state="connected")


def test_a_rule_that_holds_from_when_another_has_affected_a_call(client: Client) -> None:
    fault = {"match": {"method": "CurrentTime"}, "effect": {"fault": "vim.fault.NotAuthenticated"}}
    client.estate.fault({"match": {"method": "CurrentTime"}, "after": 1, "times": 1, "then": fault})
    client.instance.CurrentTime()
    client.instance.CurrentTime()
    with pytest.raises(vim.fault.NotAuthenticated):
        client.instance.CurrentTime()


def test_sessions_expire(demo: RunningEstate) -> None:
    client = connect(demo)
    token = client.token()
    demo.set("sessions", vcenter="vc01")
    with pytest.raises(vim.fault.NotAuthenticated):
        client.instance.CurrentTime()
    assert client.rest("GET", "/api/session", token)[0] == 401


def test_clock_and_account(demo: RunningEstate) -> None:
    demo.set("vcenter", vcenter="vc01", clock_offset_seconds=900)
    demo.set("account", vcenter="vc01", username="few@vsphere.local", privileges=["Certificate.Manage"])
    client = connect(demo, username="few@vsphere.local")
    before = time.time()
    told = client.instance.CurrentTime().timestamp()
    # vCenter tells milliseconds.
    assert before - 0.001 <= told - 900 <= time.time()
    with pytest.raises(vim.fault.NoPermission):
        client.storage()
    demo.set("vcenter", vcenter="vc01", clock_offset_seconds=0)
    Disconnect(client.instance)


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": {}},
        {"effect": {"fault": "vim.fault.Nonesuch"}},
        {"effect": {"hold": "for ever"}},
        {"effect": {"drop": "before"}, "then": {"effect": {"drop": "never"}}},
        {"match": {"nonesuch": "x"}, "effect": {"drop": "before"}},
        {"effect": {"fault": "vim.HostSystem"}},
    ],
)
def test_bad_rules_are_refused(demo: RunningEstate, rule: dict[str, object]) -> None:
    with pytest.raises(EstateError):
        demo.fault(rule)


def test_journal(demo: RunningEstate) -> None:
    demo.clear_journal()
    client = connect(demo)
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    name, moid = host.name, host._GetMoId()
    WaitForTask(host.DisconnectHost_Task())
    WaitForTask(host.ReconnectHost_Task())
    cookie = client.instance._stub.cookie.split('"')[1]
    Disconnect(client.instance)
    entries = demo.journal()
    changes = [(entry["method"], entry["target"], entry["object"], entry["outcome"]) for entry in entries if entry["mutating"]]
    assert changes == [
        ("DisconnectHost_Task", name, moid, "ok"),
        ("ReconnectHost_Task", name, moid, "ok"),
    ]
    assert demo.vcenter("vc01").password not in str(entries)
    assert cookie not in str(entries)
    assert [entry["seq"] for entry in entries] == sorted({entry["seq"] for entry in entries})
    assert len((demo.directory / "journal.jsonl").read_text().splitlines()) >= len(entries)
