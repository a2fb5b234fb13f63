# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A certificate that vCenter renewed is success only where it is better than the one before it, and believed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate import regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, make
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate


@pytest.fixture
def world() -> FakeEstate:
    """A vCenter of two hosts whose certificates end in 21 and 22 days."""
    return fake_estate(hosts=2)


STRANGER = authority("A CA of nobody's")


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"ends": 20}, "it does not last longer than the one before it"),
        ({"ends": -1}, "it expired on"),
        ({"issuer": STRANGER}, "none of vCenter's trusted roots issued it"),
        ({"names": ("another.example.com",), "common": "another.example.com"}, "another.example.com"),
    ],
    ids=["ends no later", "expired", "of a stranger", "for another"],
)
def test_a_new_certificate_that_is_not_sound_is_a_failure(world: FakeEstate, made: dict[str, Any], told: str) -> None:
    world.issues = lambda host: make(
        made.get("common", host.name),
        issuer=made.get("issuer", world.vmca),
        names=made.get("names", (host.name,)),
        starts=-2,
        ends=made.get("ends", 700),
    )
    first, second = regenerate(
        world,
        observe_for_renewal(world, ["*"], renew_before_days=60, force=False),
        renew_before_days=60,
        force=False,
        concurrency=1,
        max_failures=0,
        timeout_seconds=300,
        check_mode=False,
    )
    assert (first.status, second.status) == ("failed", "not_started")
    assert f"The new certificate of {first.esxi_host} is not sound: " in str(first.error)
    assert told in str(first.error)
    # What the host has now is shown all the same.
    assert first.after["sha256_fingerprint"] != first.before["sha256_fingerprint"]


def test_one_that_lasts_longer_is_a_change(world: FakeEstate) -> None:
    results = regenerate(
        world,
        observe_for_renewal(world, ["*"], renew_before_days=60, force=False),
        renew_before_days=60,
        force=False,
        concurrency=2,
        max_failures=0,
        timeout_seconds=300,
        check_mode=False,
    )
    assert [one.status for one in results] == ["changed", "changed"]
    assert world.count("renew_certificate") == 2
