# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What vCenters, clusters and ESXi hosts are called in a rehearsal: as in the report, or by numbers. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

# What the subject of a certificate has room for, and the twin of a vCenter adds its domain to its name.
_HOST = re.compile(r"(?=.{1,63}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_VCENTER = re.compile(r"(?=.{1,50}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")

Place = tuple[str, str]


@dataclass(frozen=True)
class Names:
    """Of one vCenter. hosts: in the order of its report. clusters: by datacenter and cluster."""

    vcenter: str
    hosts: tuple[str, ...]
    clusters: Mapping[Place, str]


@dataclass(frozen=True)
class Naming:
    """Of all of them, in the order of the report. odd: how many names no certificate can hold, so that they are replaced unasked."""

    vcenters: tuple[Names, ...]
    odd: int = 0


def place_of(host: Mapping[str, Any]) -> Optional[Place]:
    """Where a host of a report stands; None for one in no cluster."""
    return None if host["cluster"] is None else (host["setup"]["datacenter"] or "", host["cluster"])


def naming_of(reports: Sequence[Mapping[str, Any]], *, replace: bool) -> Naming:
    """Call them. replace: by numbers, all of them."""
    hosts, clusters = _Called("host-{:04d}", _HOST, replace), _Called("cluster-{:02d}", None, replace)
    vcenters = _Called("vcenter-{:02d}", _VCENTER, replace)
    found = []
    for report in reports:
        places = dict.fromkeys(place for host in report["hosts"] if (place := place_of(host)) is not None)
        name = vcenters.call(str(report["inventory_name"]))
        hosts.begin()
        clusters.begin()
        called = tuple(hosts.call(str(host["esxi_host"])) for host in report["hosts"])
        found.append(Names(name, called, {place: clusters.call(place[1], place[0]) for place in places}))
    return Naming(tuple(found), hosts.odd + vcenters.odd)


class _Called:
    """Gives names that are unique: of vCenters all of them, of the others those of a vCenter."""

    def __init__(self, pattern: str, usable: Optional[re.Pattern[str]], replace: bool) -> None:
        self._pattern, self._usable, self._replace = pattern, usable, replace
        self._taken: set[str] = set()
        self._number = 0
        self.odd = 0

    def begin(self) -> None:
        """The next vCenter."""
        self._taken = set()

    def call(self, name: str, beside: str = "") -> str:
        """The name for one of this name; beside: what tells it from another one of the same name."""
        self._number += 1
        fits = self._usable is None or self._usable.fullmatch(name) is not None
        called = name if name.lower() not in self._taken or self._usable is not None else f"{name} ({beside})"
        if self._replace or not fits or called.lower() in self._taken:
            self.odd += not self._replace
            called = self._pattern.format(self._number)
        self._taken.add(called.lower())
        return called
