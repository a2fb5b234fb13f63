# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reconnecting hosts: by which certificate, how a failure leaves them, and who else did it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import to_pem
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import Expected, given_certificates, reconnect
from ansible_collections.certops.vsphere.tests.unit.certificates import key_pem, make, parsed
from ansible_collections.certops.vsphere.tests.unit.fake_estate import HTTPS, IOFILTER, RECONNECT, REFRESH, FakeEstate, fake_estate

NAME = "esx01.example.com"
STRANGER = make(NAME, names=(NAME,))


def reconnected(world: FakeEstate, **more: Any) -> list[StepResult]:
    """Reconnect all of them."""
    options: dict[str, Any] = {
        "away": (),
        "certificates": {},
        "concurrency": 1,
        "per_cluster": 1,
        "max_failures": 9,
        "timeout_seconds": 300,
        "check_mode": False,
        **more,
    }
    return reconnect(world, world.hosts()[0], **options)


def only(world: FakeEstate, **more: Any) -> StepResult:
    """The result of the only host."""
    [result] = reconnected(world, **more)
    return result


def shown_again(world: FakeEstate, certificate: Any) -> None:
    """Have the host's ports show a certificate."""
    world.fakes[0].serves = {HTTPS: certificate, IOFILTER: certificate}


def test_a_host_is_disconnected_and_connected_by_vcenters_record() -> None:
    world = fake_estate(hosts=1)
    result = only(world)
    assert (result.status, result.trusted_by, result.after["reconnected"]) == ("changed", "vcenter_record", True)
    assert world.changes == [f"disconnect {NAME}", f"reconnect {NAME}"]


def test_one_that_is_disconnected_is_only_connected() -> None:
    world = fake_estate(hosts=1)
    world.fakes[0].state = "disconnected"
    assert only(world).status == "changed"
    assert world.changes == [f"reconnect {NAME}"]


def test_the_certificate_that_was_given_counts() -> None:
    world = fake_estate(hosts=1)
    new = make(NAME, issuer=world.vmca, names=(NAME,), ends=900)
    shown_again(world, new)
    given = given_certificates({NAME: to_pem(parsed(new))})
    result = only(world, certificates=given)
    assert (result.status, result.trusted_by) == ("changed", "given")
    assert result.after["certificate"]["sha256_fingerprint"] == parsed(new).sha256_fingerprint


def test_a_stranger_is_refused_before_anything_is_done() -> None:
    world = fake_estate(hosts=1)
    shown_again(world, STRANGER)
    result = only(world)
    assert f"{NAME} was not touched, because it shows the certificate {parsed(STRANGER).sha1_thumbprint}" in str(result.error)
    assert "is the one that vCenter has on record" in str(result.error)
    assert world.changes == []


def test_where_the_port_is_not_reached_from_here_vcenter_refuses_and_both_are_named() -> None:
    world = fake_estate(hosts=1)
    expected = parsed(world.fakes[0].recorded)
    shown_again(world, STRANGER)
    # Nobody here reaches it; vCenter does.
    world.fakes[0].name, world.fakes[0].moid = "esx01-other.example.com", "host-1"
    hosts = fake_estate(hosts=1).hosts()[0]
    given = {NAME: Expected("given", expected, expected.sha1_thumbprint)}
    [result] = reconnect(
        world,
        hosts,
        away=(),
        certificates=given,
        concurrency=1,
        per_cluster=1,
        max_failures=0,
        timeout_seconds=300,
        check_mode=False,
    )
    assert f"expected thumbprint {expected.sha1_thumbprint}, certificate {expected.sha256_fingerprint}" in str(result.error)
    assert f"{NAME} is now disconnected; reconnect it in vCenter or run again." in str(result.error)
    assert result.after["connection_state"] == "disconnected"


def test_one_that_is_gone_before_its_turn_is_told() -> None:
    world = fake_estate(hosts=1)
    hosts = world.hosts()[0]
    world.fakes.clear()
    options: dict[str, Any] = {"certificates": {}, "concurrency": 1, "per_cluster": 1, "max_failures": 0, "timeout_seconds": 300}
    [result] = reconnect(world, hosts, away=(), check_mode=False, **options)
    assert f"{NAME} was removed from vc01 before it was reconnected" in str(result.error)
    assert result.after["in_vcenter"] is False


def test_a_reconnect_that_ends_without_a_connection_is_a_failure() -> None:
    world = fake_estate(hosts=1)
    world.spoil("reconnect", lambda: None, times=9)
    result = only(world, timeout_seconds=20)
    assert f"vCenter reported that {NAME} was reconnected, but it was not connected within" in str(result.error)


def test_a_reconnect_that_takes_too_long_says_how_it_is_left() -> None:
    world = fake_estate(hosts=1)
    result = only(world, timeout_seconds=4)
    assert result.status == "failed"
    assert f"{NAME} is now disconnected" in str(result.error)


def test_one_whose_state_cannot_be_read_afterwards_is_not_what_it_was_before() -> None:
    world = fake_estate(hosts=1)
    world.spoil("reconnect", CertopsError("vCenter refused", code="broken"))
    world.spoil("host_state", CertopsError("It was lost", code="broken"), times=99)
    result = only(world)
    assert result.after == {"connection_state": None, "certificate": None}
    assert "is now in an unknown connection state" in str(result.error)


def test_a_cluster_with_one_away_has_no_room() -> None:
    world = fake_estate(hosts=2)
    for fake in world.fakes:
        fake.cluster = "c1"
    gone = world.hosts()[0][1]
    [result] = reconnect(
        world,
        world.hosts()[0][:1],
        away=[gone],
        certificates={},
        concurrency=1,
        per_cluster=1,
        max_failures=0,
        timeout_seconds=300,
        check_mode=False,
    )
    assert f"{NAME} was not disconnected, because {gone.name} of the same cluster" in str(result.error)
    assert world.changes == []


def test_one_that_was_not_even_looked_at_counts_as_it_was() -> None:
    world = fake_estate(hosts=2)
    for fake in world.fakes:
        fake.cluster = "c1"
    world.spoil("host_now", CertopsError("It was refused", code="broken"), about=NAME)
    first, second = reconnected(world)
    assert (first.status, first.before, second.status) == ("failed", None, "changed")


def test_check_mode_says_by_what_it_would_be_reconnected() -> None:
    world = fake_estate(hosts=1)
    result = only(world, check_mode=True)
    assert (result.status, result.trusted_by, world.changes) == ("changed", "vcenter_record", [])
    given = given_certificates({NAME: parsed(world.fakes[0].recorded).sha1_thumbprint})
    assert only(world, check_mode=True, certificates=given).trusted_by == "given"


def test_what_somebody_else_reconnected_while_it_was_waited_for_counts() -> None:
    world = fake_estate(hosts=1)
    world.busy(NAME, RECONNECT, 10)
    result = only(world)
    assert (result.status, result.reason) == ("unchanged", "somebody else reconnected it meanwhile")
    assert world.changes == []


@pytest.mark.parametrize(("comes", "status"), [(True, "unchanged"), (False, "changed")])
def test_what_somebody_else_renewed_they_may_reconnect(comes: bool, status: str) -> None:
    world = fake_estate(hosts=1)
    world.busy(NAME, REFRESH, 1)
    if comes:
        world.at(5, lambda: world.busy(NAME, RECONNECT, 10))
    assert only(world, renewed_by_others=(NAME,)).status == status


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (key_pem().decode(), "holds a private key"),
        ("nonsense", "cannot be used"),
        ("AA:BB", "cannot be used"),
    ],
)
def test_what_is_no_certificate_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        given_certificates({NAME: text})


def test_a_thumbprint_is_taken_in_any_spelling() -> None:
    bare = parsed(STRANGER).sha1_thumbprint.replace(":", "").lower()
    assert given_certificates({NAME.upper(): bare})[NAME].thumbprint == parsed(STRANGER).sha1_thumbprint
