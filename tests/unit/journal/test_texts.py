# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""JSON, SOAP and certificates in a journal."""

from __future__ import annotations

import json
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._journal import soap_text
from ansible_collections.certops.vsphere.plugins.module_utils._journal.certificate_facts import Certificates, from_base64
from ansible_collections.certops.vsphere.plugins.module_utils._journal.json_text import json_of
from ansible_collections.certops.vsphere.plugins.module_utils._journal.pseudonyms import REMOVED, Pseudonyms
from ansible_collections.certops.vsphere.plugins.module_utils._journal.soap_text import xml_of
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, der, installer, key_pem, make, parsed, pem
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier

STANDINS = Pseudonyms(b"k" * 32)


def test_json_keeps_words_of_the_api_and_numbers() -> None:
    given = {
        "state": "STARTED",
        "status": "Rack 7",
        "node": "vc02.corp.example",
        "id": "com.vmware.vapi.std.errors.not_found",
        "count": 3,
        "messages": [{"id": "my.own", "default_message": "The service sps on vc02 could not be found."}],
        "20260101-esx": {"end_time": "2026-01-01T00:00:00.000Z", "on": True, "none": None},
    }
    told = json_of(json.dumps(given).encode(), STANDINS.text)
    assert (told["state"], told["id"], told["count"]) == ("STARTED", given["id"], 3)
    assert told["status"] != "Rack 7"
    assert told["messages"][0]["id"] != "my.own"
    assert "vc02" not in json.dumps(told)
    [key] = [one for one in told if one.startswith("n") and one != "node"]
    assert told[key] == given["20260101-esx"]
    with pytest.raises(ValueError, match="Expecting"):
        json_of(b"no", STANDINS.text)


BY_NAME = {"number": soap_text.KEPT, "moid": soap_text.REFERENCE, "binary": soap_text.BYTES, "odd": soap_text.UNKNOWN}


class Types:
    """Kinds by the names of elements, or by what they say of themselves."""

    def root(self, name: str) -> Any:
        return name

    def child(self, _kind: Any, name: str, xsi_type: Optional[str]) -> Any:
        return xsi_type or name

    def text(self, kind: Any) -> str:
        return BY_NAME.get(kind.rpartition(":")[2], soap_text.TEXT)


class Words:
    def text(self, text: str) -> str:
        return f"[{len(text)}]"

    def of_bytes(self, data: str) -> str:
        return f"bytes {len(data)}"


def shown(inner: str) -> str:
    """What becomes of the content of a call."""
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header><a>secret<b/></a></s:Header><s:Body>'
        f"<Call>{inner}</Call></s:Body></s:Envelope>"
    )
    written = xml_of(body.encode(), Types(), Words())
    assert "secret" not in written
    assert "Header" not in written
    return written.partition("<Call>")[2].partition("</Call>")[0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("<number>12</number>", "<number>12</number>"),
        ("<number>connectedTo</number>", "<number>connectedTo</number>"),
        ("<number>no word</number>", "<number>[7]</number>"),
        ("<moid>host-12</moid><moid>ServiceInstance</moid>", "<moid>host-12</moid><moid>ServiceInstance</moid>"),
        ("<moid>session[52]</moid>", "<moid>[11]</moid>"),
        ("<binary>AAAA</binary>", "<binary>bytes 4</binary>"),
        ("<odd>-1.5</odd><odd>true</odd><odd>esx01</odd>", "<odd>-1.5</odd><odd>true</odd><odd>[5]</odd>"),
        ("<name>esx01 &amp; x</name>", "<name>[9]</name>"),
        ("<status>online</status><status>on my host</status>", "<status>online</status><status>[10]</status>"),
        ("<password>abc</password><csr>x</csr>", f"<password>{REMOVED}</password><csr>{REMOVED}</csr>"),
        ("<empty/><empty></empty>", "<empty></empty><empty></empty>"),
        ("<path>config.name</path><path>[ds1] a/b</path>", "<path>config.name</path><path>[9]</path>"),
        ('<x type="HostSystem" versionId="8.0.3.1" guid="ab"/>', '<x type="HostSystem" versionId="8.0.3.1" guid="[2]"></x>'),
        ('<x xmlns:q="urn:q" q:type="q:number">5</x>', None),
        ("<a> <b>1</b> </a>", "<a><b>[1]</b></a>"),
        (
            "<propSet><name>runtime.standbyMode</name><val>none</val></propSet><propSet><name>name</name><val>none</val></propSet>",
            "<propSet><name>runtime.standbyMode</name><val>none</val></propSet><propSet><name>name</name><val>[4]</val></propSet>",
        ),
        ("<propSet><name>A Name</name></propSet>", "<propSet><name>[6]</name></propSet>"),
        ("<selectSet><name>members</name></selectSet>", "<selectSet><name>members</name></selectSet>"),
    ],
)
def test_soap_keeps_what_vsphere_itself_says(given: str, told: Optional[str]) -> None:
    assert shown(given) == (given if told is None else told)


@pytest.mark.parametrize("body", [b"", b"no", b"<a>", b"<a></b>"])
def test_what_is_no_xml_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ValueError, match="no XML"):
        xml_of(body, Types(), Words())


def certificates() -> tuple[Certificates, list[dict[str, Any]]]:
    told: list[dict[str, Any]] = []
    return Certificates(STANDINS, told.append), told


def test_a_certificate_goes_by_one_name_in_every_form_and_is_told_once() -> None:
    known, told = certificates()
    made = make("esx01.corp.example", issuer=authority(), names=("esx01.corp.example",), addresses=("10.1.2.3",))
    name = known.in_bytes(der(made))
    assert name == known.in_bytes(pem(made).encode()) == known.known(parsed(made)) == STANDINS.text(parsed(made).sha1_thumbprint)
    assert known.in_text(f"one\n{pem(made)}and {pem(made)}").split() == ["one", name, "and", name]
    [facts] = told
    assert facts["certificate"] == name
    assert facts["key"] == parsed(made).key
    assert "esx01" not in json.dumps(facts)
    assert "10.1.2.3" not in json.dumps(facts)
    [names] = [one["names"] for one in facts["extensions"] if "names" in one]
    assert names == [["DNSName", STANDINS.text("esx01.corp.example")], ["IPAddress", STANDINS.text("10.1.2.3")]]


def test_the_extensions_that_count_are_told_in_parts() -> None:
    known, told = certificates()
    issuing = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(
                AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier("https://vc01.corp.example/afd/vecs/ca")
            )
        ]
    )
    key_id = x509.AuthorityKeyIdentifier(b"i" * 20, None, None)
    purposes = x509.ExtendedKeyUsage([ObjectIdentifier("1.3.6.1.5.5.7.3.1")])
    usage = x509.KeyUsage(True, False, True, False, True, False, False, False, False)
    other = x509.UnrecognizedExtension(ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    named = x509.SubjectAlternativeName([x509.RegisteredID(ObjectIdentifier("1.2.3")), x509.RFC822Name("a@corp.example")])
    without = x509.AuthorityKeyIdentifier(None, [x509.DNSName("ca")], 5)
    for extensions in (
        [issuing, key_id, purposes, usage, other, named, x509.SubjectKeyIdentifier(b"s" * 20)],
        [without, x509.BasicConstraints(True, 3)],
    ):
        known.known(parsed(make("esx01", names=(), extensions=[(one, False) for one in extensions])))
    first, second = ({one["oid"]: one for one in facts["extensions"]} for facts in told)
    assert first["2.5.29.15"]["bits"] == ["digital_signature", "key_encipherment", "key_agreement"]
    assert first["2.5.29.37"]["purposes"] == ["1.3.6.1.5.5.7.3.1"]
    assert first["2.5.29.14"]["key_id"] == STANDINS.token((b"s" * 20).hex())
    assert first["2.5.29.35"]["key_id"] == STANDINS.token((b"i" * 20).hex())
    assert first["1.3.6.1.5.5.7.1.1"]["issuers"][0][1:] == [
        "UniformResourceIdentifier",
        STANDINS.text("https://vc01.corp.example/afd/vecs/ca"),
    ]
    assert first["1.2.3.4"] == {"oid": "1.2.3.4", "critical": False}
    assert first["2.5.29.17"]["names"][0] == ["RegisteredID"]
    assert second["2.5.29.35"]["key_id"] is None
    assert (second["2.5.29.19"]["ca"], second["2.5.29.19"]["path_length"]) == (True, 3)


def test_what_cannot_be_told_of_one_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    known, told = certificates()
    monkeypatch.setattr("ansible_collections.certops.vsphere.plugins.module_utils._journal.certificate_facts._extension", None)
    known.known(parsed(make("esx01", issuer=installer())))
    assert told[0]["unreadable"] == "TypeError"
    assert told[0]["expires_at"]


@pytest.mark.parametrize("data", [b"", b"nothing", key_pem()], ids=["empty", "nothing", "a key"])
def test_what_is_no_certificate_has_no_name(data: bytes) -> None:
    known, told = certificates()
    assert known.in_bytes(data) is None
    broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    assert STANDINS.text(known.in_text(broken)) == REMOVED
    assert told == []


def test_bytes_are_read_from_base64() -> None:
    assert from_base64("YQ==") == b"a"
    assert from_base64("Y") == from_base64("é") == b""
