# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How clusters are configured: vSphere HA, DRS, DPM, vSAN, and the note of a run that switched host monitoring off.

configurationEx is read whole: its declared type is that of any compute resource, so that a path into it is answered with InvalidProperty.
"""

from __future__ import annotations

from typing import Any, Optional, Sequence

from ..._common.printable import printable
from ..._estate.cluster import CLUSTER_PRIVILEGES, DEFINE_FIELD_PRIVILEGE, Cluster
from ..._estate.estate import EsxiHost, Unavailable
from ..._estate.ha_note import NOTE_NAME
from ..._wire.pyvmomi_library import vim
from ..hosts import speaks_of
from ..properties import ObjectProperties, read_object
from ..session import VSphereSession
from ..settings import missing_on

_CONFIGURATION, _MANAGED = "configurationEx", "lifecycleManaged"
# The values of custom attributes go by both names, of which not every server fills both.
_VALUES = ("value", "customValue")
_DEFINITIONS = "availableField"


def read_clusters(session: VSphereSession, hosts: Sequence[EsxiHost]) -> tuple[list[Cluster], list[Unavailable]]:
    """The clusters that these hosts stand in, in one call, whatever their number. Raises CertopsError."""
    places = {host.cluster_moid: host for host in hosts if host.cluster_moid}
    references = [session.managed_object(vim.ClusterComputeResource, moid) for moid in places]
    paths = (_CONFIGURATION, *_VALUES, _DEFINITIONS, *((_MANAGED,) if _tells_who_manages(session) else ()))
    found = read_object(session, references, paths, f"Reading the clusters of {session.name}")
    read = {item.moid: item for item in found}
    clusters, unavailable = [], []
    for moid, host in places.items():
        item = read.get(moid)
        name = host.cluster or moid
        cluster = _cluster(item, name, moid, host.datacenter)
        clusters.append(cluster)
        if not cluster.readable:
            reason = item.unreadable.get(_CONFIGURATION) if item is not None else None
            unavailable.append(Unavailable("cluster", name, reason or "vCenter does not show its configuration"))
    return clusters, unavailable


def read_missing(session: VSphereSession, clusters: Sequence[Cluster]) -> dict[str, tuple[str, ...]]:
    """What the account lacks to switch host monitoring, by the clusters' ids, in one call. Raises CertopsError."""
    references = [session.managed_object(vim.ClusterComputeResource, cluster.moid) for cluster in clusters]
    if not references:
        return {}
    what = f"Reading the account's privileges on the clusters of {session.name}"
    missing = missing_on(session, what, references, CLUSTER_PRIVILEGES)
    defined = note_definition(session) is not None if any(DEFINE_FIELD_PRIVILEGE in one for one in missing.values()) else False
    return {
        moid: tuple(one for one in lacking if not (defined and one == DEFINE_FIELD_PRIVILEGE)) for moid, lacking in missing.items()
    }


def note_definition(session: VSphereSession) -> Optional[int]:
    """The key of the custom attribute that notes are written in; None where it is not defined. Raises CertopsError."""
    manager = session.content.customFieldsManager
    found = read_object(session, [manager], ("field",), f"Reading the custom attributes of {session.name}")
    return _key(found[0].get("field") if found else None)


def _tells_who_manages(session: VSphereSession) -> bool:
    return speaks_of(session, vim.ComputeResource, _MANAGED)


def _cluster(item: Optional[ObjectProperties], name: str, moid: str, datacenter: Optional[str]) -> Cluster:
    if item is None:
        return Cluster(name, moid, datacenter, readable=False)
    whole = item.get(_CONFIGURATION)
    das, drs = _part(whole, "dasConfig"), _part(whole, "drsConfig")
    dpm, vsan = _part(whole, "dpmConfigInfo"), _part(whole, "vsanConfigInfo")
    return Cluster(
        name,
        moid,
        datacenter,
        ha_enabled=_flag(das, "enabled"),
        host_monitoring=_text(das, "hostMonitoring"),
        drs_enabled=_flag(drs, "enabled"),
        drs_behavior=_text(drs, "defaultVmBehavior") if _flag(drs, "enabled") else None,
        dpm_enabled=_flag(dpm, "enabled"),
        dpm_behavior=_text(dpm, "defaultDpmBehavior") if _flag(dpm, "enabled") else None,
        vsan_enabled=_flag(vsan, "enabled"),
        lifecycle_managed=item.get(_MANAGED),
        noted=_note(item),
        readable=whole is not None,
    )


def _note(item: ObjectProperties) -> Optional[str]:
    """What a run noted on the cluster; None where there is no note. Taken away, it is an empty text."""
    key = _key(item.get(_DEFINITIONS))
    values = [one for path in _VALUES for one in item.get(path) or () if one.key == key and getattr(one, "value", "")]
    return printable(str(values[0].value)) if values else None


def _key(definitions: Any) -> Optional[int]:
    return next((int(one.key) for one in definitions or () if one.name == NOTE_NAME), None)


def _part(whole: Any, name: str) -> Any:
    """A part of the configuration. A server may have a plainer kind of it, which lacks some."""
    return getattr(whole, name, None)


def _flag(part: Any, name: str) -> Optional[bool]:
    value = getattr(part, name, None)
    return None if value is None else bool(value)


def _text(part: Any, name: str) -> Optional[str]:
    value = getattr(part, name, None)
    return None if value is None else printable(str(value))
