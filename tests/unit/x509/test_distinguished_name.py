# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of certificates, read from their bytes, compared and shown; and bytes that are none."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import subject_of
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.der import DerError, names_in, values
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.distinguished_name import (
    comparable,
    in_words,
    refused_by,
    same,
    same_words,
)
from ansible_collections.certops.vsphere.tests.unit import der_writer as w
from ansible_collections.certops.vsphere.tests.unit.certificates import der, make
from ansible_collections.certops.vsphere.tests.unit.shapes import every_shape
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st


def content(*attributes: w.Attribute) -> bytes:
    """A name as it is compared: what its sequence holds."""
    (value,) = values(w.name(*attributes))
    return value.content


def of(text: bytes) -> bytes:
    return content((w.CN, text))


OPENSSL, JAVA = "OpenSSL (vCenter)", "Java (SPS)"


@pytest.mark.parametrize(
    ("one", "other", "refusing"),
    [
        (w.utf8("Site Root"), w.printable("Site Root"), ()),
        (w.utf8("Site Root"), w.utf8("  SITE \t root "), ()),
        (w.utf8("Site Root"), w.t61("Site Root"), (JAVA,)),
        (w.utf8("Site Root"), w.bmp("site root"), (JAVA,)),
        (w.t61("Müller"), w.t61("Müller"), ()),
        (w.utf8("MÜLLER"), w.utf8("müller"), (OPENSSL,)),
        # The same letter in one code point and in two, and what Unicode folds to two letters.
        (w.utf8("M\u00fcller"), w.utf8("Mu\u0308ller"), (OPENSSL,)),
        (w.utf8("STRASSE"), w.utf8("straße"), (OPENSSL,)),
    ],
)
def test_names_that_are_one(one: bytes, other: bytes, refusing: tuple[str, ...]) -> None:
    assert same(of(one), of(other))
    assert same(of(other), of(one))
    assert refused_by(of(one), of(other)) == refusing


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (of(w.utf8("Site Root")), of(w.utf8("SiteRoot"))),
        (of(w.utf8("Site Root")), content((w.O, w.utf8("Site Root")))),
        (content((w.CN, w.utf8("a")), (w.O, w.utf8("b"))), content((w.O, w.utf8("b")), (w.CN, w.utf8("a")))),
        (content((w.CN, w.utf8("a"))), content((w.CN, w.utf8("a")), (w.CN, w.utf8("a")))),
        # What is no string, or none that can be decoded, is compared as it is.
        (of(w.tlv(0x03, b"\x00A")), of(w.utf8("\x00A"))),
        (of(w.tlv(0x0C, b"\xff")), of(w.tlv(0x0C, b"\xfe"))),
        (of(w.utf8("a")), b"\xff"),
        (b"\x31\x02\x30\x00", of(w.utf8("a"))),
    ],
)
def test_names_that_are_not(one: bytes, other: bytes) -> None:
    assert not same(one, other)


def test_a_relative_name_of_several_is_the_same_in_any_order() -> None:
    pair = [w.sequence(w.oid(kind), w.utf8(text)) for kind, text in ((w.CN, "a"), (w.O, "b"))]
    assert same(w.tlv(0x31, *pair), w.tlv(0x31, *reversed(pair)))
    assert in_words(w.tlv(0x31, *pair)) == "CN=a+O=b"


def test_names_are_shown_as_cryptography_shows_them() -> None:
    for made in (make("a, b+c"), make('"<x>;')):
        own = names_in(der(made))
        assert in_words(own.subject) == made.subject.rfc4514_string()
        assert in_words(own.issuer) == made.issuer.rfc4514_string()


def test_what_cryptography_does_not_read_is_shown_too() -> None:
    assert in_words(content((w.O, w.t61("Müller AG")), (w.CN, w.utf8("Old")))) == "CN=Old,O=Müller AG"
    assert (
        in_words(content(("1.2.840.113549.1.9.1", w.ia5("a@b")), ("2.999.3", w.tlv(0x03, b"\x00A"))))
        == "2.999.3=#0041,emailAddress=a@b"
    )
    assert in_words(b"") == ""


def test_as_text_case_and_blanks_do_not_count_either() -> None:
    assert same_words("CN=Site Root,O=X", "cn=site  root,o=x")
    assert not same_words("CN=Site Root", "CN=Site Root 2")


BAD = [
    b"\x30",
    b"\x30\x05\x00",
    b"\x30\x80\x00\x00",
    b"\x30\x85\x00\x00\x00\x00\x01\x00",
    b"\x31\x00",
    b"\x30\x02\x05\x00",
    w.sequence(w.sequence(w.integer(1))),
    w.sequence(w.sequence(w.integer(1), w.sequence(), w.integer(2), w.sequence(), w.sequence())),
    w.sequence(w.sequence(w.integer(1), w.sequence(), w.sequence(), w.sequence(), w.integer(2))),
]


@pytest.mark.parametrize("data", BAD)
def test_what_is_no_certificate_has_no_names(data: bytes) -> None:
    with pytest.raises(DerError):
        names_in(data)
    assert subject_of(data) is None


@pytest.mark.parametrize(
    "name",
    [
        b"\x30\x00",
        w.tlv(0x31, b"\x31\x00"),
        w.tlv(0x31, w.sequence(w.oid("2.5.4.3"))),
        w.tlv(0x31, w.sequence(w.integer(1), w.utf8("a"))),
        w.tlv(0x31, w.sequence(b"\x06\x00", w.utf8("a"))),
    ],
)
def test_what_is_no_name_is_refused(name: bytes) -> None:
    with pytest.raises(DerError):
        comparable(name)
    with pytest.raises(DerError):
        in_words(name)


@given(st.binary(max_size=40))
def test_bytes_are_names_or_an_error(data: bytes) -> None:
    for look in (names_in, comparable, in_words):
        try:
            look(data)
        except DerError:
            pass


def test_every_shape_has_the_names_that_cryptography_finds() -> None:
    compared = 0
    for shape in every_shape():
        for made in (*shape.chain, *shape.roots):
            own = names_in(made)
            try:
                read = x509.load_der_x509_certificate(made).subject.rfc4514_string({x509.NameOID.EMAIL_ADDRESS: "emailAddress"})
            except ValueError:
                continue
            compared += 1
            assert in_words(own.subject).strip() == read.replace("\\ ", " ").strip()
    assert compared > 100
