# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reconnecting hosts: by which certificate, how a failure leaves them, and who else did it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import to_pem
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_now import HostNow, HostState
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import Expected, given_certificates, reconnect
from ansible_collections.certops.vsphere.tests.unit.certificates import authority, key_pem, make, parsed
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
    world = fake_estate(hosts=1, ends=200)
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


def with_another(world: FakeEstate, certificate: Any) -> None:
    """Have vCenter take the host back with another certificate than the one that it is reconnected against."""
    world.before("reconnect", lambda: shown_again(world, certificate))


def by_vmca(world: FakeEstate, **how: Any) -> Any:
    """A certificate of VMCA's for the host."""
    return make(NAME, **{"issuer": world.vmca, "names": (NAME,), "ends": 900, **how})


@pytest.mark.parametrize("renews", ["by_status", "always", "never"])
def test_a_reconnect_that_brings_vmcas_new_certificate_is_right(renews: str) -> None:
    world = fake_estate(hosts=1, reconnect_renews=renews)
    before = parsed(world.fakes[0].recorded)
    result = only(world)
    now = parsed(world.fakes[0].recorded)
    assert result.status == "changed"
    assert now.same_as(before) is (renews == "never")
    assert result.after["certificate"]["sha256_fingerprint"] == now.sha256_fingerprint
    assert result.trusted_by == ("vcenter_record" if renews == "never" else "trusted_root")
    told = f"VMCA issued a new certificate while the host was reconnected: {now.sha256_fingerprint} (issued by "
    assert [note[: len(told)] for note in result.notes] == ([] if renews == "never" else [told])
    # What bears on issuing is read only where there is another certificate.
    assert world.count("trusted_roots") == (0 if renews == "never" else 1)


def test_one_that_the_host_made_itself_may_be_replaced_by_vmca_at_once() -> None:
    world = fake_estate(hosts=1, reconnect_renews="always")
    shown_again(world, STRANGER)
    given = given_certificates({NAME: to_pem(parsed(STRANGER))})
    result = only(world, certificates=given)
    assert (result.status, result.trusted_by) == ("changed", "trusted_root")


OTHER_CA = authority("Site CA")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"issuer": OTHER_CA}, "VMCA did not issue it (CN=Site CA,O=Example)"),
        ({"starts": -40, "ends": 900}, "it is older than the one that was expected"),
        ({"ends": 900, "mode": "custom"}, "the certificate mode of vc01 is custom, in which vCenter issues none"),
        ({"ends": 900, "mode": None}, "the certificate mode of vc01 could not be read"),
        ({"unread": "certificate_settings"}, "the certificate mode of vc01 could not be read"),
        ({"unread": "trusted_roots"}, "which root is VMCA's cannot be determined (certops_vmca_root_fingerprint"),
    ],
)
def test_one_that_vcenter_has_on_record_instead_is_a_failure(more: dict[str, Any], told: str) -> None:
    world = fake_estate(hosts=1, ends=200, reconnect_renews="never", mode=more.pop("mode", "vmca"))
    world.roots = (world.vmca.made, OTHER_CA.made)
    if "unread" in more:
        world.spoil(more.pop("unread"), CertopsError("It was refused", code="broken"), times=99)
    other = by_vmca(world, **more)
    with_another(world, other)
    expected = parsed(world.fakes[0].recorded)
    result = only(world)
    assert (result.status, result.error_code) == ("failed", "reconnected_with_another_certificate")
    assert f"{NAME} was reconnected, but vCenter now has the certificate {parsed(other).sha256_fingerprint}" in str(result.error)
    assert f"on record, and {expected.sha256_fingerprint} is the one that it had on record before: {told}" in str(result.error)
    assert result.after["connection_state"] == "connected"


def test_which_root_is_vmcas_may_be_said() -> None:
    world = fake_estate(hosts=1, reconnect_renews="always")
    [root] = world.trusted_roots().certificates
    assert only(world, vmca_root_fingerprint=root.sha256_fingerprint).status == "changed"
    assert only(world, vmca_root_fingerprint="00" * 32).error_code == "vmca_root_unknown"


def test_vcenter_may_take_a_moment_for_its_record() -> None:
    world = fake_estate(hosts=1, ends=200)
    right = world.fakes[0].recorded

    def late() -> None:
        world.at(world.clock.seconds + 8, lambda: setattr(world.fakes[0], "recorded", right))

    world.before("reconnect", late)
    with_another(world, STRANGER_OF_ROOT := make(NAME, issuer=OTHER_CA, names=(NAME,)))
    world.roots = (world.vmca.made, OTHER_CA.made)
    assert parsed(STRANGER_OF_ROOT) != parsed(right)
    assert (only(world).status, world.clock.seconds < 30) == ("changed", True)


def test_a_record_that_vcenter_does_not_show_is_told_as_not_compared() -> None:
    world = fake_estate(hosts=1, ends=200)
    expected = given_certificates({NAME: to_pem(parsed(world.fakes[0].recorded))})
    world.fakes[0].unrecorded = True
    [note] = only(world).notes
    assert note.endswith("was not compared with what was expected, because vCenter had none on record before")
    [note] = only(world, certificates=expected).notes
    assert note.endswith("because vCenter shows none of the host")


def test_of_a_thumbprint_alone_any_certificate_of_vmcas_is_newer_and_another_thumbprint_is_a_failure() -> None:
    world = fake_estate(hosts=1, reconnect_renews="always")
    world.fakes[0].state = "disconnected"
    assert only(world).status == "changed"
    states = iter([*[("disconnected", "AA:BB")] * 2, *[("connected", "CC:DD")] * 99])

    def shown() -> HostState:
        state, thumbprint = next(states)
        return HostState(state, None, thumbprint)

    world.spoil("host_now", lambda: HostNow(shown(), ()))
    world.spoil("host_state", shown, times=99)
    world.fakes[0].serves = {}
    world.spoil("reconnect", lambda: None)
    result = only(world)
    assert "vCenter now has the certificate CC:DD (SHA-1) on record, and AA:BB (SHA-1) is the one" in str(result.error)
    assert "vCenter shows no more than its thumbprint" in str(result.error)
