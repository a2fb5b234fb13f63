# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts a name, an address or a pattern means."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_names import HostNames, by_host, is_pattern
from ansible_collections.certops.vsphere.tests.unit.estates import host

BERLIN = host("ESX-A01.berlin.example.com", addresses=("192.0.2.1", "10.0.0.1", "169.254.0.1", "fe80::1", "0.0.0.0"))
PARIS = host("esx-a01.paris.example.com.", addresses=("192.0.2.2", "10.0.0.1", "169.254.0.1", "FD00::2"))
LONE = host("esx-b01", addresses=("192.0.2.3",))
BY_ADDRESS = host("[2001:DB8::4]", addresses=("2001:db8::4", "192.0.2.4"))
HOSTS = (BERLIN, PARIS, LONE, BY_ADDRESS)
INVENTORY = {
    "rack-1": "192.0.2.1",
    "rack-2.site": "esx-a01.PARIS.example.com",
    "gone": "192.0.2.99",
    "esx-a01": "192.0.2.2",
    "plain": None,
}
NAMES = HostNames(HOSTS, INVENTORY)

WHOLE = [
    ("esx-a01.berlin.example.com", [BERLIN]),
    (" Esx-A01.Paris.example.com. ", [PARIS]),
    ("192.0.2.2", [PARIS]),
    ("[fd00:0::2]", [PARIS]),
    ("2001:db8:0::4", [BY_ADDRESS]),
    ("esx-b01", [LONE]),
    ("rack-1", [BERLIN]),
    ("RACK-2", [PARIS]),
    ("esx-*", [BERLIN, PARIS, LONE]),
    ("[e]sx-a0?.*.EXAMPLE.com", [BERLIN, PARIS]),
    ("10.0.0.*", [BERLIN, PARIS]),
    ("rack-?", [BERLIN, PARIS]),
    ("*", [*HOSTS]),
]
NOBODY = [
    "",
    " ",
    "169.254.0.1",
    "fe80::1%vmk0",
    "0.0.0.0",
    "esx-a02",
    "esx-a01.rome.example.com",
    "gone",
    "plain",
    "esx-c*",
    "[x",
    "example.com",
]


@pytest.mark.parametrize(("entry", "hosts"), WHOLE)
def test_a_host_is_meant_by_any_of_its_names(entry: str, hosts: list[object]) -> None:
    assert list(NAMES.every(entry).hosts) == hosts
    chosen = NAMES.chosen(entry)
    assert (list(chosen.hosts), chosen.several) == (hosts, False)


@pytest.mark.parametrize("entry", NOBODY)
def test_nobody_is_meant_by_what_is_no_name_or_is_everybodys(entry: str) -> None:
    assert NAMES.every(entry).hosts == ()
    assert NAMES.chosen(entry).hosts == ()


def test_a_short_name_or_an_address_of_several_spares_all_of_them_and_chooses_none() -> None:
    names = HostNames(HOSTS)
    for entry in ("ESX-A01", "10.0.0.1"):
        assert names.every(entry).hosts == (BERLIN, PARIS)
        chosen = names.chosen(entry)
        assert (chosen.hosts, chosen.several) == ((BERLIN, PARIS), True)
        assert chosen.shown() == "ESX-A01.berlin.example.com, esx-a01.paris.example.com."


def test_the_inventorys_own_name_says_which_of_several_is_chosen_but_spares_all() -> None:
    assert NAMES.chosen("esx-a01").hosts == (PARIS,)
    assert NAMES.every("esx-a01").hosts == (BERLIN, PARIS)


def test_a_whole_name_outranks_a_short_one_when_it_chooses() -> None:
    names = HostNames((host("esx-a01"), BERLIN))
    assert [one.name for one in names.chosen("esx-a01").hosts] == ["esx-a01"]
    assert len(names.every("esx-a01").hosts) == 2


def test_two_spellings_of_one_name_are_several() -> None:
    names = HostNames((host("esx.example.com"), host("ESX.example.com.")))
    assert names.chosen("esx.example.com").several


def test_a_name_with_a_domain_spares_a_host_that_vcenter_knows_without_and_does_not_choose_it() -> None:
    assert NAMES.every("esx-b01.example.com").hosts == (LONE,)
    assert NAMES.chosen("esx-b01.example.com").hosts == ()


@pytest.mark.parametrize(
    ("name", "address", "hosts"),
    [
        ("rack-1", "192.0.2.1", (BERLIN,)),
        ("esx-a01.berlin.example.com", None, (BERLIN,)),
        ("esx-a01", "192.0.2.1", (BERLIN,)),
        ("esx-a01.paris.example.com", "10.0.0.1", (PARIS,)),
        ("esx-a01.paris.example.com", "203.0.113.9", (PARIS,)),
        ("192.0.2.2", None, (PARIS,)),
        ("esx-b01", "192.0.2.1", (BERLIN, LONE)),
        ("esx-a01", None, (BERLIN, PARIS)),
        ("gone", "192.0.2.99", ()),
    ],
)
def test_a_host_of_the_inventory_is_who_its_name_and_address_agree_on(
    name: str, address: Optional[str], hosts: tuple[object, ...]
) -> None:
    meant = HostNames(HOSTS).of_inventory(name, address)
    assert (meant.hosts, meant.several) == (hosts, len(hosts) > 1)


@pytest.mark.parametrize(
    ("entry", "by_part"),
    [
        ("esx-a01.berlin.example.com", False),
        ("esx-b01", True),
        ("192.0.2.2", True),
        ("rack-1", True),
        ("[2001:db8::4]", True),
        ("esx-b*", False),
    ],
)
def test_it_is_told_whether_another_vcenter_may_have_another_host_of_that_name(entry: str, by_part: bool) -> None:
    assert NAMES.chosen(entry).by_part is by_part


def test_many_are_shown_as_some_and_a_number() -> None:
    assert HostNames([host(f"e{number}") for number in range(7)]).every("e*").shown() == "e0, e1, e2, e3, e4 and 2 more"


@pytest.mark.parametrize(("entry", "pattern"), [("[2001:db8::1]", False), ("esx[12]", True), ("[ae]sx", True), ("esx", False)])
def test_an_address_in_brackets_is_no_pattern(entry: str, pattern: bool) -> None:
    assert is_pattern(entry) is pattern


def test_thousands_of_entries_are_looked_up_and_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    fleet = [host(f"esx-{number:04}.example.com", addresses=(f"10.0.{number // 200}.{number % 200}",)) for number in range(2000)]
    names = HostNames(fleet, {f"rack-{number:04}": f"10.0.{number // 200}.{number % 200}" for number in range(2000)})

    class Counting(list[tuple[str, int]]):
        def __getitem__(self, place: object) -> object:  # type: ignore[override]
            looked.append(place)
            return super().__getitem__(place)  # type: ignore[index]

    names.every("esx-*")
    assert names._sorted is not None
    monkeypatch.setattr(names, "_sorted", Counting(names._sorted))
    for number in range(2000):
        assert len(names.chosen(f"esx-{number:04}*").hosts) == 1
        assert len(names.chosen(f"rack-{number:04}").hosts) == 1
    # Each pattern is compared with the names that begin as it does, and the search for them halves what is left.
    assert len(looked) < 2000 * 25


def test_what_was_given_by_any_name_is_found_by_the_hosts_own() -> None:
    given = {"ESX-B01.": 1, "192.0.2.2": 2, "esx-a01": 3, "nobody": 4, "*": 5}
    assert by_host(HOSTS, given) == {LONE.name: 1, PARIS.name: 2}
    assert by_host(HOSTS, {}) == {}
