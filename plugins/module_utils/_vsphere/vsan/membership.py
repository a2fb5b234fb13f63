# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a vSAN cluster that the others do not see, by what one of its hosts tells: nothing of it goes through the vSAN health service."""

from __future__ import annotations

from typing import Any, Sequence

from ..._common.printable import printable
from ..._estate.cluster import Cluster
from ..._estate.estate import CONNECTED
from ..._wire.pyvmomi_library import vim
from ..properties import ObjectProperties, read_with_linked
from ..session import VSphereSession

_CONFIGURATION = "configurationEx"
_NAME, _CONNECTION, _SYSTEM = "name", "runtime.connectionState", "configManager.vsanSystem"


def read_missing_members(session: VSphereSession, cluster: Cluster) -> tuple[str, ...]:
    """The names of hosts that vSAN of the cluster lacks, in two calls. None, where vCenter has no connection to one that could tell.

    From either side of a network that is cut those of the other side are missing. Raises CertopsError.
    """
    managed = session.managed_object(vim.ClusterComputeResource, cluster.moid)
    found = read_with_linked(
        session,
        managed,
        (_CONFIGURATION,),
        "host",
        (vim.HostSystem, (_NAME, _CONNECTION, _SYSTEM)),
        f"Reading the hosts of {cluster.name}",
    )
    hosts = {item.moid: item for item in found if isinstance(item.managed_object, vim.HostSystem)}
    system = next(
        (item.get(_SYSTEM) for item in hosts.values() if str(item.get(_CONNECTION)) == CONNECTED and item.get(_SYSTEM)), None
    )
    if system is None:
        return ()
    status = session.read(f"Reading the members of vSAN in {cluster.name}", lambda: session.of_now(system).QueryHostStatus())
    configured = next((item.get(_CONFIGURATION) for item in found if item.moid == cluster.moid), None)
    return _missing(hosts, getattr(configured, "vsanHostConfig", None) or (), [str(one) for one in status.memberUuid or ()])


def _missing(hosts: dict[str, ObjectProperties], configured: Sequence[Any], members: Sequence[str]) -> tuple[str, ...]:
    """Who of the hosts that take part is no member. A host whose own id is unset may be any member that nobody else is."""
    nodes = {
        str(one.hostSystem._GetMoId()): str(getattr(one.clusterInfo, "nodeUuid", None) or "")
        for one in configured
        if one.hostSystem is not None and one.enabled
    }
    missing = [moid for moid, node in nodes.items() if node and node not in members]
    unnamed = [moid for moid, node in nodes.items() if not node]
    if len(set(members) - set(nodes.values())) < len(unnamed):
        missing += unnamed
    return tuple(sorted(printable(str(hosts[moid].get(_NAME) or moid)) if moid in hosts else moid for moid in missing))
