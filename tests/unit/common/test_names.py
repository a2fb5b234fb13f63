# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Host names and addresses in the one form that can be compared."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.names import (
    as_address,
    covers,
    host_of_url,
    natural,
    normalise,
    port_of_url,
    unescaped,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("ESX01.Example.COM", "esx01.example.com"),
        ("esx01.example.com.", "esx01.example.com"),
        (" esx01 ", "esx01"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("fe80::1%vmk0", "fe80::1"),
        ("Zürich.Example.com", "zürich.example.com"),
        ("", ""),
    ],
)
def test_a_name_is_normalised(written: str, form: str) -> None:
    assert normalise(written) == form


def test_what_is_no_address_is_none() -> None:
    assert as_address("esx01") is None
    assert as_address("2001:db8::0001") == "2001:db8::1"


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://ESX01.example.com:9080/version.xml", "esx01.example.com", 9080),
        (" https://[2001:DB8::1]:9080/version.xml ", "2001:db8::1", 9080),
        ("https://esx01/version.xml", "esx01", None),
        ("https://esx01:port/version.xml", "esx01", None),
        ("https://esx01:99999/", "esx01", None),
        ("https://[broken/version.xml", None, None),
        ("version.xml", None, None),
        ("", None, None),
    ],
)
def test_a_url_gives_host_and_port_or_none(url: str, host: Optional[str], port: Optional[int]) -> None:
    assert host_of_url(url) == host
    assert port_of_url(url) == port


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("esx01.example.com", "ESX01.example.com."),
        ("*.example.com", "esx01.example.com"),
        ("*.Example.COM", "esx01.EXAMPLE.com"),
        ("2001:DB8::1", "[2001:db8:0::1]"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_a_certificates_name_covers_a_host(pattern: str, name: str) -> None:
    assert covers(pattern, name)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("esx01.example.com", "esx01"),
        ("esx01", "esx01.example.com"),
        ("*.example.com", "example.com"),
        ("*.example.com", "a.esx01.example.com"),
        ("esx*.example.com", "esx01.example.com"),
        ("*", "esx01"),
        ("*.0.2.7", "192.0.2.7"),
        ("esx.*.com", "esx.example.com"),
        ("*.example.com", ".example.com"),
        ("", ""),
        (".", ""),
    ],
)
def test_a_certificates_name_does_not_cover_another_host(pattern: str, name: str) -> None:
    assert not covers(pattern, name)


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_names_make_it_raise(first: str, second: str) -> None:
    normalise(first)
    host_of_url(first)
    port_of_url(f"https://{first}:{second}/")
    covers(first, second)


@given(st.from_regex(r"[a-z0-9-]{1,8}(\.[a-z0-9-]{1,8}){0,3}", fullmatch=True))
def test_a_name_covers_itself_in_any_spelling_and_nothing_below_it(name: str) -> None:
    assert covers(name, name.upper() + ".")
    assert not covers(name, f"a.{name}")
    assert covers(f"*.{name}", f"a.{name}")


def test_names_are_in_the_order_of_their_numbers() -> None:
    names = ["esx10", "esx2", "192.0.2.10", "192.0.2.9", "ESX2", "esx", "9" * 40, ""]
    assert sorted(names, key=natural) == ["", "192.0.2.9", "192.0.2.10", "9" * 40, "esx", "ESX2", "esx2", "esx10"]


@given(st.lists(st.text(max_size=12)))
def test_any_names_have_an_order(names: list[str]) -> None:
    keys = [natural(name) for name in names]
    assert all((one == other) is (first == second) for one, first in zip(keys, names) for other, second in zip(keys, names))  # noqa: B905


@pytest.mark.parametrize(
    ("written", "name"),
    [("Prod%2fTest", "Prod/Test"), ("a%5Cb", "a\\b"), ("50%25", "50%"), ("a%252fb", "a%2fb"), ("%2g 100%", "%2g 100%"), ("", "")],
)
def test_a_name_of_vcenters_is_read_as_its_owner_wrote_it(written: str, name: str) -> None:
    assert unescaped(written) == name
