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


def test_unknown_version_method_and_argument(client: Client) -> None:
    assert fault(post(client, CONTENT, action="urn:vim25/99.0")[1]) == "{urn:vim25}InvalidRequestFault"
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
