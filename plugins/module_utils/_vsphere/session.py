# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One session with one vCenter: logged in once, logged out always."""

from __future__ import annotations

import re
import threading
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from types import TracebackType
from typing import Any, Callable, Iterator, Optional, TypeVar
from xml.etree import ElementTree

from .._common.errors import CertopsError, ConnectionRefusedByTrust, EndpointError, SessionExpired, TransientError
from .._timing import waiting
from .._wire.connection import Connection
from .._wire.https import request
from .._wire.pyvmomi_library import GetServiceVersions, sms, versionIdMap, vim
from .._wire.soap_stub import SoapStub
from .._wire.tls import client_context, fetch_certificate
from . import messages
from .faults import CALL_ERRORS, of_login, translate
from .rest.appliance import Appliance
from .signals import ending_in_order

T = TypeVar("T")

# That of vSphere 6.7 is answered by every server since, and has all the methods and properties that are used here.
SMS_VERSION = "sms.version.version12"
# vSphere 6.7, which every pyVmomi that is supported knows: for a server whose list of versions cannot be read.
OLDEST_VIM_VERSION = "vim.version.version12"

# The first has all that is used here but what is resynchronised, which 6.7 U3 has and no 6.7 says of itself. The service answers whatever
# version it is spoken to in (a remark in Terraform's provider for vSphere).
OLDEST_VSAN_VERSION, VSAN_VERSION = "vsan.version.version3", "vsan.version.version10"

READ_ATTEMPTS = 4
# Who let all the time of a request pass is asked once more, since it may have been an old connection that was dropped on the way.
SILENT_ATTEMPTS = 2
PAUSE_SECONDS = 0.5
# Nobody waits for longer for the end of a session.
LOGOUT_SECONDS = 10.0

_COOKIE_VALUE = re.compile(r'vmware_soap_session\s*=\s*"?([^";]+)"?', re.IGNORECASE)


class VSphereSession:
    """A context manager: entering logs in, leaving logs out of all that was logged in to."""

    def __init__(self, connection: Connection) -> None:
        connection.check()
        # Whether it can be written is found out before the first call.
        if connection.journal is not None:
            connection.journal.began(connection.hostname, connection.username)
        self.connection = connection
        self.retries = 0
        self._context = client_context(connection)
        self._lock = threading.RLock()
        self._stub: Optional[SoapStub] = None
        self._sms: Optional[Any] = None
        self._vsan: Optional[SoapStub] = None
        self._appliance: Optional[Appliance] = None
        self._logins = 0
        self._ending = ExitStack()
        self.service_instance: Any = None
        self.content: Any = None
        self.session_key = ""

    def __enter__(self) -> VSphereSession:
        with ExitStack() as opening:
            opening.enter_context(ending_in_order())
            deadline = self._new_deadline()
            self._attempt(f"Logging in to {self.name}", lambda: self._log_in(deadline), READ_ATTEMPTS, deadline)
            self._ending = opening.pop_all()
        return self

    def __exit__(self, kind: Optional[type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]) -> None:
        with self._ending:
            if self._appliance is not None:
                self._appliance.log_out()
            self._log_out()

    @property
    def name(self) -> str:
        """The vCenter's hostname, for messages."""
        return self.connection.hostname

    @property
    def vim_version(self) -> str:
        """The version of vim25 that the vCenter is spoken to in, by pyVmomi's name for it; never newer than either side."""
        with self._lock:
            return str(self._stub.version) if self._stub is not None else OLDEST_VIM_VERSION

    @property
    def appliance(self) -> Appliance:
        """The vCenter's REST API, with a session of its own that is opened at its first use."""
        with self._lock:
            if self._appliance is None:
                version = str(self.content.about.apiVersion or "") if self.content is not None else ""
                self._appliance = Appliance(self.connection, self._context, self.count_retry, version)
            return self._appliance

    @property
    def sms_instance(self) -> Any:
        """The SMS service instance, which knows us by the vim session's cookie."""
        with self._lock:
            if self._sms is None:
                self._sms = sms.ServiceInstance("ServiceInstance", self._make_stub(SMS_VERSION, "/sms/sdk", self._cookie()))
            return self._sms

    @property
    def vsan_version(self) -> str:
        """The version in which the vSAN health service is spoken to, by pyVmomi's name for it: with resynchronisation since vCenter 7.0."""
        numbers = [int(part) for part in re.findall(r"\d+", str(self.content.about.apiVersion or ""))[:1]]
        return VSAN_VERSION if numbers >= [7] else OLDEST_VSAN_VERSION

    def vsan_object(self, kind: Any, moid: str) -> Any:
        """An object of the vSAN health service by its name there. It knows us by the cookie of the vim session."""
        with self._lock:
            if self._vsan is None:
                self._vsan = self._make_stub(self.vsan_version, "/vsanHealth")
                self._vsan.cookie = self._stub.cookie if self._stub is not None else ""
            return kind(moid, self._vsan)

    def read(self, what: str, call: Callable[[], T]) -> T:
        """Make a call that changes nothing; what fails in passing is repeated, a session that ended is opened anew.

        Raises CertopsError.
        """
        return self._attempt(what, call, READ_ATTEMPTS)

    def ask(self, what: str, call: Callable[[], T]) -> T:
        """Make a call that changes nothing just once, for who wants to know whether it fails. Raises CertopsError."""
        try:
            return call()
        except CALL_ERRORS as error:
            raise translate(error, what, server=self.name) from error

    def change(self, what: str, call: Callable[[], T]) -> T:
        """Make a call that changes something: once, since a lost answer does not mean that nothing was done.

        A session that had ended is opened anew, because then the call was refused and did nothing.
        Raises CertopsError.
        """
        before = self._logins
        try:
            return call()
        except CALL_ERRORS as error:
            translated = translate(error, what, server=self.name)
            if not isinstance(translated, SessionExpired):
                raise translated from error
        self._renew_session(before)
        try:
            return call()
        except CALL_ERRORS as error:
            raise translate(error, what, server=self.name) from error

    def managed_object(self, kind: Any, moid: str) -> Any:
        """An object of the vCenter by its id."""
        # Under the lock there is always a stub: a session that is being opened anew holds it.
        with self._lock:
            return kind(moid, self._stub)

    def of_now(self, item: Any) -> Any:
        """What an earlier answer led to, by the session of now: the one that it came with may have ended since, and each has a stub of its own."""
        return self.managed_object(type(item), str(item._GetMoId()))

    def _attempt(self, what: str, call: Callable[[], T], attempts: int, deadline: Optional[waiting.Deadline] = None) -> T:
        """deadline: of all attempts together; without one each of a call's requests has its own."""
        silent = 0
        for attempt in range(1, attempts + 1):
            before = self._logins
            try:
                return call()
            except CALL_ERRORS as error:
                translated: CertopsError = translate(error, what, server=self.name)
                cause: BaseException = error
            except CertopsError as error:
                translated = cause = error
            silent += _is_silence(cause)
            if not isinstance(translated, TransientError) or attempt == attempts or silent == SILENT_ATTEMPTS:
                raise translated from cause
            pause = PAUSE_SECONDS * 2 ** (attempt - 1)
            if deadline is not None and deadline.left_seconds <= pause:
                raise translated from cause
            self.count_retry()
            waiting.rest(pause)
            if isinstance(translated, SessionExpired):
                self._renew_session(before)
        raise AssertionError("unreachable")

    def count_retry(self) -> None:
        """Count a call that failed in passing, for the sentence that says so."""
        with self._lock:
            self.retries += 1

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """What fails in passing meanwhile is the doing of whoever says so, as a restart of SPS is, and is not told."""
        with self._lock:
            before = self.retries
        try:
            yield
        finally:
            with self._lock:
                self.retries = before

    def _renew_session(self, logins_before: int) -> None:
        with self._lock:
            # Another thread may have done it while this one waited.
            if self._logins != logins_before:
                return
            # SMS can have forgotten a session that vCenter still knows, and a session can't be logged in twice.
            self._log_out()
            self._log_in(self._new_deadline())

    def _new_deadline(self) -> waiting.Deadline:
        return waiting.Deadline(self.connection.request_timeout_seconds)

    def _log_out(self) -> None:
        if self._sms is not None:
            self._sms._stub.DropConnections()
            self._sms = None
        if self._vsan is not None:
            self._vsan.DropConnections()
            self._vsan = None
        if self._stub is None:
            return
        self._stub.deadline = waiting.Deadline(min(LOGOUT_SECONDS, self.connection.request_timeout_seconds))
        try:
            self.content.sessionManager.Logout()
        except CALL_ERRORS:
            pass  # A session that has ended already, or a server that is gone: there is nothing left to end.
        self._stub.DropConnections()
        self._stub = None

    def _log_in(self, deadline: waiting.Deadline) -> None:
        what = f"Logging in to {self.name}"
        try:
            stub = self._make_stub(self._choose_version(deadline), "/sdk")
            stub.deadline = deadline
            self.service_instance = vim.ServiceInstance("ServiceInstance", stub)
            content = self.service_instance.RetrieveContent()
            user_session = content.sessionManager.Login(self.connection.username, self.connection.password, None)
        except CALL_ERRORS as error:
            translated = of_login(translate(error, what, server=self.name), what)
            if isinstance(translated, ConnectionRefusedByTrust):
                translated.sentence += self._shown(deadline)
            raise translated from error
        if content.about.apiType != "VirtualCenter":
            content.sessionManager.Logout()
            stub.DropConnections()
            raise messages.NOT_A_VCENTER(server=self.name, kind=_kind_of(str(content.about.apiType or "")))
        self.content = content
        self.session_key = str(user_session.key)
        stub.deadline = None
        stub.server_version = str(content.about.apiVersion or "")
        self._stub = stub
        self._logins += 1

    def _shown(self, deadline: waiting.Deadline) -> str:
        """The certificate that was refused, by its fingerprint: the operator finds out whose it is. Nothing is sent to it.

        The look at it has what is left of the login's time.
        """
        connection = self.connection
        if connection.proxy_host:
            return ""
        try:
            shown = fetch_certificate([connection.server], connection.port, deadline.left_seconds)
        except EndpointError:
            return ""
        names = f"for {', '.join(shown.names)}" if shown.names else "for no name at all"
        whose = f"{shown.subject or 'one without a subject'}, {names}, issued by {shown.issuer or 'nobody'}"
        return f": it showed {whose}, SHA-256 {shown.sha256_fingerprint}"

    def _choose_version(self, deadline: waiting.Deadline) -> str:
        """The newest vim25 version that both sides know, from the list that every vSphere server publishes."""
        try:
            answer = request(self.connection, self._context, "GET", "/sdk/vimServiceVersions.xml", deadline=deadline)
            if answer.status in (502, 503, 504):
                raise HTTPException(str(answer.status))
            offered = {item.text for item in ElementTree.fromstring(answer.body).iter("version")} if answer.status == 200 else set()
        except (ElementTree.ParseError, LookupError, ValueError):
            # The last two are of an encoding that Python does not know.
            offered = set()
        for version in GetServiceVersions("vim25"):
            if versionIdMap[version] in offered:
                return str(version)
        return OLDEST_VIM_VERSION

    def _cookie(self) -> str:
        """The value of the session's cookie. A vCenter quotes it, other servers do not."""
        found = _COOKIE_VALUE.search(self._stub.cookie if self._stub is not None else "")
        if found is None:
            raise messages.SMS_SESSION_MISSING(vcenter=self.name)
        return found.group(1)

    def _make_stub(self, version: str, path: str, session_id: Optional[str] = None) -> SoapStub:
        stub = SoapStub(self.connection, self._context, version, path, session_id=session_id)
        stub.server_version = str(self.content.about.apiVersion or "") if self.content is not None else ""
        return stub


def _kind_of(api_type: str) -> str:
    """What a server is, by what it says of itself."""
    return {"HostAgent": "an ESXi host", "": "a server of unknown kind"}.get(api_type, f"a server of the kind {api_type}")


def _is_silence(error: BaseException) -> bool:
    return isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError)
