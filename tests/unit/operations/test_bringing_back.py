# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bringing providers back, as stories of an estate that goes its own way meanwhile."""

from __future__ import annotations

from typing import Any, Callable

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate import regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._storage.by_registering import Credentials
from ansible_collections.certops.vsphere.tests.unit.certificates import make
from ansible_collections.certops.vsphere.tests.unit.fake_estate import IOFILTER, FakeEstate, FakeProvider, fake_estate

FIRST, SECOND = "esx01.example.com", "esx02.example.com"
REGISTER: dict[str, Any] = {"method": "register", "credentials": Credentials("root", "secret")}
LOST = TransientError("SMS was lost", code="broken")


def reregistered(world: FakeEstate, **more: Any) -> Outcome:
    """Bring the providers of all of them back."""
    options: dict[str, Any] = {
        "method": "sps_restart",
        "only_if_needed": True,
        "pending_renewal": (),
        "credentials": None,
        "concurrency": 1,
        "timeout_seconds": 300,
        "check_mode": False,
        **more,
    }
    return reregister(world, observe(world, probe=False, whole=False), **options)


def statuses(outcome: Outcome) -> list[str]:
    """How each host's step ended."""
    return [one.status for one in outcome.results]


def remembered(world: FakeEstate) -> dict[str, bool]:
    """By host, whether SMS has its one provider, and remembers what it serves."""
    return {
        fake.name: [one.remembered for one in world.registered if one.host == fake.name] == [fake.serves[IOFILTER]]
        for fake in world.fakes
    }


def test_all_are_unregistered_and_one_restart_brings_them_back() -> None:
    world = fake_estate(hosts=3)
    outcome = reregistered(world)
    assert statuses(outcome) == ["changed"] * 3, outcome.results
    assert outcome.sps_restarted is True
    assert all(remembered(world).values())
    assert [change.split()[0] for change in world.changes] == ["unregister"] * 3 + ["restart_sps"]


def test_one_after_another_they_are_registered() -> None:
    world = fake_estate()
    outcome = reregistered(world, **REGISTER)
    assert statuses(outcome) == ["changed", "changed"], outcome.results
    assert (outcome.sps_restarted, all(remembered(world).values())) == (False, True)
    assert [change.split()[0] for change in world.changes] == ["unregister", "register"] * 2


@pytest.mark.parametrize(("options", "ended"), [({}, [FIRST, SECOND]), (REGISTER, [FIRST])], ids=["sps_restart", "register"])
def test_it_is_told_whose_providers_are_begun_and_who_is_back(options: dict[str, Any], ended: list[str]) -> None:
    told: list[Progress] = []
    reregistered(fake_estate(), tell=told.append, **options)
    # The last that is registered ends with the step.
    assert [name for one in told for name in one.begun] == [FIRST, SECOND]
    assert [name for one in told for name in one.ended] == ended


def test_one_that_keeps_its_provider_is_in_flight_no_more() -> None:
    world = fake_estate()
    world.spoil("unregister", CertopsError("SMS refused", code="broken"))
    told: list[Progress] = []
    reregistered(world, tell=told.append)
    assert next(one.ended for one in told if one.ended) == (FIRST,)


def test_the_first_that_cannot_be_registered_ends_it() -> None:
    world = fake_estate()
    world.spoil("register", CertopsError("SMS refused the account", code="broken", remedy="Give another."))
    outcome = reregistered(world, **REGISTER)
    first, second = outcome.results
    assert statuses(outcome) == ["failed", "not_started"]
    assert str(first.error).endswith(
        "Give another. Its provider is unregistered now: SPS registers it by itself when it is restarted (method sps_restart)."
    )
    assert first.after == {"registered": False}
    assert second.reason == f"not started, because the provider of {FIRST} failed"
    assert len(world.registered) == 1


def test_one_that_was_registered_and_is_not_online_by_the_deadline_fails() -> None:
    world = fake_estate(hosts=1)
    world.spoil("register", lambda: world.registered.append(FakeProvider("new", FIRST, None, online=False)))
    outcome = reregistered(world, **REGISTER)
    assert f"The storage provider of {FIRST} did not come back within 300 seconds: it is offline" in str(outcome.results[0].error)


def test_a_missing_provider_of_a_host_with_an_ipv6_address_is_registered_by_it() -> None:
    world = fake_estate(hosts=1)
    world.registered.clear()
    offered: list[str] = []
    host = world.fakes[0]
    host.name, host.addresses = "2001:db8::1", ("2001:db8::1",)
    host.recorded = make("2001:db8::1", issuer=world.vmca, names=(), addresses=("2001:db8::1",))
    host.serves = dict.fromkeys(host.serves, host.recorded)

    def register(offer: Any, *_more: Any) -> None:
        offered.append(offer.url)

    world.register = register  # type: ignore[method-assign]
    assert statuses(reregistered(world, **REGISTER)) == ["failed"]
    assert offered == ["https://[2001:db8::1]:9080/version.xml"]


def test_one_that_is_asleep_when_it_is_read_is_passed_over() -> None:
    world = fake_estate()
    world.fakes[0].asleep = True
    assert statuses(reregistered(world)) == ["asleep", "changed"]


# SMS's own record, renewed in place.


def newest(**more: Any) -> FakeEstate:
    """A host whose provider speaks VASA 5."""
    world = fake_estate(hosts=1, **more)
    world.fakes[0].version, world.registered[0].vasa = "9.0.0", "5.0"
    return world


def test_where_sms_can_renew_its_record_nothing_is_unregistered() -> None:
    world = newest(refreshes=True)
    outcome = reregistered(world)
    assert (statuses(outcome), outcome.sps_restarted) == (["changed"], False)
    assert world.changes == [f"RefreshCertificate {FIRST}-0"]
    assert outcome.results[0].notes == ("RefreshCertificate was enough: nothing was unregistered",)
    assert outcome.results[0].cured_by == "refresh"


@pytest.mark.parametrize("refused", [True, False])
def test_where_that_does_not_help_it_is_registered_anew(refused: bool) -> None:
    world = newest()
    if refused:
        world.spoil("refresh", CertopsError("It is not supported", code="broken"))
    outcome = reregistered(world)
    assert (statuses(outcome), outcome.sps_restarted) == (["changed"], True)
    [note] = outcome.results[0].notes
    assert note.startswith(
        "RefreshCertificate did not help: It is not supported" if refused else "RefreshCertificate was not enough"
    )
    assert outcome.results[0].cured_by == "sps_restart"
    assert world.count("refresh") == 1


# What is lost on the way.


@pytest.mark.parametrize("refused", [False, True], ids=["listed", "unknown"])
def test_one_that_may_be_unregistered_is_waited_for(refused: bool) -> None:
    world = fake_estate(hosts=1)
    world.spoil("unregister", LOST, done=True)
    if refused:
        first = world.provider_ids

        def listed() -> frozenset[str]:
            if world.count("unregister"):
                raise LOST
            return first()

        world.provider_ids = listed  # type: ignore[method-assign]
    outcome = reregistered(world)
    assert statuses(outcome) == ["changed"]


def test_one_that_was_refused_and_is_there_still_fails_alone() -> None:
    world = fake_estate()
    world.spoil("unregister", LOST, about=FIRST)
    outcome = reregistered(world)
    assert statuses(outcome) == ["failed", "changed"]
    assert "SMS was lost" in str(outcome.results[0].error)


def test_sms_that_does_not_answer_while_they_are_waited_for_is_asked_again() -> None:
    world = fake_estate(hosts=1)
    started = world.start_sps

    def start() -> None:
        started()
        world.spoil("providers", LOST, times=5)

    world.start_sps = start  # type: ignore[method-assign]
    assert statuses(reregistered(world)) == ["changed"]


def test_where_sps_never_comes_back_it_is_said_what_is_unregistered() -> None:
    world = fake_estate()
    world.start_sps = lambda: None  # type: ignore[method-assign]
    outcome = reregistered(world)
    assert statuses(outcome) == ["failed", "failed"]
    assert f"The provider of {FIRST} is unregistered, and the storage profile service (SPS) of vc01 did not start" in str(
        outcome.results[0].error
    )
    assert "Running again goes on from there." in str(outcome.results[0].error)


def test_one_that_cannot_be_looked_at_in_the_end_is_told_so() -> None:
    world = fake_estate(hosts=1)

    def then_lost() -> None:
        world.sps_state = "STARTED"
        world.spoil("providers", LOST, times=9999)

    world.start_sps = then_lost  # type: ignore[method-assign]
    assert f"The storage provider of {FIRST} did not come back within 300 seconds: it could not be read (SMS was lost.)" in str(
        reregistered(world).results[0].error
    )


@pytest.mark.parametrize(
    ("comes", "told"),
    [
        ([FakeProvider("a", FIRST, None, online=True)] * 2, "is one of 2 that SMS has for the host"),
        ([FakeProvider("a", FIRST, make(ends=300), online=True)], "is online, but SMS remembers"),
        ([FakeProvider("a", FIRST, None, online=False)], "is offline"),
    ],
)
def test_what_came_back_in_its_stead_is_told(comes: list[FakeProvider], told: str) -> None:
    world = fake_estate(hosts=1)

    def start() -> None:
        world.sps_state = "STARTED"
        world.registered += comes

    world.start_sps = start  # type: ignore[method-assign]
    assert told in str(reregistered(world).results[0].error)


@pytest.mark.parametrize("how", ["removed", "renamed"])
@pytest.mark.parametrize("method", ["sps_restart", "register"])
def test_one_whose_host_is_gone_is_not_waited_for(how: str, method: str) -> None:
    world = fake_estate()

    def go() -> None:
        fake = world.fake(FIRST)
        if how == "removed":
            world.fakes.remove(fake)
        else:
            fake.name = "new.example.com"

    if method == "register":
        world.spoil("register", go)
        outcome = reregistered(world, **REGISTER)
    else:
        world.spoil("restart_sps", lambda: (go(), setattr(world, "sps_state", "STARTING"), world.at(40, world.start_sps)))
        outcome = reregistered(world)
    assert outcome.results[0].status == "failed"
    assert f"the host was {how}" in str(outcome.results[0].error)
    assert world.clock.seconds < 60


# Two at once.


def test_what_somebody_else_renewed_is_not_renewed_again() -> None:
    world = fake_estate()
    seen = observe_for_renewal(world, ["*"], renew_before_days=60, force=False)
    theirs = world.fakes[0]
    theirs.recorded = make(FIRST, issuer=world.vmca, names=(FIRST,), ends=800)
    world.fakes[1].recorded = make(SECOND, issuer=world.vmca, names=(SECOND,), ends=5)
    options: dict[str, Any] = {"renew_before_days": 60, "force": False, "concurrency": 1, "max_failures": 0, "timeout_seconds": 300}
    first, second = regenerate(world, seen, check_mode=False, **options)
    assert (first.status, first.reason) == ("unchanged", "somebody else renewed its certificate meanwhile")
    assert second.status == "failed"
    assert "was replaced by somebody else meanwhile, and the new one is not sound: it does not last longer" in str(second.error)
    assert world.changes == []


def test_what_is_left_of_a_renewal_that_cannot_be_read_back_is_not_known() -> None:
    world = fake_estate(hosts=1)
    seen = observe_for_renewal(world, ["*"], renew_before_days=60, force=False)
    world.spoil("host_state", CertopsError("It was refused", code="broken"), times=99)
    options: dict[str, Any] = {"renew_before_days": 60, "force": False, "concurrency": 1, "max_failures": 0, "timeout_seconds": 300}
    [result] = regenerate(world, seen, check_mode=False, **options)
    assert (result.status, result.error) == ("failed", "It was refused.")
    assert result.after == result.before


# Connected is not yet synchronised.


def synchronising_after_its_start(world: FakeEstate, then: Callable[[], None]) -> None:
    """Have SPS register what is missing, and then only be connected with it."""
    start = world.start_sps

    def started() -> None:
        start()
        for one in world.registered:
            one.synchronising = True
        then()

    world.start_sps = started  # type: ignore[method-assign]


def test_it_is_waited_for_until_it_is_online() -> None:
    world = fake_estate(hosts=1)

    def online_later() -> None:
        world.at(world.clock.seconds + 60, lambda: [setattr(one, "synchronising", False) for one in world.registered] and None)

    synchronising_after_its_start(world, online_later)
    before = world.clock.seconds
    assert statuses(reregistered(world, only_if_needed=False)) == ["changed"]
    assert world.clock.seconds >= before + 60


def test_one_that_never_synchronises_is_told_as_that() -> None:
    world = fake_estate(hosts=1)
    synchronising_after_its_start(world, lambda: None)
    [one] = reregistered(world, only_if_needed=False).results
    assert one.status == "failed"
    assert "it is connected, and has not synchronised yet" in str(one.error)
