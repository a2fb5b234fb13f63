# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""While providers are waited for, those of other hosts are not read: a vCenter may have thousands of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Container

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._estate.registration import RegisteredProvider
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._storage.returning import ALL_AGAIN_SECONDS
from ansible_collections.certops.vsphere.plugins.module_utils._storage.rungs import Patience
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

Read = tuple[list[RegisteredProvider], list[Unavailable]]


def brought_back(world: FakeEstate, name: str, timeout_seconds: float = 300.0) -> Outcome:
    """Bring back the provider of one host, by a restart of SPS."""
    findings = observe(world, esxi_hosts=[name], probe=False, whole=False)
    options: dict[str, Any] = {"pending_renewal": (), "credentials": None, "concurrency": 1, "check_mode": False}
    patience = Patience(look_seconds=5.0)
    return reregister(
        world,
        findings,
        method="sps_restart",
        only_if_needed=True,
        timeout_seconds=timeout_seconds,
        patience=patience,
        **options,
    )


def test_others_are_read_once_and_not_while_it_is_waited(monkeypatch: pytest.MonkeyPatch) -> None:
    world = fake_estate(hosts=5, ends=400)
    first = world.fakes[0].name
    read: list[str] = []

    def providers(but_not: Container[str] = ()) -> Read:
        found, unavailable = FakeEstate.providers(world, but_not)
        read.extend(one.moid for one in found)
        return found, unavailable

    monkeypatch.setattr(world, "providers", providers)
    assert [one.status for one in brought_back(world, first).results] == ["changed"]
    for other in world.fakes[1:]:
        assert read.count(f"provider-{other.name}-0") == 1


@pytest.mark.parametrize("timeout_seconds", [80.0, 300.0])
def test_one_that_has_the_id_of_anothers_after_the_restart_is_found_all_the_same(
    timeout_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = fake_estate(hosts=2, ends=400)
    first, second = world.fakes
    ids = {first.name: f"provider-{second.name}-0", second.name: "provider-another"}

    def providers(but_not: Container[str] = ()) -> Read:
        found, unavailable = FakeEstate.providers(world)
        if "restart_sps" in world.calls:
            found = [replace(one, moid=ids[one.provider.name.rpartition(" ")[2]]) for one in found]
        return [one for one in found if one.moid not in but_not], unavailable

    monkeypatch.setattr(world, "providers", providers)
    begun = world.clock.seconds
    [result] = brought_back(world, first.name, timeout_seconds).results
    assert (result.status, result.error) == ("changed", None)
    assert world.clock.seconds - begun > min(timeout_seconds - 60, ALL_AGAIN_SECONDS)
