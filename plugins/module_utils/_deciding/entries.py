# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Over all vCenters of a run: which entries of certops_hosts and certops_skip mean no host, and which may mean several.

A list is usually meant for the whole fleet, so that one vCenter alone can't tell whether an entry of it means nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from .._common import notice
from .._estate.host_names import SHOWN
from .scope import HOSTS, INVENTORY, SKIP, SKIPPED

_MOST = 20


@dataclass(frozen=True)
class Judged:
    """failures: why the run may not begin, a sentence each. notes: what is only remarked on, because not all vCenters were looked at."""

    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def judge_entries(names: Mapping[str, Optional[Mapping[str, Any]]], *, whole: bool) -> Judged:
    """Judge them. names: by vCenter what its plan has as names, None where it was not read. whole: the run has all of the inventory's."""
    read = {vcenter: found for vcenter, found in sorted(names.items()) if found is not None}
    failures = [*_several(read), *_shared(read)]
    unmatched = [sentence for where in (SKIP, SKIPPED, HOSTS) for sentence in _unmatched(where, read)]
    if whole and len(read) == len(names):
        return Judged(tuple(failures + unmatched))
    return Judged(tuple(failures), tuple(notice.NOT_LOOKED_AT.of(unmatched=sentence.rstrip(".")) for sentence in unmatched))


def _several(read: Mapping[str, Mapping[str, Any]]) -> list[str]:
    found = []
    for vcenter, names in read.items():
        for one in names["several"]:
            if one["where"] == INVENTORY:
                found.append(
                    f"The inventory's ESXi host {one['entry']} may be {one['hosts']} of {vcenter}: give it the address of one"
                    " (ansible_host)."
                )
            else:
                found.append(f"{one['where']} names {one['entry']}, which may be {one['hosts']} of {vcenter}: give the whole name.")
    return found


def _shared(read: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Those that each of several vCenters knows another host by."""
    hosts: dict[str, list[str]] = {}
    for vcenter, names in read.items():
        for entry, host in names["single"].get(HOSTS, {}).items():
            hosts.setdefault(entry, []).append(f"{host} of {vcenter}")
    return [
        f"{HOSTS} names {entry}, which may be {_listed(several, SHOWN)}: give the whole name."
        for entry, several in hosts.items()
        if len(several) > 1
    ]


def _unmatched(where: str, read: Mapping[str, Mapping[str, Any]]) -> list[str]:
    count: dict[str, int] = {}
    vcenters: list[str] = []
    for vcenter, names in read.items():
        own = names["entries"].get(where, {})
        for entry, hosts in own.items():
            count[entry] = count.get(entry, 0) + hosts
        vcenters += [vcenter] if own else []
    nobody = [entry or "''" for entry, hosts in count.items() if not hosts]
    if not nobody:
        return []
    them = _listed(nobody, _MOST)
    if where == SKIPPED:
        return [f"certops_skip is true for {them} of the inventory, and no ESXi host of {_listed(vcenters, SHOWN)} matches."]
    return [f"{where} names {them}, and no ESXi host of {_listed(vcenters, SHOWN)} matches."]


def _listed(texts: Sequence[str], most: int) -> str:
    return ", ".join(texts[:most]) + (f" and {len(texts) - most} more" if len(texts) > most else "")
