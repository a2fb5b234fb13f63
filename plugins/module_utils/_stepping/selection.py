# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the names that were asked for to the ESXi hosts that the vCenter knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Sequence

from .._common.errors import CertopsError
from .._common.names import normalise
from .._estate.estate import EsxiHost
from .._estate.host_names import HostNames
from .._estate.step_result import FAILED, StepResult
from . import messages

SHOWN = 5


@dataclass
class Planned:
    """What a run knows of hosts from its plan: by their names their ids (moid). gone is why some of them are not there any more.

    A name in a call by hand may be a typing error, and is refused before anything is begun. A host of the plan that was renamed or removed
    since is that host's failure, and no other's.
    """

    moids: Mapping[str, str] = field(default_factory=dict)
    gone: dict[str, CertopsError] = field(default_factory=dict)

    def results(self, step: str) -> list[StepResult]:
        """The results of the hosts that are gone."""
        return [
            StepResult(
                name, step, FAILED, "it was in the plan", error=str(error), error_code=error.code, vsphere_fault=error.vsphere_fault
            )
            for name, error in self.gone.items()
        ]

    def left(self, max_failures: int, in_flight: bool) -> int:
        """How many further hosts may fail before no other is begun. in_flight: those were begun before, and are finished."""
        return max_failures if in_flight else max_failures - len(self.gone)


def choose(
    hosts: Sequence[EsxiHost], wanted: Optional[Sequence[str]], vcenter: str, planned: Optional[Planned] = None
) -> list[EsxiHost]:
    """The hosts that these names, addresses or fnmatch patterns mean, in their order; all of them where none are given.

    planned: those of its hosts that are gone are noted in it. Raises InputError for what means no host, or several where one is meant.
    """
    if wanted is None:
        return list(hosts)
    if any(not name.strip() for name in wanted):
        raise messages.ESXI_HOST_NAME_EMPTY()
    known = planned.moids if planned is not None else {}
    by_id = {host.moid: host for host in hosts} if known else {}
    names = HostNames(hosts)
    chosen: set[str] = set()
    missing = []
    for entry in wanted:
        if planned is not None and entry in known:
            there = by_id.get(known[entry])
            if there is not None and normalise(there.name) == normalise(entry):
                chosen.add(there.moid)
            else:
                planned.gone[entry] = _gone(entry, known[entry], there, names, vcenter)
            continue
        meant = names.chosen(entry)
        if meant.several:
            raise messages.ESXI_HOST_AMBIGUOUS(name=entry, esxi_hosts=meant.shown(), vcenter=vcenter)
        missing += [] if meant.hosts else [entry]
        chosen.update(host.moid for host in meant.hosts)
    if missing:
        shown = ", ".join(host.name for host in hosts[:SHOWN]) + (", ..." if len(hosts) > SHOWN else "")
        raise messages.ESXI_HOST_UNKNOWN(vcenter=vcenter, names=", ".join(missing), known_names=shown or "none")
    return [host for host in hosts if host.moid in chosen]


def named(hosts: Sequence[EsxiHost], name: str) -> Optional[EsxiHost]:
    """The one host that this name means."""
    meant = HostNames(hosts).chosen(name)
    return meant.hosts[0] if len(meant.hosts) == 1 else None


def _gone(name: str, moid: str, now: Optional[EsxiHost], names: HostNames, vcenter: str) -> CertopsError:
    """Why a host of the plan is not worked on any further. What the plan says of it is of the host that it was."""
    if now is not None:
        return messages.HOST_RENAMED_SINCE_PLAN(esxi_host=name, new_name=now.name, vcenter=vcenter, moid=moid)
    again = [host for host in names.chosen(name).hosts if normalise(host.name) == normalise(name)]
    if again:
        return messages.HOST_ADDED_AGAIN_SINCE_PLAN(esxi_host=name, vcenter=vcenter, moid=moid, new_moid=again[0].moid)
    return messages.HOST_REMOVED_SINCE_PLAN(esxi_host=name, vcenter=vcenter, moid=moid)
