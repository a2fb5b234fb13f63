# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""POST /lookupservice/sdk: where govmomi and PowerCLI ask for the STS. Its types are none of pyVmomi's."""

from __future__ import annotations

from typing import Optional
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from ..estate.vcenter import VCenter
from ..journal import Entry
from ..server.gate import pass_through
from ..server.http import Request, Response
from .registrations import PRODUCT, SITE, Registration, registrations

PATHS = ("/lookupservice/sdk", "/lookupservice/sdk/")
XML = "text/xml; charset=utf-8"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_LOOKUP = "urn:lookup"
_CONTENT = (
    ("lookupService", "LookupLookupService", "lookupService"),
    ("serviceRegistration", "LookupServiceRegistration", "ServiceRegistration"),
    ("deploymentInformationService", "LookupDeploymentInformationService", "deploymentInformationService"),
    ("l10n", "LookupL10n", "l10n"),
)


class LookupEndpoint:
    """The lookup service of one vCenter; nobody has to log in."""

    def __init__(self, vcenter: VCenter) -> None:
        self._vcenter = vcenter

    def answer(self, request: Request) -> Response:
        """Answer a POST. Raises ConnectionDropped."""
        asked = _asked(request.body)
        name = asked.tag.rpartition("}")[2] if asked is not None else "?"
        entry = Entry(self._vcenter.name, "lookup", name, object=request.path, client=request.client)
        return pass_through(
            self._vcenter.surroundings, entry, lambda _error: self._answered(name, asked), lambda _fault: _fault("by rule")
        )

    def _answered(self, name: str, asked: Optional[ElementTree.Element]) -> tuple[Response, str]:
        if name == "RetrieveServiceContent":
            return _result(name, f"<returnval>{_references()}</returnval>"), "ok"
        if name == "GetSiteId":
            return _result(name, f"<returnval>{SITE}</returnval>"), "ok"
        if name == "List" and asked is not None:
            wanted = asked.find(f"{{{_LOOKUP}}}filterCriteria")
            # A filter has to be there, and be it empty.
            if wanted is None:
                return _fault("Invalid fault"), "SystemError"
            criteria = [
                wanted.findtext(f"{{{_LOOKUP}}}{path}")
                for path in (
                    f"serviceType/{{{_LOOKUP}}}product",
                    f"serviceType/{{{_LOOKUP}}}type",
                    f"endpointType/{{{_LOOKUP}}}protocol",
                    f"endpointType/{{{_LOOKUP}}}type",
                )
            ]
            found = [one for one in registrations(self._vcenter) if one.matches(*criteria)]
            return _result(name, "".join(_described(one) for one in found)), "ok"
        return _fault(f"Unable to resolve WSDL method name {name}"), "InvalidRequest"


def _asked(body: bytes) -> Optional[ElementTree.Element]:
    """The method that is called; None where it is no SOAP."""
    try:
        envelope = ElementTree.fromstring(body)  # noqa: S314  # it listens on loopback, to tests
    except ElementTree.ParseError:
        return None
    called = envelope.find(f"{{{_SOAP}}}Body")
    return next(iter(called), None) if called is not None else None


def _references() -> str:
    return "".join(f'<{name} type="{kind}">{moid}</{name}>' for name, kind, moid in _CONTENT)


def _described(one: Registration) -> str:
    return (
        f"<returnval><serviceVersion>{one.version}</serviceVersion>"
        f"<serviceEndpoints><url>{escape(one.url)}</url><endpointType><protocol>{one.protocol}</protocol>"
        f"<type>{one.endpoint_type}</type></endpointType><sslTrust>{one.trusts}</sslTrust></serviceEndpoints>"
        f"<ownerId>{escape(one.owner)}</ownerId><serviceType><product>{PRODUCT}</product><type>{one.service_type}</type></serviceType>"
        f"<serviceId>{one.service_id}</serviceId><siteId>{SITE}</siteId></returnval>"
    )


def _result(name: str, content: str) -> Response:
    return _envelope(200, f'<{name}Response xmlns="{_LOOKUP}">{content}</{name}Response>')


def _fault(text: str) -> Response:
    return _envelope(500, f"<S:Fault><faultcode>ServerFaultCode</faultcode><faultstring>{escape(text)}</faultstring></S:Fault>")


def _envelope(status: int, body: str) -> Response:
    return Response(
        status, f'<?xml version="1.0"?><S:Envelope xmlns:S="{_SOAP}"><S:Body>{body}</S:Body></S:Envelope>'.encode(), XML
    )
