# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""SOAP from clients that are not pyVmomi: other prefixes, no types, chunks, and nonsense."""

from __future__ import annotations

import http.client
from xml.etree import ElementTree

from .conftest import Client

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
CONTENT = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:v="urn:vim25"><s:Header/><s:Body>'
    '<v:RetrieveServiceContent><v:_this type="ServiceInstance">ServiceInstance</v:_this></v:RetrieveServiceContent>'
    "</s:Body></s:Envelope>"
)


def post(client: Client, body: str, chunked: bool = False, action: str = "urn:vim25/6.7") -> tuple[int, ElementTree.Element]:
    connection = http.client.HTTPSConnection(client.vcenter.address, client.vcenter.port, context=client.context, timeout=20)
    headers = {"SOAPAction": action, "Content-Type": "text/xml", "Cookie": client.instance._stub.cookie}
    data = iter([body[:50].encode(), body[50:].encode()]) if chunked else body.encode()
    connection.request("POST", "/sdk", data, headers, encode_chunked=chunked)
    answer = connection.getresponse()
    parsed = ElementTree.fromstring(answer.read())
    connection.close()
    return answer.status, parsed


def fault(parsed: ElementTree.Element) -> str:
    detail = parsed.find(f"{{{ENVELOPE}}}Body/{{{ENVELOPE}}}Fault/detail")
    assert detail is not None
    return detail[0].tag


def test_prefixes(client: Client) -> None:
    status, parsed = post(client, CONTENT)
    assert status == 200
    assert parsed.find(".//{urn:vim25}about/{urn:vim25}apiType").text == "VirtualCenter"  # type: ignore[union-attr]


def test_chunks(client: Client) -> None:
    assert post(client, CONTENT, chunked=True)[0] == 200


def test_older_versions_do_not_see_newer_properties(client: Client) -> None:
    assert post(client, CONTENT)[1].find(".//{urn:vim25}certificateManager") is not None
    assert post(client, CONTENT, action="urn:vim25/5.5")[1].find(".//{urn:vim25}certificateManager") is None


def test_a_version_that_it_does_not_know_is_answered_by_what_it_has(client: Client) -> None:
    for action in ("urn:vim25/99.0", "urn:vim25/9.1.0.0", '"urn:vim25/9.1.0.0"', "", "urn:vim25/nonsense"):
        status, parsed = post(client, CONTENT, action=action)
        assert status == 200
        assert parsed.find(".//{urn:vim25}certificateManager") is not None


def test_only_a_login_by_token_refuses_an_unknown_version(client: Client) -> None:
    body = CONTENT.replace(
        'RetrieveServiceContent><v:_this type="ServiceInstance">ServiceInstance', "LoginByToken><v:_this>SessionManager"
    )
    body = body.replace("RetrieveServiceContent", "LoginByToken")
    status, parsed = post(client, body, action="urn:vim25/9.1.0.0")
    assert (status, parsed.findtext(".//faultcode")) == (500, "VersionMismatchFaultCode")
    assert parsed.findtext(".//faultstring") == 'Unsupported version URI "urn:vim25/9.1.0.0"'
    assert post(client, body, action="urn:vim25/6.7")[1].findtext(".//faultcode") == "ServerFaultCode"


def test_a_reference_where_anything_may_stand_is_typed_as_the_wsdl_has_it(client: Client) -> None:
    read = (
        '<v:Fetch><v:_this type="Folder">group-h4</v:_this><v:prop>parent</v:prop></v:Fetch>',
        '<v:RetrieveProperties><v:_this type="PropertyCollector">propertyCollector</v:_this><v:specSet><v:propSet><v:type>Folder</v:type>'
        '<v:pathSet>parent</v:pathSet></v:propSet><v:objectSet><v:obj type="Folder">group-h4</v:obj></v:objectSet></v:specSet></v:RetrieveProperties>',
    )
    for method in read:
        parsed = post(client, CONTENT[: CONTENT.index("<v:Retr")] + method + "</s:Body></s:Envelope>")[1]
        found = next(one for one in parsed.iter() if one.text == "datacenter-2")
        assert found.get("type") == "Datacenter"
        # Fetch answers in the declared type, which needs no name.
        assert found.get("{http://www.w3.org/2001/XMLSchema-instance}type") in (None, "ManagedObjectReference")


def test_unknown_method_and_argument(client: Client) -> None:
    assert fault(post(client, CONTENT.replace("RetrieveServiceContent", "Nonesuch"))[1]) == "{urn:vim25}InvalidRequestFault"
    assert fault(post(client, CONTENT.replace("</v:_this>", "</v:_this><v:more>1</v:more>"))[1]) == "{urn:vim25}InvalidRequestFault"


def test_nonsense(client: Client) -> None:
    for body in (
        "",
        "<a/>",
        "<?xml version='1.0'?><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>",
    ):
        status, parsed = post(client, body)
        assert status == 500
        assert fault(parsed) == "{urn:vim25}InvalidRequestFault"


def test_entities_are_refused(client: Client) -> None:
    swelling = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + CONTENT.split("?>", 1)[1].replace("ServiceInstance<", "&a;<")
    assert fault(post(client, swelling)[1]) == "{urn:vim25}InvalidRequestFault"
