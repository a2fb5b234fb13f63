# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rehearsal came to, in lines. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common.notice import few
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import on_one_line
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import title
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet import KINDS, PASSED_OVER, SETTLED
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import told as blocker_told
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.estimate import (
    Estimate,
    Side,
    assumed,
    estimate,
    lasting,
    left_by_window,
)

NOT_REHEARSED = (
    "not rehearsed: the account and its privileges, certops_protection, linked vCenters, SSH to hosts, and what the report does"
    " not tell. Nothing real was asked"
)


@dataclass(frozen=True)
class Rehearsed:
    """A vCenter that was rehearsed. report: that of the rehearsed run. given: that which was rehearsed. restarts: how often SPS restarted.

    window_seconds: None without a window.
    """

    report: Mapping[str, Any]
    given: Mapping[str, Any]
    side: Side
    restarts: int
    window_seconds: Optional[float] = None

    @property
    def name(self) -> str:
        """What it is called here."""
        return str(self.report["inventory_name"])

    @property
    def estimate(self) -> Estimate:
        """How long it would take."""
        return estimate(self.report, self.side)

    @property
    def unsettled(self) -> list[Mapping[str, Any]]:
        """The hosts that a run would leave undone."""
        return [host for host in self.report["hosts"] if KINDS[host["result"]] not in (SETTLED, PASSED_OVER)]

    def summary(self) -> dict[str, Any]:
        """It in short, for programs."""
        return {
            "vcenter": self.name,
            "turns": len(self.report["turns"]),
            "estimated_seconds": self.estimate.seconds,
            "sps_restarts": self.restarts,
            "unsettled": [{"esxi_host": host["esxi_host"], "result": host["result"]} for host in self.unsettled],
            "failure": self.report["failure"],
        }


def stops(rehearsed: Sequence[Rehearsed], unavailable: Sequence[Mapping[str, Any]]) -> str:
    """Why rehearsed runs stopped, or did not even begin; empty where all went through. unavailable: as of a report of all vCenters."""
    found = [f"{one.name}: {one.report['failure']}" for one in rehearsed if one.report["failure"]]
    return " ".join([*found, *(f"{one['vcenter']}: {one['failure']}" for one in unavailable)])


def first_line(path: str, written_at: str, reports: Sequence[Mapping[str, Any]]) -> str:
    """What is about to be rehearsed."""
    hosts = sum(len(report["hosts"]) for report in reports)
    return f"rehearsing {path} ({written_at[:10]}) on simulated twins of its vCenters, {len(reports)}, and ESXi hosts, {hosts}, on this machine"


def lines(rehearsed: Sequence[Rehearsed], most: int, odd: int = 0, left_out: Optional[Mapping[str, str]] = None) -> list[str]:
    """What came of it. most: how many turns, and hosts of a kind, are shown of a vCenter at most; 0 for all. odd: as of Naming; left_out: vCenters, and why."""
    found = [line for one in rehearsed for line in _of_vcenter(one, most)]
    found += [f"{name}: not rehearsed, because {why}" for name, why in (left_out or {}).items()]
    turns = [turn for one in rehearsed for turn in one.report["turns"]]
    if turns:
        found += [f"assumed: {text}" for text in dict.fromkeys(assumed(turns, one.side) for one in rehearsed)]
    if odd:
        found.append(f"note: {odd} names that no certificate can hold are numbers here")
    return [on_one_line(line) for line in [*found, NOT_REHEARSED]]


def _of_vcenter(one: Rehearsed, most: int) -> list[str]:
    report, found = one.report, one.estimate
    shown = found.turns[:most] if most else found.turns
    told = [f"{title(timed.turn, len(found.turns))}, about {lasting(timed.seconds)}" for timed in shown]
    told += [f"{len(found.turns) - len(shown)} more turns"] if len(shown) < len(found.turns) else []
    times = "once" if one.restarts == 1 else f"{one.restarts} times"
    told.append(
        f"about {lasting(found.seconds)} in all; SPS restarts {times if one.restarts else 'never'}"
        if found.turns
        else "nothing to do"
    )
    told += _grouped("away from vCenter about", found.away, most)
    told += _grouped("without a storage provider up to", found.offline, most)
    if one.window_seconds is not None:
        left = left_by_window(found, one.window_seconds)
        told.append(
            f"certops_window_end, {lasting(one.window_seconds)} from now, leaves {len(left)} hosts to the next run{f': {few(left)}' if left else ''}"
        )
    told += [f"STOPPED: {report['failure']}"] if report["failure"] else []
    told += [f"BLOCKED ({blocker['code']}): {blocker_told(blocker)}" for blocker in report["blockers"]]
    left_undone = one.unsettled
    kept = left_undone[:most] if most else left_undone
    told += [f"{host['result']}: {host['esxi_host']}: {host['why']}" for host in kept]
    told += [f"{len(left_undone) - len(kept)} more hosts that a run would leave undone"] if len(kept) < len(left_undone) else []
    told += _otherwise(one)
    own = re.compile(rf"(?<![\w.]){re.escape(str(report['vcenter']))}(?::\d+)?(?!\d|\.\d)")
    # The twin's address means nothing to anybody.
    return [f"{one.name}: {own.sub(one.name, text)}" for text in told]


def _grouped(what: str, seconds: Mapping[str, float], most: int) -> list[str]:
    """Hosts by how long something takes of them, the longest first."""
    by_length: dict[str, list[str]] = {}
    for name, number in sorted(seconds.items(), key=_longest_first):
        by_length.setdefault(lasting(number), []).append(name)
    return [f"{what} {length}: {few(names, most or len(names))}" for length, names in by_length.items()]


def _longest_first(entry: tuple[str, float]) -> float:
    return -entry[1]


def _otherwise(one: Rehearsed) -> list[str]:
    """What blocks hosts by the report, and did not block the twin's: a rehearsal does not know of all that it takes."""
    here = {blocker["code"] for host in one.report["hosts"] for blocker in host["blockers"]}
    here |= {blocker["code"] for blocker in one.report["blockers"]}
    given = [blocker["code"] for host in one.given["hosts"] for blocker in host["blockers"]]
    return [
        f"by the report {code} blocks {given.count(code)} hosts besides, which a rehearsal cannot show"
        for code in dict.fromkeys(given)
        if code not in here
    ]
