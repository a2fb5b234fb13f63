# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted roots of a vCenter that shows them to nobody: what it publishes, and who has to agree."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    InputError,
    NotOffered,
)
from ansible_collections.certops.vsphere.plugins.module_utils._operations.witnessed_roots import MOST_ASKED, KnownRoots, known_roots
from ansible_collections.certops.vsphere.tests.unit.certificates import authority
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

NOT_OFFERED = NotOffered("Reading it is not offered", code="broken", vsphere_fault="HTTP 404", remedy="Update it.")
REFUSED = AccessDenied("Reading it was refused", code="broken", vsphere_fault="NoPermission", remedy="Ask for it.")


def old(hosts: int = 4) -> FakeEstate:
    """A vCenter that has no way to read its trusted roots."""
    made = fake_estate(hosts=hosts)
    made.spoil("trusted_roots", NOT_OFFERED, times=99)
    return made


def known(world: FakeEstate, fingerprint: Optional[str] = None) -> KnownRoots:
    hosts = world.hosts()[0]
    world.calls.clear()
    return known_roots(world, lambda: hosts, fingerprint)


def test_where_they_can_be_read_nobody_is_asked() -> None:
    world = fake_estate()
    assert known(world).roots.certificates == (world.vmca.certificate,)
    assert world.calls == ["trusted_roots"]


def test_two_hosts_are_enough() -> None:
    world = old()
    found = known(world)
    assert (found.roots.certificates, found.vmca) == ((world.vmca.certificate,), world.vmca.certificate)
    assert world.calls == ["trusted_roots", "published_roots", "ca_certificates", "ca_certificates"]


def test_one_is_not_enough() -> None:
    with pytest.raises(NotOffered, match="none is trusted by 2 of its hosts that were asked but by 1: there are no more"):
        known(old(hosts=1))


def test_no_more_are_asked_than_a_few() -> None:
    world = old(hosts=9)
    for fake in world.fakes:
        fake.castore = ("nonsense",)
    with pytest.raises(NotOffered, match="but by 0"):
        known(world)
    assert world.calls.count("ca_certificates") == MOST_ASKED


def test_a_host_that_cannot_be_asked_and_one_that_tells_nonsense_are_no_witnesses() -> None:
    world = old()
    world.spoil("ca_certificates", CertopsError("It failed", code="broken", remedy="Look."))
    world.fakes[1].castore = ("nonsense",)
    assert known(world).vmca == world.vmca.certificate
    assert world.calls.count("ca_certificates") == 4


def test_one_that_is_away_is_not_asked() -> None:
    world = old(hosts=2)
    world.fakes[0].state = "disconnected"
    with pytest.raises(NotOffered, match="but by 1"):
        known(world)
    assert world.calls.count("ca_certificates") == 1


def test_who_may_not_read_what_hosts_trust_asks_one() -> None:
    world = old()
    world.spoil("ca_certificates", REFUSED, times=9)
    with pytest.raises(NotOffered, match="Reading it was refused"):
        known(world)
    assert world.calls.count("ca_certificates") == 1


def test_the_one_that_is_named_needs_no_witness() -> None:
    world = old(hosts=1)
    assert known(world, world.vmca.certificate.sha256_fingerprint.lower()).vmca == world.vmca.certificate
    with pytest.raises(InputError, match="not the one with the fingerprint AA:BB"):
        known(world, "AA:BB")
    assert "ca_certificates" not in world.calls


def test_of_several_those_count_that_have_witnesses_and_none_is_vmcas() -> None:
    world = old()
    other = authority("Other", number=5).certificate
    world.spoil("published_roots", lambda: [world.vmca.certificate, other])
    found = known(world)
    assert (found.roots.certificates, found.vmca) == ((world.vmca.certificate,), None)
