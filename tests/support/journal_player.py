# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plays a journal (option journal of the modules) back: the wire layer gets the answers that were recorded, whoever recorded them and wherever.

Certificates are made anew from what the journal tells of them, each CA with a key of its own, so that what was signed by whom is as it was. It is the time
at which the journal was written, so that what was about to expire then is about to expire.
"""

from __future__ import annotations

import base64
import gzip
import ipaddress
import json
import re
import time
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, parse
from ansible_collections.certops.vsphere.plugins.module_utils._common import times
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import EndpointError
from ansible_collections.certops.vsphere.plugins.module_utils._journal.soap_text import xml_of
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import SystemClock
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import session
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.rest import rest_session
from ansible_collections.certops.vsphere.plugins.module_utils._wire import soap_answer, soap_stub, sts, tls
from ansible_collections.certops.vsphere.plugins.module_utils._wire.https import Answer
from ansible_collections.certops.vsphere.plugins.module_utils._wire.journal.soap_types import SoapTypes
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ObjectIdentifier
from pyVmomi import vmodl

_STANDIN = re.compile(r"certificate-[0-9a-f]{20}")
_BINARY = re.compile(r'(base64Binary"[^>]*>)(certificate-[0-9a-f]{20})')
_THUMBPRINT = re.compile(r"(humbprint(?:</name><val[^>]*>|>))(certificate-[0-9a-f]{20})")
_TIME = re.compile(r"(<returnval>)([^<]*)")
UNANSWERED = "the journal has no answer to that"
# In a question: a managed object that it names.
_OBJECT = re.compile(r'\w+ [^>]*type="[^"]+">.')
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_GROUPS = "http://rsa.com/schemas/attr-names/2009/01/GroupIdentity"


class AsItIs:
    """Stand-ins for what has them already."""

    def text(self, text: str) -> str:
        return text

    def of_bytes(self, data: str) -> str:
        return data


class JournalPlayer:
    """A journal, and the answers in it: the same question gets them in their order, and the last one again and again.

    A question that the collection asks in other words by now (for other properties) gets the answer to the one that is most like it, of the same method
    about the same objects. One that was never asked gets that of a vCenter that does not have it. alike, unanswered: what such questions are for.
    """

    def __init__(self, path: Path) -> None:
        read = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        lines = [json.loads(line) for line in read.decode("utf-8").splitlines()]
        self._begun = times.from_text(lines[0]["at"])
        self._since = time.monotonic()
        self._told = {one["certificate"]: one for one in lines if "certificate" in one}
        self._made: dict[str, bytes] = {}
        self._keys: dict[str, Any] = {}
        self.session: dict[str, str] = next(one["session"] for one in lines if "session" in one)
        self.asked: list[str] = []
        self.alike: list[str] = []
        self.unanswered: list[str] = []
        self._calls: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
        for one in lines:
            if "protocol" in one:
                self._calls.setdefault(self._question(one["protocol"], one["ask"]), []).append(one)

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Let the wire layer ask this."""
        patch.setattr(soap_stub.SoapStub, "InvokeMethod", self._soap())
        for module in (session, rest_session, sts):
            patch.setattr(module, "request", self._http)
        patch.setattr(tls, "fetch_chain", self._chain)
        patch.setattr(SystemClock, "now", lambda _clock: self._now().replace(microsecond=0))

    def has_asked(self, method: str) -> bool:
        """Whether a method was called when it was written."""
        return any(question[:1] == ("soap",) and question[1] == method for question in self._calls)

    def _now(self) -> datetime:
        return self._begun + timedelta(seconds=time.monotonic() - self._since)

    def certificate(self, name: str) -> bytes:
        """A certificate by its stand-in, in PEM."""
        if name not in self._made:
            self._made[name] = self._make(self._told[name]).public_bytes(Encoding.PEM)
        return self._made[name]

    def _question(self, protocol: str, ask: dict[str, Any]) -> tuple[Any, ...]:
        if protocol == "soap":
            # Names are in another order than stand-ins are, and so is what is asked by them.
            return (protocol, ask["method"], ask["path"], *sorted(ask["body"].split("><")))
        if protocol == "tls":
            return (protocol, tuple(ask["names"]), ask["port"])
        return (protocol, ask["method"], ask["path"])

    def _answer_to(self, *question: Any) -> Optional[dict[str, Any]]:
        known = question if question in self._calls else self._most_like(question)
        if known is None:
            self.unanswered.append(" ".join(map(str, question[1:3])))
            return None
        left = self._calls[known]
        return left.pop(0) if len(left) > 1 else left[0]

    def _most_like(self, question: tuple[Any, ...]) -> Optional[tuple[Any, ...]]:
        if question[0] != "soap":
            return None
        asked = set(question)
        about = {one for one in asked if _OBJECT.match(one)}
        others = [one for one in self._calls if one[:3] == question[:3] and {part for part in one if _OBJECT.match(part)} == about]
        if others:
            self.alike.append(question[1])
        return max(others, key=lambda one: len(asked & set(one)) - len(asked ^ set(one)), default=None)

    def _soap(self) -> Callable[..., Any]:
        def invoke(stub: Any, managed: Any, info: Any, args: Any, _outer: Any = None) -> Any:
            self.asked.append(info.wsdlName)
            asked = xml_of(stub.SerializeRequest(managed, info, args), SoapTypes(info), AsItIs())
            told = self._answer_to("soap", info.wsdlName, stub.path, *sorted(asked.split("><")))
            if told is None:
                raise vmodl.fault.NotSupported(msg=UNANSWERED)
            assert "answer" in told, told
            if info.wsdlName == "Login":
                stub.cookie = 'vmware_soap_session="played"'
            body = self._shown(told["answer"]["body"])
            if info.wsdlName == "CurrentTime":
                passed = self._now() - times.from_text(told["at"])
                body = _TIME.sub(lambda one: one.group(1) + (times.from_text(one.group(2)) + passed).isoformat(), body)
            return soap_answer.parse(stub, info, told["answer"]["status"], body.encode())

        return invoke

    def _http(self, _connection: Any, _context: Any, method: str, path: str, **_others: Any) -> Answer:
        self.asked.append(f"{method} {path}")
        told = self._answer_to("https", method, path)
        if told is None:
            return Answer(404, "application/json", b"{}", "")
        answer = told["answer"]
        body = answer["body"]
        if isinstance(body, list) or (path.startswith("/sts/") and body is None):
            text = _token(body or [])
        elif isinstance(body, dict):
            text = json.dumps(self._json(body["json"], ""))
        else:
            text = self._shown(body)
        challenge = f'SIGN sts="{answer["sts"]}"' if answer.get("sts") else ""
        return Answer(answer["status"], answer["kind"], text.encode(), challenge)

    def _chain(self, names: Sequence[str], port: int, _timeout: float) -> tuple[Certificate, ...]:
        told = self._answer_to("tls", tuple(names), port)
        if told is None:
            raise EndpointError(UNANSWERED)
        answer = told["answer"]
        if answer["error"] is not None:
            raise EndpointError(answer["error"])
        return tuple(parse(self.certificate(one)) for one in answer["chain"])

    def _shown(self, text: str) -> str:
        """A text with certificates in the place of their stand-ins."""
        text = _BINARY.sub(lambda one: one.group(1) + base64.b64encode(self.certificate(one.group(2))).decode(), text)
        text = _THUMBPRINT.sub(lambda one: one.group(1) + self._thumbprint(one.group(2)), text)
        return _STANDIN.sub(lambda one: self.certificate(one.group()).decode(), text)

    def _json(self, value: Any, field: str) -> Any:
        if isinstance(value, dict):
            return {key: self._json(item, key) for key, item in value.items()}
        if isinstance(value, list):
            return [self._json(item, field) for item in value]
        if isinstance(value, str) and _STANDIN.fullmatch(value) and "thumbprint" in field:
            return self._thumbprint(value)
        return self._shown(value) if isinstance(value, str) else value

    def _thumbprint(self, name: str) -> str:
        # One that stands nowhere else is of no certificate that is known.
        if name not in self._told:
            return ":".join(["AA"] * 20)
        return parse(self.certificate(name)).sha1_thumbprint

    @cached_property
    def _signers(self) -> dict[tuple[str, Optional[str]], str]:
        """Whose key signs, by subject and by the key's id."""
        found: dict[tuple[str, Optional[str]], str] = {}
        for one in self._told.values():
            for key_id in (_key_id(one, "2.5.29.14"), None):
                found.setdefault((json.dumps(one["subject"]), key_id), one["key_of"])
        return found

    def _key(self, of: str, kind: str) -> Any:
        if of not in self._keys:
            bits = int(re.sub(r"\D", "", kind) or 2048)
            self._keys[of] = (
                rsa.generate_private_key(65537, bits) if kind.startswith("RSA") else ec.generate_private_key(ec.SECP256R1())
            )
        return self._keys[of]

    def _make(self, told: dict[str, Any]) -> x509.Certificate:
        issuer = json.dumps(told["issuer"])
        wanted = _key_id(told, "2.5.29.35")
        signer = self._signers.get((issuer, wanted)) or (None if wanted else self._signers.get((issuer, None)))
        own = self._key(told["key_of"], told["key"])
        builder = x509.CertificateBuilder(
            _name(told["issuer"]),
            _name(told["subject"]),
            own.public_key(),
            int(told["certificate"][-16:], 16),
            times.from_text(told["not_before"]),
            times.from_text(told["expires_at"]),
        )
        for one in told["extensions"]:
            made = _extension(one)
            if made is not None:
                builder = builder.add_extension(made, one["critical"])
        return builder.sign(self._key(signer or f"nobody's {issuer}", "RSA 2048"), hashes.SHA256())


def _key_id(told: dict[str, Any], oid: str) -> Optional[str]:
    return next((one.get("key_id") for one in told["extensions"] if one["oid"] == oid), None)


def _name(parts: Sequence[Sequence[str]]) -> x509.Name:
    return x509.Name([x509.NameAttribute(ObjectIdentifier(oid), value, _validate=False) for oid, value in parts])


def _extension(told: dict[str, Any]) -> Optional[x509.ExtensionType]:
    if "names" in told:
        return x509.SubjectAlternativeName([_general(*one) for one in told["names"] if len(one) == 2])
    if "ca" in told:
        return x509.BasicConstraints(told["ca"], told["path_length"])
    if "bits" in told:
        every = (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("key_cert_sign", "crl_sign"),
        )
        return x509.KeyUsage(**{name: name in told["bits"] for name in every}, encipher_only=False, decipher_only=False)
    if "purposes" in told:
        return x509.ExtendedKeyUsage([ObjectIdentifier(one) for one in told["purposes"]])
    if told["oid"] == "2.5.29.14":
        return x509.SubjectKeyIdentifier(bytes.fromhex(told["key_id"]))
    if told["oid"] == "2.5.29.35" and told["key_id"]:
        return x509.AuthorityKeyIdentifier(bytes.fromhex(told["key_id"]), None, None)
    return None


def _general(kind: str, value: str) -> x509.GeneralName:
    if kind == "IPAddress":
        return x509.IPAddress(ipaddress.ip_address(value))
    made: x509.GeneralName = getattr(x509, kind)(value)
    return made


def _token(groups: Sequence[str]) -> str:
    values = "".join(f"<AttributeValue>{one}</AttributeValue>" for one in groups)
    named = f'<Attribute Name="{_GROUPS}">{values}</Attribute>' if groups else ""
    return f'<Assertion xmlns="{_SAML}">{named}</Assertion>'
