# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Re-registering providers: what needs it is taken, what would not come back is left, and what is read back is what counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import subject_of
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import TrustedRoots, UnreadRoot
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import AccessDenied, CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import OUTSIDE_OF_CLUSTERS, Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._storage.by_registering import Credentials
from ansible_collections.certops.vsphere.tests.unit.certificates import Authority, authority, der, make, parsed
from ansible_collections.certops.vsphere.tests.unit.fake_estate import IOFILTER, VMCA, FakeEstate, FakeProvider, fake_estate

FIRST, SECOND, THIRD = (f"esx0{number}.example.com" for number in (1, 2, 3))
METHODS: dict[str, dict[str, Any]] = {
    "sps_restart": {},
    "register": {"method": "register", "credentials": Credentials("root", "secret")},
}


def estate(*, hosts: int = 1, offline: bool = True, **more: Any) -> FakeEstate:
    """Hosts whose certificates end in more than a year and are remembered; their providers are offline, or are in order."""
    world = fake_estate(hosts=hosts, ends=400, **more)
    for fake, provider in zip(world.fakes, world.registered, strict=True):
        provider.remembered = fake.recorded
        provider.online = False if offline else None
    return world


def run(world: FakeEstate, **options: Any) -> Outcome:
    """Take the step on all hosts."""
    given: dict[str, Any] = {
        "method": "sps_restart",
        "only_if_needed": True,
        "pending_renewal": (),
        "credentials": None,
        "concurrency": 1,
        "timeout_seconds": 60.0,
        "check_mode": False,
        **options,
    }
    return reregister(world, observe(world, probe=False, whole=False), **given)


def only(world: FakeEstate, **options: Any) -> tuple[str, str, Optional[str]]:
    """Status, reason and error of the only host."""
    [result] = run(world, **options).results
    return result.status, result.reason, result.error


def untouched(world: FakeEstate, **options: Any) -> str:
    """The error with which the only host is refused, after which nothing has been done."""
    before = list(world.registered)
    status, _reason, error = only(world, **options)
    assert (status, world.changes, world.registered) == ("failed", [], before)
    assert error is not None
    return error


def silence(world: FakeEstate, name: str = FIRST) -> None:
    """Nothing listens on a host's port 9080 any more."""
    world.fake(name).serves[IOFILTER] = None


def issued_by(world: FakeEstate, ca: Authority) -> None:
    """Give the host a certificate of another CA, which vCenter has on record, and which its port serves."""
    fake = world.fakes[0]
    fake.recorded = make(fake.name, issuer=ca, names=(fake.name,), ends=400)
    fake.serves = dict.fromkeys(fake.serves, fake.recorded)
    world.registered[0].remembered = fake.recorded


@pytest.mark.parametrize("method", METHODS)
def test_an_offline_provider_comes_back(method: str) -> None:
    world = estate()
    assert only(world, **METHODS[method]) == ("changed", "its provider is offline though its certificate is sound", None)
    [back] = world.providers()[0]
    assert (back.provider.online, back.provider.certificate) == (True, parsed(world.fakes[0].recorded))
    assert world.changes[0] == f"unregister {FIRST}-0"


def test_a_provider_that_is_right_is_left_and_is_done_where_that_is_asked_for() -> None:
    world = estate(offline=False)
    assert only(world)[:2] == ("unchanged", "its provider is online and remembers its certificate")
    assert world.changes == []
    assert only(world, only_if_needed=False)[0] == "changed"


@pytest.mark.parametrize("ends", [40, -20])
def test_a_date_that_is_another_is_enough_where_sms_shows_no_certificate(ends: float) -> None:
    world = estate(offline=False, shows_pem=False)
    world.registered[0].remembered = make(FIRST, names=(FIRST,), ends=ends)
    world.registered[0].online = True
    assert only(world)[0] == "changed"
    # And is right afterwards by its date.
    assert only(world)[0] == "unchanged"


def test_what_shows_nothing_afterwards_is_not_called_right() -> None:
    world = estate()
    world.before("restart_sps", lambda: world.__dict__.update(shows_pem=False, shows_dates=False))
    status, _reason, error = only(world)
    assert status == "failed"
    assert "is online, but SMS shows neither the certificate that it remembers nor when that expires" in str(error)


def twice(world: FakeEstate) -> None:
    """SMS has a second provider of the first host."""
    world.registered.append(FakeProvider("two", FIRST, world.fakes[0].recorded, online=False))


def in_order(world: FakeEstate) -> None:
    """Its provider is right."""
    world.registered[0].online = None


def old(world: FakeEstate) -> None:
    """SMS remembers a certificate that has expired."""
    world.registered[0].remembered = make(FIRST, issuer=VMCA, names=(FIRST,), ends=-10)


@pytest.mark.parametrize("state", [lambda _world: None, lambda world: world.registered.pop(0), old, twice, in_order])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("only_if_needed", [True, False])
def test_the_provider_of_a_host_outside_of_clusters_is_never_touched(
    state: Callable[[FakeEstate], Any], method: str, only_if_needed: bool
) -> None:
    world = estate(hosts=2)
    world.fakes[0].cluster = None
    state(world)
    outside, inside = run(world, only_if_needed=only_if_needed, **METHODS[method]).results
    assert (outside.status, outside.reason, outside.before) == ("unchanged", OUTSIDE_OF_CLUSTERS, outside.after)
    assert inside.status == "changed"
    assert not [change for change in world.changes if FIRST in change or "two" in change]


def test_a_host_whose_place_is_not_known_counts_as_one_of_a_cluster() -> None:
    world = estate()
    world.fakes[0].cluster = ""
    silence(world)
    assert untouched(world)


@dataclass(frozen=True)
class Case:
    """An estate in which a provider would not come back, and what is said then."""

    says: str
    remedy: str
    ca: Optional[Authority] = None
    change: Callable[[FakeEstate], Any] = lambda _world: None
    more: dict[str, Any] = field(default_factory=dict)


STRANGER, SITE = authority("Nobody", number=7), authority("Site", number=8)
EXPIRED = authority("Old", number=9, ends=-5)
DENIED = AccessDenied("Reading it was refused", code="broken", vsphere_fault="403")


def unreadable_root(world: FakeEstate) -> None:
    """The root that issued the host's certificate cannot be read."""
    unavailable = UnreadRoot("Site", "it cannot be read", subject_of(der(SITE.made)))
    world.spoil("trusted_roots", lambda: TrustedRoots((VMCA.certificate,), (unavailable,)), times=9)


CASES: dict[str, Case] = {
    "issued by no trusted root": Case(
        f"None of the trusted roots of vc01 issued the certificate that {FIRST} serves on port 9080", "Add the CA", STRANGER
    ),
    "issued by a root that cannot be read": Case(
        f"It cannot be determined whether SPS would trust the certificate that {FIRST} serves on port 9080",
        "reissued",
        SITE,
        unreadable_root,
    ),
    "issued by a root that has expired": Case(
        "of vc01, which issued the certificate of esx01.example.com, expired on 2026-02-24",
        "Replace that root",
        EXPIRED,
        more={"roots": (VMCA.made, EXPIRED.made)},
    ),
    "the roots cannot be read": Case(
        "so it could not be checked that SPS would trust what hosts serve, and nothing is unregistered",
        "may read vCenter's trusted root chains",
        change=lambda world: world.spoil("trusted_roots", DENIED, times=9),
    ),
    "the mode cannot be read": Case(
        "The certificate mode of vc01 cannot be read",
        "Let the account read",
        change=lambda world: world.spoil("certificate_settings", DENIED, times=9),
    ),
    "mode thumbprint": Case(
        "is in certificate mode thumbprint", "certops_reregister_in_thumbprint_mode", more={"mode": "thumbprint"}
    ),
    "nobody answers": Case("nothing listens on port 9080", "Check iofiltervpd", change=silence),
    "lost": Case(
        "the host is notResponding", "Reconnect the host", change=lambda world: setattr(world.fakes[0], "state", "notResponding")
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_would_not_come_back_is_not_unregistered(name: str, method: str, check_mode: bool) -> None:
    case = CASES[name]
    world = estate(**case.more)
    if case.ca is not None:
        issued_by(world, case.ca)
    case.change(world)
    error = untouched(world, check_mode=check_mode, **METHODS[method])
    assert error.startswith(f"The provider of {FIRST} was not touched")
    assert case.says in error
    assert case.remedy in error


def test_the_steps_before_make_it_another_certificate_but_no_other_vcenter() -> None:
    predicted = {"pending_renewal": (FIRST,), "check_mode": True}
    world = estate()
    issued_by(world, STRANGER)
    assert only(world, **predicted)[0] == "changed"
    assert "certificate mode thumbprint" in untouched(estate(mode="thumbprint"), **predicted)


def test_in_mode_thumbprint_it_is_done_where_the_operator_says_so() -> None:
    # Whether a root issued it does not matter then.
    world = estate(mode="thumbprint")
    issued_by(world, STRANGER)
    world.spoil("trusted_roots", DENIED, times=9)
    run(world, in_thumbprint_mode=True)
    assert world.changes[0] == f"unregister {FIRST}-0"


# While SPS is waited for, or right before the provider is unregistered.
WHEN = {"waiting": "sps", "right before": "provider_ids"}


@pytest.mark.parametrize("when", WHEN)
@pytest.mark.parametrize("method", METHODS)
def test_an_endpoint_that_closes_after_it_was_looked_at_keeps_its_provider(when: str, method: str) -> None:
    """It was looked at, SPS was waited for, and then it closed."""
    world = estate()
    # Nothing is waited for where providers are registered one by one.
    world.before("provider_ids" if method == "register" else WHEN[when], lambda: silence(world))
    assert "nothing listens on port 9080" in untouched(world, **METHODS[method])


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("method", METHODS)
def test_one_that_fell_asleep_since_it_was_read_is_passed_over(method: str, check_mode: bool) -> None:
    world = estate(hosts=2)
    world.before("providers", lambda: setattr(world.fakes[0], "asleep", True))
    results = run(world, check_mode=check_mode, **METHODS[method]).results
    assert [(one.status, one.error) for one in results] == [("asleep", None), ("changed", None)]
    assert f"{FIRST}-0" in [one.uid for one in world.registered]


@pytest.mark.parametrize("there", [True, False], ids=["registered", "missing"])
@pytest.mark.parametrize("method", METHODS)
def test_one_that_falls_asleep_right_before_its_unregistering_is_passed_over(method: str, there: bool) -> None:
    world = estate(hosts=2)
    if not there:
        world.registered.pop(0)
    world.before("provider_ids", lambda: setattr(world.fakes[0], "asleep", True))
    results = run(world, **METHODS[method]).results
    assert [(one.status, one.error) for one in results] == [("asleep", None), ("changed", None)]
    assert (f"{FIRST}-0" in [one.uid for one in world.registered]) is there


def test_one_that_falls_asleep_with_one_of_its_providers_gone_is_no_untouched_one() -> None:
    world = estate()
    twice(world)
    world.spoil("unregister", lambda: setattr(world.fakes[0], "asleep", True), done=True)
    assert only(world)[0] == "failed"


def test_one_whose_state_cannot_be_read_is_not_taken_for_asleep() -> None:
    world = estate()
    world.before("providers", lambda: setattr(world.fakes[0], "asleep", True))
    world.spoil("host_state", CertopsError("It cannot be read", code="broken"))
    assert "nothing listens on port 9080" in untouched(world)


def test_each_host_is_looked_at_again_before_its_own_is_unregistered() -> None:
    world = estate(hosts=3)

    def then() -> None:
        silence(world, SECOND)
        # The third serves one that is not on record.
        world.fake(THIRD).serves[IOFILTER] = make(THIRD, issuer=STRANGER, names=(THIRD,), ends=10)

    world.spoil("unregister", then, done=True, about=FIRST)
    results = run(world).results
    assert [result.status for result in results] == ["changed", "failed", "failed"]
    assert world.changes == [f"unregister {FIRST}-0", "restart_sps"]
    assert "nothing listens" in str(results[1].error)
    assert "port 9080 of the host does not answer with a certificate that can be trusted" in str(results[2].error)


def test_an_endpoint_that_closes_between_two_providers_of_a_host_keeps_the_second() -> None:
    world = estate()
    twice(world)
    world.spoil("unregister", lambda: silence(world), done=True)
    status, _reason, error = only(world)
    assert status == "failed"
    assert FIRST in str(error)
    assert [change.split()[0] for change in world.changes] == ["unregister", "restart_sps"]
    assert len(world.registered) == 1


@pytest.mark.parametrize("when", WHEN)
def test_sps_is_not_restarted_for_a_missing_provider_whose_host_does_not_answer_any_more(when: str) -> None:
    world = estate()
    world.registered.clear()
    world.before(WHEN[when], lambda: silence(world))
    untouched(world)


def test_where_vcenter_shows_no_certificate_what_the_host_serves_counts() -> None:
    """The plan goes by that too."""

    def unrecorded(**more: Any) -> FakeEstate:
        world = estate(offline=False, **more)
        world.fakes[0].unrecorded = True
        return world

    dated = unrecorded()
    dated.registered[0].remembered = make(FIRST, issuer=VMCA, names=(FIRST,), ends=20)
    dated.registered[0].online = True
    assert only(dated)[:2] == ("changed", "SMS shows another certificate (until 2026-03-21)")
    assert only(unrecorded())[0] == "unchanged"
    unknown = unrecorded()
    silence(unknown)
    unknown.registered[0].online = True
    assert only(unknown)[0] == "unchanged"
    missing = unrecorded()
    silence(missing)
    missing.registered.clear()
    assert "nothing listens" in untouched(missing)


def test_what_somebody_else_brought_back_is_left() -> None:
    world = estate()
    world.before("sps", lambda: world.__dict__.update(registered=[FakeProvider("theirs", FIRST, world.fakes[0].recorded)]))
    assert only(world)[:2] == ("unchanged", "somebody else restored its provider in the meantime")
    assert world.changes == []


def test_without_credentials_nothing_is_registered() -> None:
    world = estate()
    with pytest.raises(CertopsError, match="needs certops_provider_username and certops_provider_password"):
        run(world, method="register")
    assert world.changes == []


def test_where_providers_could_not_be_read_nothing_is_unregistered() -> None:
    world = estate()
    world.spoil("providers", DENIED)
    with pytest.raises(CertopsError, match="so nothing was unregistered"):
        run(world)
    assert world.changes == []
