# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Releases of vCenter: what each says of itself, and how its Automation API is asked and answers."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import NotOffered, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline, wait_until
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import SessionPort
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from vsphere_sim.testing import RunningEstate, estate

from ..conftest import Client, connect

RELEASES = ("6.7", "6.7.2", "7.0.1", "7.0.2", "7.0.3", "8.0.3", "9.0.0", "9.1.0")
OLD_SESSION = "/rest/com/vmware/cis/session"
TOPOLOGY, TLS = "vcenter/topology/nodes", "vcenter/certificate-management/vcenter/tls"
CHAINS = "vcenter/certificate-management/vcenter/trusted-root-chains"
SIGNING = "vcenter/certificate-management/vcenter/signing-certificate"
SPS, BACKUPS = "vcenter/services/sps", "appliance/recovery/backup/job/details"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    backup = {"status": "SUCCEEDED", "end_time": "2026-01-02T03:04:05.000Z"}
    vcenters = [
        {"name": f"vc{version}", "version": version, "backups": [backup], "clusters": [{"name": "c", "hosts": [{}]}]}
        for version in RELEASES
    ]
    with estate(tmp_path_factory.mktemp("releases"), scenario={"vcenters": vcenters}) as running:
        yield running


class Old:
    """A client of /rest."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.token: Optional[str] = None
        account = f"{client.vcenter.username}:{client.vcenter.password}".encode()
        basic = "Basic " + base64.b64encode(account).decode()
        status, answer = self.ask("POST", OLD_SESSION, Authorization=basic)
        assert status == 200
        assert list(answer) == ["value"]
        self.token = answer["value"]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and decoded body."""
        if self.token:
            headers["vmware-api-session-id"] = self.token
        vcenter = self.client.vcenter
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"https://{vcenter.address}:{vcenter.port}{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(asked, context=self.client.context, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.mark.parametrize(
    ("release", "told"),
    [
        ("6.7", ("6.7.0", "8217866", "6.7", "6.7")),
        ("6.7.2", ("6.7.0", "13010631", "6.7.2", "6.7.2")),
        ("7.0.1", ("7.0.1", "16860138", "7.0.1.", "7.0.0.1")),
        ("7.0.3", ("7.0.3", "24201990", "7.0.3.", "7.0.3.")),
        ("8.0.3", ("8.0.3", "24322831", "8.0.3.", "8.0.3.")),
        ("9.0.0", ("9.0.0", "24755230", "9.0.0.0", "9.0.0.0")),
    ],
)
def test_what_a_release_says_of_itself(releases: RunningEstate, release: str, told: tuple[str, ...]) -> None:
    client = connect(releases, f"vc{release}")
    about = client.instance.content.about
    assert (about.version, about.build) == told[:2]
    assert about.apiVersion.startswith(told[2])
    vcenter = client.vcenter
    for name, newest in (("/sdk/vim", told[2]), ("/sms/sdk/sms", told[3])):
        with urllib.request.urlopen(
            f"https://{vcenter.address}:{vcenter.port}{name}ServiceVersions.xml", context=client.context, timeout=30
        ) as answer:
            assert f"<version>{newest}".encode() in answer.read().partition(b"<priorVersions>")[0]


@pytest.mark.parametrize("release", RELEASES)
def test_which_resources_it_has(releases: RunningEstate, release: str) -> None:
    client = connect(releases, f"vc{release}")
    old = Old(client)
    numbers = tuple(int(part) for part in f"{release}.0".split(".")[:3])
    for path, since in ((SPS, (6, 7, 0)), (BACKUPS, (6, 7, 0)), (TOPOLOGY, (6, 7, 2)), (TLS, (6, 7, 2)), (CHAINS, (6, 7, 2))):
        assert (old.ask("GET", f"/rest/{path}")[0] == 200) is (numbers >= since), path
    assert (old.ask("GET", f"/rest/{SIGNING}")[0] == 200) is (numbers >= (7, 0, 3))
    new = client.rest("POST", "/api/session", Authorization="Basic bm9ib2R5Om5vdGhpbmc=")[0]
    assert new == (401 if numbers >= (7, 0, 2) else 404)


def test_how_the_old_one_answers(releases: RunningEstate) -> None:
    old = Old(connect(releases, "vc6.7.2"))
    assert old.ask("POST", f"{OLD_SESSION}?~action=get")[1]["value"]["user"] == old.client.vcenter.username
    assert old.ask("GET", f"/rest/{SPS}")[1]["value"]["state"] == "STARTED"
    [node] = old.ask("GET", f"/rest/{TOPOLOGY}")[1]["value"]
    assert node["node"] == "vc6.7.2.example"
    services = old.ask("GET", "/rest/vcenter/services")[1]["value"]
    assert {"sps", "vpxd"} <= {one["key"] for one in services}
    [backup] = old.ask("GET", f"/rest/{BACKUPS}")[1]["value"]
    assert backup["value"]["status"] == "SUCCEEDED"
    [chain] = old.ask("GET", f"/rest/{CHAINS}")[1]["value"]
    pems = old.ask("GET", f"/rest/{CHAINS}/{chain['chain']}")[1]["value"]["cert_chain"]["cert_chain"]
    assert pems[0].startswith("-----BEGIN CERTIFICATE-----")


def test_what_the_old_one_takes(releases: RunningEstate) -> None:
    old = Old(connect(releases, "vc6.7.2"))
    assert old.ask("PATCH", f"/rest/{SPS}", {"spec": {"startup_type": "AUTOMATIC"}}) == (200, None)
    status, error = old.ask("PATCH", f"/rest/{SPS}", {"startup_type": "AUTOMATIC"})
    assert (status, error["type"]) == (400, "com.vmware.vapi.std.errors.invalid_argument")
    assert "error_type" not in error["value"]
    status, error = old.ask("GET", "/rest/vcenter/nonesuch")
    assert (status, error["value"]["messages"][0]["id"]) == (404, "com.vmware.vapi.rest.operationsForUrlNotFound")
    assert old.ask("DELETE", OLD_SESSION) == (200, None)
    status, error = old.ask("GET", f"/rest/{SPS}")
    assert (status, error["type"]) == (401, "com.vmware.vapi.std.errors.unauthenticated")


def test_how_the_old_one_restarts(releases: RunningEstate) -> None:
    old = Old(connect(releases, "vc7.0.3"))
    releases.set("sps", vcenter="vc7.0.3", restart_answers="late")
    status, error = old.ask("POST", f"/rest/{SPS}/restart")
    assert (status, error["type"], error["value"]["error_type"]) == (504, "com.vmware.vapi.std.errors.timed_out", "TIMED_OUT")
    assert old.ask("POST", f"/rest/{SPS}/restart")[0] == 400
    [made] = [one for one in releases.journal() if one["method"] == f"POST /rest/{SPS}/restart" and one["outcome"] == "504"]
    assert made["mutating"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_collection_knows_how_each_is_asked(releases: RunningEstate, release: str) -> None:
    vcenter = releases.vcenter(f"vc{release}")
    connection = Connection(vcenter.address, vcenter.username, vcenter.password, port=vcenter.port, ca_path=str(releases.ca_path))
    numbers = tuple(int(part) for part in f"{release}.0".split(".")[:3])
    before = len(releases.journal())
    with VSphereSession(connection) as session:
        port = SessionPort(session)
        assert port.sps().state == "STARTED"
        assert port.may_restart_sps()
        assert len(port.providers()[0]) == 1
        assert port.backups()["count"] == 1
        reads = [(port.linked_nodes, (6, 7, 2)), (port.machine_ssl, (6, 7, 2)), (port.trusted_roots, (6, 7, 2))]
        for read, since in [*reads, (port.signing_chain, (7, 0, 3))]:
            if numbers >= since:
                assert read()
            else:
                with pytest.raises(NotOffered):
                    read()
        port.prove_restart_right("AUTOMATIC")
        releases.set("sps", vcenter=vcenter.name, restart_answers="at_once")
        port.restart_sps(60)

        def up() -> Optional[bool]:
            try:
                port.ask_sms()
            except TransientError:
                return None
            return port.sps().state == "STARTED" or None

        wait_until(up, Deadline(240, port.clock))
    made = [one["method"] for one in releases.journal()[before:]]
    spoken = "/api/session" if numbers >= (7, 0, 2) else OLD_SESSION
    assert [one for one in made if "session" in one and not one.startswith("GET") and "~" not in one] == [
        f"POST {spoken}",
        f"DELETE {spoken}",
    ]
