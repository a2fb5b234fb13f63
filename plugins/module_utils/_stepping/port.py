# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operations need of vSphere, in their own words: the vCenter's side of every story, which they get handed.

`_vsphere/port.py` is it over pyVmomi and REST, `tests/unit/fake_estate.py` in memory. Every method raises CertopsError (_common/errors.py) where
it does not do what it says: TransientError where it may work the next time, RepeatableError where a few attempts are worth it. What reads is
repeated by itself where it fails in passing; what changes something is sent once, and its answer may be lost though it was done.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Container, Mapping, Optional, Protocol, Sequence

from .._certificates.certificate import Certificate
from .._certificates.trust import TrustedRoots
from .._estate.client_certificate import ClientCertificate
from .._estate.cluster import Cluster, VmRestart
from .._estate.estate import About, CertificateSettings, EsxiHost, Unavailable
from .._estate.host_now import HostNow, HostState
from .._estate.host_service import HostService
from .._estate.provider import OtherProvider, Provider
from .._estate.registration import ProviderOffer, RegisteredProvider
from .._estate.sps_state import SpsState
from .._estate.vsan import VsanHealth
from .._timing.waiting import Clock, Deadline


class Endpoints(Protocol):
    """TLS endpoints of hosts, asked from the controller."""

    def chain(self, host_names: Sequence[str], port: int, timeout_seconds: float) -> Sequence[Certificate]:
        """What an endpoint shows, its own certificate first; the names are tried in order. Raises EndpointError."""


class Hosts(Protocol):
    """The ESXi hosts that a vCenter knows."""

    def hosts(self, *, with_ssh: bool = False, certificates: bool = True) -> tuple[list[EsxiHost], list[Unavailable]]:
        """All of them by name, and what could not be read of them. with_ssh: whether to read their service SSH as well. certificates: whether to read
        those, which are most of what is sent."""

    def hosts_by_id(self, moids: Sequence[str], *, certificates: bool = True) -> tuple[list[EsxiHost], list[Unavailable]]:
        """Those of these ids that are there, the same way, without their alarms; no other is read."""

    def lost_beside(self, hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
        """Hosts of the clusters of these that the vCenter has no connection to, in standby or not, these among them: who they are and where."""

    def note_certificate(self, host: EsxiHost, certificate: Certificate) -> None:
        """What a host is known to have by its thumbprint on record: not asked for again while that stays the same."""

    def client_certificates(self, hosts: Sequence[EsxiHost]) -> tuple[Mapping[str, ClientCertificate], list[Unavailable]]:
        """By their ids the certificates by which hosts log in to VASA providers, of those that have one; and what could not be read."""

    def host_state(self, host: EsxiHost, *, anew: bool = False) -> HostState:
        """A host's connection and certificate now. Raises HostRemoved where the vCenter does not have it any more.

        A certificate that was read before is not read again while its thumbprint on record is the same; anew: it is, whatever that is."""

    def host_now(self, host: EsxiHost, *, sparing: bool = False) -> HostNow:
        """The same with its recent tasks, whoever began them. sparing: without its certificate, where that was not read before."""

    def host_names(self, hosts: Sequence[EsxiHost]) -> Mapping[str, Optional[str]]:
        """The names that hosts have now, by their ids; None for one that was removed."""

    def nothing_runs_on(self, host: EsxiHost) -> bool:
        """Whether no task is queued or running on a host."""

    def can_notify_services(self, host: EsxiHost) -> bool:
        """Whether a host's services can be told that its certificate changed."""

    def ca_certificates(self, host: EsxiHost) -> tuple[str, ...]:
        """The CAs that a host trusts (its castore.pem), in PEM; it must be connected, and it takes Certificate.Manage."""

    def ca_crls(self, host: EsxiHost) -> tuple[str, ...]:
        """The revocation lists that it has, in PEM, the same way."""

    def ssh_service(self, host: EsxiHost) -> Optional[HostService]:
        """A host's service SSH now; None where the vCenter does not show it."""


class HostChanges(Protocol):
    """What a vCenter does with a host. What is a task there has ended when these return."""

    def renew_certificate(self, host: EsxiHost, deadline: Deadline) -> None:
        """Have VMCA issue a certificate to it."""

    def disconnect(self, host: EsxiHost, deadline: Deadline) -> None:
        """Disconnect it."""

    def reconnect(self, host: EsxiHost, certificate: Optional[Certificate], thumbprint: Optional[str], deadline: Deadline) -> None:
        """Connect it. What a trusted root signed for it is accepted whatever is given; what none did only if it is this certificate, or has this
        SHA-1 thumbprint, or without either is on record. In mode vmca it may bring a new certificate. So look at the record afterwards."""

    def request_certificate(self, host: EsxiHost) -> str:
        """Have it make a key, and a request in PEM for a certificate of it."""

    def install_certificate(self, host: EsxiHost, pem: str) -> None:
        """Give it the certificate for its last request."""

    def replace_ca_certificates(self, host: EsxiHost, certificates: Sequence[str], crls: Sequence[str]) -> None:
        """Have it trust these and no others, and have these revocation lists and no others. Not repeated by itself; the same again is the same."""

    def notify_services(self, host: EsxiHost) -> None:
        """Tell its services that its certificate changed."""

    def start_ssh(self, host: EsxiHost) -> None:
        """Start its service SSH."""

    def stop_ssh(self, host: EsxiHost) -> None:
        """Stop its service SSH; sessions that are open go on."""


class Clusters(Protocol):
    """The clusters that hosts stand in, and their vSphere HA."""

    def clusters(self, hosts: Sequence[EsxiHost]) -> tuple[list[Cluster], list[Unavailable]]:
        """Those of these hosts, in one call, and what could not be read of them. They do not say what the account lacks."""

    def missing_on_clusters(self, clusters: Sequence[Cluster]) -> Mapping[str, tuple[str, ...]]:
        """What the account lacks to switch host monitoring, by the clusters' ids."""

    def tasks_on_cluster(self, cluster: Cluster) -> Sequence[str]:
        """What is in progress on a cluster, whoever began it, in words; nothing of its hosts."""

    def switch_host_monitoring(self, cluster: Cluster, host_monitoring: str, deadline: Deadline) -> None:
        """Set host monitoring, and nothing else of the cluster; return at the end of the task."""

    def note_on_cluster(self, cluster: Cluster, text: str) -> None:
        """Write down on a cluster what its host monitoring was; an empty text takes the note away."""

    def log_event(self, cluster: Cluster, text: str) -> None:
        """Have vCenter keep an event of a cluster."""

    def reconfigure_ha(self, host: EsxiHost, deadline: Deadline) -> None:
        """Configure HA on a host anew, and return at the end of the task; its agent may take longer."""

    def vm_restarts(self, since: datetime) -> Sequence[VmRestart]:
        """The virtual machines that HA restarted since a moment of the vCenter's clock."""

    def vsan_health(self, cluster: Cluster) -> VsanHealth:
        """How the objects of a cluster with vSAN are. Raises CertopsError for one without it."""

    def vsan_missing(self, cluster: Cluster) -> tuple[str, ...]:
        """The hosts of a cluster with vSAN that its others do not see."""


class StorageProviders(Protocol):
    """The IOFilter providers that the storage monitoring service (SMS) of a vCenter has."""

    def providers(self, but_not: Container[str] = ()) -> tuple[list[RegisteredProvider], list[Unavailable]]:
        """All of them but those of these ids, and those that could not be read."""

    def provider_ids(self) -> frozenset[str]:
        """The ids of all, in one call."""

    def other_providers(self) -> list[OtherProvider]:
        """Those that are no IOFilter providers of ESXi hosts, with what they are like; one that cannot be read is left out."""

    def unregister(self, provider: Provider, deadline: Deadline) -> None:
        """Unregister one, and return when SMS does not have it any more; a lost answer is looked up."""

    def register(self, offer: ProviderOffer, username: str, password: str, deadline: Deadline) -> None:
        """Register one against a certificate, and return when SMS has it; a lost answer is looked up."""

    def refresh(self, registered: RegisteredProvider, method: str, deadline: Deadline) -> None:
        """Have SMS synchronise or reconnect one, or renew what it remembers of it, by the method of that name, and return at its end."""

    def registration_failures(self, since: datetime) -> Mapping[str, str]:
        """By the ids of hosts what vCenter's events say of the last registration of their providers that failed, since a time by its clock."""


class StorageProfileService(Protocol):
    """SPS, in which SMS runs."""

    def sps(self) -> SpsState:
        """How it is."""

    def restart_sps(self, limit_seconds: float) -> None:
        """Begin a restart; whether it is over when this returns is not said. It may take minutes, of which it is given so many.

        Raises TransientError where it is refused in the middle of another (HTTP 400), and where it is not known what became of it."""

    def may_restart_sps(self) -> bool:
        """Whether the account is in the SSO group that may. Nothing is changed. Raises CertopsError where its groups are not told."""

    def prove_restart_right(self, startup_type: str) -> None:
        """Make a write that changes nothing (the startup type that it has) and wants the same right as a restart.

        Raises AccessDenied where the account does not have it, TransientError in the middle of a restart (HTTP 400) or where the answer is lost."""

    def ask_sms(self, *, once: bool = False) -> None:
        """Have SMS answer. Raises TransientError where it does not; once: after one attempt."""


class Settings(Protocol):
    """What a vCenter says of itself."""

    def about(self) -> About:
        """What it is, as it said at login."""

    def server_time(self) -> datetime:
        """Its clock."""

    def own_name(self) -> Optional[str]:
        """The name that it gives itself."""

    def certificate_settings(self) -> CertificateSettings:
        """vpxd.certmgmt.*"""

    def trusted_roots(self) -> TrustedRoots:
        """Its trusted roots. Raises NotOffered where its version has no way to read them (before 6.7 U2)."""

    def published_roots(self) -> list[Certificate]:
        """The CA certificates that it shows to anybody, VMCA's root among them: a witness, for whom nobody vouches."""

    def signing_chain(self) -> list[Certificate]:
        """The chain of its token-signing certificate."""

    def machine_ssl(self) -> Certificate:
        """Its own certificate."""

    def missing_privileges(self, hosts: Sequence[EsxiHost]) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
        """What the account lacks on it as a whole, and on each host by its id."""

    def linked_nodes(self) -> list[str]:
        """The nodes of its linked group."""

    def backups(self) -> dict[str, Any]:
        """How many backups it has, and the end of the last that succeeded."""


class VSphere(Hosts, HostChanges, Clusters, StorageProviders, StorageProfileService, Settings, Protocol):
    """A vCenter that we are logged in to, its hosts' endpoints, and the time."""

    @property
    def name(self) -> str:
        """The vCenter's hostname, for messages."""

    @property
    def clock(self) -> Clock:
        """By what is waited."""

    @property
    def endpoints(self) -> Endpoints:
        """What hosts show on their ports."""

    @property
    def retries(self) -> int:
        """How many calls failed with transient errors and were retried."""

    def count_retry(self) -> None:
        """Count one more."""

    def uncounted(self) -> AbstractContextManager[None]:
        """What fails in passing meanwhile is the doing of whoever says so, and is not counted."""
