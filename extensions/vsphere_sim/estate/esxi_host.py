# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One ESXi host: what it is, what it serves, and what vCenter has on record of it."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Optional

from ..pki.certificate import Certificate
from ..server.tls import server_context

CONNECTED = "connected"
DISCONNECTED = "disconnected"
NOT_RESPONDING = "notResponding"

BUILDS = {"7.0.3": "21930508", "8.0.2": "22380479", "8.0.3": "24022510", "9.0.0": "24755229"}


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


@dataclass
class EsxiHost:
    """The truth of one host."""

    name: str
    address: str
    moid: str
    uuid: str
    version: str
    password: str = field(repr=False)
    # On its disk; what its daemons serve can be older.
    certificate: Certificate
    served: Certificate
    # What vCenter has on record; None where it was never read.
    record: Certificate
    connection_state: str = CONNECTED
    in_maintenance_mode: bool = False
    # Whether its endpoints answer at all.
    reachable: bool = True
    # Somebody else who answers in its place on 9080.
    impostor: Optional[Certificate] = None
    # When its daemons take up a certificate that vCenter has installed: renew, reconnect or never.
    reloads_on: str = "renew"
    lockdown_mode: str = "lockdownDisabled"
    # Its list of trusted CAs lost SMS's own, and SMS can't log in to its provider.
    sms_trust_lost: bool = False
    # What was done to it that nobody should do.
    damage: list[str] = field(default_factory=list)
    services: dict[str, HostService] = field(default_factory=default_services)
    boot_time: Optional[datetime] = None
    revision: int = 0
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

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

    def shown_on(self, port: int) -> Certificate:
        """The certificate that it shows on a port."""
        return self.impostor if self.impostor is not None and port == 9080 else self.served

    def tls_context(self, port: int) -> ssl.SSLContext:
        """A TLS context for what it shows now, made when it is first needed."""
        certificate = self.shown_on(port)
        with self._lock:
            context = self._contexts.get(certificate.sha256_fingerprint)
            if context is None:
                context = server_context(certificate)
                # Of the certificates that it had before, none is shown again.
                self._contexts = {certificate.sha256_fingerprint: context}
            return context

    def install(self, certificate: Certificate) -> None:
        """Put a certificate on its disk, and let its daemons take it up if that is how they are."""
        self.certificate = certificate
        if self.reloads_on == "renew":
            self.served = certificate

    def reconnected(self) -> None:
        """What a reconnect does on the host itself."""
        if self.reloads_on != "never":
            self.served = self.certificate


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
        "reachable": host.reachable,
        "impostor": host.impostor is not None,
        "lockdown_mode": host.lockdown_mode,
        "sms_trust_lost": host.sms_trust_lost,
        "damage": list(host.damage),
        "certificate": certificate_description(host.certificate),
        "served": certificate_description(host.shown_on(9080)),
        "record": certificate_description(host.record),
        "services": {service.key: {"running": service.running, "policy": service.policy} for service in host.services.values()},
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
