# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look at a whole vCenter, once. Nothing is changed; what cannot be read is said and fails nothing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Callable, Optional, Sequence, TypeVar

from ..core import trust
from ..core.certificate import Certificate
from ..core.errors import CertopsError, InputError, TransientError
from ..core.estate import (
    ISSUER_OTHER,
    ISSUER_SELF,
    ISSUER_UNKNOWN,
    ISSUER_VMCA,
    Estate,
    EsxiHost,
    Unread,
    VCenter,
)
from ..core.progress import Progress
from ..vsphere.hosts import read_hosts
from ..vsphere.providers import RegisteredProvider, assign, read_providers
from ..vsphere.session import VSphereSession
from ..vsphere.settings import read_certificate_settings, read_missing_privileges, read_name
from ..vsphere.waiting import Deadline
from . import sps
from .clock import utc_now
from .endpoints import probe_all
from .progress import Tell, silent
from .selection import choose

T = TypeVar("T")


@dataclass
class Findings:
    """What an observation gathers: the estate, and the objects to call for its providers by their uid."""

    estate: Estate
    providers: dict[str, RegisteredProvider]


@dataclass
class _Notes:
    vcenter: str
    unread: list[Unread] = field(default_factory=list)

    def attempt(self, what: str, look: Callable[[], T]) -> Optional[T]:
        """What a look gives; None, with the reason noted, where it gives an error."""
        try:
            return look()
        except InputError:
            raise
        except CertopsError as error:
            self.unread.append(Unread(what, self.vcenter, str(error)))
            return None


def observe(
    session: VSphereSession,
    *,
    esxi_hosts: Optional[Sequence[str]] = None,
    probe: bool = True,
    providers: bool = True,
    whole: bool = True,
    vmca_root_fingerprint: Optional[str] = None,
    sps_patience_seconds: float = 0.0,
    tell: Tell = silent,
) -> Findings:
    """Look at a vCenter, its hosts and their providers.

    esxi_hosts: names or fnmatch patterns; None for all. probe: ask port 9080 of each. providers: ask SMS. whole: read
    also what only a plan needs (backups, linked vCenters, privileges, SPS); a module that takes one step leaves out what it
    has no use for. sps_patience_seconds: how long a restart of SPS that somebody else began is waited for, so that what it hides
    is read after it; nothing is asked of SPS for this unless providers could not be read.
    Raises CertopsError where the inventory itself cannot be read, InputError for a host that the vCenter does not know.
    """
    notes = _Notes(session.name)
    patience = Deadline(sps_patience_seconds)
    before = utc_now()
    server_time = notes.attempt("clock", lambda: session.read("Reading the clock", session.service_instance.CurrentTime))
    now = utc_now()
    offset = None if server_time is None else round((server_time - before - (now - before) / 2).total_seconds(), 1)

    tell(Progress("observe", doing="reading the hosts"))
    every_host, unread_hosts = read_hosts(session)
    chosen = choose(every_host, esxi_hosts, session.name)
    settings = notes.attempt("certificate_settings", lambda: read_certificate_settings(session))
    roots = notes.attempt("trusted_roots", session.appliance.trusted_roots)
    signing = notes.attempt("signing_certificate", session.appliance.signing_chain) or []
    vmca_root = _vmca_root(roots, every_host, signing, vmca_root_fingerprint, session.name)
    if providers:
        tell(Progress("observe", doing="reading the providers"))
    listed = notes.attempt("providers", lambda: _providers(session, patience, tell)) if providers else None
    registered, unread_providers = listed if listed is not None else ([], [])
    assigned, orphans = assign(every_host, registered)
    hosts = [_with_providers(host, assigned.get(host.moid, [])) for host in chosen]
    if probe:
        tell(Progress("observe", doing=f"asking port 9080 of {len(hosts)} hosts"))
        hosts = [replace(host, served=served) for host, served in zip(hosts, probe_all(hosts, roots, now), strict=True)]
    hosts = [replace(host, issuer=_issuer(host, roots, vmca_root)) for host in hosts]

    vcenter = VCenter(
        hostname=session.name,
        version=_text(session.content.about.version),
        build=_text(session.content.about.build),
        instance_uuid=_text(session.content.about.instanceUuid),
        certificate_settings=settings,
        trusted_roots=None if roots is None else tuple(roots),
        vmca_root=vmca_root,
        clock_offset_seconds=offset,
    )
    if whole:
        vcenter, hosts = _look_around(session, notes, vcenter, hosts, patience, tell)
    names = {host.name for host in chosen}
    return Findings(
        estate=Estate(
            observed_at=now,
            vcenter=vcenter,
            hosts=tuple(hosts),
            orphans=tuple(one.provider for one in orphans),
            unread=(*notes.unread, *(one for one in unread_hosts if one.subject in names), *unread_providers),
            retries=session.retries,
        ),
        providers={one.provider.provider_uid: one for one in registered},
    )


def _providers(session: VSphereSession, patience: Deadline, tell: Tell) -> tuple[list[RegisteredProvider], list[Unread]]:
    """The providers; after a restart of SPS where one is what kept them from being read. Raises CertopsError."""
    while True:
        problem: Optional[CertopsError] = None
        try:
            found, unread = read_providers(session)
            if not unread:
                return found, unread
        except TransientError as error:
            found, unread, problem = [], [], error
        # What is no restart is told as it is; so is one that takes too long.
        if patience.passed or not sps.outlast_restart(session, patience, "observe", tell):
            if problem is None and not found:
                # One that is broken spoils no other; where none can be read it is SMS that is broken, and no host's provider is missing.
                problem = CertopsError(f"None of the storage providers of {session.name} can be read: {unread[0].reason}")
            if problem is not None:
                raise problem
            return found, unread


def _look_around(
    session: VSphereSession, notes: _Notes, vcenter: VCenter, hosts: list[EsxiHost], patience: Deadline, tell: Tell
) -> tuple[VCenter, list[EsxiHost]]:
    """What a plan needs besides: each part is null with a reason where it cannot be read."""
    service = notes.attempt("sps", lambda: sps.settled(session, patience, "observe", tell)) or (None, None)
    linked = notes.attempt("linked_nodes", session.appliance.linked_nodes)
    missing = notes.attempt("privileges", lambda: read_missing_privileges(session, hosts))
    whole = replace(
        vcenter,
        name=notes.attempt("name", lambda: read_name(session)),
        machine_ssl=notes.attempt("machine_ssl", session.appliance.machine_ssl),
        sps_state=service[0],
        sps_health=service[1],
        linked_nodes=None if linked is None else tuple(linked),
        backups=notes.attempt("backups", session.appliance.backups),
        missing_privileges=None if missing is None else missing[0],
    )
    on_hosts = {} if missing is None else missing[1]
    return whole, [replace(host, missing_privileges=on_hosts.get(host.moid, ())) for host in hosts]


def _with_providers(host: EsxiHost, several: Sequence[RegisteredProvider]) -> EsxiHost:
    if not several:
        return host
    return replace(host, provider=several[0].provider, duplicate_providers=tuple(one.provider for one in several[1:]))


def _vmca_root(
    roots: Optional[Sequence[Certificate]],
    hosts: Sequence[EsxiHost],
    signing: Sequence[Certificate],
    fingerprint: Optional[str],
    vcenter: str,
) -> Optional[Certificate]:
    if fingerprint is None or roots is None:
        return trust.find_vmca_root(roots, [host.certificate for host in hosts if host.certificate], signing)
    bare = fingerprint.replace(":", "").strip().lower()
    for root in roots:
        if root.sha256_fingerprint.replace(":", "").lower() == bare:
            return root
    raise InputError(
        f"{vcenter} has no trusted root with the fingerprint {fingerprint} (vmca_root_fingerprint)",
        cure="Give the SHA-256 fingerprint of VMCA's root as vCenter's certificate management shows it.",
    )


def _issuer(host: EsxiHost, roots: Optional[Sequence[Certificate]], vmca_root: Optional[Certificate]) -> str:
    served = host.served.certificate if host.served else None
    certificate = host.certificate or served
    if certificate is None or roots is None:
        return ISSUER_UNKNOWN
    if vmca_root is not None and trust.issuer_of(certificate, [vmca_root]) is not None:
        return ISSUER_VMCA
    if certificate.self_signed:
        return ISSUER_SELF
    if vmca_root is None and trust.issuer_of(certificate, roots) is not None:
        return ISSUER_UNKNOWN
    return ISSUER_OTHER


def _text(value: object) -> Optional[str]:
    return None if value is None else str(value)
