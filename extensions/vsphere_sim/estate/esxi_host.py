# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One ESXi host: what it is, what it serves, and what vCenter has on record of it."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Optional, Protocol

from cryptography.hazmat.primitives.asymmetric import rsa

from ..pki.certificate import Certificate
from ..server.tls import server_context

CONNECTED = "connected"
DISCONNECTED = "disconnected"
NOT_RESPONDING = "notResponding"

AWAKE = "none"
ASLEEP = "in"
STANDBY_MODES = (AWAKE, "entering", ASLEEP, "exiting")

MANAGEMENT_PORT = 443
IOFILTER_PORT = 9080

BUILDS = {"7.0.3": "21930508", "8.0.2": "22380479", "8.0.3": "24022510", "9.0.0": "24755229"}


class Disk(Protocol):
    """The files of a host, where it has any."""

    def read_pair(self) -> Optional[Certificate]:
        """The certificate and key in /etc/vmware/ssl; None where they do not parse or do not match."""

    def write_pair(self, certificate: Certificate) -> None:
        """Put a pair there, as the host itself does, and keep it over a reboot. Raises OSError."""

    def reboot(self) -> None:
        """Lose what was not saved."""

    def apply_disk_full(self) -> None:
        """Leave no room while the host's disk is full."""

    def described(self) -> dict[str, Any]:
        """The files for GET /state."""


class ClusterHa(Protocol):
    """vSphere HA of the cluster that a host stands in."""

    enabled: bool

    def add(self, host: EsxiHost) -> None:
        """A host of the cluster."""

    def remove(self, host: EsxiHost) -> None:
        """A host leaves the cluster."""

    def state_of(self, host: EsxiHost) -> Optional[str]:
        """How a host's agent is; None where HA does not count on the host."""

    def agents_restarted(self, host: EsxiHost) -> None:
        """hostd and vpxa of a host were restarted."""

    def configured(self, host: EsxiHost, *, anew: bool = False, reconnected: bool = False) -> None:
        """vCenter configures a host's agent."""


@dataclass
class HostService:
    """A service of a host, as HostServiceSystem shows it."""

    key: str
    label: str
    running: bool
    policy: str
    required: bool = False


def default_services() -> dict[str, HostService]:
    """The services that matter, as an installation leaves them."""
    services = (
        HostService("TSM", "ESXi Shell", False, "off"),
        HostService("TSM-SSH", "SSH", False, "off"),
        HostService("ntpd", "NTP Daemon", True, "on"),
        HostService("vpxa", "VMware vCenter Agent", True, "on", required=False),
        HostService("DCUI", "Direct Console UI", True, "on"),
        HostService("lbtd", "Load-Based Teaming Daemon", True, "on"),
        HostService("snmpd", "SNMP Server", False, "on"),
        HostService("sfcbd-watchdog", "CIM Server", False, "on"),
    )
    return {service.key: service for service in services}


# For a switch that is left to another one.
UNSAID = "unsaid"


@dataclass
class EsxiHost:
    """The truth of one host."""

    name: str
    address: str
    moid: str
    uuid: str
    version: str
    password: str = field(repr=False)
    # On its disk, when it was last whole; what its daemons serve can be older.
    certificate: Certificate
    # What vCenter has on record; None where it was never read.
    record: Certificate
    connection_state: str = CONNECTED
    in_maintenance_mode: bool = False
    # runtime.standbyMode: none, entering, in (asleep, by DPM or by hand: vCenter has no connection to it) or exiting.
    standby_mode: str = AWAKE
    in_quarantine_mode: bool = False
    # The kinds of partial maintenance mode that it is in (since 8.0.3), such as quickPatchPartialMM.
    partial_maintenance: list[str] = field(default_factory=list)
    # Paths of properties that vCenter tells nobody: each is in the missingSet of an answer, with NoPermission.
    unreadable: list[str] = field(default_factory=list)
    # Whether its endpoints answer at all.
    reachable: bool = True
    # By which it logs in to VASA providers as their client.
    client_certificate: Optional[Certificate] = None
    # Somebody else who answers in its place on 9080.
    impostor: Optional[Certificate] = None
    # What SMS gave its IOFilter provider, which 9080 shows then; None where the provider has the host's.
    provider_certificate: Optional[Certificate] = None
    # When iofiltervpd (9080) takes up a certificate that vCenter has installed: renew, reconnect or never. hostd (443) does at once.
    reloads_on: str = "renew"
    # When vCenter has a certificate on record that was installed by InstallServerCertificate: install or reconnect.
    records_on: str = "install"
    # The key of its last certificate-signing request, until a certificate is installed for it. It never leaves the host.
    requested_key: Optional[rsa.RSAPrivateKey] = field(default=None, repr=False)
    lockdown_mode: str = "lockdownDisabled"
    # castore.pem: the CAs that it trusts, and their revocation lists in PEM.
    castore: list[Certificate] = field(default_factory=list)
    crls: list[str] = field(default_factory=list)
    # What has to be in it for SPS to be believed: before ESXi 9.0 the self-signed certificate of the VECS store SMS, then VMCA's root.
    sms_identity: Optional[Certificate] = None
    # HA of its cluster; None where it stands in none.
    ha: Optional[ClusterHa] = field(default=None, repr=False)
    # How its HA agent is after the next restart, in place of well, until HA is configured anew on it; and whether that does not help.
    ha_ends_in: Optional[str] = None
    ha_incurable: bool = False
    ha_reconnect_cures: bool = False
    # Whether vCenter registers its provider by itself after it was unregistered, as its vCenter's switch says it of all; UNSAID: as that says.
    registers_by_itself: Any = UNSAID
    # Why vCenter cannot register its provider, as its event says it; empty where it can.
    registration_failure: str = ""
    # Its alarms that were raised and not cleared: by their names red or yellow.
    alarms: dict[str, str] = field(default_factory=dict)
    # What was done to it that nobody should do.
    damage: list[str] = field(default_factory=list)
    services: dict[str, HostService] = field(default_factory=default_services)
    boot_time: Optional[datetime] = None
    revision: int = 0
    # What each port shows, by the daemon behind it; None while that daemon does not run.
    served: dict[int, Optional[Certificate]] = field(default_factory=dict)
    # Whether SSH is simulated, and whether port 22 can be reached: vCenter may reach a host that the operator can't, and the other way round.
    has_ssh: bool = False
    ssh_reachable: bool = True
    # Who may log in while it is locked down.
    exception_users: list[str] = field(default_factory=list)
    # What it calls itself; the name in its own certificates.
    configured_name: str = ""
    clock_offset_seconds: float = 0.0
    disk_full: bool = False
    # What vCenter shows of a host whose certificate it no longer believes.
    distrusted_as: str = NOT_RESPONDING
    # vCenter lost it because of a restart, and will look again.
    lost_contact: bool = False
    # Daemons that do not run, by the names of their scripts in /etc/init.d.
    stopped_daemons: set[str] = field(default_factory=set)
    disk: Optional[Disk] = field(default=None, repr=False)
    # Called after each change, to open and close ports.
    ports_changed: Optional[Callable[[], None]] = field(default=None, repr=False)
    # Ends all SSH sessions, as a reboot does.
    hang_up: Optional[Callable[[], None]] = field(default=None, repr=False)
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self.configured_name = self.configured_name or self.name
        for port in (MANAGEMENT_PORT, IOFILTER_PORT):
            self.served.setdefault(port, self.certificate)

    @property
    def sms_trust_lost(self) -> bool:
        """Whether it refuses SPS, so that its provider cannot come online: certificate_unknown(46)."""
        return self.sms_identity is not None and not any(one.same_as(self.sms_identity) for one in self.castore)

    def lose_sms_trust(self) -> None:
        """Its list loses what SPS is believed by."""
        self.castore = [one for one in self.castore if self.sms_identity is None or not one.same_as(self.sms_identity)]

    def regain_sms_trust(self) -> None:
        """Its list has it again."""
        if self.sms_trust_lost and self.sms_identity is not None:
            self.castore = [*self.castore, self.sms_identity]

    @property
    def exec_installed_only(self) -> bool:
        """Whether it executes only what a package brought, which is the default since 8.0."""
        return self.major >= 8

    @property
    def build(self) -> str:
        """The build number of its version."""
        return BUILDS.get(self.version, "24022510")

    @property
    def major(self) -> int:
        """The first number of its version."""
        return int(self.version.split(".", 1)[0])

    @property
    def vasa_version(self) -> str:
        """The VASA version that its IOFilter provider speaks."""
        return "5.0" if self.major >= 9 else "1.5"

    @property
    def provider_url(self) -> str:
        """Where its IOFilter provider is."""
        return f"https://{self.name}:9080/version.xml"

    @property
    def supports_ndcm(self) -> bool:
        """Whether its daemons take up a certificate without a restart (8.0.3 and newer)."""
        return tuple(int(part) for part in self.version.split(".")) >= (8, 0, 3)

    @property
    def lists_certificates(self) -> bool:
        """Whether it tells of each certificate that it has (8.0.1 and newer)."""
        return tuple(int(part) for part in self.version.split(".")) >= (8, 0, 1)

    @property
    def runs_ssh(self) -> bool:
        """Whether the service TSM-SSH runs."""
        return self.services["TSM-SSH"].running

    @property
    def answers_ssh(self) -> bool:
        """Whether its SSH port can be connected to."""
        return self.has_ssh and self.runs_ssh and self.reachable and self.ssh_reachable

    def change_standby(self, mode: str) -> None:
        """Go to sleep, or wake up: asleep it answers nobody, and vCenter says notResponding."""
        was_asleep, self.standby_mode = self.standby_mode == ASLEEP, mode
        if mode == ASLEEP:
            self.connection_state, self.reachable = NOT_RESPONDING, False
        elif was_asleep:
            self.connection_state, self.reachable = CONNECTED, True

    def shown_on(self, port: int) -> Optional[Certificate]:
        """The certificate that it shows on a port; None where nobody listens."""
        if port == IOFILTER_PORT and self.impostor is not None:
            return self.impostor
        shown = self.served[port]
        # A daemon that does not run shows nothing.
        return self.provider_certificate or shown if port == IOFILTER_PORT and shown is not None else shown

    def tls_context(self, port: int) -> Optional[ssl.SSLContext]:
        """A TLS context for what it shows now, made when it is first needed."""
        certificate = self.shown_on(port)
        if certificate is None:
            return None
        with self._lock:
            context = self._contexts.get(certificate.sha256_fingerprint)
            if context is None:
                context = server_context(certificate)
                # Of the certificates that it had before, few are shown again.
                kept = {one.sha256_fingerprint for one in (*self.served.values(), self.provider_certificate) if one is not None}
                self._contexts = {name: one for name, one in self._contexts.items() if name in kept}
                self._contexts[certificate.sha256_fingerprint] = context
            return context

    def install(self, certificate: Certificate) -> None:
        """Put a certificate on its disk; hostd takes it up, and iofiltervpd if that is how it is. Raises OSError.

        vCenter goes on talking to hostd, and verifies there what it installed; what waits is the daemon behind 9080 alone.
        """
        self.put(certificate)
        ports = (MANAGEMENT_PORT, IOFILTER_PORT) if self.reloads_on == "renew" else (MANAGEMENT_PORT,)
        for port in ports:
            # A daemon that does not run is not started by it.
            if self.served[port] is not None:
                self.served[port] = certificate
        if self.ha is not None:
            self.ha.agents_restarted(self)

    def put(self, certificate: Certificate) -> None:
        """Put a certificate on its disk, and leave its daemons with what they serve. Raises OSError."""
        if self.disk is not None:
            self.disk.write_pair(certificate)
        self.certificate = certificate

    def reconnected(self) -> None:
        """What a reconnect does on the host itself."""
        if self.ha is not None:
            self.ha.configured(self, reconnected=True)
        if self.reloads_on == "reconnect" and (self.disk is None or self.disk.read_pair() is not None):
            self.load(*(port for port, shown in self.served.items() if shown is not None))

    def load(self, *ports: int) -> bool:
        """Let the daemons behind these ports read the pair on its disk; False where it is broken, and none of them runs."""
        pair = self.certificate if self.disk is None else self.disk.read_pair()
        if pair is not None:
            self.certificate = pair
        for port in ports:
            self.served[port] = pair
        return pair is not None


def description(host: EsxiHost) -> dict[str, Any]:
    """The host for GET /state."""
    return {
        "name": host.name,
        "address": host.address,
        "moid": host.moid,
        "uuid": host.uuid,
        "version": host.version,
        "connection_state": host.connection_state,
        "in_maintenance": host.in_maintenance_mode,
        "standby_mode": host.standby_mode,
        "ha_state": host.ha.state_of(host) if host.ha is not None else None,
        "quarantined": host.in_quarantine_mode,
        "partial_maintenance": list(host.partial_maintenance),
        "reachable": host.reachable,
        "impostor": host.impostor is not None,
        "lockdown_mode": host.lockdown_mode,
        "sms_trust_lost": host.sms_trust_lost,
        "castore": [one.sha256_fingerprint for one in host.castore],
        "crls": list(host.crls),
        "damage": list(host.damage),
        "certificate": certificate_description(host.certificate if host.disk is None else host.disk.read_pair()),
        "served": certificate_description(host.shown_on(IOFILTER_PORT)),
        "provider_certificate": certificate_description(host.provider_certificate),
        "requested": host.requested_key is not None,
        "served_443": certificate_description(host.shown_on(MANAGEMENT_PORT)),
        "record": certificate_description(host.record),
        "services": {service.key: {"running": service.running, "policy": service.policy} for service in host.services.values()},
        "stopped_daemons": sorted(host.stopped_daemons),
        "configured_name": host.configured_name,
        "clock_offset_seconds": host.clock_offset_seconds,
        "disk_full": host.disk_full,
        "ssh": {
            "simulated": host.has_ssh,
            "running": host.runs_ssh,
            "reachable": host.ssh_reachable,
            "exception_users": list(host.exception_users),
        },
        "files": None if host.disk is None else host.disk.described(),
    }


def certificate_description(certificate: Optional[Certificate]) -> Optional[dict[str, Any]]:
    """A certificate for GET /state."""
    if certificate is None:
        return None
    return {
        "sha256_fingerprint": certificate.sha256_fingerprint,
        "sha1_thumbprint": certificate.sha1_thumbprint,
        "not_before": _iso(certificate.not_before),
        "not_after": _iso(certificate.not_after),
        "issuer": certificate.issuer,
        "subject": certificate.subject,
        "names": sorted(certificate.names),
        "pem": certificate.pem,
    }


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
