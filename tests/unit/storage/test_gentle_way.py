# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gentle way first: what is tried before and after a provider is unregistered, and what brought it back."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import OtherProvider
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import Findings, observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._storage.rungs import Patience
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

FIRST, SECOND, THIRD = (f"esx0{number}.example.com" for number in (1, 2, 3))
PATIENCE = Patience(heal_seconds=30, in_place_seconds=60, look_seconds=30)


def run(world: FakeEstate, observed: Optional[Findings] = None, **options: Any) -> Outcome:
    """Take the step on all hosts, with time for each way. observed: what was seen of them before, now where none is given."""
    given: dict[str, Any] = {
        "method": "sps_restart",
        "only_if_needed": True,
        "pending_renewal": (),
        "credentials": None,
        "concurrency": 1,
        "timeout_seconds": 300.0,
        "check_mode": False,
        "patience": PATIENCE,
        **options,
    }
    return reregister(world, observed or observe(world, probe=False, whole=False), **given)


def cures(outcome: Outcome) -> list[tuple[str, Any]]:
    """How each host's step ended, and what brought its provider back."""
    return [(one.status, one.cured_by) for one in outcome.results]


def sound(*, hosts: int = 1, condition: Any = None, **more: Any) -> FakeEstate:
    """Hosts whose certificates are sound and remembered; their providers are of this condition, or offline."""
    world = fake_estate(hosts=hosts, ends=400, **more)
    for fake, provider in zip(world.fakes, world.registered, strict=True):
        provider.remembered = fake.recorded
        provider.condition = condition
        provider.online = None if condition else False
    return world


def done(world: FakeEstate) -> list[str]:
    """What was changed, without whom it was about."""
    return [change.split()[0] for change in world.changes]


# Before anything is unregistered.


def test_one_that_is_disconnected_is_reconnected_and_then_synchronised() -> None:
    world = sound(condition="disconnected")
    outcome = run(world)
    assert (cures(outcome), outcome.sps_restarted, outcome.sps_restart_possible) == ([("changed", "sync")], False, True)
    assert done(world) == ["Reconnect", "Sync"]
    [result] = outcome.results
    assert result.notes == (
        "Reconnect was not enough: SMS shows the provider as connected after it, or another certificate",
        "Sync was enough: nothing was unregistered",
    )
    assert (result.after["status"], result.to_facts()["cured_by"]) == ("online", "sync")


def test_one_whose_synchronising_failed_is_synchronised() -> None:
    world = sound(condition="syncError")
    assert cures(run(world)) == [("changed", "sync")]
    assert done(world) == ["Sync"]


def test_one_that_does_not_come_by_that_is_unregistered() -> None:
    world = sound(condition="syncError")
    world.spoil("refresh", CertopsError("It failed", code="broken"), times=9)
    assert cures(run(world)) == [("changed", "sps_restart")]
    assert done(world) == ["unregister", "restart_sps"]


def test_one_whose_task_is_lost_and_was_done_is_seen_to_be_back_and_not_unregistered() -> None:
    world = sound(condition="connected")
    world.registered[0].remembered = world.fakes[0].recorded
    world.spoil("refresh", TransientError("The answer was lost", code="broken"), done=True)
    outcome = run(world, only_if_needed=False)
    assert cures(outcome) == [("changed", "sync")]
    assert done(world) == ["Sync"]


def test_one_that_is_offline_comes_back_by_itself_and_nothing_is_changed() -> None:
    world = sound(hosts=2)
    world.at(20, lambda: setattr(world.registered[0], "online", None))
    outcome = run(world)
    assert cures(outcome) == [("unchanged", "healed"), ("changed", "sps_restart")]
    assert done(world) == ["unregister", "restart_sps"]
    # What was not read again is not said: the other one's wait went on to its end.
    assert world.clock.seconds > 60


@pytest.mark.parametrize("patience", [Patience(heal_seconds=0), Patience(heal_seconds=10)])
def test_one_that_stays_offline_is_waited_for_as_long_as_is_said(patience: Patience) -> None:
    world = sound()
    world.at(20, lambda: setattr(world.registered[0], "online", None) if world.registered else None)
    assert cures(run(world, patience=patience)) == [("changed", "sps_restart")]
    assert world.clock.seconds < 60


def test_what_cannot_be_read_while_it_is_waited_for_is_asked_again() -> None:
    world = sound()
    world.at(5, lambda: setattr(world.registered[0], "online", None))
    observed = observe(world, probe=False, whole=False)
    world.spoil("providers", TransientError("SMS was lost", code="broken"), times=3)
    assert cures(run(world, observed)) == [("unchanged", "healed")]


def test_a_reading_that_breaks_meanwhile_leads_on_to_the_next_way() -> None:
    world = sound()
    observed = observe(world, probe=False, whole=False)
    world.spoil("providers", CertopsError("SMS refused", code="broken"))
    assert cures(run(world, observed)) == [("changed", "sps_restart")]


def test_one_that_becomes_disconnected_while_it_is_waited_for_is_waited_for_no_more() -> None:
    world = sound()
    world.at(5, lambda: setattr(world.registered[0], "condition", "disconnected") if world.registered else None)
    assert cures(run(world)) == [("changed", "sps_restart")]
    # 30 s of the look, 40 s of the restart, and no 30 s before.
    assert world.clock.seconds < 85


def test_nothing_in_place_is_tried_where_that_is_left_out() -> None:
    world = sound(condition="syncError")
    assert cures(run(world, patience=Patience(in_place_seconds=0))) == [("changed", "sps_restart")]
    assert done(world) == ["unregister", "restart_sps"]


def test_a_record_that_is_another_one_is_never_waited_for() -> None:
    world = fake_estate(hosts=1)
    assert cures(run(world, patience=Patience(heal_seconds=200))) == [("changed", "sps_restart")]
    assert world.clock.seconds < 60


# After it.


def test_where_all_come_back_by_themselves_sps_is_not_restarted() -> None:
    world = fake_estate(hosts=3, registers_by_itself=12)
    outcome = run(world)
    assert (cures(outcome), outcome.sps_restarted, outcome.others) == ([("changed", "by_itself")] * 3, False, None)
    assert done(world) == ["unregister"] * 3
    assert world.count("restart_sps") == 0


def test_sps_is_restarted_once_for_those_that_are_left() -> None:
    world = fake_estate(hosts=3, registers_by_itself=5, failing={FIRST: "certificate_unknown(46)"})
    world.before("restart_sps", world.failing.clear)
    outcome = run(world)
    assert cures(outcome) == [("changed", "sps_restart"), ("changed", "by_itself"), ("changed", "by_itself")]
    assert done(world) == ["unregister"] * 3 + ["restart_sps"]
    assert outcome.results[0].notes == ("vCenter did not register it by itself within 30 seconds, so that SPS was restarted",)
    assert outcome.results[1].notes == ()


def test_a_look_of_0_seconds_leaves_the_look_out() -> None:
    world = fake_estate(hosts=1, registers_by_itself=1)
    assert cures(run(world, patience=Patience(look_seconds=0))) == [("changed", "sps_restart")]


def test_it_is_looked_on_as_long_as_they_come_back_but_never_for_more_than_half_of_the_time() -> None:
    world = fake_estate(hosts=6)
    outcome = run(world, timeout_seconds=290, tell=_one_each_25_seconds(world))
    assert [cure for _status, cure in cures(outcome)] == ["by_itself"] * 5 + ["sps_restart"]
    assert world.clock.seconds < 290


def _one_each_25_seconds(world: FakeEstate) -> Any:
    """As soon as it is looked, vCenter registers one each 25 seconds."""
    started: list[bool] = []

    def tell(progress: Progress) -> None:
        if not started and str(progress.doing).startswith("waiting for vCenter"):
            started.append(True)
            for number, host in enumerate(world.fakes, 1):
                served = host.serves[9080]
                world.at(world.clock.seconds + 25 * number, lambda name=host.name, of=served: _register(world, name, of))  # type: ignore[misc]

    return tell


def _register(world: FakeEstate, name: str, served: Any) -> None:
    if name not in {one.host for one in world.registered}:
        world._register(name, served)


def test_where_the_look_fails_sps_is_restarted_all_the_same() -> None:
    world = fake_estate(hosts=1)
    observed = observe(world, probe=False, whole=False)
    world.spoil("providers", CertopsError("SMS refused", code="broken"))
    outcome = run(world, observed)
    assert cures(outcome) == [("changed", "sps_restart")]
    assert "SMS refused" in outcome.results[0].notes[0]


def test_a_run_that_is_killed_in_the_look_is_finished_by_the_next_one() -> None:
    world = fake_estate(hosts=2)
    world.spoil("server_time", KeyboardInterrupt(), times=0)

    def tell(progress: Progress) -> None:
        if str(progress.doing).startswith("waiting for vCenter"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(world, tell=tell)
    assert (world.registered, world.count("restart_sps")) == ([], 0)
    outcome = run(world)
    assert [one.status for one in outcome.results] == ["changed"] * 2
    assert world.count("restart_sps") == 1


def test_the_right_to_restart_is_proven_though_nothing_might_have_to_be_restarted() -> None:
    world = fake_estate(hosts=1, registers_by_itself=1, permitted=False)
    with pytest.raises(CertopsError) as caught:
        run(world)
    assert caught.value.code == "sps_restart_not_permitted"
    assert world.changes == []


# Why one does not come back.


def test_what_vcenter_says_of_a_registration_that_failed_stands_in_the_sentence() -> None:
    world = fake_estate(hosts=2, failing={FIRST: "Failed to register: certificate_unknown(46)"})
    first, second = run(world).results
    assert (first.status, second.status) == ("failed", "changed")
    assert "it is not registered: vSphere said Failed to register: certificate_unknown(46)" in str(first.error)
    assert first.vsphere_fault == "Failed to register: certificate_unknown(46)"
    assert first.cured_by is None


def test_what_an_event_told_before_is_not_about_this() -> None:
    world = fake_estate(hosts=1)
    world.failures.append((world.clock.now(), "host-1", "It failed last week"))
    world.clock.rest(1)
    world.failing[FIRST] = ""
    assert "last week" not in str(run(world).results[0].error)


@pytest.mark.parametrize("method", ["registration_failures", "server_time"])
def test_events_that_cannot_be_read_are_no_failure_of_their_own(method: str) -> None:
    world = fake_estate(hosts=1, failing={FIRST: "It failed"})
    observed = observe(world, probe=False, whole=False)
    world.spoil(method, CertopsError("It is not permitted", code="broken"), times=9)
    outcome = reregister(
        world,
        observed,
        method="sps_restart",
        only_if_needed=True,
        pending_renewal=(),
        credentials=None,
        concurrency=1,
        timeout_seconds=300,
        check_mode=False,
        patience=PATIENCE,
    )
    assert (outcome.results[0].error_code, outcome.results[0].vsphere_fault) == ("provider_not_back", "")


def test_where_sps_hangs_it_is_said_why_as_well() -> None:
    world = fake_estate(hosts=1, registers_by_itself=3, failing={FIRST: "It failed."})
    world.before("restart_sps", lambda: setattr(world, "start_sps", lambda: None))
    [result] = run(world).results
    assert f"The provider of {FIRST} is unregistered, and the storage profile service (SPS)" in str(result.error)
    assert ", and vCenter said of its registration: It failed" in str(result.error)


# Providers of others.


def others(world: FakeEstate, **after: str) -> FakeEstate:
    """An array's, vSAN's and one that is offline anyway, of which a restart makes this."""
    world.others = [
        OtherProvider("u1", "array", "online"),
        OtherProvider("u2", "vsan", "online"),
        OtherProvider("u3", "old", "offline"),
        OtherProvider("u4", "odd", None),
    ]
    world.others_after_restart = after
    return world


def test_others_that_are_as_they_were_are_counted_only() -> None:
    outcome = run(others(fake_estate(hosts=1)))
    assert outcome.others is not None
    counts = {"no status": 1, "offline": 1, "online": 2}
    assert outcome.others.to_facts() == {"before": counts, "after": counts, "changed": []}
    assert notice.of_others(outcome.others.changed) == []
    assert [one.other_providers for one in outcome.results] == [outcome.others.to_facts()]


def test_others_that_a_restart_took_down_are_told_by_their_names() -> None:
    outcome = run(others(fake_estate(hosts=1), array="disconnected", vsan="gone", old="online"))
    assert outcome.others is not None
    facts = outcome.others.to_facts()
    assert facts["after"] == {"disconnected": 1, "no status": 1, "online": 1}
    assert facts["changed"] == [
        {"provider_uid": "u1", "name": "array", "before": "online", "after": "disconnected"},
        {"provider_uid": "u2", "name": "vsan", "before": "online", "after": "gone"},
    ]
    assert "array (online, now disconnected), vsan (online, now gone)" in notice.of_others(outcome.others.changed)[0]
    # It is no failure of a host's.
    assert cures(outcome) == [("changed", "sps_restart")]


def test_others_that_come_back_after_a_while_are_waited_for() -> None:
    world = others(fake_estate(hosts=1), array="offline")

    def later() -> None:
        world.at(world.clock.seconds + 55, lambda: world.others.__setitem__(0, OtherProvider("u1", "array", "online")))

    world.before("restart_sps", later)
    outcome = run(world)
    assert outcome.others is not None
    assert outcome.others.changed == []


@pytest.mark.parametrize("times", [1, 9])
def test_others_that_cannot_be_read_are_not_told_of(times: int) -> None:
    world = others(fake_estate(hosts=1), array="offline")
    world.spoil("other_providers", CertopsError("It is not permitted", code="broken"), times=times)
    outcome = run(world)
    assert outcome.others is not None
    assert outcome.others.to_facts() == {"before": None, "after": None, "changed": []}
    assert cures(outcome) == [("changed", "sps_restart")]


def test_others_that_cannot_be_read_afterwards_are_not_said_to_be_gone() -> None:
    world = others(fake_estate(hosts=1))
    world.before("restart_sps", lambda: world.spoil("other_providers", TransientError("Lost", code="broken"), times=99))
    outcome = run(world)
    assert outcome.others is not None
    assert (outcome.others.after, list(outcome.others.changed)) == (None, [])
