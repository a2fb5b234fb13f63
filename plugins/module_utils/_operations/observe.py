# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at a whole vCenter, once. Nothing is changed; what cannot be read is said and fails nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Callable, Collection, Optional, Sequence

from .._common.errors import CertopsError, TransientError
from .._common.progress import Progress
from .._deciding.policy import Policy
from .._deciding.scope import scope
from .._deciding.unseen import NAME, why_unsure
from .._estate.cluster import Cluster
from .._estate.estate import Estate, EsxiHost, Unavailable, VCenter
from .._estate.provider import Provider
from .._estate.registration import RegisteredProvider, any_by_address, assign
from .._estate.sps_state import SpsState
from .._stepping.castores import Castores, online_elsewhere, with_sms_trust
from .._stepping.endpoints import with_served
from .._stepping.notes import Notes
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.selection import Planned, Selected, select
from .._stepping.shown_certificates import with_certificates
from .._storage import provider_messages, sps
from .._timing.waiting import Deadline
from . import messages
from .issuing import read_clock_offset, read_issuing, read_rights, vcenter_seen

# The controller's clock tells whole seconds (Clock.now), so that vCenter's looks up to one more ahead, and an answer takes a while: a machine that is
# restarted at once must not be missed for that.
OFFSET_IS_WITHIN_SECONDS = 2.0


@dataclass
class Findings:
    """What an observation gathers: the estate, and the objects to call for its providers by their uid.

    healthy: asks for the hosts of the vCenter, of this estate or not, whose providers are online.
    """

    estate: Estate
    providers: dict[str, RegisteredProvider]
    healthy: Callable[[], Sequence[EsxiHost]] = tuple

    def require_providers(self) -> None:
        """Raises CertopsError where SMS did not tell of its providers."""
        if not self.estate.providers_read:
            reasons = "; ".join(entry.reason for entry in self.estate.unavailable if entry.what == "providers")
            raise provider_messages.PROVIDERS_NOT_READ(vcenter=self.estate.vcenter.hostname, reasons=reasons)


def observe(
    vsphere: VSphere,
    *,
    esxi_hosts: Optional[Sequence[str]] = None,
    probe: bool = True,
    with_ssh: bool = False,
    with_client_certificates: bool = False,
    with_vsan: bool = False,
    whole: bool = True,
    vmca_root_fingerprint: Optional[str] = None,
    sps_patience_seconds: float = 0.0,
    planned: Optional[Planned] = None,
    planned_vmca_root: Optional[str] = None,
    sparing: bool = False,
    chosen_by: Optional[Policy] = None,
    vm_restarts_since: Optional[datetime] = None,
    tell: Tell = silent,
) -> Findings:
    """Look at a vCenter, its hosts and their providers.

    esxi_hosts: names or fnmatch patterns; None for all. probe: ask port 9080 of each. with_ssh: read their service SSH.
    with_client_certificates: read, by one call each, the certificates by which they log in to VASA providers. with_vsan: read how the
    objects of clusters with vSAN are, by three calls each. whole: read also what
    only a plan needs (backups, linked vCenters, privileges, SPS); a module that takes one step leaves out what it has no use
    for. sps_patience_seconds: how long a restart of SPS that somebody else began is waited for, so that what it hides
    is read after it; nothing is asked of SPS for this unless providers could not be read. planned: what a run knows of its hosts: then no other is
    read, and what belongs to no host of these is not told (orphans). planned_vmca_root: the fingerprint of VMCA's root in the plan. sparing: a host's
    certificate is taken from its port 9080 where that shows what vCenter has on record. chosen_by: only hosts that this policy chooses are asked
    themselves (port 9080, client certificates, lists of CAs); None for all.
    vm_restarts_since: by the controller's clock since when virtual machines that HA restarted are looked for, where a cluster may have HA; None: not.
    Raises CertopsError where the inventory itself cannot be read, InputError for a host that the vCenter does not know.
    """
    notes = Notes(vsphere.name)
    patience = Deadline(sps_patience_seconds, vsphere.clock)
    offset = notes.attempt("clock", lambda: read_clock_offset(vsphere))
    now = vsphere.clock.now()

    tell(Progress("observe", doing="reading the hosts"))
    selected = select(vsphere, esxi_hosts, planned, with_ssh=with_ssh, sparing=sparing)
    unavailable_hosts = selected.unavailable
    chosen = with_certificates(vsphere, selected.hosts) if selected.sparing else selected.hosts
    issuing = read_issuing(vsphere, notes, selected.everyone, vmca_root_fingerprint, planned_vmca_root)
    tell(Progress("observe", doing="reading the providers"))
    listed = notes.attempt("providers", lambda: _providers(vsphere, patience, tell))
    registered, unavailable_providers = listed if listed is not None else ([], [])
    # Whether an address is the name of another host is not known of these alone.
    enough = selected.alone and not any_by_address(chosen, registered)
    assigned, alone = assign(chosen if enough else selected.everyone_by_name(), registered)
    unnamed = {one.subject: one.reason for one in unavailable_hosts if one.what == NAME}
    orphans: list[Provider] = []
    unsure: list[Unavailable] = []
    if not selected.alone:
        orphans, unsure = _sure_orphans([one.provider for one in alone], selected.everyone(), sorted(unnamed))
    hosts = [_with_providers(host, assigned.get(host.moid, []), unnamed.get(host.name)) for host in chosen]
    meant = {host.moid for host in (hosts if chosen_by is None else scope(hosts, chosen_by).chosen)}
    if probe:
        count = partial(_tell_asked, tell, len(meant))
        count(0)
        hosts = _with(with_served(vsphere.endpoints, _of(meant, hosts), issuing.roots, now, count), hosts)
    hosts = [issuing.with_issuer(host) for host in hosts]
    if with_client_certificates:
        hosts = _with(_with_client_certificates(vsphere, notes, _of(meant, hosts), tell), hosts)

    vcenter = vcenter_seen(vsphere, issuing, offset)
    healthy = partial(_online, selected, registered)
    clusters: list[Cluster] = []
    if whole:
        vcenter, hosts = _look_around(vsphere, notes, vcenter, hosts, patience, tell)
        if listed is not None:
            hosts = _with(with_sms_trust(Castores(vsphere, vcenter, healthy), _of(meant, hosts), now), hosts)
        clusters = _clusters(vsphere, notes, hosts)
        clusters = [_with_vsan(vsphere, notes, one) for one in clusters] if with_vsan else clusters
    restarts = None
    if vm_restarts_since is not None and any(cluster.ha_enabled is not False for cluster in clusters):
        since = vm_restarts_since + timedelta(seconds=(offset or 0.0) - OFFSET_IS_WITHIN_SECONDS)
        restarts = notes.attempt("events of HA", lambda: tuple(vsphere.vm_restarts(since)))
    names = {host.name for host in chosen}
    return Findings(
        estate=Estate(
            observed_at=now,
            vcenter=vcenter,
            hosts=tuple(hosts),
            orphans=tuple(orphans),
            unavailable=(
                *notes.unavailable,
                *(one for one in unavailable_hosts if one.subject in names),
                *unavailable_providers,
                *unsure,
            ),
            retries=vsphere.retries,
            clusters=tuple(clusters),
            vm_restarts=restarts,
        ).with_unavailable_providers(),
        providers={one.provider.provider_uid: one for one in registered},
        healthy=healthy,
    )


def _providers(vsphere: VSphere, patience: Deadline, tell: Tell) -> tuple[list[RegisteredProvider], list[Unavailable]]:
    """The providers; after a restart of SPS where one is what kept them from being read. Raises CertopsError."""
    while True:
        problem: Optional[CertopsError] = None
        try:
            found, unavailable = vsphere.providers()
            if not unavailable:
                return found, unavailable
        except TransientError as error:
            found, unavailable, problem = [], [], error
        # What is no restart is told as it is; so is one that takes too long.
        if patience.passed or not sps.wait_for_sps_restart(vsphere, patience, "observe", tell):
            if problem is None and not found:
                # One that is broken spoils no other; where none can be read it is SMS that is broken, and no host's provider is missing.
                problem = messages.PROVIDERS_UNREADABLE(vcenter=vsphere.name, reason=unavailable[0].reason)
            if problem is not None:
                raise problem
            return found, unavailable


def _look_around(
    vsphere: VSphere, notes: Notes, vcenter: VCenter, hosts: list[EsxiHost], patience: Deadline, tell: Tell
) -> tuple[VCenter, list[EsxiHost]]:
    """What a plan needs besides: each part is null with a reason where it cannot be read."""
    service = notes.attempt("sps", lambda: sps.settled(vsphere, patience, "observe", tell)) or SpsState()
    linked = notes.attempt("linked_nodes", vsphere.linked_nodes)
    whole = replace(
        vcenter,
        name=notes.attempt("name", vsphere.own_name),
        machine_ssl=notes.attempt("machine_ssl", vsphere.machine_ssl),
        sps_state=service.state,
        sps_health=service.health,
        sps_startup_type=service.startup_type,
        may_restart_sps=notes.attempt("restart_right", vsphere.may_restart_sps),
        linked_nodes=None if linked is None else tuple(linked),
        backups=notes.attempt("backups", vsphere.backups),
    )
    return read_rights(vsphere, notes, whole, hosts)


def _tell_asked(tell: Tell, total: int, asked: int) -> None:
    tell(Progress("observe", doing=f"asking port 9080, {asked} of {total} hosts"))


def _of(meant: Collection[str], hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
    """Those of these hosts, by their ids."""
    return [host for host in hosts if host.moid in meant]


def _with(known: Sequence[EsxiHost], hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
    """Hosts in their order, with what is known of some of them."""
    by_id = {host.moid: host for host in known}
    return [by_id.get(host.moid, host) for host in hosts]


def _with_client_certificates(vsphere: VSphere, notes: Notes, hosts: list[EsxiHost], tell: Tell) -> list[EsxiHost]:
    tell(Progress("observe", doing=f"reading the client certificates of {len(hosts)} hosts"))
    found = notes.attempt("client_certificates", lambda: vsphere.client_certificates(hosts))
    if found is None:
        return hosts
    certificates, unavailable = found
    notes.unavailable += unavailable
    return [replace(host, client_certificate=certificates.get(host.moid)) for host in hosts]


def _clusters(vsphere: VSphere, notes: Notes, hosts: Sequence[EsxiHost]) -> list[Cluster]:
    """The clusters of hosts, with what the account lacks to switch host monitoring where that may be on. Two calls, and one where it may."""
    read = notes.attempt("clusters", lambda: vsphere.clusters(hosts))
    if read is None:
        return []
    clusters, unavailable = read
    notes.unavailable += unavailable
    monitored = [one for one in clusters if one.restarts_vms or one.left_off]
    missing = notes.attempt("privileges on clusters", lambda: vsphere.missing_on_clusters(monitored)) if monitored else {}
    return [replace(one, missing_privileges=tuple((missing or {}).get(one.moid, ()))) for one in clusters]


def _with_vsan(vsphere: VSphere, notes: Notes, cluster: Cluster) -> Cluster:
    if not cluster.vsan_enabled:
        return cluster
    missing = notes.attempt("vsan members", lambda: vsphere.vsan_missing(cluster))
    health = notes.attempt("vsan", lambda: vsphere.vsan_health(cluster))
    return replace(cluster, vsan_health=health, vsan_missing=missing or ())


def _online(selected: Selected, registered: Sequence[RegisteredProvider]) -> tuple[EsxiHost, ...]:
    """The hosts of the vCenter whose providers are online."""
    everyone = selected.everyone_by_name()
    assigned, _alone = assign(everyone, registered)
    return online_elsewhere([_with_providers(host, assigned.get(host.moid, []), None) for host in everyone])


def _sure_orphans(
    alone: Sequence[Provider], hosts: Sequence[EsxiHost], unnamed: Sequence[str]
) -> tuple[list[Provider], list[Unavailable]]:
    """The providers without a host that no host can be the one of, and the reason of each other."""
    doubts = {provider.provider_uid: why_unsure(provider, hosts, unnamed) for provider in alone}
    unsure = [provider for provider in alone if doubts[provider.provider_uid] is not None]
    told = [Unavailable("provider_host", one.name, str(doubts[one.provider_uid])) for one in unsure]
    return [provider for provider in alone if doubts[provider.provider_uid] is None], told


def _with_providers(host: EsxiHost, several: Sequence[RegisteredProvider], unnamed: Optional[str]) -> EsxiHost:
    """A host with its providers. unnamed: why its name, which providers are found by, could not be read."""
    if not several and unnamed is not None:
        return replace(host, provider_unavailable=f"its name could not be read: {unnamed}")
    if not several:
        return host
    return replace(host, provider=several[0].provider, duplicate_providers=tuple(one.provider for one in several[1:]))
