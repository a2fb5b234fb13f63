# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An estate whose vCenters each have something the matter with them, played once, and what was seen of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from guard_rows import Place
from player import play
from processes import Played
from small_estates import SPEED, label_of, names, scenario
from truth import outcome
from vsphere_sim.scenario.schema import VCenterSpec
from vsphere_sim.testing import RunningEstate, estate

PROTECTION = "certops_protection"


@dataclass(frozen=True)
class Seen:
    """One vCenter after the run. calls: those of its journal that would change something, by method and label, refused ones too."""

    address: str
    known: dict[str, str]
    report: dict[str, Any]
    truth: dict[str, dict[str, Any]]
    state: dict[str, Any]
    journal: list[dict[str, Any]]
    calls: list[tuple[str, str]]
    printed: str
    failed: bool

    def host(self, label: str) -> dict[str, Any]:
        """What the report says of a host."""
        found: dict[str, Any] = next(host for host in self.report["hosts"] if host["esxi_host"] == self.known[label])
        return found

    def line(self, *words: str) -> str:
        """The line of its output in which all these words are; none where there is none."""
        return next((line for line in self.printed.splitlines() if all(word in line for word in words)), "")


@contextmanager
def guarded_estate(folder: Path, places: Mapping[str, Place]) -> Iterator[tuple[RunningEstate, Path]]:
    """These vCenters, running and as the world made them, and the inventory with their variables."""
    with estate(
        folder / "estate", scenario=scenario(*(_spec(name, place) for name, place in places.items())), speed=SPEED
    ) as running:
        for name, place in places.items():
            known = names(running, place.hosts, name)
            for edit in place.edits:
                about = {"host": known[edit.host]} if edit.host else {}
                running.set(edit.what, vcenter=name, **about, **edit.values)
        yield running, _variables(folder / "variables.json", running, places)


def seen_of(running: RunningEstate, places: Mapping[str, Place], played: Played) -> dict[str, Seen]:
    """What there is to see of each vCenter after a run."""
    journal = running.journal()
    states = {one["name"]: one for one in running.state()["vcenters"]}
    found = {}
    for name, place in places.items():
        known = names(running, place.hosts, name)
        own = [call for call in journal if call["vcenter"] == name]
        found[name] = Seen(
            address=running.vcenter(name).address,
            known=known,
            report=played.reports[name],
            truth=outcome(running, known),
            state=states[name],
            journal=own,
            calls=[(call["method"], label_of(call["target"], known)) for call in own if call["mutating"]],
            printed=_said_of(played.printed, name),
            failed=_failed(played.printed, name),
        )
    return found


def played_once(folder: Path, places: Mapping[str, Place]) -> tuple[Played, dict[str, Seen]]:
    """The estate of these vCenters, started, played and ended."""
    with guarded_estate(folder, places) as (running, variables):
        # Some of these hosts are known by nobody: what is looked at here is what is blocked.
        played = play(running, folder, "-i", str(variables), protection=None, certops_fail_on="stopped")
        return played, seen_of(running, places, played)


def _spec(name: str, place: Place) -> VCenterSpec:
    parts: dict[str, Any] = {**({"ha": {"fails_over": "never"}} if place.ha else {}), **({"vsan": {}} if place.vsan else {})}
    clusters: Any = [
        {"name": f"{name}-{number}", "hosts": list(one.values()), **parts} for number, one in enumerate(place.clusters)
    ]
    return {"name": name, "version": "9.0.0", "clusters": clusters, "other_providers": True, **place.spec}


def _variables(path: Path, running: RunningEstate, places: Mapping[str, Place]) -> Path:
    """An inventory beside the simulator's. A protection of None is none at all: everyone else's is confirmed."""
    vcenters, esxi = {}, {}
    for name, place in places.items():
        given = {PROTECTION: "confirmed", **place.variables}
        vcenters[name] = {key: value for key, value in given.items() if value is not None}
        known = names(running, place.hosts, name)
        esxi.update({known[label]: {"vcenter": name, **values} for label, values in place.host_variables.items()})
    groups: dict[str, Any] = {"vcenters": {"hosts": vcenters}, **({"esxi": {"hosts": esxi}} if esxi else {})}
    path.write_text(json.dumps(groups), encoding="utf-8")
    return path


def _said_of(printed: str, name: str) -> str:
    """What Ansible printed of the results of one vCenter, and its report and what an action says of it, which begin with its name."""
    parts = re.split(r"^(?=\w+: \[|TASK |PLAY |\S+ \([\d.]+, |[\w-]+: The )", printed, flags=re.MULTILINE)
    begins = rf"(\w+: \[{re.escape(name)}( ->|\])|{re.escape(name)} \(|{re.escape(name)}: The )"
    return "".join(part for part in parts if re.match(begins, part))


def _failed(printed: str, name: str) -> bool:
    recap = re.search(rf"^{re.escape(name)}\s+:.* failed=(\d+)", printed, flags=re.MULTILINE)
    if recap is None:
        raise AssertionError(f"{name} is not in the recap:\n{printed}")
    return recap.group(1) != "0"
