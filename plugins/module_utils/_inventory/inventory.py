# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of an estate: from what was observed of several vCenters to Ansible's hosts, their variables and their groups.

Pure: what a host needs is what the plan says, and nothing is decided here besides.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Callable, Mapping, Optional, Sequence

from .._common import notice, times
from .._common.names import normalise
from .._deciding.blocker import VIEW_PRIVILEGE
from .._deciding.plan import decide
from .._deciding.policy import Policy
from .._deciding.rules import evident_certificate
from .._estate.estate import Estate, EsxiHost
from . import messages
from .group_names import WITH_VCENTERS, Place, group_names, parent_of

VCENTERS = "vcenters"
ESXI = "esxi"
UNREACHABLE = "unreachable"
DUE = "due"
BLOCKED = "blocked"
EXPIRED = "expired"
PROVIDER_OFFLINE = "provider_offline"
HEALTHY = "healthy"
UNKNOWN = "unknown"
ASLEEP = "asleep"
# They are there without a member too, so that a play on them finds none and fails on no name.
ALWAYS = (VCENTERS, ESXI, UNREACHABLE, DUE, BLOCKED, EXPIRED, PROVIDER_OFFLINE, HEALTHY, UNKNOWN, ASLEEP)

# Of these there are siblings with their vCenters.
_OF_ESXI_HOSTS = (ESXI, DUE, BLOCKED, EXPIRED, PROVIDER_OFFLINE, HEALTHY, UNKNOWN, ASLEEP)

EXCLUDED = "excluded"

# What of the plan is a variable of an ESXi host, of a vCenter, and why one could not be read.
_OF_HOSTS = ("rule", "reason", "unknown", "due", "steps", "blockers", "warnings")
_OF_VCENTERS = ("counts", "blockers", "warnings")
_PROBLEM = "certops_problem"
# The variables of these hosts that begin with certops_, beside the options of the roles.
VARIABLES = frozenset({*(f"certops_{key}" for key in (*_OF_HOSTS, *_OF_VCENTERS)), _PROBLEM})

# What a vCenter's variables leave out: its names, which Ansible has, and certificates that can be many.
_NOT_OF_VCENTERS = frozenset({"hostname", "name", "trusted_roots"})


# What no name of a host needs, and Ansible or ssh would act on: before ansible-core 2.19 the name of a host is evaluated where it has the form of a
# template, and ssh takes a name that begins with a hyphen for an option.
_ACTING = re.compile(r"[^\w.:%@\[\]-]|^-")
# Groups are named by Ansible's own rules, which a site can switch off.
_TEMPLATE = re.compile(r"[{}]")


# A vCenter's name, a host's name there and its id.
_Key = tuple[str, str, str]


@dataclass(frozen=True)
class Source:
    """A vCenter of the inventory: its name there, the variables that lead to it, and what was observed, or why nothing was.

    ssh: whether SSH is configured to its ESXi hosts; None where nobody says.
    """

    name: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    ssh: Optional[bool] = None
    estate: Optional[Estate] = None
    problem: Optional[str] = None


@dataclass(frozen=True)
class InventoryHost:
    """A host of the inventory, with the groups that it is a member of by itself."""

    name: str
    variables: Mapping[str, Any]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Inventory:
    """All of it. children are pairs of a group and one within it."""

    groups: tuple[str, ...]
    children: tuple[tuple[str, str], ...]
    vcenters: tuple[InventoryHost, ...]
    esxi_hosts: tuple[InventoryHost, ...]
    warnings: tuple[str, ...]


def arrange(
    sources: Sequence[Source],
    now: datetime,
    safe: Callable[[str], str],
    vcenter_before: Callable[[str], Any] = lambda name: None,
    names_before: Optional[Mapping[str, str]] = None,
) -> Inventory:
    """Make the inventory at a time. safe makes a group's name that Ansible takes out of any text.

    vcenter_before: the vCenter that inventories which were read before give to a host of a name; None where they give none.
    names_before: the names of the vCenters that they have, by their instance UUIDs.
    Raises InputError where two of the sources, or one of them and one before, are the same vCenter.
    """
    _refuse_the_same(sources, names_before or {})
    inventory_names, warnings = _inventory_names(sources, vcenter_before)
    places = {place: None for source in sources for place in _places(source)}
    groups, more_warnings = group_names(places, lambda text: safe(_TEMPLATE.sub("_", text)))
    children = tuple((groups[parent], group) for place, group in groups.items() if (parent := parent_of(place)) is not None)
    within = {group: parent for parent, group in children}
    vcenters, esxi_hosts = [], []
    for source in sources:
        plan, own = None, []
        if source.estate is not None:
            plan = decide(_for_who_may(source.estate), _policy_of(source, source.estate), now).to_facts()
            own = _esxi_hosts(source, source.estate, plan, groups, inventory_names, now)
            esxi_hosts += own
        vcenter = groups[(source.name, None, None)]
        of_hosts = {group for host in own for group in (*host.groups, *(within[one] for one in host.groups if one in within))}
        vcenters.append(_vcenter(source, plan, (vcenter, *(sibling(group) for group in sorted(of_hosts - {vcenter}))), now))
    # A vCenter's own group has it already.
    paired = (*_OF_ESXI_HOSTS, *(group for place, group in groups.items() if parent_of(place) is not None))
    return Inventory(
        groups=(*ALWAYS, *groups.values(), *map(sibling, paired)),
        children=(*children, *((sibling(group), group) for group in paired)),
        vcenters=tuple(vcenters),
        esxi_hosts=tuple(esxi_hosts),
        warnings=(*warnings, *more_warnings),
    )


def sibling(group: str) -> str:
    """The group that has the ESXi hosts of a group, and their vCenters."""
    return group + WITH_VCENTERS


def _refuse_the_same(sources: Sequence[Source], names_before: Mapping[str, str]) -> None:
    known = dict(names_before)
    for source in sources:
        uuid = source.estate.vcenter.instance_uuid if source.estate else None
        if uuid and known.setdefault(uuid, source.name) != source.name:
            raise messages.VCENTER_LISTED_TWICE(vcenter=known[uuid], other_vcenter=source.name, instance_uuid=uuid)


def _for_who_may(estate: Estate) -> Estate:
    """The estate as an account finds it that may do everything. The one that reads an inventory need not be the one that renews, and
    usually may change nothing: by its privileges and groups no host would ever be due. What it may not even read stays unknown.
    """
    vcenter = estate.vcenter
    missing = vcenter.missing_privileges
    unreadable = None if missing is None else tuple(privilege for privilege in missing if privilege == VIEW_PRIVILEGE)
    return replace(
        estate,
        vcenter=replace(vcenter, missing_privileges=unreadable, may_restart_sps=True),
        hosts=tuple(replace(host, missing_privileges=()) for host in estate.hosts),
    )


def _policy_of(source: Source, estate: Estate) -> Policy:
    """Nothing is begun here, so nothing needs protecting: the plan shows what is due with it, as an audit does."""
    ssh_hosts = tuple(host.name for host in estate.hosts) if source.ssh else ()
    return replace(source.policy, protection="none", ssh_hosts=ssh_hosts)


def _inventory_names(sources: Sequence[Source], vcenter_before: Callable[[str], Any]) -> tuple[dict[_Key, str], list[str]]:
    """The inventory's name of each ESXi host; a host of the inventory can be one host only.

    A host that was moved from one vCenter to another and is still known to the first, or private addresses that two sites use,
    are two hosts, each with its own state.
    """
    pairs = [(source, host) for source in sources if source.estate for host in source.estate.hosts]
    times_used = Counter(
        [*(normalise(source.name) for source in sources), *(normalise(_inert(host.name)) for _source, host in pairs)]
    )
    within = Counter((source.name, normalise(_inert(host.name))) for source, host in pairs)
    names: dict[_Key, str] = {}
    told: dict[str, list[str]] = {}
    for source, host in pairs:
        name = _inert(host.name)
        plain = normalise(name)
        if times_used[plain] > 1 or vcenter_before(name) not in (None, source.name, source.variables.get("ansible_host")):
            name = f"{name}@{source.name}" + (f"@{host.moid}" if within[(source.name, plain)] > 1 else "")
            told.setdefault(plain, []).append(name)
        names[_key(source, host)] = name
    return names, [notice.NAME_USED_TWICE.of(name=name, several=" and ".join(several)) for name, several in told.items()]


def _inert(name: str) -> str:
    """A host's name that Ansible and ssh take for nothing but a name: the same in all but hostile cases."""
    return _ACTING.sub("_", name)


def _key(source: Source, host: EsxiHost) -> _Key:
    return (source.name, host.name, host.moid)


def _places(source: Source) -> list[Place]:
    hosts = source.estate.hosts if source.estate else ()
    found: list[Place] = [(source.name, None, None)]
    for host in hosts:
        found += [(source.name, host.datacenter, None), (source.name, host.datacenter, host.cluster)]
    return found


def _vcenter(source: Source, plan: Optional[Mapping[str, Any]], groups: tuple[str, ...], now: datetime) -> InventoryHost:
    variables = dict(source.variables)
    if source.estate is None or plan is None:
        variables[_PROBLEM] = source.problem
        return InventoryHost(source.name, variables, (VCENTERS, *groups, UNREACHABLE))
    facts = source.estate.vcenter.to_facts(now)
    variables.update({key: value for key, value in facts.items() if key not in _NOT_OF_VCENTERS})
    variables.update(
        observed_at=times.to_text(source.estate.observed_at),
        orphans=[provider.to_facts(now) for provider in source.estate.orphans],
        unavailable=[entry.to_facts() for entry in source.estate.unavailable],
        **{f"certops_{key}": plan[key] for key in _OF_VCENTERS},
    )
    return InventoryHost(source.name, variables, (VCENTERS, *groups))


def _esxi_hosts(
    source: Source,
    estate: Estate,
    plan: Mapping[str, Any],
    groups: Mapping[Place, str],
    names: Mapping[_Key, str],
    now: datetime,
) -> list[InventoryHost]:
    planned = {(one["esxi_host"], one["moid"]): one for one in plan["hosts"]}
    excluded = {one["esxi_host"]: one["reason"] for one in plan["excluded"]}
    made = []
    for host in estate.hosts:
        name = names[_key(source, host)]
        decided = planned.get((host.name, host.moid)) or _not_planned(excluded[host.name])
        facts = host.to_facts(now)
        variables = {
            "vcenter": source.name,
            "esxi_host": facts.pop("name"),
            **facts,
            **{f"certops_{key}": decided[key] for key in _OF_HOSTS},
        }
        if name != host.name and host.name == _inert(host.name):
            # By it the playbook knows the host again.
            variables["ansible_host"] = host.name
        if source.ssh is not None:
            variables["certops_ssh"] = source.ssh
        place = groups[(source.name, host.datacenter, host.cluster)]
        made.append(InventoryHost(name, variables, (ESXI, place, *_states(host, decided, now))))
    return made


def _not_planned(reason: str) -> dict[str, Any]:
    return {"rule": EXCLUDED, "reason": reason, "unknown": None, "due": [], "steps": [], "blockers": [], "warnings": []}


def _states(host: EsxiHost, decided: Mapping[str, Any], now: datetime) -> tuple[str, ...]:
    certificate = evident_certificate(host)
    found = {
        DUE: bool(decided["steps"]),
        BLOCKED: bool(decided["blockers"]),
        EXPIRED: certificate is not None and certificate.expired_at(now),
        PROVIDER_OFFLINE: host.provider is not None and host.provider.online is False and not host.asleep,
        HEALTHY: decided["rule"] == HEALTHY and not decided["unknown"],
        UNKNOWN: bool(decided["unknown"]),
        ASLEEP: host.asleep,
    }
    return tuple(state for state, holds in found.items() if holds)
