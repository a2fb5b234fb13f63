# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that do not trust SMS: found by their lists of CAs, not re-registered for nothing, and their lists completed and never shortened."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sms_trust import SmsTrust
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import Findings, observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._operations.trust_repair import repair_trust
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.castores import suspected
from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.estates import NOW as THEN
from ansible_collections.certops.vsphere.tests.unit.estates import host as host_of
from ansible_collections.certops.vsphere.tests.unit.fake_estate import SMS, FakeEstate, fake_estate

ILL, FIRST, SECOND = "esx01.example.com", "esx02.example.com", "esx03.example.com"
SMS_PRINT = parsed(SMS).sha256_fingerprint


def estate(*, hosts: int = 3, version: str = "8.0.2") -> FakeEstate:
    """An estate with nothing due but the provider of esx01, which does not trust SMS."""
    world = fake_estate(hosts=hosts, ends=400, remembered=400)
    for fake, provider in zip(world.fakes, world.registered, strict=True):
        fake.version = version
        provider.remembered = fake.recorded
    lost(world)
    return world


def lost(world: FakeEstate) -> None:
    """Leave esx01 with the trusted roots alone, or where those are what it needs, without them."""
    ill = world.fake(ILL)
    other = pem(make("another root", names=("other",), ends=3000))
    ill.castore = (other,) if ill.esxi_9 else (other, *(pem(root) for root in world.roots))


def seen(world: FakeEstate, *names: str) -> Findings:
    """What a module reads before its step."""
    return observe(world, esxi_hosts=list(names) or None, whole=False)


def trust_in_facts(world: FakeEstate) -> list[Any]:
    """What the plan is told of each host."""
    return [host.sms_trust for host in observe(world).estate.hosts]


def repaired(world: FakeEstate, *names: str, check_mode: bool = False, **more: Any) -> list[StepResult]:
    """Complete their lists."""
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 0, "timeout_seconds": 60, **more}
    return repair_trust(world, seen(world, *names), check_mode=check_mode, **options)


def re_registered(world: FakeEstate, **more: Any) -> Outcome:
    """Have the provider of esx01 registered anew."""
    options: dict[str, Any] = {
        "method": "sps_restart",
        "only_if_needed": True,
        "pending_renewal": (),
        "credentials": None,
        "concurrency": 1,
        "timeout_seconds": 600,
        "check_mode": False,
        **more,
    }
    return reregister(world, seen(world, ILL), **options)


@pytest.mark.parametrize("version", ["7.0.3", "8.0.2", "9.0.0"])
def test_it_is_found_by_the_lists_of_two_healthy_hosts(version: str) -> None:
    world = estate(hosts=5, version=version)
    ill, *others = trust_in_facts(world)
    assert others == [None] * 4
    missing = parsed(world.vmca.made).sha256_fingerprint if version == "9.0.0" else SMS_PRINT
    assert (ill.trusts, ill.missing) == (False, (missing,))
    assert ill.reason.endswith(f"which {FIRST} and {SECOND} trust")
    # Nothing is asked of whom there is nothing wrong with but of these two.
    assert world.count("ca_certificates") == 3
    assert world.changes == []


def test_where_nothing_is_offline_nothing_is_asked() -> None:
    world = estate()
    world.fake(ILL).castore = None
    assert trust_in_facts(world) == [None] * 3
    assert world.count("ca_certificates") == 0


def test_one_that_is_down_for_another_reason_trusts() -> None:
    world = estate()
    world.fake(ILL).castore = None
    world.registered[0].online = False
    assert trust_in_facts(world)[0] == SmsTrust(True, f"it trusts what {FIRST} and {SECOND} trust SMS by")


@pytest.mark.parametrize("unread", [1, 2, 4])
def test_where_healthy_hosts_cannot_be_read_others_are_asked_and_then_it_is_not_known(unread: int) -> None:
    world = estate(hosts=6)
    for fake in world.fakes[1 : 1 + unread]:
        world.spoil("ca_certificates", CertopsError(f"Reading {fake.name} was refused", code="broken"), about=fake.name, times=9)
    found = trust_in_facts(world)[0]
    assert found == (replace(found, trusts=None, reason=f"Reading {FIRST} was refused.", missing=()) if unread == 4 else found)
    assert (found.trusts is None) is (unread == 4)


def test_an_older_one_is_not_compared_with_a_newer_one() -> None:
    world = estate()
    for fake in world.fakes[1:]:
        fake.version = "9.0.0"
    assert trust_in_facts(world)[0] == SmsTrust(None, "there is no host with an online provider to compare it with")


def test_what_cannot_be_read_of_the_host_itself_is_not_known() -> None:
    world = estate()
    world.spoil("ca_certificates", CertopsError("It was refused", code="broken"), about=ILL, times=9)
    assert trust_in_facts(world)[0].reason == "It was refused."
    world = estate()
    world.fake(ILL).castore = ()
    assert trust_in_facts(world)[0] == SmsTrust(None, "vCenter shows no CA that it trusts")
    world = estate()
    world.missing = ("Certificate.Manage",)
    assert trust_in_facts(world)[0] == SmsTrust(None, "the account has no privilege Certificate.Manage on it")
    assert world.count("ca_certificates") == 0


@pytest.mark.parametrize(
    ("changes", "is_one"),
    [
        ({}, True),
        ({"provider": None}, True),
        ({"provider": None, "provider_unavailable": "it is broken"}, False),
        ({"cluster": None}, False),
        ({"connection_state": "disconnected"}, False),
        ({"certificate": None, "served": None}, False),
        ({"served": None}, True),
        ({"served": replace(host_of().served, trusted=False)}, False),  # type: ignore[type-var]
        ({"certificate": host_of(ends=-1).certificate}, False),
    ],
)
def test_suspected_is_who_has_nothing_else_wrong(changes: dict[str, Any], is_one: bool) -> None:
    assert suspected(replace(host_of(status="offline"), **changes), THEN) is is_one
    assert not suspected(host_of(), THEN)


def test_it_is_not_unregistered_for_nothing() -> None:
    world = estate()
    [result] = re_registered(world).results
    assert (result.status, result.error_code) == ("failed", "provider_blocked")
    assert f"The provider of {ILL} was not touched. {ILL} does not trust SMS, so that its provider would not come back" in str(
        result.error
    )
    assert "certops_repair_host_trust" in str(result.error)
    assert world.changes == []
    assert world.count("restart_sps") == 0


def test_where_it_is_not_known_it_is_tried_as_before() -> None:
    world = estate(hosts=1)
    [result] = re_registered(world, timeout_seconds=120).results
    assert result.error_code == "provider_not_back"
    assert "restart_sps" in world.changes


def test_a_list_is_completed_and_the_provider_comes_back() -> None:
    world = estate()
    before = world.castore_of(world.fake(ILL))
    ill, *others = repaired(world)
    assert [one.status for one in (ill, *others)] == ["changed", "unchanged", "unchanged"]
    assert (ill.trusted_by, ill.after["added"]) == ("healthy_hosts", [SMS_PRINT])
    assert ill.to_facts()["backup"] == {"ca_certificates": list(before), "ca_crls": ["a revocation list"]}
    # What was there is there as it was, and in the same order.
    now = world.fake(ILL)
    assert now.castore == (*before, pem(SMS))
    assert now.crls == ("a revocation list",)
    assert world.changes == [f"replace_ca_certificates {ILL}"]
    # What is whole is left alone.
    assert [one.status for one in repaired(world)] == ["unchanged"] * 3
    assert world.count("replace_ca_certificates") == 1
    # SMS had stopped trying.
    assert re_registered(world).results[0].status == "changed"
    assert all(one.provider.online for one in world.providers()[0])


def test_check_mode_tells_what_would_be_added_and_sends_nothing() -> None:
    world = estate()
    ill = repaired(world, ILL, check_mode=True)[0]
    assert (ill.status, ill.after["added"], ill.to_facts()["backup"]) == ("changed", [SMS_PRINT], None)
    assert world.changes == []
    # What follows is predicted as after it.
    assert re_registered(world, check_mode=True).results[0].error_code == "provider_blocked"
    assert re_registered(world, check_mode=True, pending_trust_repair=(ILL,)).results[0].status == "changed"


def test_a_list_with_an_entry_that_cannot_be_read_is_not_written_anew() -> None:
    world = estate()
    world.fake(ILL).castore = (*world.castore_of(world.fake(ILL)), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    [ill] = repaired(world, ILL)
    assert ill.error_code == "castore_unreadable"
    assert "KB 367381" in str(ill.error)
    assert world.changes == []


def test_where_it_is_not_known_nothing_is_added_and_that_is_told() -> None:
    world = estate(hosts=1)
    [ill] = repaired(world)
    assert ill.status == "unchanged"
    assert ill.notes[0].startswith(
        f"it is not known whether 1 hosts whose providers are not online ({ILL}) trust SMS: there is no host"
    )
    assert world.changes == []


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_is_looked_up(done: bool) -> None:
    world = estate()
    world.spoil("replace_ca_certificates", TransientError("It was lost", code="broken"), done=done)
    assert repaired(world, ILL)[0].status == "changed"
    assert world.count("replace_ca_certificates") == (1 if done else 2)
    assert world.trusts_sms(world.fake(ILL))


def test_a_refusal_leaves_it_as_it_was_with_the_backup() -> None:
    world = estate()
    before = world.fake(ILL).castore
    refusal = CertopsError("It was refused", code="broken", vsphere_fault="NoPermission")
    world.spoil("replace_ca_certificates", refusal, times=9)
    ill = repaired(world, ILL)[0].to_facts()
    assert (ill["status"], ill["changed"], ill["vsphere_fault"]) == ("failed", False, "NoPermission")
    assert ill["backup"]["ca_certificates"] == list(before or ())


@pytest.mark.parametrize("what", ["castore", "crls"])
def test_what_the_host_does_not_have_afterwards_is_a_failure(what: str) -> None:
    world = estate()
    fake = world.fake(ILL)
    kept = (fake.castore, ()) if what == "crls" else (fake.castore, fake.crls)

    def lose() -> None:
        fake.castore, fake.crls = kept if what == "castore" else ((*(fake.castore or ()), pem(SMS)), ())

    world.spoil("replace_ca_certificates", lose)
    ill = repaired(world, ILL)[0]
    assert ill.error_code == "castore_not_completed"
    assert ("a revocation list" if what == "crls" else SMS_PRINT) in str(ill.error)
    assert ill.to_facts()["backup"] is not None


def test_what_cannot_be_read_after_a_failure_is_said_so() -> None:
    world = estate()
    world.before("replace_ca_certificates", lambda: world.spoil("ca_certificates", CertopsError("Gone", code="broken"), times=99))
    ill = repaired(world, ILL)[0]
    assert (ill.status, ill.after) == ("failed", {"trusted_cas": None})


def test_too_many_failures_end_it() -> None:
    world = estate(hosts=5)
    world.fakes[1].castore = tuple(pem(root) for root in world.roots)
    world.spoil("replace_ca_certificates", CertopsError("It was refused", code="broken"), times=9)
    assert [one.status for one in repaired(world, ILL, FIRST)] == ["failed", "not_started"]


def test_a_host_in_standby_is_passed_over() -> None:
    world = estate()
    world.fake(ILL).asleep = True
    assert repaired(world, ILL)[0].status == "asleep"
