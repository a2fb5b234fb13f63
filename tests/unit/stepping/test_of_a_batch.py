# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A step of a run looks at the hosts of its batch and at no others, and sees all the same what it must not go on at."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition, Result
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import observe
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import silent
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.selection import Planned
from ansible_collections.certops.vsphere.plugins.modules import (
    cert_expiry_facts,
    esxi_cert_regenerate,
    esxi_reconnect,
    esxi_trust_repair,
    vasa_provider_reregister,
)
from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed
from ansible_collections.certops.vsphere.tests.unit.fake_estate import IOFILTER, VMCA, FakeEstate, fake_estate

STEPS = {
    "regenerate": esxi_cert_regenerate.DEFINITION,
    "reconnect": esxi_reconnect.DEFINITION,
    "reregister": vasa_provider_reregister.DEFINITION,
    "repair_trust": esxi_trust_repair.DEFINITION,
    "verify": cert_expiry_facts.DEFINITION,
}
ROOT = VMCA.certificate.sha256_fingerprint


def taken(world: FakeEstate, definition: Definition, *names: str, root: Optional[str] = ROOT, **options: Any) -> Result:
    """Take a step of a run on these hosts of its plan."""
    defaults = {name: option.get("default") for name, option in definition.whole_spec.items()}
    moids = {one.name: one.moid for one in world.fakes if one.name in names}
    given = {"esxi_hosts": list(names), "planned_moids": moids, "planned_vmca_root": root, "look_seconds": 0.0, **options}
    return definition.work(world, {**defaults, **given}, False, silent)


@pytest.fixture
def world() -> FakeEstate:
    """Many hosts, all due; every second one stands in a cluster with the one before it."""
    made = fake_estate(hosts=6)
    for number, one in enumerate(made.fakes):
        one.cluster = f"c{number // 2}"
    return made


@pytest.mark.parametrize("step", STEPS)
def test_no_step_reads_the_whole_vcenter(step: str, world: FakeEstate) -> None:
    names = [world.fakes[0].name, world.fakes[2].name]
    found = taken(world, STEPS[step], *names)
    assert "hosts" not in world.calls
    shown = found.values["hosts"] if step != "verify" else found.values["ansible_facts"]["certops"]["hosts"]
    assert [one.get("esxi_host") or one["name"] for one in shown] == names


@pytest.mark.parametrize("step", ["regenerate", "reregister"])
def test_without_a_root_of_the_plan_the_other_hosts_are_the_witness_of_it(step: str, world: FakeEstate) -> None:
    for one, root in zip(world.fakes, (None, "00" * 32), strict=False):
        world.calls.clear()
        taken(world, STEPS[step], one.name, root=root)
        assert world.calls.count("hosts") == 1


@pytest.mark.parametrize("change", ["renamed", "removed"])
@pytest.mark.parametrize("step", ["regenerate", "reconnect", "reregister", "repair_trust"])
def test_who_was_renamed_or_removed_is_told_as_before(step: str, change: str, world: FakeEstate) -> None:
    first, second = world.fakes[0], world.fakes[2]
    name, moids = first.name, {first.name: first.moid, second.name: second.moid}
    if change == "renamed":
        first.name = "another.example.com"
    else:
        world.fakes.remove(first)
    options = {"max_failures": 1, "planned_moids": moids}
    results = taken(world, STEPS[step], name, second.name, **options).values["hosts"]
    told = {one["esxi_host"]: str(one["error"]) for one in results}
    assert f"{name} was {change}" in told[name]
    assert told[second.name] == "None"


def test_a_host_that_was_renamed_is_read_back_with_all_others(world: FakeEstate) -> None:
    first = world.fakes[0]
    name, first.name = first.name, "another.example.com"
    found = taken(world, cert_expiry_facts.DEFINITION, name, planned_moids={name: first.moid})
    assert len(found.values["ansible_facts"]["certops"]["hosts"]) == len(world.fakes)


def test_who_is_away_of_the_same_clusters_takes_their_room(world: FakeEstate) -> None:
    world.fakes[1].state = world.fakes[5].state = "disconnected"
    done = taken(world, esxi_reconnect.DEFINITION, world.fakes[0].name, world.fakes[2].name, max_failures=1)
    first, second = done.values["hosts"]
    assert (first["error_code"], second["status"]) == ("cluster_without_room", "changed")
    assert world.fakes[1].name in first["error"]


def test_a_certificate_is_taken_from_the_host_only_where_vcenter_has_it_on_record(world: FakeEstate) -> None:
    # The second one serves another, the third one nothing: vCenter is asked for theirs.
    stale = make(world.fakes[1].name, issuer=VMCA, names=(world.fakes[1].name,), ends=900)
    world.fakes[1].serves[IOFILTER] = stale
    world.fakes[2].serves[IOFILTER] = None
    names = [one.name for one in world.fakes[:3]]
    shown = {one["esxi_host"]: one for one in taken(world, esxi_cert_regenerate.DEFINITION, *names).values["hosts"]}
    for one in world.fakes[:3]:
        before = shown[one.name]["before"]
        assert before["sha256_fingerprint"] != parsed(stale).sha256_fingerprint
        assert shown[one.name]["status"] == "changed"
    assert world.calls.count("hosts_by_id") == 2


def test_a_provider_by_an_address_is_given_to_a_host_after_a_look_at_the_names_of_all(world: FakeEstate) -> None:
    first, second = world.fakes[0], world.fakes[1]
    planned = Planned({first.name: first.moid})
    first.addresses = ("192.0.2.1",)
    world.registered[0].host = "192.0.2.1"
    found = observe(world, esxi_hosts=[first.name], whole=False, planned=planned, planned_vmca_root=ROOT)
    assert found.estate.hosts[0].provider is not None
    assert (world.calls.count("hosts"), world.calls.count("hosts_by_name")) == (0, 1)
    # The same address is the name of another host now, whose provider it is then.
    second.name = "192.0.2.1"
    found = observe(world, esxi_hosts=[first.name], whole=False, planned=planned, planned_vmca_root=ROOT)
    assert found.estate.hosts[0].provider is None
    assert found.estate.orphans == ()


def test_other_hosts_that_cannot_be_read_leave_it_unknown_whether_one_trusts_sms(world: FakeEstate) -> None:
    first = world.fakes[0]
    first.recorded = make(first.name, issuer=VMCA, names=(first.name,), ends=900)
    first.serves = dict.fromkeys(first.serves, first.recorded)
    world.registered[0].remembered, world.registered[0].online = first.recorded, False
    world.spoil("hosts_by_name", CertopsError("It cannot be read", code="broken"))
    [result] = taken(world, esxi_trust_repair.DEFINITION, first.name).values["hosts"]
    assert (result["status"], "the other hosts of the vCenter cannot be read" in result["reason"]) == ("unchanged", True)
