# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a pipeline may go on after an audit: what was found, against what it was told to fail on, in one sentence."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from .fleet import BROKEN, DUE, HELD, KINDS, UNSEEN, each_host
from .remark import few

# Each fails on what the later ones fail on, too.
NONE, ON_WARNING, ON_DUE, ON_BLOCKED, ON_UNKNOWN = FAIL_ON = ("none", "warning", "due", "blocked", "unknown")


def verdict(document: Mapping[str, Any], fail_on: str, place: str) -> Optional[str]:
    """Why the pipeline is not to go on; None where it may. place: where the report is.

    A vCenter that could not be read, or whose run stopped, closes every gate: nobody knows what it has. By itself it does not close
    that of unknown, since the playbook fails on it all the same, with its whole reason.
    """
    unknown = [host["esxi_host"] for _report, host in each_host(document) if _unknown(host)]
    if fail_on == NONE or (fail_on == ON_UNKNOWN and not unknown):
        return None
    found = {
        "unread": [entry["vcenter"] for entry in document["unread"]],
        "stopped": [report["inventory_name"] for report in document["vcenters"] if report["failure"]],
        "unknown": unknown,
    }
    if fail_on != ON_UNKNOWN:
        found["blocked"] = _blocked(document)
    if fail_on in (ON_DUE, ON_WARNING):
        found["due"] = [host["esxi_host"] for _report, host in each_host(document) if _due(host)]
    if fail_on == ON_WARNING:
        found["with warnings"] = [report["inventory_name"] for report in document["vcenters"] if _warned(report)]
    told = [_told(what, names) for what, names in found.items() if names]
    if not told:
        return None
    hosts = sum(len(report["hosts"]) for report in document["vcenters"])
    vcenters = len(document["vcenters"]) + len(document["unread"])
    among = f"{_plural(hosts, 'host')} under {_plural(vcenters, 'vCenter')}"
    return f"certops_fail_on={fail_on} found {', '.join(told)}, among {among}. The report is {place}."


def _plural(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _blocked(document: Mapping[str, Any]) -> list[str]:
    """vCenters that something is forbidden on as a whole, then hosts, those included that some steps are allowed on."""
    vcenters = [report["inventory_name"] for report in document["vcenters"] if report["blockers"]]
    hosts = [host["esxi_host"] for _report, host in each_host(document) if _held(host)]
    return vcenters + hosts


def _unknown(host: Mapping[str, Any]) -> bool:
    return KINDS[host["result"]] == UNSEEN


def _held(host: Mapping[str, Any]) -> bool:
    return not _unknown(host) and (bool(host["blockers"]) or KINDS[host["result"]] in (HELD, BROKEN))


def _due(host: Mapping[str, Any]) -> bool:
    return KINDS[host["result"]] == DUE and not _held(host)


def _warned(report: Mapping[str, Any]) -> bool:
    return bool(report["warnings"]) or any(not orphan["removed"] for orphan in report["orphans"])


def _told(what: str, names: Sequence[str]) -> str:
    return f"{len(names)} {what} ({few(names)})"
