# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a scenario says of an estate, as it stands in JSON. Everything but names and clusters has a default.

Certificates are given by their days: {"days_left": 20} ends in 20 days; {"days_left": -5} ended 5 days ago.
"""

from __future__ import annotations

from typing import Any, Literal, Optional, TypedDict, Union

HostState = Literal["connected", "disconnected", "notResponding"]
StandbyMode = Literal["none", "entering", "in", "exiting"]


class CertificateSpec(TypedDict, total=False):
    """A host's certificate. issuer: vmca, corporate, self (made by the host, as ESXi makes it), self_signed (by its own key) or unknown (a CA
    that nobody trusts).

    begins_in_days: it is not valid yet, as where the clock of who issued it was ahead.
    """

    days_left: float
    valid_days: float
    begins_in_days: float
    issuer: str


class ProviderSpec(TypedDict, total=False):
    """A host's provider. remembered: the certificate that SMS has, where it is an older one. own: the provider's own one, where it has one.
    condition: its status until it is reconnected or synchronised."""

    remembered: CertificateSpec
    own: CertificateSpec
    ailing: bool
    broken: bool
    condition: Literal["disconnected", "syncError", "connected"]


class HostSpec(TypedDict, total=False):
    """An ESXi host. provider: null for none; without the key, one that remembers the host's certificate.

    standby_mode: in is asleep, as DPM puts it: it answers nobody, and vCenter says notResponding. partial_maintenance: its kinds, such as
    quickPatchPartialMM. unreadable: paths of properties that vCenter tells nobody, such as parent.
    sms_trust_lost: its list of CAs lacks what SPS is believed by, so that its provider cannot come online, however often it is registered.
    client_certificate: by which it logs in to VASA providers, null for none (one that lasts).
    ha_ends_in: how its HA agent is after its next restart, in place of well, until HA is configured anew on it; ha_incurable: that does not help.
    ha_reconnect_cures: a reconnect does it.
    registers_by_itself: as of its vCenter, for it alone. registration_failure: why vCenter cannot register its provider, as its event says it.
    ssh: whether TSM-SSH runs (where the estate has SSH: true). configured_name: what it calls itself (its name).
    """

    name: str
    version: str
    certificate: CertificateSpec
    provider: Optional[ProviderSpec]
    client_certificate: Optional[CertificateSpec]
    connection_state: HostState
    in_maintenance: bool
    standby_mode: StandbyMode
    quarantined: bool
    partial_maintenance: list[str]
    unreadable: list[str]
    reachable: bool
    reloads_on: Literal["renew", "reconnect", "never"]
    records_on: Literal["install", "reconnect"]
    registers_by_itself: Union[float, Literal["sync"], None]
    registration_failure: str
    lockdown_mode: str
    sms_trust_lost: bool
    exception_users: list[str]
    ssh: bool
    ssh_reachable: bool
    configured_name: str
    clock_offset_seconds: float
    ha_ends_in: str
    ha_incurable: bool
    ha_reconnect_cures: bool


class HaSpec(TypedDict, total=False):
    """vSphere HA of a cluster. host_monitoring: enabled, disabled, or null for one that is unset, which means enabled.

    fails_over: when HA restarts the virtual machines of a host whose agents restart: whenever that happens (restart), where another's agent of the
    cluster is not well then (unsettled, which it is without this key), or never.
    settle_seconds: until the agent of such a host is well again.
    """

    host_monitoring: Optional[str]
    fails_over: Literal["restart", "unsettled", "never"]
    settle_seconds: float


class VsanSpec(TypedDict, total=False):
    """The vSAN of a cluster. objects: how many are in which state of health. syncing: how many are resynchronised, until somebody ends that.

    resync_seconds: how long a host that is back has to resynchronise. witness: the name of a host of the vCenter that stands before it in the scenario, and
    in no cluster.
    """

    objects: dict[str, int]
    syncing: int
    resync_seconds: float
    witness: str


class ClusterSpec(TypedDict, total=False):
    """A cluster and its hosts; standalone: they stand in no cluster. ha: without it vSphere HA is off. lifecycle_managed: by an image (vLCM).
    vsan: without it there is none."""

    name: str
    hosts: list[HostSpec]
    standalone: bool
    ha: HaSpec
    lifecycle_managed: bool
    vsan: VsanSpec


class OrphanSpec(TypedDict, total=False):
    """A provider whose host is gone."""

    name: str
    remembered: CertificateSpec


class AccountSpec(TypedDict, total=False):
    """A further account; without privileges it may do everything. groups: of the SSO domain, without the domain's name."""

    username: str
    password: str
    privileges: Optional[list[str]]
    groups: Optional[list[str]]


class VCenterSpec(TypedDict, total=False):
    """A vCenter. version: as in 8.0.3, or 6.7.2 for 6.7 U2 (estate/release.py). settings are advanced settings by name; null takes one away.

    old_roots: further trusted roots, each by its days, as a site's former CA that nobody removed. subordinate_vmca: whether VMCA is below a CA
    of the site's, whose root is in the same chain of the trusted roots (not: VMCA is a root itself). vmca_unpublished: whether only that root is
    among them, and VMCA itself is missing there (not). managed_by: the vCenter in whose
    inventory its own virtual machine stands (itself); empty for one that is not of this estate. sms_entries_renewed: in mode thumbprint, whether
    the entry of the VECS store SMS by which a host is trusted is renewed when its provider is registered anew (not). reconnect_renews: whether
    a reconnect in mode vmca brings a new certificate, by the status of the one that the host has (by_status), always, or never.

    provider_certificates: whether providers of VASA 2 or newer (ESXi 9) have their host's certificate, or own ones that SMS has VMCA issue at
    registration and at RefreshCertificate (host). provider_renewals: whether SMS renews own ones by itself (true). provider_retain_told: whether
    SMS says which of the two it is (retainVasaProviderCertificate; true).
    """

    name: str
    version: str
    settings: dict[str, Any]
    root: dict[str, float]
    old_roots: list[dict[str, float]]
    subordinate_vmca: bool
    vmca_unpublished: bool
    managed_by: str
    machine_ssl: CertificateSpec
    clusters: list[ClusterSpec]
    orphans: list[OrphanSpec]
    other_providers: bool
    accounts: list[AccountSpec]
    linked_nodes: list[str]
    backups: list[dict[str, Any]]
    clock_offset_seconds: float
    missing_rest_paths: list[str]
    refresh_behaviour: dict[str, str]
    reconnect_renews: Literal["by_status", "always", "never"]
    sms_sessions_die: bool
    sms_entries_renewed: bool
    provider_certificates: Literal["host", "own"]
    provider_renewals: bool
    provider_retain_told: bool
    registers_by_itself: Union[float, Literal["sync"], None]
    others_after_restart: dict[str, str]


class Scenario(TypedDict, total=False):
    """A whole estate. ssh: its hosts have SSH and a file system, as with --ssh."""

    vcenters: list[VCenterSpec]
    ssh: bool
    faults: list[dict[str, Any]]


class ScenarioError(ValueError):
    """A scenario that cannot be used; the text says where."""


_KEYS: dict[str, Union[type, Any]] = {
    "vcenters": VCenterSpec,
    "clusters": ClusterSpec,
    "hosts": HostSpec,
    "orphans": OrphanSpec,
    "accounts": AccountSpec,
}


def check(scenario: Any) -> Scenario:
    """Refuse keys that mean nothing: a typing error would otherwise make another estate. Raises ScenarioError."""
    if not isinstance(scenario, dict) or not scenario.get("vcenters"):
        raise ScenarioError("a scenario has a list of vcenters")
    _check_keys(scenario, Scenario, "the scenario")
    return scenario  # type: ignore[return-value]


def _check_keys(given: dict[str, Any], kind: Any, where: str) -> None:
    unknown = set(given) - set(kind.__annotations__)
    if unknown:
        raise ScenarioError(f"{where}: unknown {', '.join(sorted(unknown))}; there are {', '.join(sorted(kind.__annotations__))}")
    for key, value in given.items():
        if key in _KEYS and isinstance(value, list):
            for index, item in enumerate(value):
                if not isinstance(item, dict):
                    raise ScenarioError(f"{where}: {key}[{index}] is no object")
                _check_keys(item, _KEYS[key], f"{where}, {key}[{index}]")
