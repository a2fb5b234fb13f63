# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operations need of vSphere (`_stepping/port.py` says it), over a session: pyVmomi for vim25 and SMS, REST for the rest."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Callable, Container, Optional, Sequence, TypeVar

from .._certificates.certificate import Certificate
from .._certificates.trust import TrustedRoots
from .._common.errors import CertopsError, EndpointError, HostRemoved
from .._common.printable import printable
from .._estate.client_certificate import ClientCertificate
from .._estate.cluster import Cluster, VmRestart
from .._estate.estate import About, CertificateSettings, EsxiHost, Unavailable
from .._estate.host_now import HostNow, HostState
from .._estate.host_service import HostService
from .._estate.provider import OtherProvider, Provider
from .._estate.registration import ProviderOffer, RegisteredProvider
from .._estate.sps_state import SERVICES_GROUP, SpsState
from .._estate.vsan import VsanHealth
from .._timing.waiting import SYSTEM_CLOCK, Clock, Deadline
from .._wire import tls
from .._wire.journal.journal import Journal
from . import client_certificates, host_services, hosts, messages, providers, running_tasks, settings
from .clusters import cluster_config, host_monitoring, vm_restarts
from .events import registering
from .session import VSphereSession
from .sparing import host_now, some_hosts
from .sparing.known_certificates import KnownCertificates
from .tasks import wait_for_task
from .vsan import health, membership

T = TypeVar("T")


class TlsEndpoints:
    """Hosts' endpoints, over the network."""

    def __init__(self, journal: Optional[Journal] = None) -> None:
        self._journal = journal

    def chain(self, host_names: Sequence[str], port: int, timeout_seconds: float) -> Sequence[Certificate]:
        """What an endpoint shows. Raises EndpointError."""
        try:
            chain = tls.fetch_chain(host_names, port, timeout_seconds)
        except EndpointError as error:
            if self._journal is not None:
                self._journal.endpoint(host_names, port, (), error)
            raise
        if self._journal is not None:
            self._journal.endpoint(host_names, port, chain, None)
        return chain


class SessionPort:
    """A vCenter by a session with it."""

    def __init__(self, session: VSphereSession, clock: Clock = SYSTEM_CLOCK) -> None:
        self._session = session
        self._clock = clock
        # By their hosts' ids what NotifyAffectedServices is called on.
        self._notifiable: dict[str, Any] = {}
        self._certificates = KnownCertificates()
        # The ids of providers that were seen to be IOFilter providers: they need not be read to be told from others.
        self._iofilter: set[str] = set()

    @property
    def name(self) -> str:
        """The vCenter's hostname."""
        return self._session.name

    @property
    def clock(self) -> Clock:
        """This machine's."""
        return self._clock

    @property
    def endpoints(self) -> TlsEndpoints:
        """What hosts show on their ports."""
        return TlsEndpoints(self._session.connection.journal)

    @property
    def retries(self) -> int:
        """How many calls failed with transient errors and were retried."""
        return self._session.retries

    def count_retry(self) -> None:
        """Count one more."""
        self._session.count_retry()

    def uncounted(self) -> AbstractContextManager[None]:
        """What fails in passing meanwhile is not counted."""
        return self._session.uncounted()

    # Hosts

    def hosts(self, *, with_ssh: bool = False, certificates: bool = True) -> tuple[list[EsxiHost], list[Unavailable]]:
        """All that the vCenter knows."""
        return self._noted(hosts.read_hosts(self._session, with_ssh=with_ssh, certificates=certificates))

    def hosts_by_id(self, moids: Sequence[str], *, certificates: bool = True) -> tuple[list[EsxiHost], list[Unavailable]]:
        """Those of these ids."""
        return self._noted(some_hosts.read_some(self._session, moids, certificates=certificates))

    def lost_beside(self, these: Sequence[EsxiHost]) -> list[EsxiHost]:
        """By the clusters' own lists of hosts."""
        return some_hosts.read_lost(self._session, these)

    def note_certificate(self, host: EsxiHost, certificate: Certificate) -> None:
        """By its own thumbprint."""
        self._certificates.note(host.moid, certificate.sha1_thumbprint, certificate)

    def client_certificates(self, these: Sequence[EsxiHost]) -> tuple[dict[str, ClientCertificate], list[Unavailable]]:
        """RetrieveCertificateInfoList."""
        return client_certificates.read_client_certificates(self._session, these)

    def host_state(self, host: EsxiHost, *, anew: bool = False) -> HostState:
        """A host's connection and certificate now."""
        return self._of_host(lambda: host_now.read_state(self._session, host, self._certificates, anew=anew))

    def host_now(self, host: EsxiHost, *, sparing: bool = False) -> HostNow:
        """The same with its recent tasks."""
        return self._of_host(lambda: host_now.read_now(self._session, host, self._certificates, sparing=sparing))

    def host_names(self, these: Sequence[EsxiHost]) -> dict[str, Optional[str]]:
        """The names that hosts have now."""
        return hosts.names_now(self._session, these)

    def nothing_runs_on(self, host: EsxiHost) -> bool:
        """Whether no task is queued or running on a host."""
        return running_tasks.nothing_runs_on(self._session, host)

    def can_notify_services(self, host: EsxiHost) -> bool:
        """Whether NotifyAffectedServices can be called."""
        manager = hosts.notifiable(self._session, host)
        self._notifiable[host.moid] = manager
        return manager is not None

    def renew_certificate(self, host: EsxiHost, deadline: Deadline) -> None:
        """CertMgrRefreshCertificates_Task."""
        self._task(f"Renewing the certificate of {host.name}", lambda: hosts.renew_certificate(self._session, host), deadline)

    def disconnect(self, host: EsxiHost, deadline: Deadline) -> None:
        """DisconnectHost_Task."""
        self._task(f"Disconnecting {host.name}", lambda: hosts.disconnect(self._session, host), deadline)

    def reconnect(self, host: EsxiHost, certificate: Optional[Certificate], thumbprint: Optional[str], deadline: Deadline) -> None:
        """ReconnectHost_Task."""
        known = hosts.known_certificate(self._session, certificate, thumbprint)
        self._task(f"Reconnecting {host.name}", lambda: hosts.reconnect(self._session, host, known), deadline)

    def request_certificate(self, host: EsxiHost) -> str:
        """GenerateCertificateSigningRequest."""
        return hosts.request_certificate(self._session, host)

    def install_certificate(self, host: EsxiHost, pem: str) -> None:
        """InstallServerCertificate."""
        hosts.install_certificate(self._session, host, pem)

    def notify_services(self, host: EsxiHost) -> None:
        """NotifyAffectedServices."""
        manager = self._notifiable.get(host.moid) or hosts.notifiable(self._session, host)
        if manager is None:
            raise messages.SERVICES_NOT_NOTIFIABLE(esxi_host=host.name)
        hosts.notify_services(self._session, host.name, manager)

    def ca_certificates(self, host: EsxiHost) -> tuple[str, ...]:
        """ListCACertificates."""
        return self._of_host(lambda: hosts.ca_certificates(self._session, host))

    def ca_crls(self, host: EsxiHost) -> tuple[str, ...]:
        """ListCACertificateRevocationLists."""
        return self._of_host(lambda: hosts.ca_crls(self._session, host))

    def replace_ca_certificates(self, host: EsxiHost, certificates: Sequence[str], crls: Sequence[str]) -> None:
        """ReplaceCACertificatesAndCRLs."""
        hosts.replace_ca_certificates(self._session, host, certificates, crls)

    def ssh_service(self, host: EsxiHost) -> Optional[HostService]:
        """TSM-SSH."""
        return self._of_host(lambda: host_services.read_ssh(self._session, host))

    def start_ssh(self, host: EsxiHost) -> None:
        """StartService."""
        host_services.start_ssh(self._session, host)

    def stop_ssh(self, host: EsxiHost) -> None:
        """StopService."""
        host_services.stop_ssh(self._session, host)

    def _task(self, what: str, start: Callable[[], Any], deadline: Deadline) -> None:
        wait_for_task(self._session, start(), what, deadline)

    def _noted(self, read: tuple[list[EsxiHost], list[Unavailable]]) -> tuple[list[EsxiHost], list[Unavailable]]:
        for host in read[0]:
            self._certificates.note(host.moid, host.record_thumbprint, host.certificate)
        return read

    def _of_host(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except CertopsError as error:
            if hosts.is_removed(error):
                raise error.retold(kind=HostRemoved) from error
            raise

    # Clusters

    def clusters(self, these: Sequence[EsxiHost]) -> tuple[list[Cluster], list[Unavailable]]:
        """Those that hosts stand in."""
        return cluster_config.read_clusters(self._session, these)

    def missing_on_clusters(self, these: Sequence[Cluster]) -> dict[str, tuple[str, ...]]:
        """What the account lacks on clusters."""
        return cluster_config.read_missing(self._session, these)

    def tasks_on_cluster(self, cluster: Cluster) -> Sequence[str]:
        """What is in progress on it."""
        return host_monitoring.tasks_on(self._session, cluster)

    def switch_host_monitoring(self, cluster: Cluster, wanted: str, deadline: Deadline) -> None:
        """ReconfigureComputeResource_Task."""
        what = f"Setting host monitoring of {cluster.name} to {wanted}"
        self._task(what, lambda: host_monitoring.switch(self._session, cluster, wanted), deadline)

    def note_on_cluster(self, cluster: Cluster, text: str) -> None:
        """SetField."""
        host_monitoring.write_note(self._session, cluster, text)

    def log_event(self, cluster: Cluster, text: str) -> None:
        """LogUserEvent."""
        host_monitoring.log_event(self._session, cluster, text)

    def reconfigure_ha(self, host: EsxiHost, deadline: Deadline) -> None:
        """ReconfigureHostForDAS_Task."""
        what = f"Configuring vSphere HA on {host.name} anew"
        self._task(what, lambda: host_monitoring.reconfigure_ha(self._session, host), deadline)

    def vm_restarts(self, since: datetime) -> Sequence[VmRestart]:
        """By the event that says so."""
        return vm_restarts.read_vm_restarts(self._session, since)

    def vsan_health(self, cluster: Cluster) -> VsanHealth:
        """By the vSAN health service."""
        return health.read_vsan_health(self._session, cluster)

    def vsan_missing(self, cluster: Cluster) -> tuple[str, ...]:
        """By one of its hosts."""
        return membership.read_missing_members(self._session, cluster)

    # SMS

    def providers(self, but_not: Container[str] = ()) -> tuple[list[RegisteredProvider], list[Unavailable]]:
        """All that SMS has but those of these ids."""
        found, unavailable = providers.read_providers(self._session, but_not)
        self._iofilter.update(one.moid for one in found)
        return found, unavailable

    def provider_ids(self) -> frozenset[str]:
        """The ids of all."""
        return providers.listed(self._session)

    def other_providers(self) -> list[OtherProvider]:
        """Those that are no IOFilter providers."""
        return providers.read_other_providers(self._session, self._iofilter)

    def unregister(self, provider: Provider, deadline: Deadline) -> None:
        """UnregisterProvider_Task."""
        providers.unregister(self._session, provider, deadline)

    def register(self, offer: ProviderOffer, username: str, password: str, deadline: Deadline) -> None:
        """RegisterProvider_Task."""
        providers.register(self._session, offer, username, password, deadline)

    def refresh(self, registered: RegisteredProvider, method: str, deadline: Deadline) -> None:
        """VasaProviderSync_Task, VasaProviderReconnect_Task or VasaProviderRefreshCertificate_Task."""
        providers.refresh(self._session, registered, method, deadline)

    def registration_failures(self, since: datetime) -> dict[str, str]:
        """HostVendorProviderRegistrationFailedEvent."""
        return registering.registration_failures(self._session, since)

    # SPS

    def sps(self) -> SpsState:
        """State and health of SPS."""
        return self._session.appliance.sps()

    def restart_sps(self, limit_seconds: float) -> None:
        """Begin a restart of SPS."""
        self._session.appliance.restart_sps(limit_seconds)

    def may_restart_sps(self) -> bool:
        """Whether the account is in the group whose members manage services."""
        return SERVICES_GROUP.lower() in self._session.appliance.groups()

    def prove_restart_right(self, startup_type: str) -> None:
        """Make a write that changes nothing, of the kind that a restart is."""
        self._session.appliance.rewrite_sps_startup_type(startup_type)

    def ask_sms(self, *, once: bool = False) -> None:
        """Have SMS answer."""
        ask = self._session.ask if once else self._session.read
        ask(f"Asking SMS of {self.name}", lambda: providers.storage_manager(self._session).QueryProvider())

    # The vCenter itself

    def about(self) -> About:
        """What it is."""
        about = self._session.content.about
        return About(_shown(about.version), _shown(about.build), _shown(about.instanceUuid))

    def server_time(self) -> datetime:
        """Its clock."""

        def ask() -> datetime:
            # Of the session of now: a session that ended meanwhile is another one then.
            found: datetime = self._session.service_instance.CurrentTime()
            return found

        return self._session.read("Reading the clock", ask)

    def own_name(self) -> Optional[str]:
        """VirtualCenter.FQDN."""
        return settings.read_name(self._session)

    def certificate_settings(self) -> CertificateSettings:
        """vpxd.certmgmt.*"""
        return settings.read_certificate_settings(self._session)

    def trusted_roots(self) -> TrustedRoots:
        """TRUSTED_ROOTS."""
        return self._session.appliance.trusted_roots()

    def published_roots(self) -> list[Certificate]:
        """What /afd/vecs/ca shows."""
        return self._session.appliance.published_roots()

    def signing_chain(self) -> list[Certificate]:
        """The chain of the token-signing certificate."""
        return self._session.appliance.signing_chain()

    def machine_ssl(self) -> Certificate:
        """The machine SSL certificate."""
        return self._session.appliance.machine_ssl()

    def missing_privileges(self, these: Sequence[EsxiHost]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        """What the account lacks."""
        return settings.read_missing_privileges(self._session, these)

    def linked_nodes(self) -> list[str]:
        """The linked vCenters."""
        return self._session.appliance.linked_nodes()

    def backups(self) -> dict[str, Any]:
        """The file-based backups."""
        return self._session.appliance.backups()


def _shown(value: object) -> Optional[str]:
    return None if value is None else printable(str(value))
