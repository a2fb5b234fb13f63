# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What may come over the wire: packed, without end, one byte at a time, with the cookies of others."""

from __future__ import annotations

import gzip
import io
import itertools
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException, HTTPResponse, IncompleteRead
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._timing import waiting
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import session
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.faults import translate
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest import rest_session
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest.appliance import Appliance
from ansible_collections.certops.vsphere.plugins.module_utils._wire import answer_body, https, soap_stub, timed_connection, tls
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer, OutOfTime
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import IsChildVersion, versionIdMap
from pyVmomi import sms, vim

XML = b"<a>" + bytes(range(32, 60)) * 1000 + b"</a>"
CONNECTION = Connection("vc01.example.com", "root", "x")


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


class Wire:
    """A socket of which a client reads what the test says, however much it asks for. Nobody reads on for ever."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self.sent = b""

    def settimeout(self, _seconds: float) -> None:
        """As a socket does."""

    def recv_into(self, buffer: memoryview, *_others: Any) -> int:
        """As a socket does."""
        part = next(self._parts, b"")
        buffer[: len(part)] = part
        return len(part)

    def makefile(self, _mode: str) -> Any:
        """As a socket does."""
        return io.BufferedReader(socket.SocketIO(self, "r"))  # type: ignore[arg-type]

    def sendall(self, data: bytes) -> None:
        """As a socket does."""
        self.sent += data

    def close(self) -> None:
        """As a socket does."""

    _decref_socketios = close


def head(*lines: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]).encode()


def cut(data: bytes, size: int = 4096) -> Iterator[bytes]:
    """Data in pieces; larger ones do not fit into a buffer of the standard library's."""
    return (data[start : start + size] for start in range(0, len(data), size))


def answered(data: bytes, size: int = 4096) -> HTTPResponse:
    """An answer that comes in pieces of this size."""
    wire: Any = Wire(cut(data, size))
    answer = HTTPResponse(wire, method="POST")
    answer.begin()
    return answer


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("X-Gzip", gzip.compress),
    "two members": ("gzip", lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "identity": ("identity", bytes),
}


@pytest.mark.parametrize(("named", "pack"), PACKED.values(), ids=PACKED)
@pytest.mark.parametrize("size", [1, 7, 4096])
@pytest.mark.parametrize("data", [XML, b"<a/>", b""])
def test_a_body_is_unpacked_in_whatever_pieces_it_comes(named: str, pack: Callable[[bytes], bytes], size: int, data: bytes) -> None:
    body = pack(data)
    answer = answered(head(f"Content-Encoding: {named}", f"Content-Length: {len(body)}") + body, size)
    assert answer_body.whole(answer) == data
    # Only then may the connection be used again.
    assert answer.isclosed()


@pytest.mark.parametrize("named", ["gzip", "deflate"])
def test_what_is_packed_and_broken_is_no_answer(named: str) -> None:
    pack = PACKED[named][1]
    for body in (pack(XML)[:-9], b"<html>", pack(XML) + b"more"):
        answer = answered(head(f"Content-Encoding: {named}", f"Content-Length: {len(body)}") + body)
        with pytest.raises(NotAnAnswer, match=named):
            answer_body.whole(answer)


def test_what_is_packed_as_nobody_asked_is_no_answer() -> None:
    with pytest.raises(NotAnAnswer, match="'br'"):
        answer_body.whole(answered(head("Content-Encoding: br", "Content-Length: 4") + b"<a/>"))


def test_a_body_that_ends_early_is_a_broken_connection() -> None:
    with pytest.raises(IncompleteRead):
        answer_body.whole(answered(head("Content-Length: 400") + XML[:100]))


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_is_not_kept_without_end(packed: bool) -> None:
    # 64 KB of gzip are more than 64 MiB.
    data = b"\0" * (answer_body.LARGEST_ANSWER_BYTES + 1)
    body = gzip.compress(data, 9) if packed else data
    length = [f"Content-Length: {len(body)}", *(["Content-Encoding: gzip"] if packed else [])]
    with pytest.raises(NotAnAnswer, match="more than 64 MiB"):
        answer_body.whole(answered(head(*length) + body))


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_does_not_pass_without_end(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:
    monkeypatch.setattr(answer_body, "LARGEST_PASSING_BYTES", len(XML) - 1)
    body = gzip.compress(XML) if packed else XML
    length = [f"Content-Length: {len(body)}", *(["Content-Encoding: gzip"] if packed else [])]
    with pytest.raises(NotAnAnswer, match="more than"):
        list(answer_body.pieces(answered(head(*length) + body)))


class Passing(waiting.Deadline):
    """A deadline that comes nearer by a second with each look at it."""

    @property
    def left_seconds(self) -> float:
        self.seconds = getattr(self, "whole", self.seconds)
        self.looks = getattr(self, "looks", 0) + 1
        return max(0.0, self.seconds - self.looks)


class TimedWire(timed_connection._Timed, Wire):
    """A wire with a deadline."""


def endless(start: bytes, again: bytes) -> Iterator[bytes]:
    """One byte at a time, and a failure of the test where they are read for longer than any deadline allows."""
    for number, byte in enumerate(itertools.chain(start, itertools.cycle(again))):
        assert number < 100_000, "it is read without end"
        yield bytes([byte])


SLOW = {
    "a body": (head("Content-Length: 9999999"), b"x"),
    "a body in chunks": (head("Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
    "a header": (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
    "a line of a header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "a status": (b"HTTP/1.1 200 ", b"x"),
}


@pytest.mark.parametrize(("start", "again"), SLOW.values(), ids=SLOW)
def test_one_byte_at_a_time_ends_with_the_deadline(start: bytes, again: bytes) -> None:
    wire: Any = TimedWire(endless(start, again))
    wire.deadline = Passing(60.0)
    with pytest.raises(OutOfTime):
        read_all(wire)


def read_all(wire: Any) -> None:
    answer = HTTPResponse(wire, method="GET")
    answer.begin()
    answer_body.whole(answer)


def test_the_next_request_of_a_connection_has_its_own_time() -> None:
    client = timed_connection.TimedConnection(CONNECTION, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), waiting.Deadline(0.0))
    wire: Any = TimedWire(iter([b"x"]))
    client.sock = wire
    wire.deadline = waiting.Deadline(0.0)
    with pytest.raises(OutOfTime):
        wire.recv_into(memoryview(bytearray(1)))
    client.begin(waiting.Deadline(60.0))
    assert wire.recv_into(memoryview(bytearray(1))) == 1


@contextmanager
def dripping(first: bytes, then: bytes) -> Iterator[int]:
    """A server on loopback that sends a bit now and then, and ends in the end. Its port."""
    over = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        peer, _address = listener.accept()
        with peer:
            try:
                peer.sendall(first)
                for _turn in range(200):
                    if over.wait(0.05):
                        break
                    peer.sendall(then)
            except OSError:
                pass  # The client did not wait.

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        over.set()
        listener.close()
        thread.join(10)


# As far as a server may get that is let to: the begin of a handshake message of 16 KB.
HANDSHAKE = (b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc", b"\x03")


def test_a_handshake_that_drips_ends_with_the_deadline() -> None:
    with dripping(*HANDSHAKE) as port:
        place = Connection("127.0.0.1", "root", "x", port=port, validate_certs=False, timeouts={"request_timeout_seconds": 0.5})
        with pytest.raises(OutOfTime) as caught:
            https.request(place, tls.client_context(place), "GET", "/")
    told = translate(caught.value, "Reading", server="vc01")
    assert isinstance(told, TransientError)
    assert str(told).startswith("Reading failed, because vc01 did not send a complete answer within 0.5 s. ")
    assert "raise certops_request_timeout_seconds (the option request_timeout_seconds)." in str(told)


def test_the_look_at_a_hosts_port_ends_with_its_deadline() -> None:
    with dripping(*HANDSHAKE) as port, pytest.raises(tls.EndpointError, match=r"no answer on port \d+ within 0.5 s"):
        tls.fetch_certificate(["127.0.0.1"], port, 0.5)


def test_a_proxy_that_drips_ends_with_the_deadline() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n") as port:
        place = Connection(
            "vc01.example.com",
            "root",
            "x",
            proxy_host="127.0.0.1",
            proxy_port=port,
            validate_certs=False,
            timeouts={"request_timeout_seconds": 0.5},
        )
        with pytest.raises(OutOfTime):
            https.request(place, tls.client_context(place), "GET", "/")


def test_an_address_that_is_silent_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []

    class Silent(timed_connection.TimedSocket):
        def settimeout(self, value: float | None) -> None:
            given.append(value or 0.0)

        def connect(self, _address: Any) -> None:
            raise TimeoutError

    monkeypatch.setattr(timed_connection, "TimedSocket", Silent)
    one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments: [one, one, one])
    with pytest.raises(TimeoutError):
        timed_connection.open_socket("vc01", 443, waiting.Deadline(60.0))
    assert [round(seconds) for seconds in given] == [20, 30, 60]


@pytest.fixture
def silent_resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A resolver whose name servers do not answer."""
    over = threading.Event()

    def ask(*_arguments: Any) -> list[Any]:
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    yield
    over.set()


def test_a_resolver_that_is_silent_ends_with_the_deadline(silent_resolver: None) -> None:
    with pytest.raises(OutOfTime):
        timed_connection.open_socket("vc01.example.com", 443, waiting.Deadline(0.1))
    with pytest.raises(tls.EndpointError, match=r"no answer on port 9080 within 0\.1 s"):
        tls.fetch_certificate(["esx01.example.com"], 9080, 0.1)


def test_what_a_resolver_says_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_arguments: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", ask)
    with pytest.raises(socket.gaierror, match="Temporary failure"):
        timed_connection.open_socket("vc01.example.com", 443, waiting.Deadline(60.0))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_an_address_takes_no_thread(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr(timed_connection, "threading", None)
    assert timed_connection._addresses(address, 443, waiting.Deadline(60.0))


def test_a_name_that_can_be_none_does_not_resolve() -> None:
    with pytest.raises(socket.gaierror):
        timed_connection.open_socket("a" * 64, 443, waiting.Deadline(60.0))


ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><QueryProviderResponse xmlns="urn:sms"/></e:Body></e:Envelope>'
SESSION = 'vmware_soap_session="0123abcd"; Path=/; HttpOnly; Secure; '
OTHERS = ("lb=1; Path=/; HttpOnly", 'vmware_soap_session_lb="x"; Path=/', "JSESSIONID=1; Path=/sms")


def exchange(monkeypatch: pytest.MonkeyPatch, *answers: bytes) -> tuple[Any, list[Wire]]:
    """A stub whose connections are answered so, one after another."""
    stub = soap_stub.SoapStub(CONNECTION, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), session.SMS_VERSION, "/sms/sdk")
    wires: list[Wire] = [Wire(cut(answer)) for answer in answers]
    left = iter(wires)

    def taken(_deadline: Any) -> Any:
        client = timed_connection.TimedConnection(CONNECTION, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), waiting.Deadline(60))
        client.sock = next(left)  # type: ignore[assignment]
        return client

    monkeypatch.setattr(stub, "_take", taken)
    return stub, wires


def asked(stub: Any) -> Any:
    return sms.StorageManager("s", stub).QueryProvider()


@pytest.mark.parametrize("name", ["Set-Cookie", "set-cookie"])
@pytest.mark.parametrize("order", [(SESSION, *OTHERS), (*OTHERS, SESSION)])
def test_only_the_sessions_own_cookie_is_kept(monkeypatch: pytest.MonkeyPatch, name: str, order: tuple[str, ...]) -> None:
    length = f"Content-Length: {len(ENVELOPE)}"
    first = head(length, *(f"{name}: {cookie}" for cookie in order)) + ENVELOPE.encode()
    second = head(length, f"{name}: lb=2; Path=/", f"{name}: vmware_soap_session=; Max-Age=0") + ENVELOPE.encode()
    stub, wires = exchange(monkeypatch, first, second, second)
    for _call in range(3):
        assert asked(stub) == []
    sent = [[line for line in wire.sent.split(b"\r\n") if line.startswith(b"Cookie:")] for wire in wires]
    assert sent == [[], *[[b'Cookie: vmware_soap_session="0123abcd"']] * 2]


@pytest.mark.parametrize("value", ['"a\r\n b"', "a\x01", '"a\x7f"'])
def test_what_cannot_be_sent_back_is_no_session(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    body = ENVELOPE.encode()
    stub, _wires = exchange(
        monkeypatch, head(f"Set-Cookie: vmware_soap_session={value}; Path=/", f"Content-Length: {len(body)}") + body
    )
    stub._exchange(b"", waiting.Deadline(60))
    assert stub.cookie == "" or stub.cookie.isprintable()


@pytest.mark.parametrize("status", ["204 No Content", "301 Moved", "403 Forbidden", "404 Not Found", "502 Bad Gateway", "503 Busy"])
def test_another_status_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    stub, _wires = exchange(monkeypatch, f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    with pytest.raises(HTTPException, match=status):
        asked(stub)


@pytest.mark.parametrize("packed", [name for name in PACKED if name != "identity"])
def test_a_soap_answer_may_be_packed(monkeypatch: pytest.MonkeyPatch, packed: str) -> None:
    named, pack = PACKED[packed]
    body = pack(ENVELOPE.encode())
    stub, wires = exchange(monkeypatch, head(f"Content-Encoding: {named}", f"Content-Length: {len(body)}") + body)
    assert asked(stub) == []
    assert b"Accept-Encoding: gzip\r\n" in wires[0].sent


def test_a_soap_answer_is_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    # 400 KB of gzip that were 4 GB in pyVmomi's hands. One value, and many: the former is not even held.
    for body, told in ((b"\0" * (64 << 20), "a value without end"), (b"<a/>" * (17 << 20), "more than 64 MiB")):
        packed = gzip.compress(body, 9)
        stub, _wires = exchange(monkeypatch, head("Content-Encoding: gzip", f"Content-Length: {len(packed)}") + packed)
        with pytest.raises(NotAnAnswer, match=told):
            asked(stub)


def test_a_stub_takes_what_it_kept_and_nothing_that_was_idle_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(soap_stub, "time", SimpleNamespace(monotonic=lambda: now.seconds))
    stub = soap_stub.SoapStub(CONNECTION, ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), session.SMS_VERSION, "/sms/sdk")
    client = stub._take(waiting.Deadline(60))
    stub._give_back(client)
    assert stub._take(waiting.Deadline(60)) is client
    stub._give_back(client)
    now.seconds = soap_stub.IDLE_SECONDS + 1
    assert stub._take(waiting.Deadline(60)) is not client
    assert stub._idle == []


TOKEN = https.Answer(201, "application/json", b'"token"')
GETS: dict[str, tuple[Callable[[Appliance], Any], bytes]] = {
    "sps": (lambda rest: rest.sps(), b'{"state": "STARTED", "health": "HEALTHY"}'),
    "linked nodes": (lambda rest: rest.linked_nodes(), b'[{"node": "vc01.example.com"}]'),
    "trusted roots": (lambda rest: rest.trusted_roots(), b"[]"),
    "signing chain": (lambda rest: rest.signing_chain(), b""),
    "machine SSL": (lambda rest: rest.machine_ssl(), b""),
    "backups": (lambda rest: rest.backups(), b"{}"),
}
NO_JSON = {
    "a page": https.Answer(200, "text/html", b"<html><body>Back soon.</body></html>"),
    "JSON as a page": https.Answer(200, "text/html", b"[]"),
    "text": https.Answer(200, "text/plain", b"Back soon."),
    "JSON as bytes": https.Answer(200, "application/octet-stream", b"{}"),
    "nothing": https.Answer(200, "application/json", b""),
    "null": https.Answer(200, "application/json", b"null"),
    "another shape": https.Answer(200, "application/json", b'[{"other": 1}, 2]'),
    "an error": https.Answer(200, "application/json", b'{"error_type": "ERROR", "messages": []}'),
    "text as JSON": https.Answer(200, "application/json", b'"value"'),
    "half": https.Answer(200, "application/json", b'{"state": "STAR'),
    "another status": https.Answer(202, "application/json", b"{}"),
    "no content": https.Answer(204, "", b""),
}


def rest_api(monkeypatch: pytest.MonkeyPatch, *answers: Any, login: https.Answer = TOKEN) -> tuple[Appliance, list[str]]:
    """A REST API that answers so, the last of it for ever; and what was asked."""
    calls: list[str] = []
    left = list(answers)

    def send(_connection: Any, _context: Any, method: str, path: str, **_others: Any) -> https.Answer:
        calls.append(f"{method} {path}")
        answer = login if path == "/api/session" else left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(rest_session, "request", send)
    monkeypatch.setattr(waiting, "rest", lambda _seconds: None)
    context: Any = None
    return Appliance(CONNECTION, context, lambda: None), calls


@pytest.mark.parametrize("what", GETS)
@pytest.mark.parametrize("answer", NO_JSON.values(), ids=NO_JSON)
def test_what_is_no_answer_of_rest_is_as_a_lost_answer(monkeypatch: pytest.MonkeyPatch, what: str, answer: https.Answer) -> None:
    rest, calls = rest_api(monkeypatch, answer)
    with pytest.raises(TransientError, match="unexpected response from vc01") as caught:
        GETS[what][0](rest)
    assert len(calls) == 1 + rest_session.ATTEMPTS
    assert "of vc01.example.com failed" in str(caught.value)


@pytest.mark.parametrize("what", [name for name, (_call, body) in GETS.items() if body])
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=UTF-8", "text/plain", ""])
def test_after_a_page_it_is_asked_again(monkeypatch: pytest.MonkeyPatch, what: str, kind: str) -> None:
    call, body = GETS[what]
    rest, calls = rest_api(monkeypatch, NO_JSON["a page"], https.Answer(200, kind, body))
    call(rest)
    assert len(calls) == 3


@pytest.mark.parametrize("login", [one for one in NO_JSON.values() if one.status == 204 or b"<html" in one.body or not one.body])
def test_a_login_to_rest_that_was_answered_by_nothing_is_tried_again(monkeypatch: pytest.MonkeyPatch, login: https.Answer) -> None:
    rest, calls = rest_api(monkeypatch, https.Answer(200, "", b"[]"), login=login)
    with pytest.raises(TransientError, match="unexpected response from vc01"):
        rest.linked_nodes()
    assert calls == ["POST /api/session"] * rest_session.ATTEMPTS


@pytest.mark.parametrize("answer", [*NO_JSON.values(), https.Answer(204, "text/html", b"<html/>")])
def test_a_restart_is_answered_by_204_alone(monkeypatch: pytest.MonkeyPatch, answer: https.Answer) -> None:
    rest, calls = rest_api(monkeypatch, answer)
    if answer == NO_JSON["no content"]:
        rest.restart_sps(60)
    else:
        with pytest.raises(TransientError):
            rest.restart_sps(60)
    # What became of it is looked up, and not asked for again.
    assert len(calls) == 2


def test_all_attempts_of_a_rest_call_have_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count(step=25)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: float(next(ticks))))
    rest, calls = rest_api(monkeypatch, OutOfTime(60.0))
    with pytest.raises(TransientError, match="within 60 s"):
        rest.linked_nodes()
    assert len(calls) < 1 + rest_session.ATTEMPTS


class Silent(session.VSphereSession):
    """A vCenter that lets all the time of a request pass, by a clock of its own."""

    def __init__(self, now: SimpleNamespace) -> None:
        super().__init__(Connection("vc01.example.com", "root", "x"))
        self.now = now
        self.tried = 0

    def _log_in(self, deadline: waiting.Deadline) -> None:
        self.tried += 1
        self.now.seconds += min(60.0, deadline.left_seconds)
        raise translate(OutOfTime(60.0), "Logging in", server=self.name) from OutOfTime(60.0)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that moves as the test says."""
    clock = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
    monkeypatch.setattr(waiting, "rest", lambda seconds: setattr(clock, "seconds", clock.seconds + seconds))
    return clock


def test_a_silent_login_with_its_retries_has_one_deadline(now: SimpleNamespace) -> None:
    silent = Silent(now)
    with pytest.raises(TransientError, match="within 60 s"), silent:
        pass
    assert now.seconds <= 60.0
    assert silent.tried == 1


def fail(problem: Exception, calls: list[int]) -> None:
    calls.append(1)
    raise problem


def test_who_is_silent_is_asked_twice_and_who_drops_four_times(now: SimpleNamespace) -> None:
    asking = session.VSphereSession(Connection("vc01.example.com", "root", "x"))
    for error, times in ((OutOfTime(60.0), 2), (TimeoutError(), 2), (ConnectionResetError(), 4), (NotAnAnswer("nothing"), 4)):
        calls: list[int] = []

        with pytest.raises(TransientError):
            asking.read("Reading", partial(fail, error, calls))
        assert len(calls) == times


def test_the_look_at_a_refused_certificate_has_what_is_left_of_the_login(
    now: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []

    def look(_names: Any, _port: int, seconds: float) -> Any:
        given.append(seconds)
        raise tls.EndpointError("no answer")

    monkeypatch.setattr(session, "fetch_certificate", look)
    deadline = waiting.Deadline(60.0)
    now.seconds = 45.0
    assert session.VSphereSession(Connection("vc01.example.com", "root", "x"))._shown(deadline) == ""
    assert given == [15.0]


def versions(monkeypatch: pytest.MonkeyPatch, answer: https.Answer) -> str:
    monkeypatch.setattr(session, "request", lambda *_arguments, **_named: answer)
    return session.VSphereSession(Connection("vc01.example.com", "root", "x"))._choose_version(waiting.Deadline(60))


@pytest.mark.parametrize(
    "answer",
    [
        https.Answer(404, "text/plain", b"404"),
        https.Answer(403, "text/html", b"<html/>"),
        NO_JSON["a page"],
        https.Answer(200, "text/xml", b"<namespaces><br></namespaces>"),
        https.Answer(200, "text/xml", b""),
        https.Answer(200, "text/xml", b'<?xml version="1.0" encoding="EUC-JP"?><a/>'),
    ],
)
def test_without_a_list_of_versions_it_is_that_of_vsphere_6_7(monkeypatch: pytest.MonkeyPatch, answer: https.Answer) -> None:
    chosen = versions(monkeypatch, answer)
    assert versionIdMap[chosen] == "6.7"


def test_the_newest_version_that_both_know_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "".join(f"<version>{version}</version>" for version in ("99.0.0.0", "8.0.1.0", "7.0.3.0", "6.7"))
    body = f'<namespaces version="1.0"><namespace><name>urn:vim25</name>{listed}</namespace></namespaces>'.encode()
    assert versionIdMap[versions(monkeypatch, https.Answer(200, "text/xml", body))] == "8.0.1.0"


def test_what_is_read_of_a_host_is_there_in_vsphere_6_7() -> None:
    for kind, name in (
        (vim.host.ConfigInfo, "lockdownMode"),
        (vim.host.ConfigInfo, "certificate"),
        (vim.host.ConfigInfo, "network"),
    ):
        info = next(one for one in kind._GetPropertyList() if one.name == name)
        assert IsChildVersion(session.OLDEST_VIM_VERSION, info.version), name


def test_an_error_of_a_status_is_not_as_a_lost_answer() -> None:
    told = translate(HTTPException("404 Not Found"), "Reading")
    assert isinstance(told, CertopsError)
    assert not isinstance(told, TransientError)
