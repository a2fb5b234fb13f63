# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Some hosts of a vCenter, by their ids, and who else of their clusters is away: calls and bytes grow with these hosts, not with the vCenter.

A batch of 12 that read all of 5,000 hosts was sent 120 MB to use 0.3 of them, and a run had 834 such readings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Optional, Sequence

from ..._common.errors import AccessDenied, CertopsError
from ..._common.printable import printable
from ..._estate.estate import CONNECTED, EsxiHost, Unavailable
from ..._wire.pyvmomi_library import vim
from ..events import alarms
from ..hosts import host_paths, host_seen, is_removed, names_now, read_hosts
from ..properties import ObjectProperties, read_linked, read_object
from ..session import VSphereSession

# So many objects are named in one query: a request of some 50 KB.
AT_ONCE = 500
_STATE = "runtime.connectionState"
_PRESENCE = ("name", "parent", _STATE, "runtime.powerState", "runtime.standbyMode")
# Folders within folders: deeper than any that a client lets one make.
_MOST_LEVELS = 64


def read_some(
    session: VSphereSession, moids: Sequence[str], *, certificates: bool = True
) -> tuple[list[EsxiHost], list[Unavailable]]:
    """Those of these hosts that are there, by name, without their alarms. Raises CertopsError."""
    paths = [path for path in host_paths(session, certificates=certificates) if path != alarms.PATH]
    found = [item for some in _parts(list(dict.fromkeys(moids))) for item in _there(session, some, paths)]
    tree = _above(session, found)
    hosts: list[EsxiHost] = []
    unavailable: list[Unavailable] = []
    for item in found:
        host, problems = host_seen(item, tree)
        hosts.append(host if certificates else replace(host, certificate=None))
        unavailable.extend(problems)
    return sorted(hosts, key=lambda host: host.name), unavailable


def read_lost(session: VSphereSession, hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
    """Hosts of the clusters of these that vCenter has no connection to: who they are and where, and no more. Raises CertopsError."""
    clusters = {host.cluster_moid: host for host in hosts if host.cluster_moid}
    if not clusters:
        return []
    what = f"Reading which hosts of {len(clusters)} clusters are connected"
    try:
        states = [
            item
            for some in _parts(sorted(clusters))
            for item in read_linked(
                session,
                [session.managed_object(vim.ClusterComputeResource, moid) for moid in some],
                "host",
                (vim.HostSystem, (_STATE,)),
                what,
            )
        ]
        # There may be dozens of hosts for one that is worked on, and hardly one of them is away.
        away = sorted({item.moid for item in states if item.text(_STATE) != CONNECTED})
        present = [item for some in _parts(away) for item in _there(session, some, _PRESENCE)]
    except CertopsError as error:
        if not is_removed(error):
            raise
        # A cluster is gone since its hosts were read: they stand elsewhere now.
        return [host for host in read_hosts(session)[0] if not host.connected]
    return [_lost(item, item.get("parent"), clusters) for item in present if item.text(_STATE) != CONNECTED]


def _lost(item: ObjectProperties, parent: Any, clusters: dict[str, EsxiHost]) -> EsxiHost:
    beside = clusters.get(str(parent._GetMoId())) if parent is not None else None
    return EsxiHost(
        name=printable(str(item.get("name") or item.moid)),
        moid=item.moid,
        cluster=beside.cluster if beside else None,
        cluster_moid=beside.cluster_moid if beside else None,
        datacenter=beside.datacenter if beside else None,
        connection_state=item.text(_STATE),
        power_state=item.text("runtime.powerState"),
        standby_mode=item.text("runtime.standbyMode"),
    )


def _parts(moids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(moids), AT_ONCE):
        yield moids[begin : begin + AT_ONCE]


def _there(session: VSphereSession, moids: Sequence[str], paths: Sequence[str]) -> list[ObjectProperties]:
    """The properties of those that are there. One that was removed fails a query for all of them, so that they are looked for then."""
    left = list(moids)
    while left:
        references = [session.managed_object(vim.HostSystem, moid) for moid in left]
        try:
            return read_object(session, references, paths, f"Reading {len(left)} hosts of {session.name}")
        except CertopsError as error:
            if not is_removed(error):
                raise
        names = names_now(session, [EsxiHost(name=moid, moid=moid) for moid in left])
        still = [moid for moid in left if names[moid] is not None]
        if still == left:
            # Something else is gone that a property leads to: asked one by one they are told apart.
            return [item for moid in left for item in _one(session, moid, paths)]
        left = still
    return []


def _one(session: VSphereSession, moid: str, paths: Sequence[str]) -> list[ObjectProperties]:
    try:
        return read_object(session, [session.managed_object(vim.HostSystem, moid)], paths, f"Reading the host {moid}")
    except CertopsError as error:
        if not is_removed(error):
            raise
        return []


def _above(session: VSphereSession, hosts: Sequence[ObjectProperties]) -> dict[str, ObjectProperties]:
    """What these hosts stand in, level by level up to their datacenters."""
    tree: dict[str, ObjectProperties] = {}
    level = hosts
    for _level in range(_MOST_LEVELS):
        parents = {str(up._GetMoId()): up for item in level if (up := _parent(item)) is not None}
        wanted = [parents[moid] for moid in sorted(parents) if moid not in tree]
        if not wanted:
            break
        level = [item for alike in _by_kind(wanted) for item in _seen(session, alike)]
        tree.update({item.moid: item for item in level})
    return tree


def _parent(item: ObjectProperties) -> Optional[Any]:
    """What an object stands in; nothing is asked about what a datacenter stands in."""
    return None if isinstance(item.managed_object, vim.Datacenter) else item.get("parent")


def _by_kind(references: Sequence[Any]) -> list[list[Any]]:
    found: dict[type, list[Any]] = {}
    for one in references:
        found.setdefault(type(one), []).append(one)
    return list(found.values())


def _seen(session: VSphereSession, references: Sequence[Any]) -> list[ObjectProperties]:
    """The names and places of those that the account may see, and that are there."""
    what = f"Reading what hosts of {session.name} stand in"
    again = [session.of_now(one) for one in references]
    try:
        return read_object(session, again, ("name", "parent"), what)
    except CertopsError as error:
        if not isinstance(error, AccessDenied) and not is_removed(error):
            raise
        return [item for one in again for item in _seen(session, [one])] if len(again) > 1 else []
