# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom a policy touches among the hosts of a vCenter: who is chosen, who is left alone and why, and which names mean nobody or several.

What chooses hosts is refused where it may mean several; what spares them spares all that it may mean.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Optional, Sequence

from .._estate.estate import EsxiHost
from .._estate.host_names import HostNames, Meant
from .policy import Policy

# Where an entry stands: in one of the lists, or as an ESXi host of the inventory that is to be skipped, or that says whose scope it is.
HOSTS = "certops_hosts"
SKIP = "certops_skip"
SKIPPED = "certops_skip_of_host"
INVENTORY = "inventory"

_EVERYBODY = "*"

_Key = tuple[str, str]


@dataclass(frozen=True)
class Scope:
    """hosts are all of the vCenter's, with the inventory's names of them; unknown are the inventory's that it does not know.

    entries: by where they stand how many hosts each means. single: those that mean one by a part of its name or an address, with that
    host. several: those that may mean several where they are to mean one, with these.
    """

    hosts: tuple[EsxiHost, ...]
    chosen: tuple[EsxiHost, ...]
    excluded: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...] = ()
    entries: dict[str, dict[str, int]] = field(default_factory=dict)
    single: dict[str, dict[str, str]] = field(default_factory=dict)
    several: list[dict[str, Any]] = field(default_factory=list)

    def to_facts(self) -> dict[str, Any]:
        """What became of the entries, as the plan shows it."""
        return {"entries": self.entries, "single": self.single, "several": self.several}


def scope(hosts: Sequence[EsxiHost], policy: Policy) -> Scope:
    """Look up whom the policy means."""
    inventory = _inventory(policy)
    names = HostNames(hosts, inventory)
    made = _Entries()
    spared: dict[_Key, str] = {}
    for entry in policy.skip:
        _give(spared, made.looked_at(SKIP, entry, names.every(entry)), "certops_skip names it")
    for entry in policy.inventory_skip:
        _give(spared, made.looked_at(SKIPPED, entry, names.every(entry)), "certops_skip is true for it in the inventory")
    for entry in policy.left_out:
        _give(spared, names.every(entry), "the run's limit excludes it")
    wanted: Optional[dict[_Key, str]] = None
    refused: dict[_Key, str] = {}
    if policy.hosts is not None:
        wanted = {}
        for entry in policy.hosts:
            meant = made.looked_at(HOSTS, entry, names.chosen(entry))
            if meant.several:
                _give(refused, meant, f"certops_hosts names {entry}, which may be {meant.shown()}")
            else:
                _give(wanted, meant, "")
    labels: dict[_Key, list[str]] = {}
    unknown = []
    for name, address in inventory.items():
        meant = names.of_inventory(name, address)
        if not meant.hosts:
            unknown.append(name)
        elif meant.several:
            made.several.append(_several(INVENTORY, name, meant))
            _give(refused, meant, f"the inventory's ESXi host {name} may be {meant.shown()}")
        else:
            labels.setdefault(_key(meant.hosts[0]), []).append(name)
    listed = None if policy.inventory_hosts is None else frozenset(policy.inventory_hosts)
    limited_to = None if policy.limited_to is None else frozenset(policy.limited_to)
    chosen, excluded = [], []
    seen = tuple(replace(host, known_as=tuple(labels[_key(host)])) if _key(host) in labels else host for host in hosts)
    for host in seen:
        key = _key(host)
        why = spared.get(key)
        if why is None and wanted is not None and key not in wanted:
            why = refused.get(key, "certops_hosts does not name it")
        if why is None and listed is not None and listed.isdisjoint(labels.get(key, ())):
            why = refused.get(key, "the inventory's ESXi hosts do not include it")
        if why is None and limited_to is not None and limited_to.isdisjoint(labels.get(key, ())):
            why = refused.get(key, "the run's limit does not name it")
        if why is None:
            chosen.append(host)
        else:
            excluded.append((host.name, why))
    return Scope(
        hosts=seen,
        chosen=tuple(chosen),
        excluded=tuple(excluded),
        unknown=tuple(name for name in unknown if name in (listed or ()) or name in (limited_to or ())),
        entries=made.entries,
        single=made.single,
        several=made.several,
    )


class _Entries:
    """What is noted of entries while they are looked up."""

    def __init__(self) -> None:
        self.entries: dict[str, dict[str, int]] = {}
        self.single: dict[str, dict[str, str]] = {}
        self.several: list[dict[str, Any]] = []

    def looked_at(self, where: str, entry: str, meant: Meant) -> Meant:
        """Note what an entry means."""
        if entry != _EVERYBODY:
            self.entries.setdefault(where, {})[entry] = len(meant.hosts)
        if meant.several:
            self.several.append(_several(where, entry, meant))
        elif meant.by_part and meant.hosts:
            self.single.setdefault(where, {})[entry] = meant.hosts[0].name
        return meant


def _inventory(policy: Policy) -> dict[str, Optional[str]]:
    """The inventory's names of ESXi hosts with the address that each has there."""
    names: Iterable[str] = (
        *(policy.inventory_hosts or ()),
        *policy.inventory_addresses,
        *policy.inventory_skip,
        *(policy.limited_to or ()),
        *policy.left_out,
        *policy.ssh_hosts,
        *policy.host_methods,
    )
    return {name: policy.inventory_addresses.get(name) for name in names}


def _several(where: str, entry: str, meant: Meant) -> dict[str, Any]:
    return {"where": where, "entry": entry, "hosts": meant.shown()}


def _give(reasons: dict[_Key, str], meant: Meant, reason: str) -> None:
    for host in meant.hosts:
        reasons.setdefault(_key(host), reason)


def _key(host: EsxiHost) -> _Key:
    return (host.name, host.moid)
