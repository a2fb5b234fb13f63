# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pair that a host keeps, and the name it goes by: what is refused before it does harm."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.host_pair import HostPair, is_named, name_problem
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, key, make, pem

NAME = "esx01.example.com"


def pair(text: Optional[str], *, key: Optional[str] = "AB", key_problem: Optional[str] = None) -> HostPair:
    """A pair whose certificate has the modulus AB."""
    return HostPair.read(text, "AB", key, key_problem)


def text(kind: str = "RSA 2048", common: str = NAME, starts: int = -1, ends: int = 400) -> str:
    """The PEM of a certificate."""
    return pem(make(common, names=(common,), private=key(kind), starts=starts, ends=ends))


def test_a_whole_pair_is_sound() -> None:
    assert pair(text()).whole
    assert pair(text()).unsound([NAME], NOW) == []


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (None, "it is missing"),
        ("", "it is empty"),
        ("rubbish", "it is not a PEM certificate"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
    ],
)
def test_a_certificate_that_is_not_whole_is_told(given: Optional[str], problem: str) -> None:
    broken = pair(given)
    assert not broken.whole
    assert problem in broken.broken()[0]
    assert broken.unsound([NAME], NOW) == broken.broken()


def test_a_truncated_file_is_not_whole() -> None:
    assert not pair(text()[:-60]).whole


def test_a_key_that_is_not_whole_is_told() -> None:
    assert pair(text(), key_problem="unable to load key").broken() == ["rui.key cannot be used: unable to load key"]


@pytest.mark.parametrize("key", ["CD", None, ""])
def test_a_key_of_another_certificate_is_told(key: Optional[str]) -> None:
    assert pair(text(), key=key).broken() == ["rui.key does not belong to rui.crt"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (text(kind="EC 256"), "its key is EC 256 and not RSA"),
        (text(kind="RSA 1024"), "its RSA key has 1024 bits"),
        (text(common="localhost.localdomain"), "it is for localhost.localdomain and not for esx01.example.com"),
        (text(starts=1), "it is not valid before"),
        (text(starts=-9, ends=-1), "it expired on"),
    ],
)
def test_what_is_wrong_with_a_new_certificate_is_told(given: str, problem: str) -> None:
    assert any(problem in one for one in pair(given).unsound([NAME], NOW))


def test_a_pair_is_told_from_another_by_its_certificate() -> None:
    shown = text()
    assert pair(shown).shows_the_same_as(pair(shown, key="CD"))
    assert not pair(shown).shows_the_same_as(pair(text()))
    assert not pair(None).shows_the_same_as(pair(None))


@pytest.mark.parametrize("name", ["esx01.example.com", "ESX01", "esx-1.example.com.", "192.0.2.7", "2001:db8::1", "esx_1"])
def test_a_real_name_may_go_into_a_certificate(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name",
    ["", "  ", "localhost", "localhost.localdomain", "LOCALHOST.localdomain.", "a b", "-x", "x-.y", "a..b", "z" * 300, "x;reboot"],
)
def test_what_is_no_real_name_may_not(name: str) -> None:
    assert name_problem(name)


@pytest.mark.parametrize(
    ("own", "meant", "addresses", "same"),
    [
        ("esx01.example.com", "ESX01.example.com.", [], True),
        ("esx01", "esx01.example.com", [], True),
        ("esx01.example.com", "esx01", [], True),
        ("esx01.site-a.example.com", "esx01.site-b.example.com", [], False),
        ("esx02.example.com", "esx01.example.com", [], False),
        ("esx01.example.com", "192.0.2.7", ["192.0.2.7"], True),
        ("esx01.example.com", "192.0.2.7", ["192.0.2.8", "not an address"], False),
        ("esx01.example.com", "[2001:DB8::1]", ["2001:db8:0::1"], True),
    ],
)
def test_a_host_is_told_from_another(own: str, meant: str, addresses: list[str], same: bool) -> None:
    assert is_named(own, meant, addresses) is same
