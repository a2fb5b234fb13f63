# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Orphans: only those that the plan showed are removed, and none that lives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, EndpointError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider
from ansible_collections.certops.vsphere.plugins.module_utils._operations.orphans import OrphanResult, remove_orphans, sort_by_plan
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.tests.unit.estates import certificate, provider
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock

GONE, ANOTHER = (provider(certificate(-5), "offline", uid=uid, host=f"{uid}.example.com") for uid in ("gone", "another"))


@dataclass
class World:
    """Who answers on its port, and what was unregistered."""

    answering: frozenset[str] = frozenset()
    refuses: bool = False
    unregistered: list[str] = field(default_factory=list)
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def endpoints(self) -> World:
        """The ports."""
        return self

    def unregister(self, one: Provider, _deadline: object) -> None:
        """SMS does it, or refuses."""
        if self.refuses:
            raise CertopsError("SMS refused", code="broken", remedy="Look.")
        self.unregistered.append(one.provider_uid)

    def chain(self, host_names: Sequence[str], port: int, _seconds: float) -> Any:
        """Who does not answer has no certificate."""
        assert port == 9080
        if not self.answering & set(host_names):
            raise EndpointError("nothing listens on port 9080")
        return [None]


def remove(world: World, *these: Provider, check_mode: bool = False) -> list[OrphanResult]:
    """Remove orphans in that world."""
    vsphere: Any = world
    return remove_orphans(vsphere, these, Deadline(60, world.clock), check_mode=check_mode)


@pytest.mark.parametrize(
    ("planned", "taken", "left"),
    [
        (None, [GONE, ANOTHER], []),
        (["gone", "another"], [GONE, ANOTHER], []),
        (["gone"], [GONE], [ANOTHER]),
        # One that the plan showed is no orphan any more, or gone.
        (["gone", "back in the inventory"], [GONE], [ANOTHER]),
        ([], [], [GONE, ANOTHER]),
    ],
)
def test_only_those_that_the_plan_showed_and_that_still_are(
    planned: Optional[list[str]], taken: list[Provider], left: list[Provider]
) -> None:
    assert sort_by_plan([GONE, ANOTHER], planned) == (taken, left)


def test_one_without_a_sign_of_life_is_removed() -> None:
    world = World()
    assert [result.status for result in remove(world, GONE)] == ["changed"]
    assert world.unregistered == ["gone"]


def test_check_mode_removes_none() -> None:
    world = World()
    assert [result.status for result in remove(world, GONE, check_mode=True)] == ["changed"]
    assert world.unregistered == []


@pytest.mark.parametrize("status", ["online", "connected"])
def test_one_that_is_online_is_refused(status: str) -> None:
    world = World()
    [result] = remove(world, provider(None, status, uid="alive", host="alive.example.com"))
    assert (result.status, world.unregistered) == ("failed", [])
    assert "was not removed, because it is online" in str(result.error)


def test_one_that_answers_is_refused_and_the_others_are_removed() -> None:
    world = World(frozenset({"gone.example.com"}))
    results = remove(world, GONE, ANOTHER)
    assert ([result.status for result in results], world.unregistered) == (["failed", "changed"], ["another"])
    assert "was not removed, because it answers on its port" in str(results[0].error)


def test_one_whose_url_names_nobody_has_no_port_to_ask() -> None:
    odd = Provider("odd", "IOFILTER Provider", "https:///version.xml", "offline")
    assert [result.status for result in remove(World(), odd)] == ["changed"]


def test_none_is_begun_when_the_time_for_all_of_them_is_over() -> None:
    world: Any = World()

    def slowly(one: Provider, deadline: Deadline) -> None:
        world.unregistered.append(one.provider_uid)
        world.clock.rest(deadline.seconds)

    world.unregister = slowly
    results = remove(world, GONE, ANOTHER)
    assert ([result.status for result in results], world.unregistered) == (["changed", "failed"], ["gone"])
    assert "another.example.com was not removed, because removing those before it took 60 seconds" in str(results[1].error)


def test_where_sms_refuses_that_is_told() -> None:
    [result] = remove(World(refuses=True), GONE)
    assert result.to_facts() == {
        "provider_uid": "gone",
        "name": "IOFILTER Provider gone.example.com",
        "status": "failed",
        "changed": False,
        "failed": True,
        "error": "SMS refused. Look.",
        "error_code": "broken",
    }
