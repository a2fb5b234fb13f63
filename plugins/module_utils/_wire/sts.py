# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""In which SSO groups an account is: read from a SAML token that the vCenter's security token service (STS) issues for it.

The token is asked for with the account's own name and password (WS-Trust 1.3, OASIS), is looked through for its groups, and is thrown away: nobody logs
in with it, so its signature is of no interest. It comes over the connection whose certificate was verified.
"""

from __future__ import annotations

import re
import ssl
from datetime import datetime, timedelta, timezone
from typing import Optional
from urllib.parse import urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from .._common.printable import on_one_line
from .._timing.waiting import Deadline
from .answer_errors import NotAnAnswer
from .connection import Connection
from .https import Answer, request

PATH = "/sts/STSService"
LIFETIME = timedelta(minutes=5)
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
# The attribute that lists groups, as DOMAIN\\GROUP (tokens of real vCenters in public sources).
_GROUPS = "http://rsa.com/schemas/attr-names/2009/01/GroupIdentity"
_WHERE = re.compile(r'sts="([^"]+)"')


class GroupsNotTold(Exception):
    """There is no STS, or its token names no groups; the text says which."""


class AccountRefused(Exception):
    """The STS does not know the account by this password, or gives it no token; the text is what it said."""


class StsUnavailable(Exception):
    """It does not answer now: the text is the HTTP status."""


def groups_of(connection: Connection, context: ssl.SSLContext, challenge: str, deadline: Deadline) -> frozenset[str]:
    """The groups of the SSO domain that the account is in, without the domain's name and in lower case.

    challenge: what the vCenter's REST API told somebody who was not logged in (WWW-Authenticate): it says where the STS is.
    Raises GroupsNotTold, AccountRefused, StsUnavailable, OSError, and HTTPException (NotAnAnswer among them).
    """
    path = _path(challenge, connection.username)
    if path is None:
        raise GroupsNotTold("nothing says where the security token service is")
    headers = {"Content-Type": "text/xml; charset=utf-8", "Accept": "text/xml", "SOAPAction": f"{_TRUST}/RST/Issue"}
    answer = request(connection, context, "POST", path, headers=headers, body=_asked(connection), deadline=deadline)
    if answer.status == 404:
        raise GroupsNotTold("there is no security token service")
    if answer.status in (502, 503, 504):
        raise StsUnavailable(f"HTTP {answer.status}")
    token = _read(answer)
    refused = token.find(f".//{{{_SOAP}}}Fault")
    if refused is not None:
        said = f"{refused.findtext('faultcode') or ''} {refused.findtext('faultstring') or ''}"
        raise AccountRefused(on_one_line(said.strip())[:300])
    named = [one for one in token.iter(f"{{{_SAML}}}Attribute") if one.get("Name") == _GROUPS]
    if not named:
        raise GroupsNotTold("the token names no groups")
    values = [value.text or "" for one in named for value in one.iter(f"{{{_SAML}}}AttributeValue")]
    domain = path[len(PATH) :].strip("/").lower()
    parted = [value.strip().lower().rpartition("\\") for value in values]
    # A group of another identity source may be called the same.
    return frozenset(group for its_domain, _separator, group in parted if group and its_domain in ("", domain))


def _path(challenge: str, username: str) -> Optional[str]:
    """The STS's path: as the challenge says, else by the account's domain; None where neither tells."""
    found = _WHERE.search(challenge)
    if found:
        path = urlsplit(found.group(1)).path
        if path.startswith(f"{PATH}/"):
            return path
    before, separator, _after = username.partition("\\")
    domain = before if separator else username.partition("@")[2]
    return f"{PATH}/{domain.lower()}" if re.fullmatch(r"[A-Za-z0-9.-]+", domain) else None


def _read(answer: Answer) -> ElementTree.Element:
    """The answer's XML. Raises NotAnAnswer."""
    if answer.kind == "text/html":
        raise NotAnAnswer("a page of HTML")
    # SOAP has no document type, and what a parser would make of one is of no use here.
    if b"<!DOCTYPE" in answer.body or b"<!ENTITY" in answer.body:
        raise NotAnAnswer("XML with a document type")
    try:
        return ElementTree.fromstring(answer.body)  # noqa: S314  # without a document type there is nothing to expand
    except ElementTree.ParseError as error:
        raise NotAnAnswer(f"HTTP {answer.status} and no XML") from error


def _asked(connection: Connection) -> bytes:
    now = datetime.now(timezone.utc)
    created, expires = (one.strftime("%Y-%m-%dT%H:%M:%S.000Z") for one in (now, now + LIFETIME))
    times = f"<wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires>"
    return (
        f'<soap:Envelope xmlns:soap="{_SOAP}"><soap:Header>'
        f'<wsse:Security xmlns:wsse="{_WSS}-secext-1.0.xsd" xmlns:wsu="{_WSS}-utility-1.0.xsd">'
        f'<wsu:Timestamp wsu:Id="_0">{times}</wsu:Timestamp>'
        f"<wsse:UsernameToken><wsse:Username>{escape(connection.username)}</wsse:Username>"
        f"<wsse:Password>{escape(connection.password)}</wsse:Password></wsse:UsernameToken></wsse:Security></soap:Header><soap:Body>"
        f'<wst:RequestSecurityToken xmlns:wst="{_TRUST}" xmlns:wsu="{_WSS}-utility-1.0.xsd">'
        f"<wst:TokenType>{_SAML}</wst:TokenType><wst:RequestType>{_TRUST}/Issue</wst:RequestType>"
        f'<wst:Lifetime>{times}</wst:Lifetime><wst:Renewing Allow="false" OK="false"/><wst:Delegatable>false</wst:Delegatable>'
        f"<wst:KeyType>{_TRUST}/Bearer</wst:KeyType>"
        "<wst:SignatureAlgorithm>http://www.w3.org/2001/04/xmldsig-more#rsa-sha256</wst:SignatureAlgorithm>"
        "</wst:RequestSecurityToken></soap:Body></soap:Envelope>"
    ).encode()
