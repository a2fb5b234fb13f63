# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vCenter's REST API: services, certificates, topology and backups."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from http.client import HTTPException
from typing import Any, Callable, Mapping, Optional, TypeVar
from urllib.parse import quote

from .._certificates.certificate import Certificate, CertificateError, parse, subject_of, to_der
from .._certificates.distinguished_name import in_words
from .._certificates.trust import TrustedRoots, UnreadRoot
from .._common.errors import CertopsError, DeadlineExceeded, TransientError
from .._common.printable import on_one_line, printable
from .._estate.sps_state import SpsState
from .._timing import waiting
from .._wire.answer_errors import NotAnAnswer
from .._wire.connection import Connection
from .._wire.https import Answer, request
from .._wire.sts import AccountRefused, GroupsNotTold, StsUnavailable, groups_of
from . import fault_messages, messages
from .faults import of_login, translate

ATTEMPTS = 4
PAUSE_SECONDS = 0.5
# Nobody waits for longer for the end of a session.
LOGOUT_SECONDS = 10.0
# A vCenter that answers no more is not asked for each of its trusted roots, with the patience that one lost answer is worth.
MOST_LOST_CHAINS = 2
_SPS = "/api/vcenter/services/sps"

T = TypeVar("T")
# What an answer has to be, by what is read of it.
Shape = Callable[[Any], bool]


class Appliance:
    """A REST session, opened at the first call and closed by log_out."""

    def __init__(self, connection: Connection, context: ssl.SSLContext, count_retry: Callable[[], None]) -> None:
        self._connection = connection
        self._context = context
        self._count_retry = count_retry
        self._token: Optional[str] = None
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The vCenter's hostname, for messages."""
        return self._connection.hostname

    def sps(self) -> SpsState:
        """How SPS is."""
        answer = self._get(_SPS, "Reading the state of SPS", _is_service)
        return SpsState(_shown(answer, "state"), _shown(answer, "health"), _shown(answer, "startup_type"))

    def restart_sps(self, limit_seconds: float) -> None:
        """Restart SPS. The call blocks until the service is up, or its start takes too long for vCenter (API reference, vcenter/services).

        That it returns says that the restart was begun, and not that it is over: TIMED_OUT is answered while it goes on. Raises TransientError
        while SPS is starting or stopping (HTTP 400), and where what became of it is not known: the answer was lost, is none, did not come in
        limit_seconds, or is an error of vCenter's own (HTTP 500).
        """
        deadline = waiting.Deadline(limit_seconds)
        try:
            self._call("POST", f"{_SPS}?action=restart", "Restarting SPS", None, passing=(400, 500), deadline=deadline)
        except DeadlineExceeded as error:
            if error.code != messages.REST_TIMED_OUT.code:
                raise

    def rewrite_sps_startup_type(self, startup_type: str) -> None:
        """Set how SPS is started to what it is already: a write that changes nothing, and wants the right that a restart wants.

        Raises AccessDenied where the account may not, TransientError while SPS is starting or stopping (HTTP 400) or the answer was lost.
        """
        body = json.dumps({"startup_type": startup_type}).encode()
        self._call("PATCH", _SPS, "Proving the right to restart SPS", None, passing=(400,), body=body)

    def groups(self) -> frozenset[str]:
        """The SSO groups of the account, in lower case and without the domain. Raises CertopsError where they are not told."""
        what = f"Reading the SSO groups of the account on {self.name}"

        def read(deadline: waiting.Deadline) -> frozenset[str]:
            try:
                # Who is not logged in is told where the STS is.
                stranger = self._send("GET", "/api/session", {}, deadline)
                if stranger.status < 400:
                    raise NotAnAnswer(f"HTTP {stranger.status} for somebody who is not logged in")
                if stranger.status != 401:
                    raise _error(stranger.status, stranger.body, what, ())
                return groups_of(self._connection, self._context, stranger.challenge, deadline)
            except (OSError, HTTPException) as error:
                raise translate(error, what, server=self.name) from error
            except GroupsNotTold as error:
                raise messages.GROUPS_NOT_TOLD(action=what, problem=error) from error
            except AccountRefused as error:
                raise messages.STS_REFUSED(action=what, vsphere_fault=str(error)) from error
            except StsUnavailable as error:
                raise messages.REST_FAILED_IN_PASSING(action=what, vsphere_fault=str(error)) from error

        return self._patiently(read)

    def machine_ssl(self) -> Certificate:
        """vCenter's own certificate."""
        answer = self._get(
            "/api/vcenter/certificate-management/vcenter/tls", "Reading the machine SSL certificate", _is_certificate
        )
        return self._certificate(_text(answer, "cert"), "the machine SSL certificate")

    def trusted_roots(self) -> TrustedRoots:
        """Every certificate of every chain in TRUSTED_ROOTS, each once.

        One that cannot be read is left out, and named: the others are no less trusted for it. Raises CertopsError where none can be read.
        """
        path = "/api/vcenter/certificate-management/vcenter/trusted-root-chains"
        found: dict[str, Certificate] = {}
        unavailable: list[UnreadRoot] = []
        first: Optional[CertopsError] = None
        lost = 0
        chains = self._get(path, "Reading the trusted roots", _is_list_of_chains)
        for entry in chains if isinstance(chains, list) else []:
            chain = _text(entry, "chain") if isinstance(entry, dict) else str(entry)
            if not chain:
                continue
            if first is not None and lost == MOST_LOST_CHAINS:
                unavailable.append(
                    UnreadRoot(f"the chain {printable(chain)}", f"it was not asked for, as {lost} others had been lost")
                )
                continue
            try:
                answer = self._get(f"{path}/{quote(chain, safe='')}", f"Reading the trusted root chain {chain}", _is_chain)
            except CertopsError as error:
                first = first or error
                lost += isinstance(error, TransientError)
                unavailable.append(UnreadRoot(f"the chain {printable(chain)}", str(error)))
                continue
            for pem in _chain(answer.get("cert_chain") if isinstance(answer, dict) else None):
                try:
                    certificate = parse(pem)
                except CertificateError as error:
                    first = first or self._unusable(f"the trusted root chain {chain}", error)
                    unavailable.append(_unavailable_root(pem, chain, error))
                else:
                    found[certificate.sha256_fingerprint] = certificate
        if first is not None and not found:
            raise first
        return TrustedRoots(tuple(found.values()), tuple(unavailable))

    def signing_chain(self) -> list[Certificate]:
        """The certificates of the active token-signing chain. One that cannot be read is left out, where another can."""
        path = "/api/vcenter/certificate-management/vcenter/signing-certificate"
        answer = self._get(path, "Reading the token-signing certificate", _is_signing_chain)
        active = answer.get("active_cert_chain") if isinstance(answer, dict) else None
        found: list[Certificate] = []
        problem: Optional[CertificateError] = None
        for pem in _chain(active):
            try:
                found.append(parse(pem))
            except CertificateError as error:
                problem = problem or error
        if problem is not None and not found:
            raise self._unusable("the token-signing chain", problem) from problem
        return found

    def linked_nodes(self) -> list[str]:
        """The names of all nodes of the vCenter's linked group, its own included."""
        answer = self._get("/api/vcenter/topology/nodes", "Reading the linked vCenters", _is_list_of_nodes)
        nodes = (_text(entry, "node") for entry in answer if isinstance(entry, dict)) if isinstance(answer, list) else ()
        return sorted(printable(node) for node in nodes if node)

    def backups(self) -> dict[str, Any]:
        """How many file-based backups there are, and the end of the last that succeeded."""
        answer = self._get("/api/appliance/recovery/backup/job/details", "Reading the backups", _is_collection)
        if isinstance(answer, list):
            jobs = [entry.get("value", entry) for entry in answer if isinstance(entry, dict)]
        else:
            jobs = list(answer.values()) if isinstance(answer, dict) else []
        ends = [
            printable(str(job["end_time"]))
            for job in jobs
            if isinstance(job, dict) and str(job.get("status", "")).upper() == "SUCCEEDED" and job.get("end_time")
        ]
        return {"count": len(jobs), "last_succeeded_at": max(ends) if ends else None}

    def log_out(self) -> None:
        """End the session where there is one."""
        with self._lock:
            token, self._token = self._token, None
        if token is None:
            return
        try:
            deadline = waiting.Deadline(min(LOGOUT_SECONDS, self._connection.request_timeout_seconds))
            self._send("DELETE", "/api/session", {"vmware-api-session-id": token}, deadline)
        except (OSError, HTTPException):
            pass  # The server is gone, and the session with it.

    def _get(self, path: str, what: str, shape: Shape) -> Any:
        return self._patiently(lambda deadline: self._call("GET", path, what, shape, deadline=deadline))

    def _patiently(self, read: Callable[[waiting.Deadline], T]) -> T:
        # Of all attempts together, a login among them.
        deadline = waiting.Deadline(self._connection.request_timeout_seconds)
        for attempt in range(1, ATTEMPTS + 1):
            pause = PAUSE_SECONDS * 2 ** (attempt - 1)
            try:
                return read(deadline)
            except TransientError:
                if attempt == ATTEMPTS or deadline.left_seconds <= pause:
                    raise
            self._count_retry()
            waiting.rest(pause)
        raise AssertionError("unreachable")

    def _call(
        self,
        method: str,
        path: str,
        what: str,
        shape: Optional[Shape],
        passing: tuple[int, ...] = (),
        deadline: Optional[waiting.Deadline] = None,
        body: Optional[bytes] = None,
    ) -> Any:
        """The value that is answered. shape: what it has to be; None where no value is answered (204)."""
        what = f"{what} of {self.name}"
        deadline = deadline or waiting.Deadline(self._connection.request_timeout_seconds)
        try:
            answer = self._send(method, path, {"vmware-api-session-id": self._session(deadline)}, deadline, body)
            if answer.status == 401:
                self._forget_session()
                answer = self._send(method, path, {"vmware-api-session-id": self._session(deadline)}, deadline, body)
            if 200 <= answer.status < 300:
                return _nothing(answer) if shape is None else _value(answer, shape, (200,))
        except (OSError, HTTPException) as error:
            raise translate(error, what, server=self.name) from error
        raise _error(answer.status, answer.body, what, passing)

    def _session(self, deadline: waiting.Deadline) -> str:
        with self._lock:
            if self._token is None:
                self._token = self._log_in(deadline)
            return self._token

    def _forget_session(self) -> None:
        with self._lock:
            self._token = None

    def _log_in(self, deadline: waiting.Deadline) -> str:
        what = f"Logging in to the REST API of {self.name}"
        account = f"{self._connection.username}:{self._connection.password}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(account).decode("ascii")}
        answer = self._send("POST", "/api/session", headers, deadline)
        if answer.status == 401:
            refused = fault_messages.LOGIN_REFUSED(action=what, vsphere_fault=f"HTTP 401{_message(answer.body)}")
            raise of_login(refused, what)
        if not 200 <= answer.status < 300:
            raise of_login(_error(answer.status, answer.body, what, ()), what)
        token = _value(answer, lambda _value: True, (200, 201))
        if not isinstance(token, str) or not token:
            raise messages.REST_SESSION_MISSING(action=what)
        return token

    def _send(
        self, method: str, path: str, headers: Mapping[str, str], deadline: waiting.Deadline, body: Optional[bytes] = None
    ) -> Answer:
        sent = headers if body is None else {**headers, "Content-Type": "application/json"}
        return request(self._connection, self._context, method, path, headers=sent, body=body, deadline=deadline)

    def _certificate(self, pem: Optional[str], what: str) -> Certificate:
        try:
            return parse(pem or "")
        except CertificateError as error:
            raise self._unusable(what, error) from error

    def _unusable(self, what: str, error: CertificateError) -> CertopsError:
        return messages.VCENTER_CERTIFICATE_UNUSABLE(certificate=what.capitalize(), vcenter=self.name, problem=error)


def _value(answer: Answer, shape: Shape, statuses: tuple[int, ...]) -> Any:
    """The value in an answer. Raises NotAnAnswer where it is none of that shape."""
    if answer.status not in statuses:
        raise NotAnAnswer(f"HTTP {answer.status}")
    if answer.kind == "text/html":
        raise NotAnAnswer("a page of HTML")
    if answer.kind and "json" not in answer.kind:
        raise NotAnAnswer(f"the type {answer.kind[:40]!r} and no JSON")
    if not answer.body.strip():
        raise NotAnAnswer("nothing")
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NotAnAnswer("no JSON") from error
    if isinstance(value, dict) and {"error_type", "messages"} <= set(value):
        raise NotAnAnswer(f"an error with HTTP {answer.status}{_message(answer.body)}")
    if not shape(value):
        raise NotAnAnswer("JSON that is no answer to this")
    return value


def _nothing(answer: Answer) -> None:
    """Raises NotAnAnswer where a call that answers no value was answered by something."""
    if answer.status != 204 or answer.body:
        raise NotAnAnswer("a page of HTML" if answer.kind == "text/html" else f"HTTP {answer.status} where 204 is the answer")


def _has_text(value: Any, key: str) -> bool:
    return isinstance(value, dict) and isinstance(value.get(key), str)


def _is_service(value: Any) -> bool:
    # Each of them may be unset.
    return isinstance(value, dict) and all(
        isinstance(value.get(key, ""), (str, type(None))) for key in ("state", "health", "startup_type")
    )


def _is_certificate(value: Any) -> bool:
    return _has_text(value, "cert")


def _is_list_of_chains(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) or _has_text(entry, "chain") for entry in value)


def _is_chain(value: Any) -> bool:
    return isinstance(value, dict) and bool(_chain(value.get("cert_chain")))


def _is_signing_chain(value: Any) -> bool:
    return isinstance(value, dict) and bool(_chain(value.get("active_cert_chain")))


def _is_list_of_nodes(value: Any) -> bool:
    return isinstance(value, list) and all(_has_text(entry, "node") for entry in value)


def _is_collection(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and all(isinstance(entry, dict) for entry in value))


def _error(status: int, body: bytes, what: str, passing: tuple[int, ...]) -> CertopsError:
    vsphere_fault = f"HTTP {status}{_message(body)}"
    if status == 500 and _type(body) == "TIMED_OUT":
        return messages.REST_TIMED_OUT(action=what, vsphere_fault=vsphere_fault)
    if status in (502, 503, 504) or status in passing:
        return messages.REST_FAILED_IN_PASSING(action=what, vsphere_fault=vsphere_fault)
    if status == 401:
        return messages.REST_SESSION_REFUSED(action=what, vsphere_fault=vsphere_fault)
    if status == 403:
        return messages.REST_PERMISSION_DENIED(action=what, vsphere_fault=vsphere_fault)
    if status == 404:
        return messages.REST_NOT_OFFERED(action=what, vsphere_fault=vsphere_fault)
    return messages.REST_FAILED(action=what, vsphere_fault=vsphere_fault)


def _type(body: bytes) -> str:
    """The type of an error in the Automation API's shape; nothing where it has another."""
    try:
        return str(json.loads(body).get("error_type") or "")
    except (ValueError, AttributeError, RecursionError):
        return ""


def _message(body: bytes) -> str:
    """The words of an error in the Automation API's shape, shortened; nothing where it has another."""
    try:
        told = json.loads(body).get("messages") or []
        texts = [str(entry.get("default_message") or entry.get("id") or "") for entry in told]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return ""
    text = on_one_line(" ".join(texts))[:300]
    return f" {text}" if text else ""


def _unavailable_root(pem: str, chain: str, error: CertificateError) -> UnreadRoot:
    """What can still be told of a trusted root that cannot be read: its name, by which it is known whom that concerns."""
    try:
        subject = subject_of(to_der(pem.encode("utf-8", "replace")))
        return UnreadRoot(
            printable(in_words(subject)) if subject is not None else f"the chain {printable(chain)}", str(error), subject
        )
    except ValueError:
        return UnreadRoot(f"the chain {printable(chain)}", str(error))


def _chain(value: Any) -> list[str]:
    members = value.get("cert_chain") if isinstance(value, dict) else value
    return [str(member) for member in members] if isinstance(members, list) else []


def _text(answer: Any, key: str) -> Optional[str]:
    value = answer.get(key) if isinstance(answer, dict) else None
    return None if value is None else str(value)


def _shown(answer: Any, key: str) -> Optional[str]:
    value = _text(answer, key)
    return None if value is None else printable(value)
