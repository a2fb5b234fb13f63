# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names of the inventory's groups of one vCenter, datacenter or cluster: no two of these places share a group."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Callable, Iterable, Optional

from .._common import notice

# A vCenter by the inventory's name of it, a datacenter, a cluster; the last ones None where the place has none.
Place = tuple[str, Optional[str], Optional[str]]

_DIGITS = 6
# A group of ESXi hosts has a sibling of this name, which has their vCenters too: what a run can be limited to.
WITH_VCENTERS = "_with_vcenters"


def group_names(places: Iterable[Place], safe: Callable[[str], str]) -> tuple[dict[Place, str], list[str]]:
    """The group of each place, with a warning for those that would have shared one; safe makes a name that Ansible takes.

    A group's name begins with what it is one of and with the vCenter, because datacenters and clusters of several vCenters,
    and clusters of several datacenters, often go by the same name. What differs only in signs that Ansible takes in no name
    is told apart by a digest of it, the same on every run.
    """
    plain = {place: safe("_".join(_words(place))) for place in places}
    shared = {name for name, times in Counter(plain.values()).items() if times > 1}
    # What would be the sibling of another.
    shared |= {
        name for name in plain.values() if name.endswith(WITH_VCENTERS) and name.removesuffix(WITH_VCENTERS) in plain.values()
    }
    named = {place: f"{name}_{_digest(place)}" if name in shared else name for place, name in plain.items()}
    return named, [_warning(name, {place: named[place] for place in plain if plain[place] == name}) for name in sorted(shared)]


def parent_of(place: Place) -> Optional[Place]:
    """The place that a place lies in; None for a vCenter."""
    vcenter, datacenter, cluster = place
    if cluster is not None and datacenter is not None:
        return (vcenter, datacenter, None)
    return None if cluster is None and datacenter is None else (vcenter, None, None)


def _words(place: Place) -> list[str]:
    kind = "cluster" if place[2] is not None else "vcenter" if place[1] is None else "datacenter"
    return [kind, *(part for part in place if part is not None)]


def _digest(place: Place) -> str:
    return hashlib.sha256("\n".join(_words(place)).encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def _warning(name: str, named: dict[Place, str]) -> str:
    told = ", ".join(
        f"{'/'.join(_words(place)[1:])} is {group}" for place, group in sorted(named.items(), key=lambda item: item[1])
    )
    return notice.GROUP_USED_TWICE.of(group=name, told=told)
