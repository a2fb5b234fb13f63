# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How PowerCLI and `govc session.login -issue` get in: the lookup service says where the STS is, and its token logs in."""

from __future__ import annotations

import base64
import http.client
import urllib.request
from typing import Optional
from xml.etree import ElementTree

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from ..conftest import Client

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
LOOKUP = "{urn:lookup}"
SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
ISSUE = (
    '<o:Security xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"><o:UsernameToken>'
    "<o:Username>{username}</o:Username><o:Password>{password}</o:Password></o:UsernameToken></o:Security>"
)
REQUEST = (
    '<RequestSecurityToken xmlns="http://docs.oasis-open.org/ws-sx/ws-trust/200512"><RequestType>'
    "http://docs.oasis-open.org/ws-sx/ws-trust/200512/Issue</RequestType></RequestSecurityToken>"
)


def post(client: Client, path: str, body: str, header: str = "", action: str = "") -> tuple[ElementTree.Element, Optional[str]]:
    """The answer and the cookie that comes with it."""
    connection = http.client.HTTPSConnection(client.vcenter.address, client.vcenter.port, context=client.context, timeout=20)
    envelope = f'<s:Envelope xmlns:s="{SOAP}"><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>'
    connection.request("POST", path, envelope, {"SOAPAction": action, "Content-Type": "text/xml"})
    answer = connection.getresponse()
    parsed = ElementTree.fromstring(answer.read())
    connection.close()
    return parsed, answer.getheader("Set-Cookie")


def lookup(client: Client, method: str, moid: str, criteria: str = "") -> ElementTree.Element:
    body = f'<{method} xmlns="urn:lookup"><_this type="x">{moid}</_this>{criteria}</{method}>'
    return post(client, "/lookupservice/sdk", body, action="urn:lookup/2.0")[0]


def registered(client: Client, kind: str) -> list[ElementTree.Element]:
    criteria = f"<filterCriteria><serviceType><product>com.vmware.cis</product><type>{kind}</type></serviceType></filterCriteria>"
    return lookup(client, "List", "ServiceRegistration", criteria).findall(f".//{LOOKUP}returnval")


def test_the_lookup_service_says_where_the_sts_is_and_whose_certificate_it_shows(client: Client) -> None:
    content = lookup(client, "RetrieveServiceContent", "ServiceInstance")
    assert content.findtext(f".//{LOOKUP}serviceRegistration") == "ServiceRegistration"
    assert lookup(client, "GetSiteId", "ServiceRegistration").findtext(f".//{LOOKUP}returnval") == "default-site"
    # The second is the name that PowerCLI asks for.
    for kind in ("cs.identity", "sso:sts"):
        [sts] = registered(client, kind)
        assert sts.findtext(f".//{LOOKUP}url") == client.content.setting.QueryOptions("config.vpxd.sso.sts.uri")[0].value
        trusted = x509.load_der_x509_certificate(base64.b64decode(sts.findtext(f".//{LOOKUP}sslTrust") or ""))
        truth = client.estate.state()["vcenters"][0]["machine_ssl"]["pem"]
        assert trusted.public_bytes(Encoding.PEM).decode() == truth
    assert registered(client, "nobody") == []
    everything = lookup(client, "List", "ServiceRegistration", "<filterCriteria/>")
    assert len(everything.findall(f".//{LOOKUP}returnval")) == 3
    assert lookup(client, "List", "ServiceRegistration").findtext(".//faultstring") == "Invalid fault"
    assert "Nonesuch" in (lookup(client, "Nonesuch", "ServiceInstance").findtext(".//faultstring") or "")


def test_a_token_of_the_sts_logs_in(client: Client) -> None:
    account = ISSUE.format(username=client.vcenter.username, password=client.vcenter.password)
    issued, _cookie = post(client, "/sts/STSService/vsphere.local", REQUEST, account)
    token = issued.find(f".//{{{SAML}}}Assertion")
    assert token is not None
    header = f"<Security>{ElementTree.tostring(token).decode()}</Security>"
    login = '<LoginByToken xmlns="urn:vim25"><_this type="SessionManager">SessionManager</_this></LoginByToken>'
    answer, cookie = post(client, "/sdk", login, header, "urn:vim25/6.7")
    assert answer.findtext(".//{urn:vim25}userName") == "VSPHERE.LOCAL\\Administrator"
    assert (cookie or "").startswith('vmware_soap_session="')
    for other in (header.replace("_", "x"), ""):
        refused, cookie = post(client, "/sdk", login, other, "urn:vim25/6.7")
        assert (refused.find(".//{urn:vim25}InvalidLoginFault") is not None, cookie) == (True, None)


def test_the_root_of_vmca_is_there_without_a_login_as_its_certificates_say(client: Client) -> None:
    state = client.estate.state()["vcenters"][0]
    issued = x509.load_pem_x509_certificate(state["machine_ssl"]["pem"].encode())
    [place] = [
        one.access_location.value for one in issued.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    ]
    assert place == f"https://{state['fqdn']}/afd/vecs/ca"
    address = place.replace(state["fqdn"], f"{client.vcenter.address}:{client.vcenter.port}")
    with urllib.request.urlopen(address, context=client.context, timeout=30) as answer:
        root = x509.load_der_x509_certificate(answer.read())
    assert root.public_bytes(Encoding.PEM).decode() == state["vmca_root"]["pem"]
