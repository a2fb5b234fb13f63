# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose a registered provider is."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.certops.vsphere.plugins.module_utils._estate.registration import RegisteredProvider, assign
from ansible_collections.certops.vsphere.tests.unit.estates import certificate, host, provider

ONE, TWO = host("esx01", addresses=("192.0.2.1",)), host("esx02", addresses=("192.0.2.1", "192.0.2.2"))


def registered(place: str, uid: str, status: str = "online", ends: float = 400) -> RegisteredProvider:
    """A provider whose url leads to that name or address."""
    return RegisteredProvider(provider(certificate(ends), status, uid=uid, host=place), f"provider-{uid}")


def test_by_name_then_by_address_and_strangers_apart() -> None:
    by_name, by_address = registered("ESX02.", "a"), registered("192.0.2.2", "b")
    stranger = registered("esx09", "c")
    nobodys = replace(stranger, provider=replace(stranger.provider, url="nonsense"))
    assigned, orphans = assign([ONE, TWO], [by_name, by_address, stranger, nobodys])
    assert assigned == {TWO.moid: [by_name, by_address]}
    assert orphans == [stranger, nobodys]


def test_an_address_is_of_the_first_that_has_it_unless_it_is_a_name() -> None:
    shared = registered("192.0.2.1", "a")
    assert assign([ONE, TWO], [shared])[0] == {ONE.moid: [shared]}
    named = host("192.0.2.1")
    assert assign([ONE, named], [shared])[0] == {named.moid: [shared]}


def test_the_best_comes_first() -> None:
    offline, short, long = registered("esx01", "a", "offline"), registered("esx01", "b", ends=20), registered("esx01", "c")
    undated = registered("esx01", "d")
    undated = replace(undated, provider=replace(undated.provider, certificate_expires_at=None))
    assert assign([ONE], [undated, offline, short, long])[0][ONE.moid] == [long, short, undated, offline]
