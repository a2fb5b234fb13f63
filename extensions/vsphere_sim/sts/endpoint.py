# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""/sts/STSService: a SAML token for a user and a password (WS-Trust 1.3, SOAP 1.1).

Its assertion has what a vCenter's has of the account: name, and groups as DOMAIN\\GROUP. It is signed by nobody: whoever wants to log in with it, or to
verify it, learns nothing here.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from ..estate.accounts import DOMAIN, Account
from ..estate.vcenter import VCenter
from ..journal import Entry
from ..server.gate import pass_through
from ..server.http import Request, Response

PATH = f"/sts/STSService/{DOMAIN}"
XML = "text/xml;charset=UTF-8"
ISSUE = "http://docs.oasis-open.org/ws-sx/ws-trust/200512/RST/Issue"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_ATTRIBUTES = "http://rsa.com/schemas/attr-names/2009/01/"


class StsEndpoint:
    """The STS of one vCenter."""

    def __init__(self, vcenter: VCenter) -> None:
        self._vcenter = vcenter

    def answer(self, request: Request) -> Response:
        """Answer a request. Raises ConnectionDropped."""
        entry = Entry(self._vcenter.name, "sts", "Issue", object=request.path, client=request.client)
        return pass_through(
            self._vcenter.surroundings, entry, lambda _error: self._issued(request, entry), lambda _fault: Response(500)
        )

    def _issued(self, request: Request, entry: Entry) -> tuple[Response, str]:
        if self._vcenter.sts == "missing" or request.path != PATH:
            return Response(404, b"404 Not Found\n"), "404"
        try:
            asked = ElementTree.fromstring(request.body)  # noqa: S314  # it listens on loopback, to tests
        except ElementTree.ParseError:
            return _fault("ns0:InvalidRequest", "The request is no XML."), "InvalidRequest"
        username, password = asked.findtext(f".//{{{_WSSE}}}Username"), asked.findtext(f".//{{{_WSSE}}}Password")
        kind = asked.findtext(f".//{{{_TRUST}}}RequestType") or ""
        if not kind.endswith("/Issue") or asked.find(f"{{{_SOAP}}}Body") is None:
            return _fault("ns0:InvalidRequest", "Only tokens are issued."), "InvalidRequest"
        account = self._vcenter.accounts.authenticate(username or "", password or "")
        if account is None:
            return _fault("ns0:FailedAuthentication", "Invalid credentials"), "FailedAuthentication"
        entry.username = account.username
        return Response(200, self._token(account).encode(), XML), "ok"

    def _token(self, account: Account) -> str:
        now = self._vcenter.now()
        begins, ends = now.strftime("%Y-%m-%dT%H:%M:%S.000Z"), (now + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        groups = sorted(f"{DOMAIN}\\{group}" for group in account.member_of) if self._vcenter.sts == "groups" else []
        token_id = f"_{uuid.uuid4()}"
        self._vcenter.tokens[token_id] = account
        attributes = _attribute("GroupIdentity", groups) if groups else ""
        return (
            f'<S:Envelope xmlns:S="{_SOAP}"><S:Body>'
            f'<ns:RequestSecurityTokenResponseCollection xmlns:ns="{_TRUST}"><ns:RequestSecurityTokenResponse>'
            "<ns:TokenType>urn:oasis:names:tc:SAML:2.0:assertion</ns:TokenType><ns:RequestedSecurityToken>"
            f'<saml2:Assertion xmlns:saml2="{_SAML}" ID="{token_id}" IssueInstant="{begins}" Version="2.0">'
            f"<saml2:Issuer>https://{escape(self._vcenter.identity.fqdn)}/websso/SAML2/Metadata/{DOMAIN}</saml2:Issuer>"
            f'<saml2:Subject><saml2:NameID Format="http://schemas.xmlsoap.org/claims/UPN">{escape(account.username)}</saml2:NameID></saml2:Subject>'
            f'<saml2:Conditions NotBefore="{begins}" NotOnOrAfter="{ends}"/>'
            f"<saml2:AttributeStatement>{attributes}</saml2:AttributeStatement></saml2:Assertion></ns:RequestedSecurityToken>"
            "</ns:RequestSecurityTokenResponse></ns:RequestSecurityTokenResponseCollection></S:Body></S:Envelope>"
        )


def challenge(vcenter: VCenter) -> str:
    """What REST tells whoever is not logged in: where the STS is."""
    basic = 'Basic realm="VAPI endpoint",SIGN realm="VAPI endpoint",service="VAPI endpoint"'
    return basic if vcenter.sts == "missing" else f'{basic},sts="https://{vcenter.identity.fqdn}{PATH}"'


def _attribute(name: str, values: list[str]) -> str:
    shown = "".join(f"<saml2:AttributeValue>{escape(value)}</saml2:AttributeValue>" for value in values)
    return f'<saml2:Attribute FriendlyName="{name}" Name="{_ATTRIBUTES}{name}">{shown}</saml2:Attribute>'


def _fault(code: str, text: str) -> Response:
    body = (
        f'<S:Envelope xmlns:S="{_SOAP}"><S:Body><S:Fault xmlns:ns0="{_TRUST}"><faultcode>{code}</faultcode>'
        f"<faultstring>{escape(text)}</faultstring></S:Fault></S:Body></S:Envelope>"
    )
    return Response(500, body.encode(), XML)
