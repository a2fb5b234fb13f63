# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal as a file: whose it is, what is kept of an exchange, and that it never stops what it is about."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import EndpointError, InputError
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import port as vsphere_port
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire import https, soap_stub, tls
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer, OutOfTime
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.https import Answer
from ansible_collections.certops.vsphere.plugins.module_utils._wire.journal import journal as journal_file
from ansible_collections.certops.vsphere.plugins.module_utils._wire.journal.answered import Answered
from ansible_collections.certops.vsphere.plugins.module_utils._wire.journal.journal import Journal
from ansible_collections.certops.vsphere.plugins.module_utils._wire.journal.soap_types import SoapTypes
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, der, make, parsed
from pyVmomi import vim, vmodl

SECRET = 'p&ss "w0rd/'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def journal(path: Path) -> Journal:
    return Journal(str(path), [SECRET, ""])


def entries(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_both_files_are_their_owners_alone(path: Path) -> None:
    path.write_text("", encoding="utf-8")
    path.chmod(0o644)
    Journal(str(path), [])
    key = Path(f"{path}.key")
    assert (mode(path), mode(key)) == (0o600, 0o600)
    before = key.read_bytes()
    assert len(before) == 64
    Journal(str(path), [])
    assert key.read_bytes() == before


def test_two_journals_with_one_key_have_the_same_stand_ins(path: Path, journal: Journal) -> None:
    assert Journal(str(path), []).text("esx01") == journal.text("esx01")


def test_a_key_that_was_begun_is_made_whole(path: Path) -> None:
    key = Path(f"{path}.key")
    key.write_bytes(b"ab")
    Journal(str(path), [])
    assert len(key.read_bytes()) == 64


@pytest.mark.parametrize("spoil", ["folder", "no folder", "pipe", "key", "device"])
def test_what_cannot_be_written_is_said_before_the_first_call(tmp_path: Path, spoil: str) -> None:
    path = tmp_path / "journal"
    if spoil == "folder":
        path.mkdir()
    elif spoil == "no folder":
        path = tmp_path / "none" / "journal"
    elif spoil == "pipe":
        os.mkfifo(path)
    elif spoil == "key":
        Path(f"{path}.key").mkdir()
    else:
        path = Path("/dev/null")
    before = mode(path) if path.exists() else None
    with pytest.raises(InputError, match=rf"The journal {path} cannot be written: ") as caught:
        VSphereSession(Connection("vc01.example.com", "root", "x", journal_path=str(path)))
    assert caught.value.code == "journal_unwritable"
    assert before == (mode(path) if path.exists() and spoil != "key" else before)


def test_without_the_option_nothing_is_written(tmp_path: Path) -> None:
    VSphereSession(Connection("vc01.example.com", "root", "x"))
    assert list(tmp_path.iterdir()) == []


def http(journal: Journal, path: Path, method: str, where: str, body: bytes, **others: Any) -> dict[str, Any]:
    """What is kept of an exchange."""
    answer = Answered().answered(
        others.pop("status", 200), body, others.pop("kind", "application/json"), others.pop("challenge", "")
    )
    journal.http(method, where, others.pop("sent", None), answer)
    return entries(path)[-1]


@pytest.mark.parametrize(
    ("where", "body", "kept"),
    [
        ("/api/session", b'"0f31ab124c5d6e7f"', {"json": "(removed)"}),
        ("/rest/com/vmware/cis/session", b'{"value": "0f31ab124c5d6e7f"}', {"json": {"value": "(removed)"}}),
        (
            "/api/session",
            b'{"error_type": "UNAUTHENTICATED", "messages": []}',
            {"json": {"error_type": "UNAUTHENTICATED", "messages": []}},
        ),
    ],
)
def test_no_session_stays(journal: Journal, path: Path, where: str, body: bytes, kept: Any) -> None:
    told = http(journal, path, "POST", where, body)
    assert told["answer"]["body"] == kept
    assert "0f31ab124c5d6e7f" not in path.read_text(encoding="utf-8")


def test_of_a_token_its_groups_stay_alone(journal: Journal, path: Path) -> None:
    attribute = "http://rsa.com/schemas/attr-names/2009/01/GroupIdentity"
    saml = (
        f'<saml2:Assertion><saml2:Subject>root</saml2:Subject><saml2:Attribute Name="x"><saml2:AttributeValue>s3cret</saml2:AttributeValue>'
        f'</saml2:Attribute><saml2:Attribute FriendlyName="Groups" Name="{attribute}"><saml2:AttributeValue>vsphere.local\\Everyone'
        "</saml2:AttributeValue><saml2:AttributeValue>vsphere.local\\Wizards</saml2:AttributeValue></saml2:Attribute></saml2:Assertion>"
    )
    told = http(journal, path, "POST", "/sts/STSService/vsphere.local", saml.encode(), sent=b"<x>s3cret</x>")
    assert told["answer"]["body"] == ["vsphere.local\\Everyone", f"vsphere.local\\{journal.text('Wizards')}"]
    assert "body" not in told["ask"]
    assert http(journal, path, "POST", "/sts/STSService/vsphere.local", b"<a/>")["answer"]["body"] is None
    assert "s3cret" not in path.read_text(encoding="utf-8")


def test_pages_and_lists_of_versions(journal: Journal, path: Path) -> None:
    made = make("CA", issuer=authority())
    name = journal.text(parsed(made).sha1_thumbprint)
    assert http(journal, path, "GET", "/afd/vecs/ca", der(made))["answer"]["body"] == name
    page = http(journal, path, "GET", "/api/x", b"<html>proxy.corp.example says no</html>", kind="text/html", status=502)["answer"]
    assert (page["status"], page["kind"]) == (502, "text/html")
    assert "proxy" not in page["body"]
    versions = b'<?xml version="1.0"?><version>8.0.3.0</version>'
    assert http(journal, path, "GET", "/sdk/vimServiceVersions.xml", versions)["answer"]["body"] == versions.decode()
    assert http(journal, path, "GET", "/sdk/vimServiceVersions.xml", b"<a>my'host</a>")["answer"]["body"] == "(removed)"


def test_where_the_sts_is_stays_without_its_host(journal: Journal, path: Path) -> None:
    told = http(
        journal,
        path,
        "GET",
        "/api/session",
        b"",
        status=401,
        challenge='SIGN sts="https://vc01.corp.example/sts/STSService/vsphere.local"',
    )
    assert told["answer"]["sts"] == "/sts/STSService/vsphere.local"
    assert http(journal, path, "GET", "/api/session", b"", status=401, challenge="Basic")["answer"]["sts"] is None


def test_a_password_that_is_sent_back_is_gone_however_it_is_written(journal: Journal, path: Path) -> None:
    for written in (SECRET, "p&amp;ss &quot;w0rd/", "p%26ss%20%22w0rd%2F", json.dumps(SECRET)[1:-1]):
        http(journal, path, "GET", f"/api/x?{written}", json.dumps({"state": written, "x": written}).encode())
    assert "w0rd" not in path.read_text(encoding="utf-8")


def test_what_was_not_answered_is_told_by_its_kind(journal: Journal, path: Path) -> None:
    journal.http("PATCH", "/api/x", b'{"startup_type": "AUTOMATIC"}', Answered().failed(ConnectionResetError("vc01.corp.example")))
    [told] = entries(path)
    assert (told["error"], told["ask"]["body"]) == ("ConnectionResetError", {"startup_type": "AUTOMATIC"})
    assert "answer" not in told
    assert told["seconds"] >= 0


def test_an_endpoint_is_told_with_its_chain(journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = parsed(make("esx01", issuer=authority()))
    monkeypatch.setattr(tls, "fetch_chain", lambda *_arguments: (certificate,))
    endpoints = vsphere_port.TlsEndpoints(journal)
    assert endpoints.chain(["esx01.corp.example"], 9080, 5) == (certificate,)
    problem = EndpointError("esx01.corp.example: no answer on port 9080")

    def silent(*_arguments: Any) -> Any:
        raise problem

    monkeypatch.setattr(tls, "fetch_chain", silent)
    with pytest.raises(EndpointError):
        endpoints.chain(["esx01.corp.example"], 9080, 5)
    shown, _failed = (one for one in entries(path) if "ask" in one)
    assert shown["ask"] == {"names": [journal.text("esx01.corp.example")], "port": 9080}
    assert shown["answer"] == {"chain": [journal.text(certificate.sha1_thumbprint)], "error": None}
    assert entries(path)[-1]["answer"]["chain"] == []
    assert "esx01" not in path.read_text(encoding="utf-8")


def test_who_is_told_when_it_can_be_written_no_longer(path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_opened: int, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        journal.began("vc01", "root")
    assert journal.problem == "No space left on device"
    journal.began("vc01", "root")
    assert len(entries(path)) == 1


def test_a_defect_of_the_journal_stops_nothing(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: Any) -> Any:
        raise AttributeError("no value")

    monkeypatch.setattr(journal_file, "json_of", broken)
    journal.http("GET", "/api/x", None, Answered().answered(200, b"{}"))
    assert journal.problem == "AttributeError"


def test_every_way_over_the_wire_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection("vc01.corp.example", "root", SECRET, journal_path=str(path))
    answers: list[Any] = [Answer(200, "application/json", b'{"state": "STARTED"}'), ConnectionResetError()]

    def requested(*_arguments: Any) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(https, "_requested", requested)
    context: Any = None
    assert https.request(connection, context, "GET", "/api/x").status == 200
    with pytest.raises(ConnectionResetError):
        https.request(connection, context, "GET", "/api/x")
    stub = soap_stub.SoapStub(connection, context, "vim.version.version12", "/sdk")
    body = (
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><CurrentTimeResponse xmlns="urn:vim25">'
        b"<returnval>2026-12-01T00:00:00Z</returnval></CurrentTimeResponse></Body></Envelope>"
    )
    exchanges: list[Any] = [(200, body), (200, b"<html>esx01"), TimeoutError(), ConnectionResetError()]

    def exchange(*_arguments: Any) -> Any:
        came = exchanges.pop(0)
        if isinstance(came, Exception):
            raise came
        return came

    monkeypatch.setattr(stub, "_exchange", exchange)
    instance = vim.ServiceInstance("ServiceInstance", stub)
    assert instance.CurrentTime().year == 2026
    for error in (NotAnAnswer, OutOfTime, ConnectionResetError):
        with pytest.raises(error):
            instance.CurrentTime()
    told = entries(path)
    assert [one.get("error") for one in told] == [None, "ConnectionResetError", None, None, "TimeoutError", "ConnectionResetError"]
    assert told[2]["ask"]["method"] == "CurrentTime"
    assert "2026-12-01T00:00:00Z" in told[2]["answer"]["body"]
    assert "esx01" not in path.read_text(encoding="utf-8")


def test_types_are_told_by_pyvmomi() -> None:
    types = SoapTypes(vim.HostSystem._GetMethodInfo("Reconnect"))
    spec = types.child(types.root("ReconnectHost_Task"), "cnxSpec", None)
    assert types.text(types.child(spec, "password", None)) == "text"
    assert types.text(types.child(spec, "port", None)) == "kept"
    assert types.text(types.child(spec, "nonesuch", None)) == "unknown"
    assert types.text(types.child(None, "x", None)) == "unknown"
    assert types.text(types.child(types.root(""), "_this", None)) == "reference"
    assert types.text(types.child(None, "val", "xsd:base64Binary")) == "bytes"
    assert types.text(types.child(None, "val", "HostSystemConnectionState")) == "kept"
    assert types.text(types.child(None, "val", "ManagedObjectReference")) == "reference"
    assert types.text(types.child(None, "val", "Nonesuch")) == "unknown"
    several = types.child(None, "val", "ArrayOfManagedObjectReference")
    assert types.text(types.child(several, "ManagedObjectReference", None)) == "reference"
    content = SoapTypes(vmodl.query.PropertyCollector._GetMethodInfo("RetrieveContents"))
    assert types.text(content.child(content.child(content.root(""), "returnval", None), "obj", None)) == "reference"
