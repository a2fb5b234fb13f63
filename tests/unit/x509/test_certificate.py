# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading certificates: every kind that a host may have, and everything that is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import (
    LARGEST_BYTES,
    Certificate,
    CertificateError,
    _utc,
    colons,
    holds_private_key,
    load,
    parse,
    to_pem,
)
from ansible_collections.certops.vsphere.tests.unit.certificates import (
    HOST,
    NOW,
    authority,
    der,
    key,
    key_pem,
    make,
    parsed,
    pem,
    unreadable,
    until_year,
    with_an_extension_twice,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

MADE = make(issuer=authority(), names=(HOST, "esx01"), addresses=("192.0.2.7", "2001:db8::1"))
DAY = timedelta(days=1)


def test_a_certificate_is_read_whole() -> None:
    read = parse(pem(MADE))
    assert read.subject == f"CN={HOST},O=Example"
    assert read.issuer == "CN=VMCA,O=Example"
    assert read.serial_number == format(MADE.serial_number, "x")
    assert read.not_before == NOW - 30 * DAY
    assert read.expires_at == NOW + 400 * DAY
    assert read.expires_at.tzinfo is timezone.utc
    assert read.names == (HOST, "esx01", "192.0.2.7", "2001:db8::1")
    assert read.key == "EC 256"
    assert read.self_signed is False
    assert read.sha256_fingerprint == colons(MADE.fingerprint(hashes.SHA256()).hex())
    assert read.sha1_thumbprint == colons(MADE.fingerprint(hashes.SHA1()).hex())
    assert re.fullmatch(r"([0-9A-F]{2}:){31}[0-9A-F]{2}", read.sha256_fingerprint)


@pytest.mark.parametrize(
    "data",
    [
        *(pem(MADE), pem(MADE).encode(), der(MADE), bytearray(der(MADE)), pem(MADE).replace("\n", "\r\n")),
        "Subject: esx01\n" + pem(MADE),
        pem(MADE) + pem(authority().made),
        key_pem() + pem(MADE).encode(),
    ],
    ids=["PEM text", "PEM", "DER", "bytearray", "CRLF", "text before", "bundle", "key before"],
)
def test_the_first_certificate_is_read_in_every_form(data: Any) -> None:
    read = parse(data)
    assert read.same_as(parsed(MADE))
    assert read.der == der(MADE)


def test_it_is_written_as_pem_again() -> None:
    assert to_pem(parsed(MADE)) == pem(MADE)
    assert load(parsed(MADE)) == MADE


@pytest.mark.parametrize("kind", ["RSA 1024", "RSA 2048", "EC 384", "DSA 1024", "Ed25519"])
def test_its_kind_of_key_is_named(kind: str) -> None:
    assert parsed(make(issuer=authority(), private=key(kind))).key == kind


def test_one_that_issued_itself_is_self_signed() -> None:
    assert parsed(make()).self_signed is True


@pytest.mark.parametrize(
    ("common", "names", "expected"),
    [
        (HOST, (), (HOST,)),
        (HOST, ("other.example.com",), ("other.example.com",)),
        (None, (), ()),
        (None, (HOST,), (HOST,)),
        ("zürich ホスト", (), ("zürich ホスト",)),
    ],
)
def test_its_names_are_the_alternative_ones_or_else_the_common_one(common: Any, names: Any, expected: Any) -> None:
    assert parsed(make(common, names=names)).names == expected


def test_alternative_names_that_are_no_host_leave_the_common_name() -> None:
    email = x509.SubjectAlternativeName([x509.RFC822Name("vmca@example.com")])
    assert parsed(make(names=(), extensions=[(email, False)])).names == (HOST,)


@pytest.mark.parametrize(("years", "expires"), [(24, 2050), (34, 2060), (7900, 9926)])
def test_a_date_far_away_is_read(years: int, expires: int) -> None:
    assert parsed(make(ends=years * 365.25)).expires_at.year == expires


def test_a_date_in_the_year_1_is_read_written_and_read_again() -> None:
    read = parse(until_year(1))
    assert read.expires_at == datetime(1, 6, 1, 2, tzinfo=timezone.utc)
    assert Certificate.from_facts(read.to_facts(NOW)) == read


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "it is empty"),
        (b" \n ", "it is empty"),
        ("no certificate", "it cannot be read as a certificate"),
        (key_pem(), "it is PEM, but not a certificate"),
        (pem(MADE)[:300], "it cannot be read as a certificate"),
        (pem(MADE)[:-3], "it cannot be read as a certificate"),
        (der(MADE)[:-1], "it cannot be read as a certificate"),
        (der(MADE) + b"\x00", "it cannot be read as a certificate"),
        (b"\x30" * (1024 * 1024), f"it is larger than {LARGEST_BYTES} bytes"),
        ("\ud800", "it cannot be read as a certificate"),
        (until_year(0), "it cannot be read as a certificate"),
        (with_an_extension_twice(), "it cannot be read as a certificate"),
        (der(make(extensions=[unreadable("2.5.29.19", b"\x01\x02")])), "it cannot be read as a certificate"),
        (der(make(names=(), extensions=[unreadable("2.5.29.17", bytes.fromhex("3004a3020500"))])), "it cannot be read"),
    ],
    ids=[
        *("empty", "blank", "text", "key", "half PEM", "cut PEM", "cut DER", "longer DER", "1 MB", "surrogate", "year 0"),
        *("extension twice", "unreadable extension", "x400 name"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data: Any, reason: str) -> None:
    with pytest.raises(CertificateError, match=re.escape(reason)):
        parse(data)


def test_a_certificate_of_one_megabyte_is_refused_before_it_is_parsed() -> None:
    large = make(extensions=[unreadable("1.2.3.4.5", b"\x04\x84\x00\x10\x00\x00" + b"\x00" * 1024 * 1024)])
    with pytest.raises(CertificateError, match="larger"):
        parse(der(large))


def test_it_is_sound_from_its_first_second_until_before_its_last() -> None:
    read = parsed(MADE)
    second = timedelta(seconds=1)
    assert [read.sound_at(moment) for moment in (read.not_before - second, read.not_before)] == [False, True]
    assert [read.sound_at(moment) for moment in (read.expires_at - second, read.expires_at)] == [True, False]
    assert [read.expired_at(moment) for moment in (read.expires_at - second, read.expires_at)] == [False, True]
    assert read.days_left(NOW) == 400.0


def test_it_is_the_same_only_by_its_fingerprint() -> None:
    one, other = parsed(MADE), parsed(make(issuer=authority(), names=(HOST, "esx01")))
    assert one.same_as(replace(one, subject="CN=other"))
    assert not one.same_as(other)


def test_facts_show_it_and_are_read_again() -> None:
    read = parsed(MADE)
    facts = read.to_facts(NOW)
    assert facts["not_before"] == "2026-01-30T02:00:00Z"
    assert facts["expires_at"] == "2027-04-05T02:00:00Z"
    assert facts["days_left"] == 400.0
    assert Certificate.from_facts(facts) == read


@pytest.mark.parametrize("key_of", ["not_before", "expires_at", "sha256_fingerprint"])
@pytest.mark.parametrize("value", ["missing", None])
def test_facts_without_dates_or_fingerprint_are_refused(key_of: str, value: Any) -> None:
    facts = parsed(MADE).to_facts(NOW)
    if value is None:
        facts[key_of] = None
    else:
        del facts[key_of]
    with pytest.raises(CertificateError, match="the facts of a certificate cannot be read"):
        Certificate.from_facts(facts)


@pytest.mark.parametrize(
    "facts", [None, "text", 7, [], {}, {"expires_at": "soon", "not_before": "2026-01-01", "sha256_fingerprint": "AA"}]
)
def test_facts_that_are_no_certificate_are_refused(facts: Any) -> None:
    with pytest.raises(CertificateError):
        Certificate.from_facts(facts)


@dataclass
class MadeByCryptography41:
    """Its times have no zone."""

    not_valid_after: datetime


def test_times_without_a_zone_are_read_as_utc() -> None:
    made: Any = MadeByCryptography41(datetime(2026, 3, 1, 2))
    read = _utc(made, "not_valid_after")
    assert read == NOW
    assert read.tzinfo is timezone.utc


def test_a_private_key_is_told_from_a_certificate() -> None:
    assert holds_private_key(pem(MADE) + key_pem().decode())
    assert holds_private_key("-----BEGIN RSA PRIVATE KEY-----")
    assert not holds_private_key(pem(MADE))


def test_a_digest_is_written_with_colons() -> None:
    assert colons("ab0c") == colons("AB:0C") == "AB:0C"
    assert colons("") == ""


@given(st.one_of(st.binary(max_size=200), st.text(max_size=100)))
def test_any_bytes_are_a_certificate_or_an_error_that_can_be_shown(data: Any) -> None:
    with pytest.raises(CertificateError):
        parse(data)


WHOLE = der(MADE)


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_certificate_with_changed_bytes_is_read_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    _read_or_refused(bytes(data))


@given(st.integers(0, len(WHOLE)), st.integers(0, len(WHOLE)), st.binary(max_size=8))
def test_a_certificate_with_a_part_replaced_is_read_or_refused(start: int, end: int, part: bytes) -> None:
    _read_or_refused(WHOLE[:start] + part + WHOLE[end:])


@given(st.integers(0, len(pem(MADE)) - 1), st.characters())
def test_a_pem_with_a_changed_character_is_read_or_refused(place: int, character: str) -> None:
    text = pem(MADE)
    _read_or_refused(text[:place] + character + text[place + 1 :])


def _read_or_refused(data: Any) -> None:
    try:
        read = parse(data)
    except CertificateError:
        return
    assert Certificate.from_facts(read.to_facts(NOW)) == read
