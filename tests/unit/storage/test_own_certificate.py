# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Providers that SMS gave a certificate of their own (VASA 2 and newer): it is right by who issued it, whatever the host's own is.

Whether SMS says so (retainVasaProviderCertificate false) or says nothing of it: both have to work.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import HostPlan, decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import verify
from ansible_collections.certops.vsphere.plugins.module_utils._estate.certificate_views import side_by_side
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, make, parsed
from ansible_collections.certops.vsphere.tests.unit.estates import POLICY
from ansible_collections.certops.vsphere.tests.unit.fake_estate import HTTPS, IOFILTER, FakeEstate, fake_estate

NAME = "esx01.example.com"
TOLD = pytest.mark.parametrize("told", [True, False], ids=["told", "untold"])


def newest(*, told: bool = True, ends: float = 400, own: float = 500, **more: Any) -> FakeEstate:
    """An ESXi 9 whose provider has a certificate of its own."""
    world = fake_estate(hosts=1, ends=ends, remembered=ends, **more)
    [host], [provider] = world.fakes, world.registered
    host.version, host.gives = "9.0.0", True
    provider.vasa, provider.retains = "5.0", False if told else None
    provider.remembered = world.provision(host, own, starts=-100)
    return world


def planned(world: FakeEstate, **policy: Any) -> HostPlan:
    """What the plan has of the host."""
    estate = observe(world).estate
    return decide(estate, replace(POLICY, **policy), estate.observed_at).hosts[0]


def problems(world: FakeEstate) -> list[str]:
    """What is not as it should be."""
    estate = observe(world).estate
    found: list[str] = verify(estate, [NAME], estate.observed_at)[0]["problems"]
    return found


def step(world: FakeEstate, **options: Any) -> Outcome:
    """Take the step."""
    given: dict[str, Any] = {
        "method": "sps_restart",
        "only_if_needed": True,
        "pending_renewal": (),
        "credentials": None,
        "concurrency": 1,
        "timeout_seconds": 120.0,
        "check_mode": False,
        **options,
    }
    return reregister(world, observe(world, probe=False, whole=False), **given)


def only(world: FakeEstate, **options: Any) -> tuple[str, Optional[str]]:
    """Status and error of the only host."""
    [result] = step(world, **options).results
    return result.status, result.error


@TOLD
def test_one_that_is_sound_is_healthy_and_left(told: bool) -> None:
    world = newest(told=told)
    found = planned(world)
    assert (found.verdict.rule, found.steps, found.blockers, found.unknown) == ("healthy", (), (), None)
    assert "its provider's own" in found.verdict.reason
    assert problems(world) == []
    assert only(world) == ("unchanged", None)
    assert world.changes == []
    sides = side_by_side(observe(world).estate.to_facts()["hosts"][0])
    assert [side["of_provider"] for side in sides.values()] == [False, True, True]
    assert sides["host"]["sha256_fingerprint"] != sides["served"]["sha256_fingerprint"] == sides["sms"]["sha256_fingerprint"]


@TOLD
def test_a_host_that_is_renewed_leaves_its_provider_as_it_is(told: bool) -> None:
    world = newest(told=told, ends=20)
    assert planned(world).steps == ("renew", "reconnect", "reregister")
    # As in check mode, in which it is not renewed.
    assert only(world, check_mode=True, pending_renewal=[NAME]) == ("unchanged", None)
    [host] = world.hosts()[0]
    within = Deadline(100.0, world.clock)
    world.renew_certificate(host, within)
    world.disconnect(host, within)
    world.reconnect(host, None, None, within)
    world.changes.clear()
    assert only(world) == ("unchanged", None)
    assert (world.changes, problems(world)) == ([], [])


def test_a_provider_that_has_its_hosts_is_registered_anew_after_a_renewal() -> None:
    world = newest(ends=20)
    [host], [provider] = world.fakes, world.registered
    host.gives, provider.retains = False, True
    host.serves = {**host.serves, IOFILTER: host.recorded}
    provider.remembered = host.recorded
    assert only(world, check_mode=True, pending_renewal=[NAME]) == ("changed", None)


@TOLD
def test_one_that_sms_did_not_renew_in_time_is_renewed_in_place(told: bool) -> None:
    world = newest(told=told, own=10, refreshes=True)
    if not told:
        # One that is newer than the host's cannot be its former one.
        world.fakes[0].recorded = world.fakes[0].serves[HTTPS] = make(NAME, issuer=world.vmca, names=(NAME,), starts=-200, ends=400)
    found = planned(world)
    assert (found.verdict.rule, found.steps) == ("provider_certificate_ending", ("reregister",))
    assert any("SMS did not renew it" in one for one in problems(world))
    outcome = step(world)
    assert ([one.status for one in outcome.results], outcome.sps_restarted) == (["changed"], False)
    assert world.changes == [f"RefreshCertificate {NAME}-0"]
    assert problems(world) == []
    assert only(world) == ("unchanged", None)


def test_one_that_has_expired_is_renewed_in_place() -> None:
    world = newest(own=-5, refreshes=True)
    found = planned(world)
    assert (found.verdict.rule, found.steps, found.blockers) == ("provider_certificate_ending", ("reregister",), ())
    assert only(world) == ("changed", None)
    assert not any("unregister" in change for change in world.changes)
    assert problems(world) == []


def test_one_that_has_expired_and_stays_is_not_unregistered() -> None:
    world = newest(own=-5)
    status, error = only(world)
    assert status == "failed"
    assert "it expired on" in str(error)
    assert not any("unregister" in change for change in world.changes)


@TOLD
def test_one_that_is_offline_comes_back_with_another_certificate(told: bool) -> None:
    world = newest(told=told)
    world.registered[0].online = False
    world.spoil("refresh", CertopsError("It is not supported", code="broken"), times=2)
    before = parsed(world.fakes[0].serves[IOFILTER])
    assert only(world) == ("changed", None)
    assert f"unregister {NAME}-0" in world.changes
    assert not parsed(world.fakes[0].serves[IOFILTER]).same_as(before)
    assert problems(world) == []


def test_one_that_is_missing_is_registered_though_9080_shows_another_certificate_than_the_host_has() -> None:
    world = newest()
    world.registered.clear()
    found = planned(world)
    assert (found.verdict.rule, found.blockers) == ("provider_missing", ())
    assert only(world) == ("changed", None)
    assert problems(world) == []


def test_one_that_somebody_else_brought_back_meanwhile_is_left() -> None:
    world = newest()
    world.registered[0].online = False

    def brought_back() -> None:
        world.registered.clear()
        world._register(NAME, None)

    world.before("provider_ids", brought_back)
    assert only(world) == ("unchanged", None)


@TOLD
def test_what_no_trusted_root_issued_is_refused(told: bool) -> None:
    world = newest(told=told)
    world.registered[0].online = False
    world.fakes[0].serves = {**world.fakes[0].serves, IOFILTER: make(NAME, issuer=authority("Stranger", number=7), names=(NAME,))}
    assert planned(world).blockers[0].code == "endpoint_unsound"
    status, error = only(world)
    assert status == "failed"
    assert "none of vCenter's trusted roots issued it" in str(error)
    assert world.changes == []


def test_what_names_another_host_is_refused() -> None:
    world = newest()
    world.registered[0].online = False
    world.fakes[0].serves = {**world.fakes[0].serves, IOFILTER: make("other", issuer=world.vmca, names=("other.example.com",))}
    assert only(world)[0] == "failed"
    assert world.changes == []


def test_without_trusted_roots_another_certificate_than_the_hosts_is_not_believed() -> None:
    world = newest(roots=())
    assert any("no trusted root to check it against" in one for one in problems(world))


def test_where_sms_says_nothing_the_hosts_former_certificate_is_not_taken_for_its_providers() -> None:
    world = newest(told=False, ends=10)
    host = world.fakes[0]
    # Its daemon did not take up what was installed.
    host.gives = False
    host.serves = {**host.serves, IOFILTER: host.recorded}
    world.registered[0].remembered = host.recorded
    world.renew_certificate(world.hosts()[0][0], Deadline(100.0, world.clock))
    assert any("it is not the certificate that vCenter has on record" in one for one in problems(world))
    status, error = only(world)
    assert status == "failed"
    assert "it is not the certificate that vCenter has on record" in str(error)
    assert not any("unregister" in change for change in world.changes)


def test_what_is_not_seen_on_9080_is_believed_of_sms() -> None:
    world = newest()
    estate = observe(world, probe=False).estate
    [found] = decide(estate, POLICY, estate.observed_at).hosts
    assert found.verdict.rule == "healthy"
    # Also where what is seen cannot be believed: that is told by itself.
    world.fakes[0].serves = {**world.fakes[0].serves, IOFILTER: make(NAME, issuer=authority("Stranger", number=7), names=(NAME,))}
    world.registered[0].online = True
    found = planned(world)
    assert found.verdict.rule == "healthy"
    assert "none of vCenter's trusted roots issued it" in str(found.unknown)


def test_what_9080_shows_is_not_taken_for_the_hosts_certificate() -> None:
    world = newest()
    world.fakes[0].unrecorded = True
    assert planned(world).verdict.rule == "certificate_unavailable"


@TOLD
def test_a_host_that_a_run_left_disconnected_is_known_by_the_age_of_its_certificate(told: bool) -> None:
    world = newest(told=told, ends=20)
    [host] = world.hosts()[0]
    within = Deadline(100.0, world.clock)
    world.renew_certificate(host, within)
    estate = observe(world).estate
    [left] = [replace(one, connection_state="disconnected") for one in estate.hosts]
    assert decide(replace(estate, hosts=(left,)), POLICY, estate.observed_at).hosts[0].verdict.rule == "left_disconnected"
    world = newest(told=told)
    estate = observe(world).estate
    [put_there] = [replace(one, connection_state="disconnected") for one in estate.hosts]
    assert decide(replace(estate, hosts=(put_there,)), POLICY, estate.observed_at).hosts[0].verdict.rule == "healthy"


@TOLD
def test_a_ca_of_the_operators_has_been_taken_up_whatever_the_provider_shows(told: bool) -> None:
    corporate = authority("Corporate", number=5)
    world = newest(told=told, mode="custom")
    host = world.fakes[0]
    world.roots = (*world.roots, corporate.made)
    host.recorded = make(NAME, issuer=corporate, names=(NAME,), starts=-0.5, ends=400)
    host.serves = {**host.serves, HTTPS: host.recorded}
    assert planned(world, custom_ca=True).verdict.rule == "healthy"
