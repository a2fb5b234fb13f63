# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The REST API in its two dialects: which one is spoken, and that both say the same."""

from __future__ import annotations

import json
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    NotOffered,
    TransientError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sps_state import SpsState
from ansible_collections.certops.vsphere.plugins.module_utils._timing import waiting
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest import appliance, rest_session
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.appliance import Appliance
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.dialect import NEW, OLD, in_order
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.https import Answer
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, parsed, pem

CONNECTION = Connection("vc01.example.com", "root@corp.example", "x")
ROOT = authority()
OLD_SESSION = "/rest/com/vmware/cis/session"
PAGE = Answer(404, "text/html", b"<html>404</html>")
SERVICE = {"state": "STARTED", "health": "HEALTHY", "startup_type": "AUTOMATIC", "health_messages": []}
CERTIFICATES = "vcenter/certificate-management/vcenter"
VALUES: dict[str, Any] = {
    "vcenter/services/sps": SERVICE,
    "vcenter/topology/nodes": [{"node": "vc02.example.com"}, {"node": "vc01.example.com"}],
    f"{CERTIFICATES}/tls": {"cert": pem(ROOT.made)},
    f"{CERTIFICATES}/trusted-root-chains": [{"chain": "AB12"}],
    f"{CERTIFICATES}/trusted-root-chains/AB12": {"cert_chain": {"cert_chain": [pem(ROOT.made)]}},
    f"{CERTIFICATES}/signing-certificate": {"active_cert_chain": {"cert_chain": [pem(ROOT.made)]}},
}
BACKUPS = {"20260101-1": {"status": "SUCCEEDED", "end_time": "2026-01-01T00:00:00.000Z"}, "20260102-1": {"status": "FAILED"}}


class Server:
    """A vCenter's REST API. dialects: those that are there; missing: resources that are not."""

    def __init__(self, *dialects: str, missing: tuple[str, ...] = ()) -> None:
        self.dialects = dialects
        self.missing = missing
        self.asked: list[tuple[str, str, Optional[bytes]]] = []
        self.limits: list[float] = []
        self.instead: dict[str, Answer] = {}

    def __call__(self, _connection: Any, _context: Any, method: str, path: str, **others: Any) -> Answer:
        self.asked.append((method, path, others.get("body")))
        self.limits.append(others["deadline"].seconds)
        if path in self.instead:
            return self.instead[path]
        name = path.split("/")[1]
        if name not in self.dialects:
            return PAGE
        if path == f"{OLD_SESSION}?~action=get" or (method, path) == ("GET", "/api/session"):
            return Answer(401, "application/json", b"{}", 'SIGN realm="x",sts="https://vc/sts/STSService/corp.example"')
        if path in ("/api/session", OLD_SESSION):
            token = {"api": "token", "rest": {"value": "token"}}[name]
            return Answer(201 if name == "api" else 200, "application/json", json.dumps(token).encode())
        if method != "GET":
            return Answer(204, "", b"") if name == "api" else Answer(200, "", b"")
        return self._value(name, path.removeprefix(f"/{name}/"))

    def _value(self, name: str, resource: str) -> Answer:
        if resource in self.missing:
            return PAGE
        value = BACKUPS if resource.startswith("appliance/") else VALUES[resource]
        if name == "rest":
            if value is BACKUPS:
                value = [{"key": key, "value": job} for key, job in BACKUPS.items()]
            value = {"value": value}
        return Answer(200, "application/json", json.dumps(value).encode())

    @property
    def calls(self) -> list[str]:
        """Methods and paths."""
        return [f"{method} {path}" for method, path, _body in self.asked]


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Any:
    def make(server: Server, api_version: str = "") -> Appliance:
        monkeypatch.setattr(rest_session, "request", server)
        monkeypatch.setattr(waiting, "rest", lambda _seconds: None)
        context: Any = None
        return Appliance(CONNECTION, context, lambda: None, api_version)

    return make


@pytest.mark.parametrize(
    ("api_version", "first"),
    [("6.7", OLD), ("6.7.3", OLD), ("7.0.1.1", OLD), ("7.0.2.0", NEW), ("8.0.3.0", NEW), ("9.1.0.0", NEW), ("", NEW), ("odd", NEW)],
)
def test_the_likelier_one_is_tried_first(api_version: str, first: Any) -> None:
    order = in_order(api_version)
    assert order[0] is first
    assert set(order) == {OLD, NEW}


@pytest.mark.parametrize(
    ("there", "api_version", "logins"),
    [
        (("api", "rest"), "8.0.3.0", ["POST /api/session"]),
        (("rest",), "6.7", [f"POST {OLD_SESSION}"]),
        (("rest",), "", ["POST /api/session", f"POST {OLD_SESSION}"]),
        (("api",), "7.0.1.0", [f"POST {OLD_SESSION}", "POST /api/session"]),
    ],
)
def test_it_costs_at_most_one_call_more(served: Any, there: tuple[str, ...], api_version: str, logins: list[str]) -> None:
    server = Server(*there)
    rest = served(server, api_version)
    for _time in range(3):
        rest.sps()
    rest.log_out()
    assert [call for call in server.calls if "session" in call and call.startswith("POST")] == logins
    assert server.calls[-1] == logins[-1].replace("POST", "DELETE")


@pytest.mark.parametrize("there", ["api", "rest"])
def test_both_say_the_same(served: Any, there: str) -> None:
    rest = served(Server(there))
    assert rest.sps() == SpsState("STARTED", "HEALTHY", "AUTOMATIC")
    assert rest.linked_nodes() == ["vc01.example.com", "vc02.example.com"]
    assert rest.machine_ssl().same_as(parsed(ROOT.made))
    assert [one.subject for one in rest.trusted_roots().certificates] == [ROOT.certificate.subject]
    assert [one.subject for one in rest.signing_chain()] == [ROOT.certificate.subject]
    assert rest.backups() == {"count": 2, "last_succeeded_at": "2026-01-01T00:00:00.000Z"}


def test_changes_are_asked_for_in_its_words(served: Any) -> None:
    asked = {}
    for there in ("api", "rest"):
        server = Server(there)
        rest = served(server, "8.0" if there == "api" else "6.7")
        rest.rewrite_sps_startup_type("AUTOMATIC")
        rest.restart_sps(60)
        asked[there] = server.asked[1:]
    assert asked == {
        "api": [
            ("PATCH", "/api/vcenter/services/sps", b'{"startup_type": "AUTOMATIC"}'),
            ("POST", "/api/vcenter/services/sps?action=restart", None),
        ],
        "rest": [
            ("PATCH", "/rest/vcenter/services/sps", b'{"spec": {"startup_type": "AUTOMATIC"}}'),
            ("POST", "/rest/vcenter/services/sps/restart", None),
        ],
    }


@pytest.mark.parametrize(
    ("status", "body", "well"),
    [
        (200, b"", True),
        (204, b"", True),
        (200, b"{}", True),
        (200, b'{"value": {}}', True),
        (200, b'{"value": "x"}', False),
        (200, b"<html>", False),
        (200, b'["', False),
        (202, b"", False),
    ],
)
def test_what_answers_a_change_of_the_old_one(served: Any, status: int, body: bytes, well: bool) -> None:
    server = Server("rest")
    server.instead["/rest/vcenter/services/sps"] = Answer(status, "", body)
    rest = served(server, "6.7")
    if well:
        rest.rewrite_sps_startup_type("AUTOMATIC")
    else:
        with pytest.raises(TransientError, match="unexpected response"):
            rest.rewrite_sps_startup_type("AUTOMATIC")


@pytest.mark.parametrize(
    "body",
    [
        b'{"state": "STARTED"}',
        b'["x"]',
        b'{"value": "x"}',
        b'{"type": "com.vmware.vapi.std.errors.error", "value": {"messages": [{"default_message": "no"}]}}',
    ],
)
def test_what_is_no_answer_of_the_old_one_is_as_a_lost_answer(served: Any, body: bytes) -> None:
    server = Server("rest")
    server.instead["/rest/vcenter/services/sps"] = Answer(200, "application/json", body)
    with pytest.raises(TransientError, match="unexpected response"):
        served(server, "6.7").sps()


def old_error(kind: str, text: str, **more: Any) -> bytes:
    value = {"messages": [{"id": "some.id", "default_message": text, "args": []}], **more}
    return json.dumps({"type": f"com.vmware.vapi.std.errors.{kind}", "value": value}).encode()


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (400, "not_allowed_in_current_state", TransientError),
        (403, "unauthorized", AccessDenied),
        (404, "not_found", NotOffered),
        (409, "conflict", CertopsError),
        (503, "service_unavailable", TransientError),
    ],
)
def test_errors_of_the_old_one(served: Any, status: int, kind: str, error: type[CertopsError]) -> None:
    server = Server("rest")
    server.instead["/rest/vcenter/services/sps"] = Answer(status, "application/json", old_error(kind, "The words of it."))
    with pytest.raises(error, match=rf"HTTP {status} The words of it\.") as caught:
        served(server, "6.7").rewrite_sps_startup_type("AUTOMATIC")
    assert caught.type is error


@pytest.mark.parametrize("status", [500, 504])
@pytest.mark.parametrize("body", [old_error("timed_out", "late"), b'{"error_type": "TIMED_OUT", "messages": []}'])
def test_a_restart_that_takes_longer_than_vcenter_waits_has_begun(served: Any, status: int, body: bytes) -> None:
    for there, path in (("rest", "/rest/vcenter/services/sps/restart"), ("api", "/api/vcenter/services/sps?action=restart")):
        server = Server(there)
        server.instead[path] = Answer(status, "application/json", body)
        served(server, "6.7" if there == "rest" else "8.0").restart_sps(60)
        server.instead[path] = Answer(status, "application/json", b'["x"]')
        with pytest.raises(TransientError):
            served(server, "6.7" if there == "rest" else "8.0").restart_sps(60)


@pytest.mark.parametrize("there", ["api", "rest"])
def test_a_restart_has_a_limit_of_its_own_and_not_that_of_any_request(served: Any, there: str) -> None:
    server = Server(there)
    rest = served(server, "6.7" if there == "rest" else "8.0")
    rest.sps()
    rest.restart_sps(300)
    assert server.limits[-2:] == [CONNECTION.request_timeout_seconds, 300]


def test_what_a_version_does_not_have_is_not_offered(served: Any) -> None:
    missing = tuple(resource for resource in VALUES if resource.startswith(("vcenter/topology", CERTIFICATES)))
    rest = served(Server("rest", missing=missing), "6.7")
    for read in (rest.linked_nodes, rest.machine_ssl, rest.trusted_roots, rest.signing_chain):
        with pytest.raises(NotOffered, match="is not offered"):
            read()
    assert rest.sps().state == "STARTED"


def test_where_there_is_no_rest_at_all_nothing_is_offered(served: Any) -> None:
    server = Server()
    with pytest.raises(NotOffered, match=r"Logging in to the REST API of vc01\.example\.com is not offered"):
        served(server).sps()
    assert server.calls == ["POST /api/session", f"POST {OLD_SESSION}"]


def test_a_login_that_is_refused_is_made_in_no_other_dialect(served: Any) -> None:
    server = Server("api", "rest")
    server.instead[OLD_SESSION] = Answer(401, "application/json", old_error("unauthenticated", "Unable to authenticate user"))
    with pytest.raises(AccessDenied, match="Unable to authenticate user"):
        served(server, "6.7").sps()
    assert server.calls == [f"POST {OLD_SESSION}"]


@pytest.mark.parametrize(
    ("there", "whose", "challenge"),
    [
        ("api", None, "corp.example"),
        ("rest", None, "corp.example"),
        # What /rest says to a stranger is not documented.
        ("rest", Answer(404, "", b""), ""),
        ("rest", Answer(400, "", b""), ""),
    ],
)
def test_where_the_sts_is_asks_no_session(
    served: Any, monkeypatch: pytest.MonkeyPatch, there: str, whose: Optional[Answer], challenge: str
) -> None:
    server = Server(there)
    if whose is not None:
        server.instead[f"{OLD_SESSION}?~action=get"] = whose
    told: list[str] = []

    def groups(_connection: Any, _context: Any, given: str, _deadline: Any) -> frozenset[str]:
        told.append(given)
        return frozenset({"a"})

    monkeypatch.setattr(appliance, "groups_of", groups)
    rest = served(server, "8.0" if there == "api" else "")
    assert rest.groups() == {"a"}
    assert (challenge in told[0]) if challenge else not told[0]


@pytest.mark.parametrize(("answer", "error"), [(Answer(503, "", b""), TransientError), (Answer(200, "", b"{}"), TransientError)])
def test_a_stranger_that_is_let_in_or_turned_away_is_told(served: Any, answer: Answer, error: type[CertopsError]) -> None:
    server = Server("rest")
    server.instead[f"{OLD_SESSION}?~action=get"] = answer
    with pytest.raises(error):
        served(server, "6.7").groups()
