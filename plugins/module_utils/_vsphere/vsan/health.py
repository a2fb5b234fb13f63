# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The health of a cluster's vSAN objects, by the service behind /vsanHealth; all of it wants System.Read on the cluster."""

from __future__ import annotations

from typing import Any, Optional

from ..._estate.cluster import Cluster
from ..._estate.vsan import VsanHealth
from ..._wire.pyvmomi_library import IsChildVersion, vim
from ..session import VSphereSession

# The service's own names of its objects (vSAN Management API reference).
OBJECTS, STRETCHED = "vsan-cluster-object-system", "vsan-stretched-cluster-system"


def read_vsan_health(session: VSphereSession, cluster: Cluster) -> VsanHealth:
    """How a cluster's objects are now. Raises CertopsError."""
    managed = session.managed_object(vim.ClusterComputeResource, cluster.moid)
    what = f"Reading the health of vSAN in {cluster.name}"

    def objects() -> Any:
        system = session.vsan_object(vim.cluster.VsanObjectSystem, OBJECTS)
        return system.QueryObjectIdentities(cluster=managed, includeHealth=True, includeObjIdentity=False)

    counted: dict[str, int] = {}
    health = getattr(session.read(what, objects), "health", None)
    for one in getattr(health, "objectHealthDetail", None) or ():
        state = str(one.health or "unknown")
        counted[state] = counted.get(state, 0) + int(one.numObjects or 0)
    syncing = _syncing(session, managed, f"Reading what vSAN resynchronises in {cluster.name}")
    witnesses = session.read(
        f"Reading the vSAN witnesses of {cluster.name}",
        lambda: session.vsan_object(vim.cluster.VsanVcStretchedClusterSystem, STRETCHED).GetWitnessHosts(managed),
    )
    return VsanHealth(
        objects=counted,
        syncing=None if syncing is None else int(syncing.totalObjectsToSync or 0),
        syncing_bytes=None if syncing is None else int(syncing.totalBytesToSync or 0),
        witnesses=tuple(str(one.host._GetMoId()) for one in witnesses or () if one.host is not None),
    )


def _syncing(session: VSphereSession, cluster: Any, what: str) -> Optional[Any]:
    """What is resynchronised; None where this pyVmomi, in the version that it speaks to the server in, does not let the question out."""
    info = vim.cluster.VsanObjectSystem._methodInfo.get("QuerySyncingVsanObjectsSummary")
    if info is None or not IsChildVersion(session.vsan_version, info.version):
        return None
    return session.read(
        what, lambda: session.vsan_object(vim.cluster.VsanObjectSystem, OBJECTS).QuerySyncingVsanObjectsSummary(cluster)
    )
