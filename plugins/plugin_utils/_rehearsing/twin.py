# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The twin of an estate: a report as the scenario of a simulated one. Certificates keep their dates, hosts their places, versions and states. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CERTIFICATE_OPTIONS, SUBJECT_OPTIONS
from ansible_collections.certops.vsphere.plugins.module_utils._vcenter.own_certificates import MACHINE_SSL, TRUSTED_ROOT, VMCA_ROOT
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.naming import Names, Naming, Place, place_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.twin_host import days, release, twin_of_host


def scenario_of(reports: Sequence[Mapping[str, Any]], naming: Naming, now: datetime) -> dict[str, Any]:
    """The scenario, in the order of the reports."""
    return {"vcenters": [_vcenter(report, names, now) for report, names in zip(reports, naming.vcenters, strict=True)]}


def sps_of(report: Mapping[str, Any]) -> dict[str, str]:
    """What is changed of a twin's SPS once it is there, since no scenario has it: one that does not run, or must not."""
    setup = report["setup"]
    wanted = {"state": setup["sps_state"], "startup_type": setup["sps_startup_type"]}
    usual = {"state": "STARTED", "startup_type": "AUTOMATIC"}
    return {key: str(value) for key, value in wanted.items() if value not in (None, usual[key])}


def _vcenter(report: Mapping[str, Any], names: Names, now: datetime) -> dict[str, Any]:
    setup = report["setup"]
    trusted = _trusted(report)
    found: dict[str, Any] = {
        "name": names.vcenter,
        "settings": _settings(setup["certificate_settings"]),
        "clusters": _clusters(report, names, trusted, now),
        "orphans": [{"name": f"gone{number}"} for number, _orphan in enumerate(report["orphans"], start=1)],
    }
    version = release(setup["version"])
    if version:
        found["version"] = version
    if setup["clock_offset_seconds"]:
        found["clock_offset_seconds"] = setup["clock_offset_seconds"]
    if any(host["setup"]["own_provider_certificate"] for host in report["hosts"]):
        found["provider_certificates"] = "own"
    for one in report["vcenter_certificates"]:
        lasts = {"days_left": days(one["expires_at"], now)}
        aged = {**lasts, "age_days": -days(one["not_before"], now)}
        if one["role"] == VMCA_ROOT:
            found["root"] = aged
        elif one["role"] == MACHINE_SSL:
            found["machine_ssl"] = lasts
        elif one["subject"] not in trusted:
            found.setdefault("old_roots", []).append(aged)
    return found


def _trusted(report: Mapping[str, Any]) -> frozenset[str]:
    """The subjects of the trusted roots, VMCA's aside, that hosts have certificates of."""
    return frozenset(one["subject"] for one in report["vcenter_certificates"] if one["role"] == TRUSTED_ROOT and one["issued"])


def _settings(given: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    if given is None:
        return {}
    found = {name: given[key] for key, name in CERTIFICATE_OPTIONS.items() if given[key] is not None}
    return {**found, **{f"{SUBJECT_OPTIONS}{key}": value for key, value in given["subject"].items()}}


def _clusters(report: Mapping[str, Any], names: Names, trusted: frozenset[str], now: datetime) -> list[dict[str, Any]]:
    known = {(one["datacenter"] or "", one["name"]): one for one in report["clusters"]}
    hosts: dict[Optional[Place], list[dict[str, Any]]] = {}
    for host, name in zip(report["hosts"], names.hosts, strict=True):
        hosts.setdefault(place_of(host), []).append(twin_of_host(host, name, trusted, now))
    return [
        {"standalone": True, "hosts": members}
        if place is None
        else {"name": names.clusters[place], "hosts": members, **_of_cluster(known.get(place))}
        for place, members in hosts.items()
    ]


def _of_cluster(known: Optional[Mapping[str, Any]]) -> dict[str, Any]:
    """HA, vSAN and what manages a cluster, where that was read."""
    if known is None:
        return {}
    found: dict[str, Any] = {}
    if known["ha_enabled"]:
        found["ha"] = {"host_monitoring": known["host_monitoring"]}
    if known["vsan"]["enabled"]:
        found["vsan"] = {"objects": dict(known["vsan"]["objects"]), "syncing": known["vsan"]["syncing"] or 0}
    if known["lifecycle_managed"]:
        found["lifecycle_managed"] = True
    return found
