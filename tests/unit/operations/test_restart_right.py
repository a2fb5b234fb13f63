# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The right to restart SPS is proven before anything is unregistered."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, NotOffered, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import silent
from ansible_collections.certops.vsphere.plugins.modules import sps_restart_right
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

UNTOLD = NotOffered("Reading the SSO groups was not offered", code="broken")
LOST = TransientError("It was lost", code="broken")
RESTARTING = TransientError("Changing SPS of vc01 failed", code="broken", vsphere_fault="HTTP 400")


def brought_back(world: FakeEstate, check_mode: bool = False) -> Outcome:
    """What came of registering all providers anew."""
    return reregister(
        world,
        observe(world, whole=False),
        method="sps_restart",
        only_if_needed=False,
        pending_renewal=(),
        credentials=None,
        concurrency=1,
        timeout_seconds=900,
        check_mode=check_mode,
    )


def test_the_groups_prove_it_and_nothing_is_written() -> None:
    world = fake_estate()
    assert [one.status for one in brought_back(world).results] == ["changed"] * 2
    assert (world.count("may_restart_sps"), world.count("prove_restart_right")) == (1, 0)


def test_who_is_not_in_the_group_unregisters_nothing() -> None:
    world = fake_estate()
    world.permitted = False
    with pytest.raises(CertopsError, match="may not restart SPS of vc01, so nothing was unregistered") as caught:
        brought_back(world)
    assert caught.value.code == "sps_restart_not_permitted"
    assert world.changes == []
    assert world.count("prove_restart_right") == 0


def test_where_the_groups_are_not_told_a_write_that_changes_nothing_proves_it() -> None:
    world = fake_estate()
    world.spoil("may_restart_sps", UNTOLD, times=99)
    assert [one.status for one in brought_back(world).results] == ["changed"] * 2
    assert world.count("prove_restart_right") == 1
    assert world.calls.index("prove_restart_right") < world.calls.index("unregister")
    assert world.sps_startup_type == "AUTOMATIC"


def test_a_write_that_is_refused_unregisters_nothing() -> None:
    world = fake_estate()
    world.permitted = False
    world.spoil("may_restart_sps", UNTOLD, times=99)
    with pytest.raises(CertopsError, match="HTTP 403") as caught:
        brought_back(world)
    assert (caught.value.code, world.changes) == ("sps_restart_not_permitted", [])


@pytest.mark.parametrize(("how", "asked"), [(LOST, 2), (RESTARTING, 2)], ids=["lost", "in the middle of a restart"])
def test_a_write_that_fails_in_passing_is_made_again(how: CertopsError, asked: int) -> None:
    world = fake_estate()
    world.spoil("may_restart_sps", UNTOLD, times=99)
    world.spoil("prove_restart_right", how)
    assert [one.status for one in brought_back(world).results] == ["changed"] * 2
    assert world.count("prove_restart_right") == asked


@pytest.mark.parametrize(
    ("spoilt", "asked"),
    [(LOST, 3), (CertopsError("It is not offered", code="broken"), 1), (None, 0)],
    ids=["lost for good", "refused", "no startup type"],
)
def test_what_is_not_proven_unregisters_nothing(spoilt: Any, asked: int) -> None:
    world = fake_estate()
    world.spoil("may_restart_sps", UNTOLD, times=99)
    if spoilt is None:
        world.sps_startup_type = None
    else:
        world.spoil("prove_restart_right", spoilt, times=99)
    with pytest.raises(CertopsError, match="could not be proven") as caught:
        brought_back(world)
    assert (caught.value.code, world.changes) == ("sps_restart_not_proven", [])
    assert world.count("prove_restart_right") == asked


def test_check_mode_writes_nothing() -> None:
    world = fake_estate()
    world.spoil("may_restart_sps", UNTOLD, times=99)
    predicted = brought_back(world, check_mode=True)
    assert (predicted.sps_restarted, predicted.sps_restart_possible) == (None, True)
    assert (world.count("prove_restart_right"), world.changes) == (0, [])


@pytest.mark.parametrize("check_mode", [True, False])
def test_the_module_says_in_check_mode_that_it_is_not_proven_and_writes_nothing(check_mode: bool) -> None:
    world = fake_estate()
    world.spoil("may_restart_sps", UNTOLD, times=99)
    told = sps_restart_right.work(world, {"timeout_seconds": 300.0}, check_mode, silent)
    assert (told.values, len(told.warnings)) == ({"proven": not check_mode}, int(check_mode))
    assert (world.count("prove_restart_right"), world.changes) == (int(not check_mode), [])


def test_an_sps_that_is_disabled_unregisters_nothing() -> None:
    world = fake_estate()
    world.sps_startup_type = "DISABLED"
    with pytest.raises(CertopsError) as caught:
        brought_back(world)
    assert (caught.value.code, world.changes) == ("sps_is_disabled", [])


@pytest.mark.parametrize("blocks", [True, False])
def test_a_restart_that_blocks_is_like_one_that_does_not(blocks: bool) -> None:
    world = fake_estate()
    world.restart_blocks = blocks
    assert [one.status for one in brought_back(world).results] == ["changed"] * 2
    assert (world.count("restart_sps"), world.retries) == (1, 0)
