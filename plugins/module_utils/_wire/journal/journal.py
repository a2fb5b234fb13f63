# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The journal: what was asked of a vCenter and what it answered, as JSON lines that can be shown to strangers (`_journal`).

Beside FILE stands FILE.key, by which names get their stand-ins: it is made once, belongs to whoever runs this, and is not for strangers. A journal
is a by-product: where it cannot be written on, the task goes on, and `problem` says so.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import stat
import threading
from datetime import datetime, timezone
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from ..._certificates.certificate import Certificate
from ..._common import times
from ..._journal.certificate_facts import Certificates, from_base64
from ..._journal.json_text import json_of
from ..._journal.pseudonyms import REMOVED, Pseudonyms
from ..._journal.soap_text import xml_of
from ..pyvmomi_library import VERSION
from .answered import Answered
from .soap_types import SoapTypes

SCHEMA_VERSION = 1
MODE = 0o600
KEY_BYTES = 32
LONGEST_PAGE = 2000
_VERSIONS = re.compile(r"[\w\s<>/.:=\"?-]*")
_GROUPS = re.compile(r'Name="http://rsa\.com/schemas/attr-names/2009/01/GroupIdentity"[^>]*>(.*?)</\w*:?Attribute>', re.DOTALL)
_GROUP = re.compile(r"<(?:\w+:)?AttributeValue[^>]*>([^<]*)<")
_STS = re.compile(r'sts="([^"]+)"')


class Journal:
    """A file of it, and how it is written on; hidden are texts that must not stand in it. Raises OSError where it cannot be written."""

    def __init__(self, path: str, hidden: Iterable[str]) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.problem: Optional[str] = None
        os.close(_opened(path))
        self._pseudonyms = Pseudonyms(_key(f"{path}.key"), [text for secret in hidden for text in _spelt(secret)])
        self._certificates = Certificates(self._pseudonyms, self._write)

    # What the wire layer tells of

    def began(self, hostname: str, username: str) -> None:
        """A session is about to be opened."""
        self._note(lambda: {"session": {"hostname": self.text(hostname), "username": self.text(username), "pyvmomi": VERSION}})

    def soap(self, path: str, action: str, info: Any, request: bytes, answer: Answered) -> None:
        """A call of a SOAP method. info: pyVmomi's description of the method."""

        def told() -> dict[str, Any]:
            types = SoapTypes(info)
            asked = {"path": path, "action": action, "method": info.wsdlName, "body": xml_of(request, types, self)}
            return {"protocol": "soap", "ask": asked, **self._answer(answer, lambda body: self._soap_body(body, types))}

        self._note(told)

    def http(self, method: str, path: str, body: Optional[bytes], answer: Answered) -> None:
        """Another call over HTTPS. Of a login and of the STS nothing is kept but what came of it."""

        def told() -> dict[str, Any]:
            shown = self.text(path)
            asked: dict[str, Any] = {"method": method, "path": shown}
            if body is not None and not path.startswith("/sts/"):
                asked["body"] = json_of(body, self.text)
            return {
                "protocol": "https",
                "ask": asked,
                **self._answer(answer, lambda text: self._page(method, path, answer.kind, text)),
            }

        self._note(told)

    def endpoint(self, names: Sequence[str], port: int, shown: Sequence[Certificate], error: Optional[BaseException]) -> None:
        """A look at what a host shows on a port."""

        def told() -> dict[str, Any]:
            asked = {"names": [self.text(name) for name in names], "port": port}
            chain = [self._certificates.known(one) for one in shown]
            return {
                "protocol": "tls",
                "ask": asked,
                "answer": {"chain": chain, "error": None if error is None else self.text(str(error))},
            }

        self._note(told)

    # What it is made of (soap_text.Words)

    def text(self, text: str) -> str:
        """A text with stand-ins."""
        return self._pseudonyms.text(self._certificates.in_text(text))

    def of_bytes(self, data: str) -> str:
        """An xsd:base64Binary: a certificate's stand-in, or nothing of it."""
        return self._certificates.in_bytes(from_base64(data)) or REMOVED

    def _answer(self, answer: Answered, show: Callable[[bytes], Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"seconds": round(answer.seconds, 3)}
        if answer.error is not None:
            return {**told, "error": type(answer.error).__name__}
        shown: dict[str, Any] = {"status": answer.status, "kind": answer.kind, "body": show(answer.body)}
        if answer.challenge:
            place = _STS.search(answer.challenge)
            shown["sts"] = self.text(urlsplit(place.group(1)).path) if place else None
        return {**told, "answer": shown}

    def _soap_body(self, body: bytes, types: SoapTypes) -> str:
        try:
            return xml_of(body, types, self)
        except ValueError:
            return self.text(body[:LONGEST_PAGE].decode("utf-8", "replace"))

    def _page(self, method: str, path: str, kind: str, body: bytes) -> Any:
        """A body by what is at its path."""
        if method == "POST" and path.endswith("/session") and b'"messages"' not in body:
            # A session's token, in either dialect.
            return {"json": {"value": REMOVED} if body.lstrip().startswith(b"{") else REMOVED}
        if path.startswith("/sts/"):
            return self._groups(body)
        if path.endswith("ServiceVersions.xml"):
            shown = body.decode("utf-8", "replace")
            return shown if _VERSIONS.fullmatch(shown) else REMOVED
        certificate = self._certificates.in_bytes(body) if path == "/afd/vecs/ca" else None
        return certificate or self._json_or_text(body)

    def _json_or_text(self, body: bytes) -> Any:
        try:
            told = json_of(body, self.text)
        except (ValueError, RecursionError):
            return self.text(body[:LONGEST_PAGE].decode("utf-8", "replace"))
        return {"json": told}

    def _groups(self, body: bytes) -> Optional[list[str]]:
        """The groups in a SAML token, of which nothing else is kept; None where it names none."""
        named = _GROUPS.search(body.decode("utf-8", "replace"))
        return None if named is None else [self.text(one) for one in _GROUP.findall(named.group(1))]

    def _note(self, tell: Callable[[], Mapping[str, Any]]) -> None:
        try:
            self._write(tell())
        # Whatever it is that could not be put into the journal: the task is about something else.
        except Exception as error:
            self._failed(error)

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps({"v": SCHEMA_VERSION, "at": times.to_text(datetime.now(timezone.utc)), **entry}, separators=(",", ":"))
        try:
            with self._lock:
                opened = _opened(self.path)
                try:
                    fcntl.flock(opened, fcntl.LOCK_EX)
                    _write_all(opened, line.encode() + b"\n")
                finally:
                    os.close(opened)
        except OSError as error:
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self.problem = self.problem or (error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__)


def _spelt(secret: str) -> set[str]:
    """The ways in which a secret may stand in what is sent."""
    return {secret, escape(secret), quote(secret, safe="", errors="replace"), json.dumps(secret)[1:-1]}


def _opened(path: str) -> int:
    return _own(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, MODE))


def _own(opened: int) -> int:
    """A file that is opened, for its owner alone: it may have been there already, for others to read. Raises OSError."""
    try:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        os.fchmod(opened, MODE)
    except OSError:
        os.close(opened)
        raise
    return opened


def _write_all(opened: int, data: bytes) -> None:
    while data:
        data = data[os.write(opened, data) :]


def _key(path: str) -> bytes:
    """The key, which is made where there is none; two at once agree on one."""
    opened = _own(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, MODE))
    try:
        fcntl.flock(opened, fcntl.LOCK_EX)
        found = os.read(opened, 2 * KEY_BYTES)
        if len(found) < 2 * KEY_BYTES:
            os.lseek(opened, 0, os.SEEK_SET)
            found = secrets.token_hex(KEY_BYTES).encode()
            _write_all(opened, found)
        return found
    finally:
        os.close(opened)
