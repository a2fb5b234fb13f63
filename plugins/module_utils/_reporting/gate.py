# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run or an audit ends: what was found, against what it was told to fail on, in one sentence."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .._common.notice import few
from .fleet import BROKEN, DUE, HELD, KINDS, UNSEEN, each_host

# Each fails on what those before it fail on, too. Not even the first can be switched off.
STOPPED, KEPT_BACK, ON_UNKNOWN, ON_BLOCKED, ON_DUE, ON_WARNING = FAIL_ON = (
    "stopped",
    "kept_back",
    "unknown",
    "blocked",
    "due",
    "warning",
)


def verdict(document: Mapping[str, Any], fail_on: str, place: str) -> Optional[str]:
    """Why it does not end well; None where it does, or where that is told elsewhere. place: where the report is.

    A vCenter that could not be read, or whose run stopped, fails by itself with its whole reason, whatever is here, and no other vCenter with it. So
    what is found there is counted, but does not make a verdict.
    """
    vcenters = document["vcenters"]
    through = [report for report in vcenters if not report["failure"]]
    if not any(_found(through, fail_on).values()):
        return None
    found = {
        "unavailable": [entry["vcenter"] for entry in document["unavailable"]],
        "stopped": [report["inventory_name"] for report in vcenters if report["failure"]],
        **_found(vcenters, fail_on),
    }
    told = [f"{len(names)} {what} ({few(names)})" for what, names in found.items() if names]
    hosts = sum(len(report["hosts"]) for report in vcenters)
    among = f"{_plural(hosts, 'host')} under {_plural(len(vcenters) + len(document['unavailable']), 'vCenter')}"
    return f"certops_fail_on={fail_on} found {', '.join(told)}, among {among}. The report is {place}."


def level_of(host: Mapping[str, Any]) -> Optional[str]:
    """The first level that fails on a host of a report; None where none does."""
    kind = KINDS[host["result"]]
    if kind == BROKEN:
        return STOPPED
    if host["kept_back"]:
        return KEPT_BACK
    # What some steps of are allowed is blocked all the same.
    held = ON_BLOCKED if host["blockers"] else None
    return {UNSEEN: ON_UNKNOWN, HELD: ON_BLOCKED, DUE: held or ON_DUE}.get(kind, held)


def _found(reports: Sequence[Mapping[str, Any]], fail_on: str) -> dict[str, list[str]]:
    """The names of what is found up to a level, by what it is."""
    hosts: dict[Optional[str], list[str]] = {level: [] for level in FAIL_ON}
    for _report, host in each_host({"vcenters": reports}):
        hosts.setdefault(level_of(host), []).append(host["esxi_host"])
    # vCenters that something is forbidden on as a whole, then hosts.
    whole = [report["inventory_name"] for report in reports if report["blockers"]]
    of_level = {
        STOPPED: ("failed", hosts[STOPPED]),
        KEPT_BACK: ("kept back", [*whole, *hosts[KEPT_BACK]]),
        ON_UNKNOWN: ("unknown", hosts[ON_UNKNOWN]),
        ON_BLOCKED: ("blocked", hosts[ON_BLOCKED]),
        ON_DUE: ("due", hosts[ON_DUE]),
        ON_WARNING: ("with warnings", [report["inventory_name"] for report in reports if _warned(report)]),
    }
    return dict(of_level[level] for level in FAIL_ON[: FAIL_ON.index(fail_on) + 1])


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _warned(report: Mapping[str, Any]) -> bool:
    return bool(report["warnings"]) or any(not orphan["removed"] for orphan in report["orphans"])
