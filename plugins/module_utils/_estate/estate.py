# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed of one vCenter: the vCenter, its ESXi hosts, their providers, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Callable, Mapping, Optional, TypeVar

from .._certificates.certificate import Certificate, needed
from .._common import times
from .._common.errors import reason
from . import messages
from .alarm import Alarm
from .client_certificate import ClientCertificate
from .cluster import Cluster, VmRestart
from .host_service import HostService
from .provider import OWN_CERTIFICATE_SINCE_ESXI, Provider, leading_number
from .sms_trust import SmsTrust

SCHEMA_VERSION = 1

CONNECTED = "connected"
DISCONNECTED = "disconnected"

# runtime.powerState and runtime.standbyMode of a host that vCenter put to sleep (DPM), or that is on its way there or back.
STANDBY_POWER = "standBy"
STANDBY_MODES = frozenset({"entering", "in", "exiting"})

# vpxd.certmgmt.mode, where VMCA issues the hosts' certificates, and where each host has its own.
MODE_VMCA = "vmca"
MODE_THUMBPRINT = "thumbprint"
# Where a CA of the site does, which vCenter knows only by its root.
MODE_CUSTOM = "custom"

ISSUER_VMCA = "vmca"
# The host itself: self-signed, or signed by the CA that ESXi throws away. SPS trusts neither.
ISSUER_SELF = "self_signed"
ISSUER_OTHER = "other"
ISSUER_UNKNOWN = "unknown"

T = TypeVar("T")


@dataclass(frozen=True)
class Unavailable:
    """Something that could not be read, and why. subject is the host, provider or vCenter that it belongs to."""

    what: str
    subject: str
    reason: str

    def to_facts(self) -> dict[str, str]:
        """The entry as facts show it."""
        return {"what": self.what, "subject": self.subject, "reason": self.reason}


CERTMGMT = "vpxd.certmgmt."
# The advanced settings that bear on certificates, by what facts call them; what VMCA writes into subjects has names of its own below SUBJECT_OPTIONS.
CERTIFICATE_OPTIONS: Mapping[str, str] = {
    "mode": f"{CERTMGMT}mode",
    "days_valid": f"{CERTMGMT}certs.daysValid",
    "minutes_before": f"{CERTMGMT}certs.minutesBefore",
    "soft_threshold_days": f"{CERTMGMT}certs.softThreshold",
    "hard_threshold_days": f"{CERTMGMT}certs.hardThreshold",
    "poll_interval_days": f"{CERTMGMT}certs.pollIntervalDays",
    "auto_renew_threshold_days": f"{CERTMGMT}certs.autoRenewThreshold",
}
SUBJECT_OPTIONS = f"{CERTMGMT}certs.cn."


@dataclass(frozen=True)
class CertificateSettings:
    """vpxd.certmgmt.*; what the server does not have is None."""

    mode: Optional[str] = None
    days_valid: Optional[int] = None
    minutes_before: Optional[int] = None
    soft_threshold_days: Optional[int] = None
    hard_threshold_days: Optional[int] = None
    poll_interval_days: Optional[int] = None
    # How many days before they expire vCenter renews VMCA's certificates of hosts by itself; None where it does not, or does not say so.
    auto_renew_threshold_days: Optional[int] = None
    subject: Mapping[str, str] = field(default_factory=dict)

    def to_facts(self) -> dict[str, Any]:
        """The settings as facts show them."""
        return {
            "mode": self.mode,
            "days_valid": self.days_valid,
            "minutes_before": self.minutes_before,
            "soft_threshold_days": self.soft_threshold_days,
            "hard_threshold_days": self.hard_threshold_days,
            "poll_interval_days": self.poll_interval_days,
            "auto_renew_threshold_days": self.auto_renew_threshold_days,
            "subject": dict(self.subject),
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> CertificateSettings:
        """The settings that facts describe."""
        return cls(
            mode=_optional(facts.get("mode"), str),
            days_valid=_optional(facts.get("days_valid"), int),
            minutes_before=_optional(facts.get("minutes_before"), int),
            soft_threshold_days=_optional(facts.get("soft_threshold_days"), int),
            hard_threshold_days=_optional(facts.get("hard_threshold_days"), int),
            poll_interval_days=_optional(facts.get("poll_interval_days"), int),
            auto_renew_threshold_days=_optional(facts.get("auto_renew_threshold_days"), int),
            subject={str(key): str(value) for key, value in dict(facts.get("subject") or {}).items()},
        )


@dataclass(frozen=True)
class About:
    """Version, build and instance UUID of a vCenter, None where it has none."""

    version: Optional[str] = None
    build: Optional[str] = None
    instance_uuid: Optional[str] = None


@dataclass(frozen=True)
class VCenter:
    """The vCenter itself. What could not be read is None and stands in the estate's unread."""

    hostname: str
    name: Optional[str] = None
    version: Optional[str] = None
    build: Optional[str] = None
    instance_uuid: Optional[str] = None
    certificate_settings: Optional[CertificateSettings] = None
    trusted_roots: Optional[tuple[Certificate, ...]] = None
    vmca_root: Optional[Certificate] = None
    machine_ssl: Optional[Certificate] = None
    # The active token-signing chain, its certificate first.
    signing_chain: Optional[tuple[Certificate, ...]] = None
    sps_state: Optional[str] = None
    sps_health: Optional[str] = None
    sps_startup_type: Optional[str] = None
    # Whether the account is in the SSO group whose members may restart services; None where its groups were not told.
    may_restart_sps: Optional[bool] = None
    linked_nodes: Optional[tuple[str, ...]] = None
    backups: Optional[Mapping[str, Any]] = None
    clock_offset_seconds: Optional[float] = None
    missing_privileges: Optional[tuple[str, ...]] = None

    @property
    def certificate_mode(self) -> Optional[str]:
        """How its hosts get their certificates (vpxd.certmgmt.mode); None where that could not be read."""
        return self.certificate_settings.mode if self.certificate_settings else None

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """The vCenter as facts show it."""
        roots, signing = self.trusted_roots, self.signing_chain
        return {
            "hostname": self.hostname,
            "name": self.name,
            "version": self.version,
            "build": self.build,
            "instance_uuid": self.instance_uuid,
            "certificate_settings": self.certificate_settings.to_facts() if self.certificate_settings else None,
            "trusted_roots": None if roots is None else [root.to_facts(now) for root in roots],
            "vmca_root": self.vmca_root.to_facts(now) if self.vmca_root else None,
            "machine_ssl": self.machine_ssl.to_facts(now) if self.machine_ssl else None,
            "signing_chain": None if signing is None else [one.to_facts(now) for one in signing],
            "sps": {"state": self.sps_state, "health": self.sps_health, "startup_type": self.sps_startup_type}
            if self.sps_state or self.sps_startup_type
            else None,
            "may_restart_sps": self.may_restart_sps,
            "linked_nodes": None if self.linked_nodes is None else list(self.linked_nodes),
            "backups": None if self.backups is None else dict(self.backups),
            "clock_offset_seconds": self.clock_offset_seconds,
            "missing_privileges": None if self.missing_privileges is None else list(self.missing_privileges),
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> VCenter:
        """The vCenter that facts describe."""
        settings = facts.get("certificate_settings")
        roots, signing = facts.get("trusted_roots"), facts.get("signing_chain")
        sps = dict(facts.get("sps") or {})
        linked = facts.get("linked_nodes")
        missing = facts.get("missing_privileges")
        backups = facts.get("backups")
        return cls(
            hostname=needed(facts, "hostname"),
            name=_optional(facts.get("name"), str),
            version=_optional(facts.get("version"), str),
            build=_optional(facts.get("build"), str),
            instance_uuid=_optional(facts.get("instance_uuid"), str),
            certificate_settings=None if settings is None else CertificateSettings.from_facts(settings),
            trusted_roots=None if roots is None else tuple(Certificate.from_facts(root) for root in roots),
            vmca_root=_optional(facts.get("vmca_root"), Certificate.from_facts),
            machine_ssl=_optional(facts.get("machine_ssl"), Certificate.from_facts),
            signing_chain=None if signing is None else tuple(Certificate.from_facts(one) for one in signing),
            sps_state=_optional(sps.get("state"), str),
            sps_health=_optional(sps.get("health"), str),
            sps_startup_type=_optional(sps.get("startup_type"), str),
            may_restart_sps=_optional(facts.get("may_restart_sps"), bool),
            linked_nodes=None if linked is None else tuple(str(node) for node in linked),
            backups=None if backups is None else dict(backups),
            clock_offset_seconds=_optional(facts.get("clock_offset_seconds"), float),
            missing_privileges=None if missing is None else tuple(str(privilege) for privilege in missing),
        )


@dataclass(frozen=True)
class Served:
    """What a host's endpoint on port 9080 showed: a certificate and what is wrong with it, or an error.

    root: the SHA-256 fingerprint of the trusted root that the certificate leads to; None where it leads to none, or they could not be read.
    of_provider: whether it is one that SMS gave the host's provider, and says nothing about the host's own.
    """

    certificate: Optional[Certificate] = None
    error: Optional[str] = None
    trusted: bool = False
    trusted_by: Optional[str] = None
    problems: tuple[str, ...] = ()
    root: Optional[str] = None
    of_provider: bool = False

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """The endpoint as facts show it."""
        return {
            "certificate": self.certificate.to_facts(now) if self.certificate else None,
            "error": self.error,
            "trusted": self.trusted,
            "trusted_by": self.trusted_by,
            "problems": list(self.problems),
            "root": self.root,
            "of_provider": self.of_provider,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Served:
        """The endpoint that facts describe."""
        return cls(
            certificate=_optional(facts.get("certificate"), Certificate.from_facts),
            error=_optional(facts.get("error"), str),
            trusted=bool(facts.get("trusted")),
            trusted_by=_optional(facts.get("trusted_by"), str),
            problems=tuple(str(problem) for problem in facts.get("problems") or ()),
            root=_optional(facts.get("root"), str),
            of_provider=bool(facts.get("of_provider")),
        )


@dataclass(frozen=True)
class EsxiHost:
    """One ESXi host. served is None where 9080 was not asked; issuer says who issued its certificate.

    exact_name: what vCenter calls it, as a JSON string in ASCII, where that holds what cannot be printed; name is it in a form that can.
    known_as are the inventory's names of it, where they were looked up: they are no facts of the host.
    issuer_problem: why that cannot be determined, where it is for a reason that concerns this certificate; or why nobody would trust VMCA's.
    cluster: None for a host that stands in none, empty where it could not be read where it stands.
    """

    name: str
    moid: str
    cluster: Optional[str] = None
    datacenter: Optional[str] = None
    version: Optional[str] = None
    connection_state: Optional[str] = None
    in_maintenance_mode: Optional[bool] = None
    # The kinds of partial maintenance that it is in, enters or leaves (8.0.3 and newer), as in a live patch.
    partial_maintenance: tuple[str, ...] = ()
    in_quarantine_mode: Optional[bool] = None
    power_state: Optional[str] = None
    standby_mode: Optional[str] = None
    addresses: tuple[str, ...] = ()
    certificate: Optional[Certificate] = None
    record_thumbprint: Optional[str] = None
    issuer: str = ISSUER_UNKNOWN
    issuer_problem: Optional[str] = None
    served: Optional[Served] = None
    provider: Optional[Provider] = None
    duplicate_providers: tuple[Provider, ...] = ()
    missing_privileges: tuple[str, ...] = ()
    lockdown_mode: Optional[str] = None
    # Its service SSH, where that was asked for.
    ssh: Optional[HostService] = None
    exact_name: Optional[str] = None
    known_as: tuple[str, ...] = ()
    # Why it is not known whether it has a provider; None where that is known.
    provider_unavailable: Optional[str] = None
    # Whether it trusts SMS, where there was a reason to look.
    sms_trust: Optional[SmsTrust] = None
    # By which it logs in to VASA providers, where that was asked for.
    client_certificate: Optional[ClientCertificate] = None
    # The id of its cluster: names of clusters need not be unique.
    cluster_moid: Optional[str] = None
    # runtime.dasHostState.state: how its agent of vSphere HA is; None where HA is off, or does not count on it now.
    ha_state: Optional[str] = None
    # Those that vCenter has raised on it and not cleared.
    alarms: tuple[Alarm, ...] = ()

    @property
    def connected(self) -> bool:
        """Whether vCenter has a connection to it."""
        return self.connection_state == CONNECTED

    @property
    def asleep(self) -> bool:
        """Whether it is in standby: vCenter put it there and will wake it, and so has no connection to it by design."""
        return is_asleep(self.power_state, self.standby_mode)

    @property
    def lost(self) -> bool:
        """Whether its cluster is without it though it should not be."""
        return not self.connected and not self.asleep

    @property
    def outside_of_clusters(self) -> bool:
        """Whether it is seen to stand in no cluster: vCenter registers providers for the hosts of clusters only."""
        return self.cluster is None

    @property
    def own_provider_certificate(self) -> Optional[bool]:
        """Whether its provider has a certificate of its own beside the host's; None where that is not known, as where SMS has no provider."""
        if self.provider is not None:
            return self.provider.own_certificate
        return None if leading_number(self.version) >= OWN_CERTIFICATE_SINCE_ESXI else False

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """The host as facts show it."""
        return {
            "name": self.name,
            "exact_name": self.exact_name,
            "moid": self.moid,
            "cluster": self.cluster,
            "cluster_moid": self.cluster_moid,
            "datacenter": self.datacenter,
            "version": self.version,
            "connection_state": self.connection_state,
            "in_maintenance_mode": self.in_maintenance_mode,
            "partial_maintenance": list(self.partial_maintenance),
            "in_quarantine_mode": self.in_quarantine_mode,
            "power_state": self.power_state,
            "standby_mode": self.standby_mode,
            "ha_state": self.ha_state,
            "lockdown_mode": self.lockdown_mode,
            "ssh": self.ssh.to_facts() if self.ssh else None,
            "addresses": list(self.addresses),
            "certificate": self.certificate.to_facts(now) if self.certificate else None,
            "record_thumbprint": self.record_thumbprint,
            "issuer": self.issuer,
            "issuer_problem": self.issuer_problem,
            "served": self.served.to_facts(now) if self.served else None,
            "provider": self.provider.to_facts(now) if self.provider else None,
            "duplicate_providers": [provider.to_facts(now) for provider in self.duplicate_providers],
            "provider_unavailable": self.provider_unavailable,
            "sms_trust": self.sms_trust.to_facts() if self.sms_trust else None,
            "missing_privileges": list(self.missing_privileges),
            "client_certificate": self.client_certificate.to_facts(now) if self.client_certificate else None,
            "alarms": [alarm.to_facts() for alarm in self.alarms],
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> EsxiHost:
        """The host that facts describe."""
        maintenance, quarantine = facts.get("in_maintenance_mode"), facts.get("in_quarantine_mode")
        return cls(
            name=needed(facts, "name"),
            moid=str(facts.get("moid") or ""),
            cluster=_optional(facts.get("cluster"), str),
            cluster_moid=_optional(facts.get("cluster_moid"), str),
            datacenter=_optional(facts.get("datacenter"), str),
            version=_optional(facts.get("version"), str),
            connection_state=_optional(facts.get("connection_state"), str),
            in_maintenance_mode=None if maintenance is None else bool(maintenance),
            partial_maintenance=tuple(str(kind) for kind in facts.get("partial_maintenance") or ()),
            in_quarantine_mode=None if quarantine is None else bool(quarantine),
            power_state=_optional(facts.get("power_state"), str),
            standby_mode=_optional(facts.get("standby_mode"), str),
            ha_state=_optional(facts.get("ha_state"), str),
            addresses=tuple(str(address) for address in facts.get("addresses") or ()),
            certificate=_optional(facts.get("certificate"), Certificate.from_facts),
            record_thumbprint=_optional(facts.get("record_thumbprint"), str),
            issuer=str(facts.get("issuer") or ISSUER_UNKNOWN),
            issuer_problem=_optional(facts.get("issuer_problem"), str),
            served=_optional(facts.get("served"), Served.from_facts),
            provider=_optional(facts.get("provider"), Provider.from_facts),
            duplicate_providers=tuple(Provider.from_facts(item) for item in facts.get("duplicate_providers") or ()),
            missing_privileges=tuple(str(privilege) for privilege in facts.get("missing_privileges") or ()),
            lockdown_mode=_optional(facts.get("lockdown_mode"), str),
            ssh=HostService.from_facts(facts.get("ssh")),
            alarms=tuple(Alarm.from_facts(alarm) for alarm in facts.get("alarms") or ()),
            exact_name=_optional(facts.get("exact_name"), str),
            provider_unavailable=_optional(facts.get("provider_unavailable"), str),
            sms_trust=SmsTrust.from_facts(facts.get("sms_trust")),
            client_certificate=_optional(facts.get("client_certificate"), ClientCertificate.from_facts),
        )


def is_asleep(power_state: Optional[str], standby_mode: Optional[str]) -> bool:
    """Whether a host is in standby, by what vCenter says of its power."""
    return power_state == STANDBY_POWER or standby_mode in STANDBY_MODES


@dataclass(frozen=True)
class Estate:
    """All that was observed of one vCenter at one time."""

    observed_at: datetime
    vcenter: VCenter
    hosts: tuple[EsxiHost, ...] = ()
    orphans: tuple[Provider, ...] = ()
    unavailable: tuple[Unavailable, ...] = ()
    retries: int = 0
    # Those that hosts of the vCenter stand in.
    clusters: tuple[Cluster, ...] = ()
    # The virtual machines that HA restarted since a time; None where nobody asked, or its events could not be read.
    vm_restarts: Optional[tuple[VmRestart, ...]] = None

    def cluster_of(self, host: EsxiHost) -> Optional[Cluster]:
        """The cluster that a host stands in, where it was read."""
        return self._clusters.get(host.cluster_moid or "")

    @cached_property
    def _clusters(self) -> dict[str, Cluster]:
        return {cluster.moid: cluster for cluster in self.clusters}

    @property
    def providers_read(self) -> bool:
        """Whether the list of providers could be read: without it no provider means nothing."""
        return not any(entry.what == "providers" for entry in self.unavailable)

    def provider_read(self, host: EsxiHost) -> bool:
        """Whether a host's provider, or that it has none, is known."""
        return self._why_provider_unavailable(host) is None

    def with_unavailable_providers(self) -> Estate:
        """The estate in which each host says by itself whether its provider could not be read: no provider means nothing then."""
        return replace(
            self, hosts=tuple(replace(host, provider_unavailable=self._why_provider_unavailable(host)) for host in self.hosts)
        )

    def _why_provider_unavailable(self, host: EsxiHost) -> Optional[str]:
        if host.provider is not None:
            return None
        of_all = (entry.reason for entry in self.unavailable if entry.what == "providers")
        return host.provider_unavailable or self.provider_problem(host) or next(of_all, None)

    def provider_problem(self, host: EsxiHost) -> Optional[str]:
        """Why the provider that goes by a host's name could not be read; None where it could, or where there is none."""
        return self._broken_providers.get(host.name.lower())

    def why_unavailable(self, what: str, subject: str) -> Optional[str]:
        """Why something of a host or of the vCenter could not be read; None where it was."""
        return self._reasons.get((what, subject))

    @cached_property
    def _reasons(self) -> dict[tuple[str, str], str]:
        return {(entry.what, entry.subject): entry.reason for entry in self.unavailable}

    @cached_property
    def _broken_providers(self) -> dict[str, str]:
        """Why providers could not be read, by the words of their names: thousands of hosts ask."""
        reasons: dict[str, str] = {}
        for entry in self.unavailable:
            for word in entry.subject.lower().split() if entry.what == "provider" else ():
                reasons.setdefault(word, entry.reason)
        return reasons

    def to_facts(self) -> dict[str, Any]:
        """The estate as ansible_facts.certops."""
        now = self.observed_at
        return {
            "schema_version": SCHEMA_VERSION,
            "observed_at": times.to_text(now),
            "vcenter": self.vcenter.to_facts(now),
            "hosts": [host.to_facts(now) for host in self.hosts],
            "clusters": [cluster.to_facts() for cluster in self.clusters],
            "vm_restarts": None if self.vm_restarts is None else [one.to_facts() for one in self.vm_restarts],
            "orphans": [provider.to_facts(now) for provider in self.orphans],
            "unavailable": [entry.to_facts() for entry in self.unavailable],
            "retries": self.retries,
        }

    @classmethod
    def from_facts(cls, facts: Any) -> Estate:
        """The estate that facts describe. Raises InputError with what is wrong with them."""
        if not isinstance(facts, Mapping):
            raise messages.FACTS_NOT_A_DICTIONARY()
        if facts.get("schema_version") != SCHEMA_VERSION:
            raise messages.FACTS_OF_ANOTHER_VERSION(version=facts.get("schema_version"), known_version=SCHEMA_VERSION)
        restarts = facts.get("vm_restarts")
        try:
            return cls(
                observed_at=times.from_text(str(facts["observed_at"])),
                vcenter=VCenter.from_facts(facts["vcenter"]),
                hosts=tuple(EsxiHost.from_facts(host) for host in facts.get("hosts") or ()),
                orphans=tuple(Provider.from_facts(provider) for provider in facts.get("orphans") or ()),
                unavailable=tuple(
                    Unavailable(str(entry["what"]), str(entry.get("subject") or ""), str(entry.get("reason") or ""))
                    for entry in facts.get("unavailable") or ()
                ),
                retries=int(facts.get("retries") or 0),
                clusters=tuple(Cluster.from_facts(cluster) for cluster in facts.get("clusters") or ()),
                vm_restarts=None if restarts is None else tuple(VmRestart.from_facts(one) for one in restarts),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise messages.FACTS_UNREADABLE(reason=reason(error)) from error


_READ_AGAIN = "Read them again with certops.vsphere.cert_expiry_facts of this version of the collection."


def _optional(value: Any, convert: Callable[[Any], T]) -> Optional[T]:
    return None if value is None else convert(value)
