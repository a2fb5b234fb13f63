# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand-ins: what gets one, what it keeps of the name, and that nothing of a secret stays."""

from __future__ import annotations

import ipaddress
import uuid

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._journal.pseudonyms import REMOVED, Pseudonyms
from hypothesis import given
from hypothesis import strategies as st

KEY = b"k" * 32
STANDINS = Pseudonyms(KEY, ["pa ss", "pa ss word", ""])
UUID = "0f31AB12-4c5d-6e7f-8a9b-0c1d2e3f4a5b"
SHA1 = ":".join(["AB"] * 20)


@pytest.mark.parametrize(
    "text",
    [
        "VMware vCenter Server",
        "IOFILTER Provider",
        "vpxd.certmgmt.certs.daysValid",
        "Start Time Error (70034)",
        "2026-12-01T01:02:03.456Z and 2026-12-01 01:02:03+01:00 and 2026-12-01",
        "administrator@vsphere.local",
        "127.0.0.1 0.0.0.0 ::1 ::",
        "/sdk/vimServiceVersions.xml",
        "vsan-cluster-object-system and vsan-stretched-cluster-system",
        "- * -- 12:34:56",
        REMOVED,
        "certificate-0123456789abcdef0123",
        "",
    ],
)
def test_what_tells_nothing_of_a_site_stays(text: str) -> None:
    assert STANDINS.text(text) == text


@pytest.mark.parametrize(
    "name",
    [
        "esx01",
        "esx01.corp.example",
        "Rack 7",
        "svc_certops@corp.example",
        "DC=corp",
        "Münster",
        "123456",
        "10.9.8.7",
        "fd12::1",
        UUID,
        SHA1,
    ],
)
def test_a_name_gets_another_that_is_always_the_same(name: str) -> None:
    standin = STANDINS.text(name)
    assert standin == STANDINS.text(name) == Pseudonyms(KEY).text(name)
    assert standin != name
    assert Pseudonyms(b"another").text(name) != standin


def test_its_parts_and_its_form_stay() -> None:
    host, short = STANDINS.text("esx01.corp.example"), STANDINS.text("esx01")
    assert host.split(".")[0] == short
    assert len(host.split(".")) == 3
    assert STANDINS.text("ESX01") == short.upper()
    assert STANDINS.text("Esx01") == short
    url = STANDINS.text("https://esx01.corp.example:9080/version.xml")
    assert url == f"https://{host}:9080/version.xml"
    assert STANDINS.text("IOFILTER Provider esx01") == f"IOFILTER Provider {short}"
    assert str(uuid.UUID(STANDINS.text(UUID))) == STANDINS.text(UUID.upper())
    assert ipaddress.IPv6Address(STANDINS.text("2001:db8::7")) in ipaddress.IPv6Network("fd00::/8")
    assert STANDINS.text("*.corp.example") == f"*.{STANDINS.text('corp.example')}"


def test_a_thumbprint_is_the_certificates_name_and_other_digests_keep_their_length() -> None:
    assert STANDINS.text(SHA1.lower()) == STANDINS.certificate(bytes.fromhex("AB" * 20))
    sha256 = ":".join(["AB"] * 32)
    assert len(STANDINS.text(sha256)) == len(sha256)
    assert "AB:AB" not in STANDINS.text(sha256)
    assert STANDINS.text("00:50:56:12:34:56").count(":") == 5
    assert "00:50:56" not in STANDINS.text("00:50:56:12:34:56")


@pytest.mark.parametrize(
    "text", ["10.0.0.5555", "8.0.3.0.1", "999.1.1.1", "00:50:56:ab:cd:ef", "1:2:zz", "a::b::c", "10.0.0.5.", "esx01:443", "12345::"]
)
def test_what_only_looks_like_an_address_is_no_reason_to_fail(text: str) -> None:
    assert isinstance(STANDINS.text(text), str)


def test_secrets_and_keys_are_gone_wherever_they_stand() -> None:
    assert STANDINS.text("a pa ss word, and pa ss") == f"a {REMOVED}, and {REMOVED}"
    whole = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----"
    assert STANDINS.text(f"{whole} and -----BEGIN X-----\nhalf") == f"{REMOVED} and {REMOVED}"


ADDRESSES = st.integers(2**24, 2**31 - 1).map(ipaddress.IPv4Address).filter(lambda one: not one.is_loopback and not one.is_reserved)


@given(first=ADDRESSES, second=ADDRESSES)
def test_no_two_addresses_become_one(first: ipaddress.IPv4Address, second: ipaddress.IPv4Address) -> None:
    shown = ipaddress.IPv4Address(STANDINS.text(str(first)))
    assert not any((shown.is_loopback, shown.is_multicast, shown.is_reserved))
    assert (STANDINS.text(str(second)) == str(shown)) is (first == second)


@given(
    name=st.from_regex(r"[a-z]{3}[0-9]{3}(-[a-z0-9]{2})?(\.[a-z]{4}[0-9])?", fullmatch=True),
    around=st.sampled_from(["{}", "<{}>", '"{}"', "a {}: no", "x={}&y", "({})"]),
)
def test_no_name_stays_whatever_is_around_it(name: str, around: str) -> None:
    shown = STANDINS.text(around.format(name))
    assert not any(part in shown for part in name.split("."))


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert STANDINS.text(text) == STANDINS.text(text)


def test_a_network_gets_as_many_stand_ins_as_it_has_addresses() -> None:
    network = [str(one) for one in ipaddress.IPv4Network("10.1.2.0/24")]
    shown = {STANDINS.text(one) for one in network}
    assert len(shown) == len(network)
    assert not [one for one in shown if ipaddress.IPv4Address(one).is_reserved or ipaddress.IPv4Address(one).is_multicast]
