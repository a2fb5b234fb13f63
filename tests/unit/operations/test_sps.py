# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restarting SPS: a refusal in the middle of another restart, a lost answer, a hang; and others who work on the same host."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, DeadlineExceeded, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._stepping import others
from ansible_collections.certops.vsphere.plugins.module_utils._storage import sps
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.tests.unit.fake_estate import RECONNECT, REFRESH, RESTART_SECONDS, FakeEstate, fake_estate

LOST = TransientError("Restarting SPS of vc01 failed", code="broken", vsphere_fault="the answer was lost")


def silent(_progress: Any) -> None:
    """Nobody listens."""


def within(world: FakeEstate, seconds: float) -> Deadline:
    """A deadline on the estate's clock."""
    return Deadline(seconds, world.clock)


def test_it_returns_when_sms_answers_and_counts_no_retry() -> None:
    world = fake_estate()
    sps.restart(world, within(world, 300))
    assert RESTART_SECONDS <= world.clock.seconds < RESTART_SECONDS + 5
    assert (world.count("restart_sps"), world.retries) == (1, 0)


@pytest.mark.parametrize(("seconds", "longest"), [(900, 300), (200, 200)])
def test_the_call_that_blocks_until_it_is_up_is_given_minutes_and_no_more_than_is_left(
    monkeypatch: pytest.MonkeyPatch, seconds: float, longest: float
) -> None:
    world = fake_estate()
    limits: list[float] = []
    monkeypatch.setattr(world, "restart_sps", limits.append)
    sps.restart(world, within(world, seconds))
    assert limits == [longest]


def test_in_the_middle_of_another_restart_it_is_asked_for_after_that() -> None:
    world = fake_estate()
    world.restart_sps(60)
    sps.restart(world, within(world, 300))
    assert world.clock.seconds >= 2 * RESTART_SECONDS


def test_a_restart_that_never_ends_is_told_with_what_hangs_on_it() -> None:
    world = fake_estate(sps_state="STARTING")
    with pytest.raises(DeadlineExceeded, match=r"Another restart of SPS of vc01 did not end .*Storage policies, CSI volumes"):
        sps.restart(world, within(world, 100))
    assert 100 <= world.clock.seconds < 105


def test_what_is_refused_until_the_deadline_is_told_too() -> None:
    world = fake_estate()
    world.spoil("restart_sps", TransientError("Restarting SPS of vc01 failed", code="broken", vsphere_fault="HTTP 400"), times=999)
    with pytest.raises(DeadlineExceeded, match="HTTP 400"):
        sps.restart(world, within(world, 30))


@pytest.mark.parametrize("done", [True, False], ids=["done", "not done"])
def test_a_lost_answer_is_looked_up(done: bool) -> None:
    world = fake_estate()
    world.spoil("restart_sps", LOST, done=done)
    sps.restart(world, within(world, 300))
    assert world.count("restart_sps") == (1 if done else 2)


def test_an_sps_whose_state_cannot_be_read_meanwhile_is_waited_for() -> None:
    world = fake_estate()
    world.restart_sps(60)
    world.spoil("sps", TransientError("It was lost", code="broken"), times=2)
    sps.restart(world, within(world, 300))
    assert world.sps_state == "STARTED"


def test_an_error_of_vcenters_own_is_asked_against_three_times_only() -> None:
    world = fake_estate()
    world.spoil("restart_sps", TransientError("Restarting SPS of vc01 failed", code="broken", vsphere_fault="HTTP 500"), times=99)
    with pytest.raises(TransientError, match="HTTP 500"):
        sps.restart(world, within(world, 900))
    assert world.count("restart_sps") == 3


@pytest.mark.parametrize(("state", "shown"), [("STOPPED", "is STOPPED"), (None, "is in an unknown state")])
def test_nothing_is_unregistered_where_it_does_not_run(state: Any, shown: str) -> None:
    with pytest.raises(CertopsError, match=f"{shown}, so nothing was unregistered"):
        sps.require_restartable(fake_estate(sps_state=state), Deadline(300, fake_estate().clock))


def test_a_restart_of_somebody_else_is_waited_for_first() -> None:
    world = fake_estate()
    world.restart_sps(60)
    sps.require_restartable(world, within(world, 300))
    assert world.sps_state == "STARTED"


def test_patience_for_it_ends() -> None:
    world = fake_estate(sps_state="STARTING")
    with pytest.raises(CertopsError, match="is STARTING"):
        sps.require_restartable(world, within(world, 900))
    assert sps.PATIENCE_SECONDS <= world.clock.seconds < sps.PATIENCE_SECONDS + 5


# Others who work on the same host.


def test_a_task_of_somebody_else_is_waited_for_and_named() -> None:
    world = fake_estate()
    host = world.hosts()[0][0]
    world.busy(host.name, "HostSystem.enterMaintenanceMode", 30)
    told: list[str] = []
    quiet = others.wait_for_idle_host(world, host, "renew", within(world, 300), lambda progress: told.append(progress.doing))
    assert 30 <= world.clock.seconds < 35
    assert quiet.reconnected is False
    assert "HostSystem.enterMaintenanceMode (task-1)" in quiet.notes[0]
    assert told == ["esx01.example.com waits for HostSystem.enterMaintenanceMode (task-1), which somebody else started"]


def test_one_that_does_not_end_is_named_in_the_refusal() -> None:
    world = fake_estate()
    host = world.hosts()[0][0]
    world.busy(host.name, "", 9999)
    with pytest.raises(
        CertopsError, match=r"somebody else works on it: a task \(task-1\) is still in progress in vCenter after 60 s"
    ):
        others.wait_for_idle_host(world, host, "renew", within(world, 60), silent)


def test_who_reconnected_it_meanwhile_is_seen() -> None:
    world = fake_estate()
    host = world.hosts()[0][0]
    world.busy(host.name, RECONNECT, 10)
    assert others.wait_for_idle_host(world, host, "reconnect", within(world, 60), silent).reconnected is True


def test_one_that_somebody_disconnected_is_waited_for_a_minute() -> None:
    world = fake_estate()
    host = world.hosts()[0][0]
    world.fakes[0].state = "disconnected"
    with pytest.raises(CertopsError, match="somebody else disconnected it from vCenter meanwhile, and it did not come back"):
        others.wait_for_idle_host(world, host, "renew", within(world, 300), silent, back=True)
    assert others.LEFT_TO_OTHERS_SECONDS <= world.clock.seconds < others.LEFT_TO_OTHERS_SECONDS + 5


def test_one_that_is_gone_by_the_deadline_is_told() -> None:
    world = fake_estate()
    host = world.hosts()[0][0]
    world.fakes[0].state = "disconnected"
    with pytest.raises(CertopsError, match="it did not come back"):
        others.wait_for_idle_host(world, host, "renew", within(world, 30), silent, back=True)


@pytest.mark.parametrize(("comes", "answer"), [(True, True), (False, False)])
def test_who_renewed_it_is_left_the_time_to_reconnect_it(comes: bool, answer: bool) -> None:
    world = fake_estate()
    host = world.hosts()[0][0]
    world.busy(host.name, REFRESH, 1)
    if comes:
        world.at(5, lambda: world.busy(host.name, RECONNECT, 10))
    assert others.left_to_others(world, host, "reconnect", within(world, 300), silent) is answer
    assert (world.clock.seconds < 20) is comes
