# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A snapshot of the vCenter's own virtual machine before anything else is changed, or nothing is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Callable, Optional

import pytest
from crash_points import EVERYTHING
from guard_rows import LINKED, Place, alone, lacking
from guarded_estates import Seen, guarded_estate, seen_of
from player import play
from processes import Played, mutating
from truth import sound_outcome
from vsphere_sim.scenario.demo import expiring, healthy

Property = Callable[[str, object], None]
# They look at the same run.
pytestmark = pytest.mark.xdist_group("protection")
# In check mode, and for good; and what was seen afterwards.
Runs = tuple[Optional[Played], Played, dict[str, Seen]]
PROTECTED = "With certops_protection snapshot the vCenter's own machine is snapshotted first, else nothing is changed"
TAKE = "CreateSnapshot_Task"
DATED = r"certops \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
STAYS = "stays: remove it in vCenter when all is well"
OWN: dict[str, Any] = {"certops_protection": "snapshot", "certops_vcenter_vm_folder": "dc01/vm"}
EXPIRING = alone({"expiring": expiring()})
DONE = ("expiring",)


def _place(name: str, number: int, **given: Any) -> Place:
    """A vCenter with its machine in its own datacenter, the number of which is that of the vCenter in the estate."""
    variables = {**OWN, "certops_vcenter_vm": name, "certops_vcenter_vm_folder": f"dc{number:02}/vm", **given.pop("variables", {})}
    return Place("protection", given.pop("clusters", EXPIRING), given.pop("spec", {}), variables=variables, **given)


def _may_not(name: str, number: int) -> Place:
    parts = lacking("VirtualMachine.State.CreateSnapshot")
    return replace(_place(name, number, variables=parts["variables"]), edits=parts["edits"])


# In the reduced form: one that is protected from elsewhere, and one whose machine is not found.
REDUCED = ("own", "managed", "outside")
# By name, with the vCenter that manages its machine where a snapshot of it is to be taken.
PROTECTED_BY = {"own": "own", "managed": "own"}
EVERY_PLACE: dict[str, Place] = {
    "own": _place("own", 1, done=DONE),
    "managed": _place(
        "managed",
        2,
        spec={"managed_by": "own"},
        variables={"certops_vcenter_vm_folder": "dc01/vm", "certops_vcenter_vm_managed_by": "own"},
        done=DONE,
    ),
    # Its machine is in no vCenter of the inventory, or not where it is said to be.
    "outside": _place("outside", 3, spec={"managed_by": ""}),
    # Nothing is due, so there is nothing to protect it from.
    "quiet": _place("quiet", 4, clusters=alone({"healthy": healthy()})),
    "stranger": _place("stranger", 5, variables={"certops_vcenter_vm_managed_by": "nobody"}),
    "no-folder": _place("no-folder", 6, variables={"certops_vcenter_vm_folder": None}),
    "linked": _place("linked", 7, spec={"linked_nodes": ["linked.example", *LINKED]}),
    "may-not": _may_not("may-not", 8),
}
EVERY_REFUSAL = {
    "outside": ("no snapshot could be taken of the virtual machine outside", "Check certops_vcenter_vm"),
    "stranger": ("Set certops_vcenter_vm_folder", "one of the group vcenters"),
    "no-folder": ("Set certops_vcenter_vm_folder", "one of the group vcenters"),
    "linked": (", ".join(LINKED), "Take offline snapshots of all linked vCenters"),
    "may-not": (
        "no snapshot could be taken of the virtual machine may-not",
        "NoPermission: Permission to perform this operation was denied (VirtualMachine.State.CreateSnapshot).",
    ),
}
PLACES = {name: place for name, place in EVERY_PLACE.items() if EVERYTHING or name in REDUCED}
REFUSED = {name: told for name, told in EVERY_REFUSAL.items() if name in PLACES}


@pytest.fixture(scope="module")
def checked_and_seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Check mode, which changes nothing (in the whole table only), and then the run."""
    folder = tmp_path_factory.mktemp("protection")
    with guarded_estate(folder, PLACES) as (running, variables):
        checked = play(running, folder, "--check", "-i", str(variables), protection=None) if EVERYTHING else None
        assert mutating(running) == []
        played = play(running, folder, "-i", str(variables), protection=None)
        yield checked, played, seen_of(running, PLACES, played)


@pytest.mark.parametrize("name", PROTECTED_BY)
def test_its_own_machine_is_snapshotted_before_anything_else_is_changed(
    name: str, checked_and_seen: Runs, record_property: Property
) -> None:
    record_property("promise", PROTECTED)
    checked, _played, everywhere = checked_and_seen
    seen, manager = everywhere[name], everywhere[PROTECTED_BY[name]]
    (machine,) = (one for one in manager.state["machines"] if one["name"] == name)
    (snapshot,) = machine["snapshots"]
    assert re.fullmatch(DATED, snapshot["name"])
    assert (snapshot["quiesced"], snapshot["with_memory"]) == (False, False)
    assert "Remove it when all is well" in snapshot["description"]
    (taken,) = (call for call in manager.journal if call["method"] == TAKE and call["target"] == name)
    others = [call["seq"] for call in seen.journal if call["mutating"] and call["method"] != TAKE]
    assert taken["seq"] < min(others)
    assert not [call for call in manager.journal if "Snapshot" in call["method"] and call["method"] != TAKE]
    assert seen.line(snapshot["name"], f"virtual machine {name} ", STAYS), seen.printed
    assert checked is None or f"A snapshot of the virtual machine {name} " in checked.printed
    assert not seen.failed
    assert {label: seen.truth[label] for label in DONE} == dict.fromkeys(DONE, sound_outcome())


@pytest.mark.parametrize("name", REFUSED)
def test_where_it_cannot_be_snapshotted_nothing_is_changed(name: str, checked_and_seen: Runs, record_property: Property) -> None:
    record_property("promise", PROTECTED)
    _checked, played, everywhere = checked_and_seen
    seen = everywhere[name]
    assert (played.returncode, seen.failed) == (2, True)
    # What the account may not do was tried, and refused.
    assert [call["outcome"] for call in seen.journal if call["mutating"]] == (["NoPermission"] if name == "may-not" else [])
    assert not [
        one for one in everywhere.values() for machine in one.state["machines"] if machine["name"] == name and machine["snapshots"]
    ]
    assert seen.line("STOPPED", "Nothing was changed on", seen.address, *REFUSED[name]), seen.printed
    assert seen.host("expiring")["result"] in ("not started", "blocked")
    assert "Traceback" not in played.printed


@pytest.mark.skipif(not EVERYTHING, reason="in the whole table only")
def test_where_nothing_is_due_nothing_is_snapshotted(checked_and_seen: Runs, record_property: Property) -> None:
    record_property("promise", PROTECTED)
    seen = checked_and_seen[2]["quiet"]
    assert (seen.calls, seen.failed) == ([], False)
