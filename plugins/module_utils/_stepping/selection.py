# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the names that were asked for to the ESXi hosts that the vCenter knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Mapping, Optional, Sequence

from .._common.errors import CertopsError
from .._common.names import normalise
from .._estate.estate import EsxiHost, Unavailable
from .._estate.host_names import HostNames
from .._estate.step_result import FAILED, StepResult
from . import messages
from .port import VSphere

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


@dataclass
class Selected:
    """The hosts of a step, and what of them could not be read."""

    vsphere: VSphere
    hosts: list[EsxiHost]
    unavailable: list[Unavailable]
    # Whether these were read by themselves, and without their certificates.
    alone: bool = False
    sparing: bool = False
    _everyone: Optional[list[EsxiHost]] = None

    _light: Optional[list[EsxiHost]] = None

    def everyone(self) -> list[EsxiHost]:
        """All hosts of the vCenter: where only these were read, they are read when somebody first asks. Raises CertopsError."""
        if self._everyone is None:
            self._everyone = self.vsphere.hosts()[0]
        return self._everyone

    def everyone_by_name(self) -> list[EsxiHost]:
        """The same, without their certificates where these were not read. Raises CertopsError."""
        if self._everyone is not None:
            return self._everyone
        if self._light is None:
            self._light = self.vsphere.hosts(certificates=False)[0]
        return self._light


def select(
    vsphere: VSphere,
    wanted: Optional[Sequence[str]],
    planned: Optional[Planned] = None,
    *,
    with_ssh: bool = False,
    sparing: bool = False,
) -> Selected:
    """Read the hosts that are meant, as `choose` has them: by their ids, and no others, where a plan knows all of them and they are still what they
    were; the whole vCenter everywhere else, so that it can be told what became of one.

    sparing: those of a plan without their certificates. Raises CertopsError, and InputError as `choose` does.
    """
    moids = {planned.moids[entry]: entry for entry in wanted or () if planned is not None and entry in planned.moids}
    if moids and not with_ssh and len(moids) == len(set(wanted or ())):
        hosts, unavailable = vsphere.hosts_by_id(list(moids), certificates=not sparing)
        if {host.moid: normalise(host.name) for host in hosts} == {moid: normalise(entry) for moid, entry in moids.items()}:
            return Selected(vsphere, hosts, unavailable, alone=True, sparing=sparing)
    everyone, unavailable = vsphere.hosts(with_ssh=with_ssh)
    return Selected(vsphere, choose(everyone, wanted, vsphere.name, planned), unavailable, _everyone=everyone)


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
