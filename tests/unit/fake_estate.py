# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vSphere estate in memory, as operations are handed one (_stepping/port.py), with a clock of its own.

What it believes of vSphere is held by tests/sim/test_port.py, which the simulated estate passes too. It has real certificates, and neither a
network nor threads: a story of operations is a unit test of milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Callable, Container, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.castore import read_castore
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate, parse
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import TrustedRoots, issuer_of, names_host
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    DeadlineExceeded,
    EndpointError,
    HostRemoved,
    TransientError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.alarm import Alarm
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster, VmRestart
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import (
    CONNECTED,
    DISCONNECTED,
    About,
    CertificateSettings,
    EsxiHost,
    Unavailable,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_now import HostNow, HostState, HostTask
from ansible_collections.certops.vsphere.plugins.module_utils._estate.host_service import HostService
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import OtherProvider, Provider
from ansible_collections.certops.vsphere.plugins.module_utils._estate.registration import ProviderOffer, RegisteredProvider
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sps_state import DISABLED, PASSING, STARTED, SpsState
from ansible_collections.certops.vsphere.plugins.module_utils._estate.vsan import VsanHealth
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW, Authority, authority, key, make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.clusters.fake_clusters import SLAVE, FakeCluster, FakeHa
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

TASK_SECONDS = 3.0
SYNC_SECONDS = 1.0
RESTART_SECONDS = 40.0
# Whose certificate ends so soon is given another when it is reconnected.
SHORTLY_DAYS = 60.0
VMCA = authority()
# sms_self_signed, by which hosts before ESXi 9.0 believe SPS.
SMS = make("sms_self_signed", names=("vc01",), ends=3000)
RECONNECT, REFRESH = "HostSystem.reconnect", "CertificateManager.refreshCertificates"
HTTPS, IOFILTER = 443, 9080
CERTIFICATE_ALARM = "ESXi Host Certificate Status"
REGISTRATION_ALARM = "Registration/unregistration of third-party IO filter storage providers fails on a host"


@dataclass
class FakeHost:
    """An ESXi host. recorded: its certificate, as vCenter has it; serves: what its ports show, none for a port that is silent."""

    name: str
    moid: str
    recorded: Any
    serves: dict[int, Any]
    cluster: Optional[str] = "c1"
    version: str = "8.0.2"
    state: str = CONNECTED
    asleep: bool = False
    notifiable: bool = False
    addresses: tuple[str, ...] = ()
    in_maintenance_mode: bool = False
    # Whether vCenter shows nothing of the certificate that it has on record.
    unrecorded: bool = False
    # Whose request was made last: its name.
    requested: Optional[str] = None
    tasks: list[HostTask] = field(default_factory=list)
    ssh_runs: bool = False
    # By which it logs in to VASA providers.
    client: Optional[ClientCertificate] = None
    # Whether SMS gives its provider a certificate of its own, which its port 9080 shows then.
    gives: bool = False
    # The CAs that it trusts, where those are not what every host has, and its revocation lists.
    castore: Optional[tuple[str, ...]] = None
    crls: tuple[str, ...] = ("a revocation list",)

    @property
    def esxi_9(self) -> bool:
        """Whether it is a 9.0 or newer."""
        return int(self.version.partition(".")[0]) >= 9

    # How its HA agent is, how it is after its next restart where not well, and whether configuring HA anew does not help.
    ha_state: str = SLAVE
    ha_ends_in: Optional[str] = None
    ha_incurable: bool = False
    ha_reconnect_cures: bool = False
    alarms: tuple[str, ...] = ()


@dataclass
class FakeProvider:
    """A provider that SMS has, with the certificate that it remembers."""

    uid: str
    host: str
    remembered: Any
    vasa: str = "1.0"
    online: Optional[bool] = None
    # Whether it is connected, and has not synchronised yet.
    synchronising: bool = False
    # retainVasaProviderCertificate, None where SMS does not say.
    retains: Optional[bool] = True
    # What its status is until SMS is given the task for it: disconnected, syncError or connected.
    condition: Optional[str] = None


@dataclass
class Spoiling:
    """What becomes of a call: it is done or not, and then this is raised; a callable is called instead. before: all is well after that."""

    method: str
    how: Any
    done: bool
    times: int
    about: Optional[str]
    before: bool = False


@dataclass
class FakeEstate:
    """The estate, and the calls that it was sent: their names, and with whom they are about in `changes`."""

    fakes: list[FakeHost] = field(default_factory=list)
    registered: list[FakeProvider] = field(default_factory=list)
    name: str = "vc01"
    clock: FakeClock = field(default_factory=FakeClock)
    vmca: Authority = VMCA
    roots: tuple[Any, ...] = (VMCA.made,)
    mode: Optional[str] = "vmca"
    retries: int = 0
    calls: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    spoilings: list[Spoiling] = field(default_factory=list)
    # What happens by itself, at these seconds.
    coming: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    # What VMCA makes of a host's request, where that is not what it should.
    issues: Optional[Callable[[FakeHost], Any]] = None
    # Whether a reconnect in mode vmca brings a new certificate: by_status of the one that the host has, always, or never.
    reconnect_renews: str = "by_status"
    # Whether SMS can renew what it remembers in place.
    refreshes: bool = False
    sps_state: str = STARTED
    sps_startup_type: Optional[str] = "AUTOMATIC"
    # Whether the account may restart services.
    permitted: bool = True
    # Whether the call that restarts SPS answers when it is up, as it is documented, or at once.
    restart_blocks: bool = False
    missing: tuple[str, ...] = ()
    # Whether SMS shows what it remembers, or its date only; or not even that.
    shows_pem: bool = True
    shows_dates: bool = True
    # Whether vCenter registers by itself what was unregistered: after so many seconds, when anything is synchronised ("sync"), or never (None).
    registers_by_itself: Any = None
    # By host, why it cannot be registered, as vCenter's events tell it; and what they told so far, with when.
    failing: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[datetime, str, str]] = field(default_factory=list)
    # Providers that are no hosts', and what a restart of SPS makes of their statuses.
    others: list[OtherProvider] = field(default_factory=list)
    others_after_restart: dict[str, str] = field(default_factory=dict)
    # By the names of clusters with vSAN how it is.
    vsan: dict[str, VsanHealth] = field(default_factory=dict)
    # And the hosts that the others of it do not see.
    vsan_cut_off: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _numbered: int = 0
    ha: FakeHa = field(init=False)

    def __post_init__(self) -> None:
        self.ha = FakeHa(lambda seconds, happening: self.at(self.clock.seconds + seconds, happening), self.clock.now)

    # What tests do with it

    def spoil(self, method: str, how: Any, *, done: bool = False, times: int = 1, about: Optional[str] = None) -> None:
        """Have the next calls of a method, about a host or provider of this name, end so."""
        self.spoilings.append(Spoiling(method, how, done, times, about))

    def before(self, method: str, happening: Callable[[], Any], *, about: Optional[str] = None) -> None:
        """Have something happen right before the next call of a method, which goes well."""
        self.spoilings.append(Spoiling(method, happening, False, 1, about, before=True))

    def at(self, seconds: float, happening: Callable[[], None]) -> None:
        """Have something happen when so much time has passed."""
        self.coming.append((seconds, happening))

    def fake(self, name: str) -> FakeHost:
        """A host by its name."""
        return next(one for one in self.fakes if one.name == name)

    def busy(self, name: str, kind: str, seconds: float, effect: Callable[[], None] = lambda: None) -> None:
        """Have somebody else's task go on with a host."""
        host = self.fake(name)
        task = self._new_task(host, kind, "running")

        def end() -> None:
            host.tasks[host.tasks.index(task)] = replace(task, state="success")
            effect()

        self.at(self.clock.seconds + seconds, end)

    def count(self, method: str) -> int:
        """How often a method was called."""
        return self.calls.count(method)

    # What operations are handed

    @property
    def endpoints(self) -> FakeEstate:
        """Its hosts' ports."""
        return self

    def chain(self, host_names: Sequence[str], port: int, timeout_seconds: float) -> Sequence[Certificate]:
        """What a port shows."""
        self._settle()
        for host in self.fakes:
            if {host.name, *host.addresses} & set(host_names) and not host.asleep and host.serves.get(port) is not None:
                return (parsed(host.serves[port]),)
        raise EndpointError(f"nothing listens on port {port}")

    def count_retry(self) -> None:
        """Count one more."""
        self.retries += 1

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """Nothing is counted meanwhile."""
        before = self.retries
        yield
        self.retries = before

    # Hosts

    def hosts(self, *, with_ssh: bool = False, certificates: bool = True) -> tuple[list[EsxiHost], list[Unavailable]]:
        """All of them."""

        def read() -> tuple[list[EsxiHost], list[Unavailable]]:
            found = [self._known(one, with_ssh) for one in self.fakes]
            return [one if certificates else replace(one, certificate=None) for one in found], []

        return self._call("hosts" if certificates else "hosts_by_name", None, read)

    def client_certificates(self, hosts: Sequence[EsxiHost]) -> tuple[Mapping[str, ClientCertificate], list[Unavailable]]:
        """Since 8.0.1, of those that are connected."""

        def read() -> tuple[Mapping[str, ClientCertificate], list[Unavailable]]:
            wanted = {host.moid for host in hosts}
            there = [one for one in self.fakes if one.moid in wanted and one.state == CONNECTED and not one.asleep]
            return {one.moid: one.client for one in there if one.client is not None and one.version >= "8.0.1"}, []

        return self._call("client_certificates", None, read)

    def hosts_by_id(self, moids: Sequence[str], *, certificates: bool = True) -> tuple[list[EsxiHost], list[Unavailable]]:
        """Those of these ids."""

        def read() -> tuple[list[EsxiHost], list[Unavailable]]:
            found = [replace(self._known(one, False), alarms=()) for one in self.fakes if one.moid in moids]
            return [one if certificates else replace(one, certificate=None) for one in found], []

        return self._call("hosts_by_id", None, read)

    def lost_beside(self, hosts: Sequence[EsxiHost]) -> list[EsxiHost]:
        """By what they stand in."""
        clusters = {host.cluster_moid for host in hosts if host.cluster_moid}

        def read() -> list[EsxiHost]:
            found = [self._known(one, False) for one in self.fakes]
            return [one for one in found if one.cluster_moid in clusters and one.connection_state != CONNECTED]

        return self._call("lost_beside", None, read)

    def note_certificate(self, host: EsxiHost, certificate: Certificate) -> None:
        """It is told all the same: nothing is saved in memory."""

    def host_state(self, host: EsxiHost, *, anew: bool = False) -> HostState:
        """How it is now."""
        return self._call("host_state", host.name, lambda: self._state(self._there(host)))

    def host_now(self, host: EsxiHost, *, sparing: bool = False) -> HostNow:
        """The same with its tasks."""
        return self._call("host_now", host.name, lambda: HostNow(self._state(self._there(host)), tuple(self._there(host).tasks)))

    def host_names(self, hosts: Sequence[EsxiHost]) -> Mapping[str, Optional[str]]:
        """By which names they are there."""
        there = {one.moid: one.name for one in self.fakes}
        return self._call("host_names", None, lambda: {host.moid: there.get(host.moid) for host in hosts})

    def nothing_runs_on(self, host: EsxiHost) -> bool:
        """Whether a task runs."""
        return self._call("nothing_runs_on", host.name, lambda: not any(one.in_progress for one in self._there(host).tasks))

    def can_notify_services(self, host: EsxiHost) -> bool:
        """Since 8.0.3."""
        return self._call("can_notify_services", host.name, lambda: self._there(host).notifiable)

    def notify_services(self, host: EsxiHost) -> None:
        """All ports take it up."""

        def done() -> None:
            fake = self._there(host)
            fake.serves = {port: shown if fake.gives and port == IOFILTER else fake.recorded for port, shown in fake.serves.items()}

        self._change("notify_services", host.name, done)

    def ca_certificates(self, host: EsxiHost) -> tuple[str, ...]:
        """Of a connected host."""
        return self._call("ca_certificates", host.name, lambda: self.castore_of(self._reached(host)))

    def ca_crls(self, host: EsxiHost) -> tuple[str, ...]:
        """The same way."""
        return self._call("ca_crls", host.name, lambda: self._reached(host).crls)

    def replace_ca_certificates(self, host: EsxiHost, certificates: Sequence[str], crls: Sequence[str]) -> None:
        """Both lists as wholes."""

        def replace_both() -> None:
            fake = self._reached(host)
            for certificate in certificates:
                parse(certificate)
            fake.castore, fake.crls = tuple(certificates), tuple(crls)

        self._change("replace_ca_certificates", host.name, replace_both)

    def castore_of(self, fake: FakeHost) -> tuple[str, ...]:
        """The CAs that a host trusts."""
        if fake.castore is not None:
            return fake.castore
        return tuple(pem(one) for one in (*self.roots, *(() if fake.esxi_9 else (SMS,))))

    def trusts_sms(self, fake: FakeHost) -> bool:
        """Whether it believes SPS: by sms_self_signed, or since ESXi 9.0 by VMCA's root."""
        needed = parsed(self.vmca.made if fake.esxi_9 else SMS)
        return read_castore(self.castore_of(fake)).has(needed)

    def _reached(self, host: EsxiHost) -> FakeHost:
        fake = self._there(host)
        if fake.state != CONNECTED or fake.asleep:
            raise CertopsError(
                f"Reaching {host.name} failed", code="broken", vsphere_fault="HostNotConnected", remedy="Reconnect the host."
            )
        return fake

    def ssh_service(self, host: EsxiHost) -> Optional[HostService]:
        """It is started by hand."""
        return self._call("ssh_service", host.name, lambda: HostService(self._there(host).ssh_runs, "off"))

    def start_ssh(self, host: EsxiHost) -> None:
        """It runs."""
        self._change("start_ssh", host.name, lambda: self._switch_ssh(host, runs=True))

    def stop_ssh(self, host: EsxiHost) -> None:
        """It does not."""
        self._change("stop_ssh", host.name, lambda: self._switch_ssh(host, runs=False))

    def _switch_ssh(self, host: EsxiHost, *, runs: bool) -> None:
        fake = self._there(host)
        if fake.state != CONNECTED:
            raise CertopsError(
                f"Switching SSH of {host.name} failed",
                code="broken",
                vsphere_fault="HostNotConnected",
                remedy="Reconnect the host.",
            )
        fake.ssh_runs = runs

    def renew_certificate(self, host: EsxiHost, deadline: Deadline) -> None:
        """Port 9080 goes on with the old one."""

        def renew() -> None:
            fake = self._there(host)
            fake.recorded = self._issued(fake)
            fake.serves = {**fake.serves, HTTPS: fake.recorded}
            self.ha.agents_restarted(fake, list(self.fakes))

        self._task("renew_certificate", host, REFRESH, deadline, renew)

    def disconnect(self, host: EsxiHost, deadline: Deadline) -> None:
        """vCenter lets it go."""
        self._task("disconnect", host, "HostSystem.disconnect", deadline, lambda: setattr(self._there(host), "state", DISCONNECTED))

    def reconnect(self, host: EsxiHost, certificate: Optional[Certificate], thumbprint: Optional[str], deadline: Deadline) -> None:
        """It comes back where a trusted root signed what it shows for it, or that is the one that was named, and serves it on port 9080 too."""

        def connect() -> None:
            fake = self._there(host)
            shown = parsed(fake.serves[HTTPS])
            named = thumbprint if thumbprint is not None else parsed(fake.recorded).sha1_thumbprint
            if shown.sha1_thumbprint != named and not self._verifies(fake, shown):
                raise CertopsError(
                    f"Reconnecting {host.name} failed",
                    code="broken",
                    vsphere_fault="SSLVerifyFault",
                    remedy="Look at its certificate.",
                )
            if self._renews_on_reconnect(shown):
                fake.serves = {**fake.serves, HTTPS: self._issued(fake)}
            fake.state, fake.recorded = CONNECTED, fake.serves[HTTPS]
            self.ha.reconnected(fake)
            if fake.serves.get(IOFILTER) is not None and not fake.gives:
                fake.serves = {**fake.serves, IOFILTER: fake.recorded}

        self._task("reconnect", host, RECONNECT, deadline, connect)

    def _verifies(self, fake: FakeHost, shown: Certificate) -> bool:
        by_root = self.mode != "thumbprint" and issuer_of(shown, [parsed(root) for root in self.roots]) is not None
        return by_root and shown.sound_at(self.clock.now()) and names_host(shown, [fake.name])

    def _renews_on_reconnect(self, shown: Certificate) -> bool:
        if self.mode != "vmca" or self.reconnect_renews == "never":
            return False
        return self.reconnect_renews == "always" or shown.days_left(self.clock.now()) <= SHORTLY_DAYS

    def _issued(self, fake: FakeHost) -> Any:
        self._numbered += 1
        plain = make(fake.name, issuer=self.vmca, names=(fake.name,), starts=-1, ends=700 + self._numbered)
        return self.issues(fake) if self.issues is not None else plain

    def request_certificate(self, host: EsxiHost) -> str:
        """A request for its name."""

        def ask() -> str:
            fake = self._there(host)
            fake.requested = fake.requested or fake.name
            builder = x509.CertificateSigningRequestBuilder().subject_name(
                x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, fake.requested)])
            )
            names = x509.SubjectAlternativeName([x509.DNSName(fake.requested)])
            made = builder.add_extension(names, critical=False).sign(key("RSA 2048"), hashes.SHA256())
            return made.public_bytes(Encoding.PEM).decode()

        return self._change("request_certificate", host.name, ask)

    def install_certificate(self, host: EsxiHost, pem: str) -> None:
        """vCenter has it, and port 443 where there is nobody to tell."""

        def install() -> None:
            fake = self._there(host)
            fake.recorded = x509.load_pem_x509_certificate(pem.encode())
            if not fake.notifiable:
                fake.serves = {**fake.serves, HTTPS: fake.recorded}
            self.ha.agents_restarted(fake, list(self.fakes))

        self._change("install_certificate", host.name, install)

    # Clusters

    def clusters(self, hosts: Sequence[EsxiHost]) -> tuple[list[Cluster], list[Unavailable]]:
        """Those that hosts stand in; without HA unless it was told otherwise."""
        names = dict.fromkeys(host.cluster for host in hosts if host.cluster)

        def read() -> tuple[list[Cluster], list[Unavailable]]:
            seen = [self.ha.clusters.get(name, FakeCluster(ha=False)).seen(name) for name in names]
            found = [replace(one, vsan_enabled=one.name in self.vsan) if self.vsan else one for one in seen]
            return found, [Unavailable("cluster", one.name, "NoPermission") for one in found if not one.readable]

        return self._call("clusters", None, read)

    def missing_on_clusters(self, clusters: Sequence[Cluster]) -> Mapping[str, tuple[str, ...]]:
        """Nothing, unless it was told some."""
        known = self.ha.clusters
        return self._call(
            "missing_on_clusters", None, lambda: {one.moid: known.get(one.name, FakeCluster()).lacking() for one in clusters}
        )

    def tasks_on_cluster(self, cluster: Cluster) -> Sequence[str]:
        """Somebody's."""
        return self._call("tasks_on_cluster", cluster.name, lambda: tuple(self.ha.clusters.get(cluster.name, FakeCluster()).tasks))

    def switch_host_monitoring(self, cluster: Cluster, host_monitoring: str, deadline: Deadline) -> None:
        """A task of some seconds."""

        def switch() -> None:
            self.clock.rest(TASK_SECONDS)
            self.ha.clusters[cluster.name].switch(host_monitoring)

        self.changes.append(f"host_monitoring {cluster.name} {host_monitoring}")
        self._call("switch_host_monitoring", cluster.name, switch)

    def note_on_cluster(self, cluster: Cluster, text: str) -> None:
        """It stands there."""
        self.changes.append(f"note {cluster.name} {text.partition(';')[0]}".strip())
        self._call("note_on_cluster", cluster.name, lambda: self.ha.clusters[cluster.name].write(text))

    def log_event(self, cluster: Cluster, text: str) -> None:
        """vCenter keeps it."""
        self._call("log_event", cluster.name, lambda: self.ha.clusters[cluster.name].events.append(text))

    def reconfigure_ha(self, host: EsxiHost, deadline: Deadline) -> None:
        """It may help."""
        self._task("reconfigure_ha", host, "HostSystem.reconfigureDAS", deadline, lambda: self.ha.reconfigured(self._there(host)))

    def vm_restarts(self, since: datetime) -> Sequence[VmRestart]:
        """By its events."""
        return self._call("vm_restarts", None, lambda: [one for one in self.ha.restarts if one.at >= since])

    def vsan_health(self, cluster: Cluster) -> VsanHealth:
        """As it was given."""

        def read() -> VsanHealth:
            if cluster.name not in self.vsan:
                raise CertopsError(f"Reading vSAN of {cluster.name} failed", code="broken", vsphere_fault="NotSupported")
            return self.vsan[cluster.name]

        return self._call("vsan_health", cluster.name, read)

    def vsan_missing(self, cluster: Cluster) -> tuple[str, ...]:
        """As it was given."""
        return self._call("vsan_missing", cluster.name, lambda: self.vsan_cut_off.get(cluster.name, ()))

    # SMS

    def providers(self, but_not: Container[str] = ()) -> tuple[list[RegisteredProvider], list[Unavailable]]:
        """All that SMS has."""

        def read() -> tuple[list[RegisteredProvider], list[Unavailable]]:
            found = [RegisteredProvider(self._provider(one), f"provider-{one.uid}") for one in self.registered]
            return [one for one in found if one.moid not in but_not], []

        return self._sms("providers", None, read)

    def provider_ids(self) -> frozenset[str]:
        """Their ids."""
        return self._sms("provider_ids", None, lambda: frozenset(f"provider-{one.uid}" for one in self.registered))

    def unregister(self, provider: Provider, deadline: Deadline) -> None:
        """It goes, there or not."""

        def go() -> None:
            self.changes.append(f"unregister {provider.provider_uid}")
            self.registered = [one for one in self.registered if one.uid != provider.provider_uid]
            if isinstance(self.registers_by_itself, (int, float)):
                self.at(self.clock.seconds + self.registers_by_itself, self.register_missing)

        self._sms("unregister", provider.name.rpartition(" ")[2], go)

    def register(self, offer: ProviderOffer, username: str, password: str, deadline: Deadline) -> None:
        """It is there, remembering what it was offered with."""

        def come() -> None:
            self.changes.append(f"register {offer.name}")
            name = offer.url.split("/")[2].partition(":")[0]
            if any(one.name == name and not self.trusts_sms(one) for one in self.fakes):
                raise CertopsError(
                    f"Registering {offer.name} failed",
                    code="broken",
                    vsphere_fault="ProviderRegistrationFault: certificate_unknown(46)",
                    remedy="Look at its castore.",
                )
            self._register(name, x509.load_pem_x509_certificate(offer.pem.encode()))

        self._sms("register", offer.name.rpartition(" ")[2], come)

    def refresh(self, registered: RegisteredProvider, method: str, deadline: Deadline) -> None:
        """It remembers what is served, where it can. A provider with a certificate of its own is given another one."""

        def renew() -> None:
            self.changes.append(f"{method} {registered.provider.provider_uid}")
            for one in [other for other in self.registered if other.uid == registered.provider.provider_uid]:
                if method == "Sync":
                    # Disconnected ones too, if their hosts trust SMS (field report).
                    one.condition = None
                    if not self._provider(one).online:
                        raise CertopsError(f"Sync of {one.uid} failed", code="broken", vsphere_fault="ProviderSyncFailed")
                elif method == "Reconnect" and one.condition == "disconnected":
                    # It is synchronised in a moment.
                    one.condition = "connected"
                    self.at(self.clock.seconds + SYNC_SECONDS, lambda one=one: self._synchronise(one))  # type: ignore[misc]
                if self.refreshes and method == "RefreshCertificate":
                    host = self.fake(one.host)
                    if host.gives:
                        self.provision(host)
                    one.remembered = host.serves[IOFILTER]
            if method == "Sync" and self.registers_by_itself == "sync":
                self.register_missing()

        self._sms("refresh", registered.provider.name.rpartition(" ")[2], renew)

    def _synchronise(self, one: FakeProvider) -> None:
        one.condition = None if one.condition == "connected" else one.condition

    def other_providers(self) -> list[OtherProvider]:
        """They are nobody's of these hosts."""
        return self._sms("other_providers", None, lambda: list(self.others))

    def registration_failures(self, since: datetime) -> dict[str, str]:
        """What events told since then."""

        def told() -> dict[str, str]:
            return {moid: text for when, moid, text in self.failures if when >= since}

        return self._call("registration_failures", None, told)

    def ask_sms(self, *, once: bool = False) -> None:
        """Whether it answers."""
        self._sms("ask_sms", None, lambda: None)

    # SPS

    def sps(self) -> SpsState:
        """How it is."""
        return self._call("sps", None, lambda: SpsState(self.sps_state, "HEALTHY", self.sps_startup_type))

    def may_restart_sps(self) -> bool:
        """Whether the account's groups say so."""
        return self._call("may_restart_sps", None, lambda: self.permitted)

    def prove_restart_right(self, startup_type: str) -> None:
        """It is refused as a restart would be."""

        def write() -> None:
            if not self.permitted:
                raise AccessDenied(f"Changing SPS of {self.name} was refused", code="broken", vsphere_fault="HTTP 403")
            if self.sps_state in PASSING:
                raise TransientError(f"Changing SPS of {self.name} failed", code="broken", vsphere_fault="HTTP 400")
            self.sps_startup_type = startup_type

        self._call("prove_restart_right", None, write)

    def restart_sps(self, limit_seconds: float) -> None:
        """It registers, when it has started, what is missing."""

        def restart() -> None:
            if not self.permitted:
                raise AccessDenied(f"Restarting SPS of {self.name} was refused", code="broken", vsphere_fault="HTTP 403")
            if self.sps_state != STARTED or self.sps_startup_type == DISABLED:
                raise TransientError(f"Restarting SPS of {self.name} failed", code="broken", vsphere_fault="HTTP 400")
            self.sps_state = "STARTING"
            self.at(self.clock.seconds + RESTART_SECONDS, self.start_sps)

        self._change("restart_sps", None, restart)
        if self.restart_blocks:
            self.clock.rest(min(RESTART_SECONDS, limit_seconds))
            self._settle()

    def start_sps(self) -> None:
        """SPS has started."""
        self.sps_state = "STARTED"
        self.others = [
            replace(one, status=self.others_after_restart.get(one.name, one.status))
            for one in self.others
            if self.others_after_restart.get(one.name) != "gone"
        ]
        self.register_missing()

    def register_missing(self) -> None:
        """Register what is missing, where all is in order; an event tells of the others."""
        there = {one.host for one in self.registered}
        for host in self.fakes:
            if host.name in self.failing and host.name not in there:
                self.failures.append((self.clock.now(), host.moid, self.failing[host.name]))
                host.alarms = (REGISTRATION_ALARM,)
                continue
            served = host.serves.get(IOFILTER)
            believed = served is not None and issuer_of(parsed(served), [parsed(root) for root in self.roots]) is not None
            # The host believes SPS, too.
            believed = believed and self.trusts_sms(host)
            if host.name not in there and host.cluster is not None and host.state == CONNECTED and not host.asleep and believed:
                self._register(host.name, served)

    # The vCenter itself

    def about(self) -> About:
        """An 8.0.3."""
        return About("8.0.3", "24022515", "uuid-1")

    def server_time(self) -> datetime:
        """The controller's own."""
        return self._call("server_time", None, self.clock.now)

    def own_name(self) -> Optional[str]:
        """As it is known."""
        return self._call("own_name", None, lambda: self.name)

    def certificate_settings(self) -> CertificateSettings:
        """Nothing that blocks."""
        settings = CertificateSettings(mode=self.mode, days_valid=1825, minutes_before=10)
        return self._call("certificate_settings", None, lambda: settings)

    def trusted_roots(self) -> TrustedRoots:
        """VMCA's, and others that it was given."""
        return self._call("trusted_roots", None, lambda: TrustedRoots(tuple(parsed(root) for root in self.roots)))

    def published_roots(self) -> list[Certificate]:
        """VMCA's."""
        return self._call("published_roots", None, lambda: [self.vmca.certificate])

    def signing_chain(self) -> list[Certificate]:
        """Issued by VMCA."""
        return self._call("signing_chain", None, lambda: [parsed(make("ssoserver", issuer=self.vmca, names=()))])

    def machine_ssl(self) -> Certificate:
        """Issued by VMCA."""
        return self._call("machine_ssl", None, lambda: parsed(make(self.name, issuer=self.vmca, names=(self.name,))))

    def missing_privileges(self, hosts: Sequence[EsxiHost]) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
        """None, unless it was told some."""
        return self._call("missing_privileges", None, lambda: ((), {host.moid: self.missing for host in hosts}))

    def linked_nodes(self) -> list[str]:
        """Itself alone."""
        return self._call("linked_nodes", None, lambda: [self.name])

    def backups(self) -> dict[str, Any]:
        """None."""
        return self._call("backups", None, lambda: {"count": 0, "last_succeeded_at": None})

    # How it works

    def _settle(self) -> None:
        due = sorted((one for one in self.coming if one[0] <= self.clock.seconds), key=lambda one: one[0])
        self.coming = [one for one in self.coming if one[0] > self.clock.seconds]
        for _seconds, happening in due:
            happening()

    def _call(self, method: str, about: Optional[str], answer: Callable[[], Any]) -> Any:
        self._settle()
        self.calls.append(method)
        for spoiling in self.spoilings:
            if spoiling.method == method and spoiling.times and spoiling.about in (None, about):
                spoiling.times -= 1
                if spoiling.before:
                    spoiling.how()
                    continue
                if spoiling.done:
                    answer()
                if isinstance(spoiling.how, BaseException):
                    raise spoiling.how
                return spoiling.how()
        return answer()

    def _change(self, method: str, about: Optional[str], effect: Callable[[], Any]) -> Any:
        self.changes.append(f"{method} {about or ''}".strip())
        return self._call(method, about, effect)

    def _sms(self, method: str, about: Optional[str], answer: Callable[[], Any]) -> Any:
        def ready() -> Any:
            if self.sps_state != "STARTED":
                raise TransientError(f"SMS of {self.name} does not answer", code="broken", vsphere_fault="ServiceNotInitialized")
            return answer()

        return self._call(method, about, ready)

    def _task(self, method: str, host: EsxiHost, kind: str, deadline: Deadline, effect: Callable[[], None]) -> None:
        def run() -> None:
            fake = self._there(host)
            if deadline.left_seconds < TASK_SECONDS:
                self.busy(fake.name, kind, TASK_SECONDS, effect)
                self.clock.rest(deadline.left_seconds)
                raise DeadlineExceeded(
                    f"{method} of {host.name} did not happen within {deadline.seconds:g} seconds", code="broken", remedy="Look."
                )
            self.clock.rest(TASK_SECONDS)
            self._settle()
            effect()
            self._new_task(fake, kind, "success")

        self._change(method, host.name, run)

    def _new_task(self, host: FakeHost, kind: str, state: str) -> HostTask:
        self._numbered += 1
        begun = (self.clock.now() + timedelta(microseconds=self._numbered)).isoformat()
        host.tasks.append(HostTask(f"task-{self._numbered}", kind, state, begun))
        return host.tasks[-1]

    def _there(self, host: EsxiHost) -> FakeHost:
        for one in self.fakes:
            if one.moid == host.moid:
                return one
        raise HostRemoved(f"Reading {host.name} failed", code="broken", vsphere_fault="ManagedObjectNotFound", remedy="It is gone.")

    def _known(self, one: FakeHost, with_ssh: bool) -> EsxiHost:
        state = self._state(one)
        return EsxiHost(
            name=one.name,
            moid=one.moid,
            cluster=one.cluster,
            cluster_moid=f"domain-{one.cluster}" if one.cluster else None,
            datacenter="dc",
            version=one.version,
            connection_state=state.connection_state,
            in_maintenance_mode=one.in_maintenance_mode,
            power_state="standBy" if one.asleep else "poweredOn",
            ha_state=state.ha_state,
            addresses=one.addresses,
            certificate=state.certificate,
            record_thumbprint=state.record_thumbprint,
            alarms=tuple(Alarm(name, "red") for name in (*one.alarms, *self._of_certificate(one))),
            ssh=HostService(one.ssh_runs, "off") if with_ssh and one.state == CONNECTED and not one.asleep else None,
        )

    def _of_certificate(self, one: FakeHost) -> tuple[str, ...]:
        """Its alarm, where what vCenter has on record ends within the hard threshold."""
        soon = parsed(one.recorded).expires_at - self.clock.now() <= timedelta(days=30)
        return (CERTIFICATE_ALARM,) if soon else ()

    def _state(self, one: FakeHost) -> HostState:
        record = parsed(one.recorded)
        # vCenter shows no config of a host that it has no connection to.
        return HostState(
            "notResponding" if one.asleep else one.state,
            record if one.state == CONNECTED and not one.asleep and not one.unrecorded else None,
            None if one.unrecorded else record.sha1_thumbprint,
            one.asleep,
            self.ha.state_of(one),
            one.in_maintenance_mode,
        )

    def _provider(self, one: FakeProvider) -> Provider:
        host = next((fake for fake in self.fakes if fake.name == one.host), None)
        served = host.serves.get(IOFILTER) if host is not None and host.state == CONNECTED and not host.asleep else None
        online = one.online if one.online is not None else served is not None and served == one.remembered
        if host is not None and not self.trusts_sms(host):
            # No TLS connection comes about, so that SMS has stopped trying.
            one.condition = "disconnected"
        remembered = parse(pem(one.remembered)) if one.remembered is not None else None
        return Provider(
            provider_uid=one.uid,
            name=f"IOFILTER Provider {one.host}",
            url=f"https://{one.host}:9080/version.xml",
            status=one.condition or (("connected" if one.synchronising else "online") if online else "offline"),
            certificate=remembered if self.shows_pem else None,
            certificate_expires_at=remembered.expires_at if remembered and self.shows_dates else None,
            vasa_version=one.vasa,
            retains_certificate=one.retains,
        )

    def _register(self, host: str, certificate: Any) -> None:
        self.fake(host).alarms = ()
        self._numbered += 1
        fake = self.fake(host)
        if fake.gives:
            certificate = self.provision(fake)
        newest = fake.version.startswith("9")
        made = FakeProvider(f"{host}-{self._numbered}", host, certificate, vasa="5.0" if newest else "1.0", retains=not fake.gives)
        self.registered.append(made)

    def provision(self, host: FakeHost, ends: float = 500, starts: float = -1) -> Any:
        """SMS gives a host's provider a certificate of its own, that ends in so many days."""
        self._numbered += 1
        made = make(host.name, issuer=self.vmca, names=(host.name,), starts=starts, ends=ends + self._numbered / 100)
        host.serves = {**host.serves, IOFILTER: made}
        return made


def fake_estate(*, hosts: int = 2, ends: float = 20, remembered: float = 15, **more: Any) -> FakeEstate:
    """An estate of hosts esx01 and on, each in a cluster of its own, whose certificates end in so many days; SMS remembers others."""
    estate = FakeEstate(**more)
    for number in range(1, hosts + 1):
        name = f"esx0{number}.example.com"
        made = make(name, issuer=estate.vmca, names=(name,), ends=ends + number)
        estate.fakes.append(FakeHost(name, f"host-{number}", made, {HTTPS: made, IOFILTER: made}, cluster=f"c{number}"))
        estate.fakes[-1].client = ClientCertificate(NOW + timedelta(days=700), "CN=VMCA", "good")
        older = made if remembered == ends else make(name, issuer=estate.vmca, names=(name,), ends=remembered)
        estate.registered.append(FakeProvider(f"{name}-0", name, older))
    return estate
