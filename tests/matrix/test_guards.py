# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each row of the table of guards: the blocker is seen and named with its remedy, and blocks just what it must."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Callable

import pytest
from blocker_codes import codes
from crash_points import DISCONNECT, RECONNECT, RENEW
from guard_rows import CHOSEN, EVERY_ROW, PLACES, ROWS, STOPPED, Row
from guarded_estates import Seen, played_once
from processes import ROOT, Played
from truth import sound_outcome

Property = Callable[[str, object], None]
GUARDED = "Every blocker is seen and named with its remedy, and blocks just what it must"
NOT_REREGISTERING = {RENEW, DISCONNECT, RECONNECT}


# So many vCenters are played together that a run ends in time on a machine that has more to do.
TOGETHER = 8


def run(name: str) -> tuple[Played, dict[str, Seen]]:
    """The run in which a place has its part: the rows of all that have one look at the same."""
    alike = [one for one, place in CHOSEN.items() if place.estate == PLACES[name].estate]
    first = alike.index(name) // TOGETHER * TOGETHER
    return _run(tuple(alike[first : first + TOGETHER]))


@cache
def _run(together: tuple[str, ...]) -> tuple[Played, dict[str, Seen]]:
    with tempfile.TemporaryDirectory() as folder:
        return played_once(Path(folder), {name: CHOSEN[name] for name in together})


def together(place: str) -> pytest.MarkDecorator:
    """Keeps in one process those that look at the same run (with pytest's --dist loadgroup)."""
    return pytest.mark.xdist_group(f"guards {PLACES[place].estate}")


# A line of the table is cut where the terminal ends.
SHOWN = 40


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name, marks=together(row.place)) for row in ROWS])
def test_a_blocker_blocks_just_what_it_must(row: Row, record_property: Property) -> None:
    record_property("promise", GUARDED)
    place = PLACES[row.place]
    played, everywhere = run(row.place)
    seen = everywhere[row.place]
    assert played.returncode == (2 if place.estate == STOPPED else 0), played.printed
    assert seen.failed == (place.estate == STOPPED), seen.printed
    assert "Traceback" not in played.printed
    for label in (*row.blocks, *row.partly):
        found = [one for one in seen.host(label)["blockers"] if one["code"] == row.code]
        assert [one for one in found if row.remedy in one["remedy"] and row.says in one["message"]], seen.host(label)
    assert told(row, seen), seen.printed
    touched = {label for _method, label in seen.calls}
    assert not touched & set(row.blocks), seen.calls
    assert {label: seen.host(label)["result"] for label in row.blocks} == dict.fromkeys(row.blocks, row.result)
    for label in row.partly:
        assert not NOT_REREGISTERING & {method for method, about in seen.calls if about == label}, seen.calls
        assert seen.truth[label]["providers"] == ["online"]
        assert seen.host(label)["result"] == "partly done"


def told(row: Row, seen: Seen) -> bool:
    """Whether it is said: on the terminal what is the matter with a host, in its line, and with its remedy in the report; of a vCenter once, with
    its remedy, and where it stopped also in its failure."""
    if row.code in {one["code"] for one in seen.report["blockers"]}:
        stopped = not seen.report["allowed"]
        return bool(seen.line(f"BLOCKED ({row.code})", row.remedy)) and (
            not stopped or bool(seen.line("STOPPED", seen.address, row.remedy))
        )
    whys = {label: str(seen.host(label)["why"]) for label in (*row.blocks, *row.partly)}
    return all(row.remedy in why and seen.line(seen.known[label], why.partition(". ")[0][:SHOWN]) for label, why in whys.items())


@pytest.mark.parametrize("name", [pytest.param(name, marks=together(name)) for name in CHOSEN])
def test_what_is_not_blocked_is_done(name: str, record_property: Property) -> None:
    record_property("promise", GUARDED)
    place = PLACES[name]
    _played, everywhere = run(name)
    seen = everywhere[name]
    assert {label: seen.truth[label] for label in place.done} == dict.fromkeys(place.done, sound_outcome())
    assert {label: seen.host(label)["result"] for label in place.done} == dict.fromkeys(place.done, "done")
    blocked = {label for row in EVERY_ROW if row.place == name for label in (*row.blocks, *row.partly)}
    assert blocked | {*place.done, *place.undecided} == set(place.hosts), "the table says nothing of a host"
    assert {label: seen.host(label)["rule"] for label in place.undecided} == dict.fromkeys(place.undecided, "providers_unavailable")
    assert not {label for _method, label in seen.calls} & set(place.undecided)
    assert bool(seen.calls) == bool(place.done), seen.calls
    # Whoever says that it is protected, or goes without, gets no snapshot.
    assert not [method for method, _label in seen.calls if "Snapshot" in method]


def test_every_blocker_has_a_row() -> None:
    # Only a plan that was approved before has this one: its tests are beside those of approved plans.
    assert {row.code for row in EVERY_ROW} == codes() - {"plan_differs"}


def test_every_blocker_is_documented() -> None:
    documented = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    assert not [code for code in sorted(codes()) if f"### {code}\n" not in documented]
