# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a scenario to an estate: addresses, certificates, objects and providers."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Optional, Sequence

from ..pki.authority import VMCA_SUBJECT, Authority, made_by_host, self_signed
from ..pki.certificate import Certificate
from ..pki.keys import KeyPool
from ..scenario.schema import (
    CertificateSpec,
    ClusterSpec,
    HostSpec,
    ProviderSpec,
    Scenario,
    ScenarioError,
    VCenterSpec,
    VsanSpec,
)
from ..server.network import Block, may_listen
from ..sms.service_instance import SmsServiceInstance, SmsSessionManager
from ..sms.storage_manager import SmsStorageManager
from ..vim import event_manager, property_collector
from ..vim.authorization_manager import AuthorizationManager
from ..vim.custom_fields_manager import CustomFieldsManager
from ..vim.host.certificate_manager import CertificateManager
from ..vim.host.host_alarms import ALARMS, Alarm
from ..vim.host.host_system import HostSystem
from ..vim.host.host_vsan_system import HostVsanSystem
from ..vim.inventory.compute_resource import ClusterComputeResource, ComputeResource
from ..vim.inventory.datacenter import Datacenter
from ..vim.inventory.folder import Folder
from ..vim.inventory.search_index import SearchIndex
from ..vim.inventory.view_manager import ViewManager
from ..vim.inventory.virtual_machine import VirtualMachine
from ..vim.license_manager import LicenseManager
from ..vim.option_manager import OptionManager
from ..vim.service_instance import ServiceInstance
from ..vim.session_manager import SessionManager
from ..vim.task_manager import TaskManager
from .accounts import ADMINISTRATOR, AUDITOR, READ_ONLY, Account, Accounts
from .accounts import DOMAIN as SSO_DOMAIN
from .esxi_host import AWAKE, UNSAID, EsxiHost
from .provider import EXTERNAL, VSAN
from .settings import Settings
from .storage_array import StorageArray
from .vcenter import HTTPS, Identity, Surroundings, Trust, VCenter
from .vsan_cluster import VsanCluster

# Where a vCenter listens that may not have 443.
HIGH_PORT = 8443
VALID_DAYS = 1825.0
ROOT_AGE_DAYS = 2000.0
ROOT_DAYS_LEFT = 1650.0
DOMAIN = "example"


@dataclass(frozen=True)
class Naming:
    """How hosts are named in vCenter: by their addresses, or by names that nobody resolves."""

    by_fqdn: bool


@dataclass
class Estate:
    """All vCenters, and what an account needs."""

    vcenters: list[VCenter]
    surroundings: Surroundings
    password: str
    host_password: str

    def vcenter(self, name: str) -> Optional[VCenter]:
        """A vCenter by its name in the inventory."""
        return next((one for one in self.vcenters if one.name == name), None)


class EstateBuilder:
    """Builds one estate."""

    def __init__(
        self,
        block: Block,
        surroundings: Surroundings,
        seed: int,
        naming: Naming,
        with_ssh: bool = False,
        ssh_runs: bool = True,
    ) -> None:
        self._block = block
        self._surroundings = surroundings
        self._seed = seed
        self._naming = naming
        self._with_ssh = with_ssh
        self._ssh_runs = with_ssh and ssh_runs
        self._random = random.Random(f"{seed}-estate")
        self._keys = KeyPool()
        self._now = surroundings.clock.now()
        self._hosts = 0
        self._arrays = 0
        self._stranger: Optional[Authority] = None
        # Every vCenter with its own machine's uuid and its manager's name; and where each has room for machines.
        self._appliances: list[tuple[VCenter, str, str]] = []
        self._places: dict[str, tuple[Datacenter, int]] = {}
        self.password = self._secret()
        self.host_password = self._secret()

    def build(self, scenario: Scenario) -> Estate:
        """Build what the scenario says. Raises ScenarioError."""
        vcenters = [self._vcenter(index, one) for index, one in enumerate(scenario["vcenters"])]
        if len({one.name for one in vcenters}) < len(vcenters):
            raise ScenarioError("two vCenters have the same name")
        self._place_appliances()
        return Estate(vcenters, self._surroundings, self.password, self.host_password)

    def certificate(self, specification: CertificateSpec, names: Sequence[str], vcenter: VCenter) -> Certificate:
        """A certificate as it is specified, for a host of a vCenter. Raises ScenarioError."""
        return self._issued(specification, names, vcenter.trust.vmca, vcenter.trust.corporate)

    def _secret(self) -> str:
        return (
            "".join(self._random.choice("abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789") for _position in range(14))
            + "-1!"
        )

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _vcenter(self, index: int, given: VCenterSpec) -> VCenter:
        name = given.get("name") or f"vc{index + 1:02d}"
        fqdn = f"{name}.{DOMAIN}"
        address = self._block.vcenter_address(index)
        identity = Identity(
            name=name,
            fqdn=fqdn,
            address=address,
            port=HTTPS if may_listen(address, HTTPS) else HIGH_PORT,
            version=given.get("version") or "8.0.3",
            instance_uuid=self._uuid(),
        )
        settings = Settings(given.get("settings") or {}, fqdn, f"https://{identity.authority}/sts/STSService/{SSO_DOMAIN}")
        trust = self._trust(identity, given, settings)
        accounts = Accounts(
            [
                Account(ADMINISTRATOR, self.password),
                Account(AUDITOR, self.password, READ_ONLY),
                *(
                    Account(
                        one["username"], one.get("password") or self.password, _set(one.get("privileges")), _set(one.get("groups"))
                    )
                    for one in given.get("accounts") or []
                ),
            ]
        )
        vcenter = VCenter(identity, trust, settings, accounts, self._surroundings, f"{self._seed}-{name}")
        vcenter.clock_offset = timedelta(seconds=given.get("clock_offset_seconds") or 0)
        vcenter.missing_rest_paths = list(given.get("missing_rest_paths") or [])
        vcenter.refresh_behaviour.update(given.get("refresh_behaviour") or {})
        vcenter.reconnect_renews = given.get("reconnect_renews") or vcenter.reconnect_renews
        vcenter.storage.sessions_die_on_restart = given.get("sms_sessions_die", True)
        vcenter.storage.renews_entries = given.get("sms_entries_renewed", False)
        vcenter.storage.provides_certificates = given.get("provider_certificates") == "own"
        vcenter.storage.renews_certificates = given.get("provider_renewals", True)
        vcenter.storage.tells_retain = given.get("provider_retain_told", True)
        vcenter.storage.registers_by_itself = given.get("registers_by_itself")
        vcenter.storage.others_after_restart = dict(given.get("others_after_restart") or {})
        if given.get("linked_nodes"):
            vcenter.linked_nodes = list(given["linked_nodes"])
        for number, backup in enumerate(given.get("backups") or []):
            vcenter.backups[f"{address}-{number + 1:04d}"] = self._backup(backup, fqdn)
        self._inventory(vcenter, given, index)
        return vcenter

    def _trust(self, identity: Identity, given: VCenterSpec, settings: Settings) -> Trust:
        root = given.get("root") or {}
        begins = self._now - timedelta(days=root.get("age_days", ROOT_AGE_DAYS))
        ends = self._now + timedelta(days=root.get("days_left", ROOT_DAYS_LEFT))
        above = self._corporate_root() if given.get("subordinate_vmca") else None
        vmca = Authority.vmca(identity.fqdn, begins, ends, above)
        corporate = None
        if settings.mode == "custom" or _uses_corporate(given):
            corporate = Authority.named(
                "Example Corporate Issuing CA", "Example Corp", self._now - timedelta(days=2500), self._now + timedelta(days=4000)
            )
        issuer = corporate if settings.mode == "custom" and corporate else vmca
        machine = given.get("machine_ssl") or {}
        machine_ends = self._now + timedelta(days=machine.get("days_left", 400))
        machine_ssl = issuer.issue(
            identity.fqdn,
            [identity.fqdn, identity.address],
            min(self._now - timedelta(days=300), machine_ends - timedelta(days=1)),
            machine_ends,
            self._keys.take(),
            # Shorter than what hosts get.
            {"country": "US"},
        )
        signing = vmca.issue(
            "ssoserverSign",
            [identity.fqdn],
            self._now - timedelta(days=300),
            min(ends, self._now + timedelta(days=400)),
            self._keys.take(),
        )
        roots = (
            [above.certificate if above and given.get("vmca_unpublished") else vmca.certificate]
            + ([corporate.certificate] if corporate else [])
            + [self._old_root(one) for one in given.get("old_roots") or []]
        )
        own = self_signed("sms_self_signed", [identity.fqdn], begins, self._now + timedelta(days=3000), self._keys.take())
        return Trust(vmca, corporate, machine_ssl, roots, signing, own, vmca.empty_crl(self._now))

    def _corporate_root(self) -> Authority:
        begins, ends = self._now - timedelta(days=3000), self._now + timedelta(days=6000)
        return Authority.named("Example Corporate Root CA", "Example Corp", begins, ends)

    def _old_root(self, given: dict[str, float]) -> Certificate:
        begins = self._now - timedelta(days=given.get("age_days", ROOT_AGE_DAYS))
        ends = self._now + timedelta(days=given.get("days_left", -1.0))
        return Authority.named("Example Former CA", "Example Corp", begins, ends).certificate

    def _inventory(self, vcenter: VCenter, given: VCenterSpec, index: int) -> None:
        root = Folder(vcenter, "group-d1", "Datacenters", None, ["Folder", "Datacenter"])
        for one in (
            ServiceInstance(vcenter, "ServiceInstance"),
            SessionManager(vcenter, "SessionManager"),
            property_collector.make(vcenter),
            ViewManager(vcenter, "ViewManager"),
            OptionManager(vcenter, "VpxSettings"),
            AuthorizationManager(vcenter, "AuthorizationManager"),
            SearchIndex(vcenter, "SearchIndex"),
            TaskManager(vcenter, "TaskManager"),
            event_manager.EventManager(vcenter, event_manager.MOID),
            CustomFieldsManager(vcenter, "CustomFieldsManager"),
            LicenseManager(vcenter, "LicenseManager"),
            CertificateManager(vcenter, "certificateManager"),
            *(Alarm(vcenter, moid) for moid in ALARMS),
        ):
            vcenter.add(one)
        for sms_object in (
            SmsServiceInstance(vcenter, "ServiceInstance"),
            SmsSessionManager(vcenter, "sessionManager"),
            SmsStorageManager(vcenter, "storageManager"),
        ):
            vcenter.sms_objects[sms_object.moid] = sms_object
        datacenter = Datacenter(vcenter, 2, f"dc{index + 1:02d}", root)
        number = 9
        for position, cluster in enumerate(given.get("clusters") or []):
            hosts = cluster.get("hosts") or []
            if cluster.get("standalone"):
                for host in hosts:
                    compute = ComputeResource(vcenter, number, "", datacenter)
                    self._host(vcenter, compute, host, number + 2)
                    compute.name = compute.hosts[0].name
                    number += 3
                continue
            whole = ClusterComputeResource(vcenter, number, cluster.get("name") or f"cluster-{position + 1:02d}", datacenter)
            number += 2
            self._high_availability(vcenter, whole, cluster)
            for host in hosts:
                self._host(vcenter, whole, host, number)
                number += 1
            if cluster.get("vsan") is not None:
                self._vsan(vcenter, whole, cluster["vsan"])
        self._appliances.append((vcenter, self._uuid(), given.get("managed_by", vcenter.name)))
        self._places[vcenter.name] = (datacenter, number)
        self._further_providers(vcenter, given)

    def _high_availability(self, vcenter: VCenter, whole: ClusterComputeResource, given: ClusterSpec) -> None:
        events = vcenter.objects[event_manager.MOID]
        assert isinstance(events, event_manager.EventManager)
        whole.lifecycle_managed = bool(given.get("lifecycle_managed"))
        ha, spec = whole.ha, given.get("ha")
        ha.tell_restart = events.restarted
        if spec is None:
            return
        ha.enabled = True
        ha.host_monitoring = spec.get("host_monitoring", "enabled")
        ha.fails_over = spec.get("fails_over", "unsettled")
        ha.settle_seconds = spec.get("settle_seconds", ha.settle_seconds)

    def _vsan(self, vcenter: VCenter, cluster: ClusterComputeResource, given: VsanSpec) -> None:
        vsan = VsanCluster(cluster.moid, dict(given.get("objects") or {"healthy": 20}), given.get("syncing") or 0)
        vsan.resync_seconds = given.get("resync_seconds", vsan.resync_seconds)
        vcenter.vsan_clusters[cluster.moid] = vsan
        for host in cluster.hosts:
            vcenter.add_to_vsan(host.moid, vsan)
            system = HostVsanSystem(vcenter, host.host, vsan)
            vcenter.add(system)
            host.vsan_system = system.reference
        if given.get("witness"):
            witness = next((one for one in vcenter.hosts if one.name == given["witness"]), None)
            if witness is None:
                raise ScenarioError(f"the witness {given['witness']} is no host that stands before {cluster.name}")
            vsan.witness = witness.moid
            vcenter.add_to_vsan(witness.moid, vsan)

    def _place_appliances(self) -> None:
        """Each vCenter's own virtual machine into the inventory of who manages it, on the first of the hosts there."""
        for vcenter, uuid_of, manager in self._appliances:
            if not manager:
                continue
            if manager not in self._places:
                raise ScenarioError(f"{vcenter.name} is managed by {manager}, which is no vCenter of this estate")
            datacenter, number = self._places[manager]
            number += len(datacenter.vms.children)
            host = next(
                (one.hosts[0] for one in datacenter.hosts.children if isinstance(one, ComputeResource) and one.hosts),
                None,
            )
            machine = VirtualMachine(
                datacenter.vcenter, f"vm-{number}", vcenter.name, datacenter.vms, host, uuid_of, vcenter.identity.address
            )
            if host is not None:
                host.machines.append(machine.reference)
            datacenter.vms.children.append(machine)

    def _host(self, vcenter: VCenter, compute: ComputeResource, given: HostSpec, number: int) -> None:
        address = self._block.host_address(self._hosts)
        self._hosts += 1
        letter = chr(ord("a") + sum(isinstance(one, ComputeResource) for one in compute.datacenter.hosts.children) - 1)
        default_name = f"esx{self._hosts:03d}.{letter if letter <= 'z' else 'site'}.{DOMAIN}" if self._naming.by_fqdn else address
        name = given.get("name") or default_name
        certificate = self.certificate(given.get("certificate") or {"days_left": 900}, [name], vcenter)
        host = EsxiHost(
            name=name,
            address=address,
            moid=f"host-{number}",
            uuid=self._uuid(),
            version=given.get("version") or "8.0.3",
            password=self.host_password,
            certificate=certificate,
            record=certificate,
            connection_state=given.get("connection_state") or "connected",
            in_maintenance_mode=bool(given.get("in_maintenance")),
            in_quarantine_mode=bool(given.get("quarantined")),
            partial_maintenance=list(given.get("partial_maintenance") or []),
            unreadable=list(given.get("unreadable") or []),
            reachable=given.get("reachable", True),
            reloads_on=given.get("reloads_on") or "renew",
            records_on=given.get("records_on") or "install",
            lockdown_mode=given.get("lockdown_mode") or "lockdownDisabled",
            registers_by_itself=given.get("registers_by_itself", UNSAID),
            registration_failure=given.get("registration_failure") or "",
            boot_time=self._now - timedelta(days=120),
            has_ssh=self._with_ssh,
            ssh_reachable=given.get("ssh_reachable", True),
            exception_users=list(given.get("exception_users") or []),
            configured_name=given.get("configured_name") or name,
            clock_offset_seconds=given.get("clock_offset_seconds") or 0.0,
            ha_ends_in=given.get("ha_ends_in"),
            ha_incurable=bool(given.get("ha_incurable")),
            ha_reconnect_cures=bool(given.get("ha_reconnect_cures")),
        )
        self._fill_castore(vcenter, host, lost=given.get("sms_trust_lost", False))
        lasting: CertificateSpec = {"days_left": 700}
        client = given.get("client_certificate", lasting)
        host.client_certificate = None if client is None else self.certificate(client, [name], vcenter)
        host.change_standby(given.get("standby_mode") or AWAKE)
        host.services["TSM-SSH"].running = given.get("ssh", self._ssh_runs)
        vcenter.hosts.append(host)
        if isinstance(compute, ClusterComputeResource):
            vcenter.clustered.add(host.moid)
            compute.ha.add(host)
        servant = HostSystem(vcenter, host, compute, compute.datacenter.datastore.reference, compute.datacenter.network.reference)
        servant.gather()
        compute.hosts.append(servant)
        vcenter.storage.entries[host.provider_url] = certificate
        provider_given: Optional[ProviderSpec] = given["provider"] if "provider" in given else {}  # noqa: SIM401
        if provider_given is None:
            return
        remembered = certificate
        if vcenter.storage.gives_certificate(host):
            remembered = self.certificate(provider_given.get("own") or {"days_left": 900}, [name], vcenter)
            host.provider_certificate = remembered
        if "remembered" in provider_given:
            remembered = self.certificate(provider_given["remembered"], [name], vcenter)
        provider = vcenter.storage.add(f"IOFILTER Provider {name}", host.provider_url, remembered, host)
        provider.registered_at = max(remembered.not_before, self._now - timedelta(days=800))
        provider.ailing = bool(provider_given.get("ailing"))
        provider.broken = bool(provider_given.get("broken"))
        provider.condition = provider_given.get("condition") or ""

    def _fill_castore(self, vcenter: VCenter, host: EsxiHost, *, lost: bool) -> None:
        """TRUSTED_ROOTS, and before ESXi 9.0 what SPS shows itself by to providers of VASA 1.5 (KB 440183; that VMCA's root does since is believed)."""
        host.sms_identity = vcenter.trust.sms if host.major < 9 else vcenter.trust.vmca.certificate
        host.castore = [*vcenter.trusted_roots, *([vcenter.trust.sms] if host.major < 9 else [])]
        host.crls = [vcenter.trust.crl]
        if lost:
            host.lose_sms_trust()

    def _further_providers(self, vcenter: VCenter, given: VCenterSpec) -> None:
        for number, orphan in enumerate(given.get("orphans") or []):
            # Its address is none of the estate's, for nobody is there any more.
            name = (
                f"{orphan.get('name') or f'retired{number + 1}'}.{DOMAIN}"
                if self._naming.by_fqdn
                else f"{self._block.prefix}.254.{number + 1}"
            )
            remembered = self.certificate(orphan.get("remembered") or {"days_left": -100}, [name], vcenter)
            vcenter.storage.add(f"IOFILTER Provider {name}", f"https://{name}:9080/version.xml", remembered)
        if not given.get("other_providers"):
            return
        machine_ssl = vcenter.trust.machine_ssl
        url = f"https://{vcenter.identity.fqdn}:8080/version.xml"
        vcenter.storage.add("VMware VSAN", url, machine_ssl, None, VSAN, "VSAN:0001")
        address = self._block.array_address(self._arrays)
        self._arrays += 1
        certificate = self._issued({"days_left": 500}, [address], vcenter.trust.vmca, vcenter.trust.corporate)
        array = StorageArray(f"array{self._arrays:02d}", address, certificate, "vasa", self.host_password)
        vcenter.arrays.append(array)
        provider = vcenter.storage.add(
            f"{array.name} VASA Provider", array.provider_url, certificate, None, EXTERNAL, f"{array.name}:0001"
        )
        provider.vasa_version = "3.0"

    def _issued(self, given: CertificateSpec, names: Sequence[str], vmca: Authority, corporate: Optional[Authority]) -> Certificate:
        ends = self._now + timedelta(days=given.get("days_left", 900))
        issuer = given.get("issuer") or "vmca"
        begins = self._begins(ends, given.get("valid_days", VALID_DAYS))
        if "begins_in_days" in given:
            begins = self._now + timedelta(days=given["begins_in_days"])
        key = self._keys.take()
        if issuer == "self":
            return made_by_host(names[0], names, begins, ends, key, throw_away=self._keys.take())
        if issuer == "self_signed":
            return self_signed(names[0], names, begins, ends, key)
        if issuer == "unknown":
            if self._stranger is None:
                self._stranger = Authority.named(
                    "Nobody's CA", "Nobody", self._now - timedelta(days=3000), self._now + timedelta(days=3000)
                )
            return self._stranger.issue(names[0], names, begins, ends, key)
        if issuer == "corporate":
            if corporate is None:
                raise ScenarioError("a certificate of the corporate CA needs a vCenter that trusts it")
            return corporate.issue(names[0], names, begins, ends, key, {"country": "US", "organizationName": "Example Corp"})
        if issuer != "vmca":
            raise ScenarioError(f"there is no issuer {issuer}; there are vmca, corporate, self, self_signed and unknown")
        return vmca.issue(names[0], names, max(begins, vmca.certificate.not_before), ends, key, VMCA_SUBJECT)

    def _begins(self, ends: datetime, valid_days: float) -> datetime:
        """So many days before the end, and not in the future."""
        return min(ends - timedelta(days=valid_days), self._now - timedelta(hours=1), ends - timedelta(hours=1))

    def _backup(self, given: dict[str, object], fqdn: str) -> dict[str, object]:
        """A backup job, as the vendor's bindings describe it (appliance.recovery.backup.job.details.info)."""
        ended = self._now - timedelta(days=float(str(given.get("days_ago", 1))))
        words = {"id": "", "default_message": "", "args": []}
        return {
            "start_time": (ended - timedelta(minutes=18)).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "duration": 1080,
            "end_time": ended.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "size": 1832,
            "progress": {"total": 100, "completed": 100, "message": words},
            "status": str(given.get("status", "SUCCEEDED")),
            "type": "SCHEDULED",
            "location": f"sftp://backup.{DOMAIN}/{fqdn}",
            "location_user": "backup",
            "messages": [],
            "build": {"version_name": "vCenter Server", "version": "8.0.3.00300", "build_number": "24322831"},
            "description": words,
            "service": "com.vmware.appliance.recovery.backup.job",
            "operation": "create",
            "cancelable": False,
        }


def _set(given: Optional[list[str]]) -> Optional[frozenset[str]]:
    return None if given is None else frozenset(given)


def _uses_corporate(given: VCenterSpec) -> bool:
    return any(
        (host.get("certificate") or {}).get("issuer") == "corporate"
        for cluster in given.get("clusters") or []
        for host in cluster.get("hosts") or []
    )
