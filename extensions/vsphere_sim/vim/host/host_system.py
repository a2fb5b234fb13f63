# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""HostSystem: one ESXi host as vCenter shows it, and what can be done to it."""

from __future__ import annotations

from typing import Any, Optional, Sequence

from pyVmomi import vim, vmodl

from ...estate.esxi_host import ASLEEP, AWAKE, CONNECTED, DISCONNECTED, EsxiHost
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import Call, method, property_type, readable
from ..event_manager import events_of
from ..inventory.managed_entity import ManagedEntity
from ..task import start_locking_task, start_task
from . import host_alarms, host_connection
from .host_certificate_manager import HostCertificateManager
from .host_config import configuration
from .host_service_system import HostServiceSystem
from .host_virtual_nic_manager import HostVirtualNicManager

CORES = 32
CPU_MHZ = 2600
MEMORY_BYTES = 512 * 1024**3
DISCONNECT_SECONDS = 2.0
RECONNECT_SECONDS = 6.0
MAINTENANCE_SECONDS = 3.0
DAS_SECONDS = 2.0
STANDBY_SECONDS = 5.0
REFUSAL_SECONDS = 0.2
PEM_SINCE = 9


class HostSystem(ManagedEntity):
    """A host; its truth is in EsxiHost."""

    kind = vim.HostSystem

    def __init__(self, vcenter: VCenter, host: EsxiHost, parent: ManagedEntity, datastore: Any, network: Any) -> None:
        super().__init__(vcenter, host.moid, host.name, parent)
        self.host = host
        self._datastore = self.datastore_reference = datastore
        self._network = self.network_reference = network
        self._services = HostServiceSystem(vcenter, host)
        self._certificates = HostCertificateManager(vcenter, host)
        self._nics = HostVirtualNicManager(vcenter, host)
        self._configured: tuple[int, Any] = (-1, None)
        self._summarised: tuple[object, Any] = (None, None)
        self.machines: list[Any] = []
        self.vsan_system: Any = None
        self.parts = (self._services, self._certificates, self._nics)
        for part in self.parts:
            vcenter.add(part)

    def read(self, name: str, session: Optional[Session]) -> Any:
        if name in ("triggeredAlarmState", "declaredAlarmState"):
            return property_type(self.kind, name)(host_alarms.triggered(self.vcenter, self.host))
        return super().read(name, session)

    @property
    def unreadable(self) -> Sequence[str]:
        """Paths of properties that the vCenter tells nobody."""
        return self.host.unreadable

    def gather(self) -> None:
        """Have what clients read most, as a vCenter has it of the hosts that it manages before anybody asks."""
        self.config(None)
        self.summary(None)

    @method("DisconnectHost_Task")
    def disconnect(self, call: Call) -> Any:
        username = call.session.account.principal if call.session else ""

        def act() -> None:
            if self.host.connection_state == DISCONNECTED:
                raise vim.fault.InvalidState()
            self.host.connection_state = DISCONNECTED
            self.vcenter.vsan_lost(self.host)
            self.vcenter.notify(self.host)
            events_of(self.vcenter).record(
                vim.event.HostDisconnectedEvent(
                    userName=username,
                    reason="userRequest",
                    fullFormattedMessage=f"Disconnected from {self.host.name}. Reason: User requested disconnect",
                ),
                self.host,
            )

        refused = self.host.connection_state == DISCONNECTED
        return start_locking_task(self.vcenter, call, [self], REFUSAL_SECONDS if refused else DISCONNECT_SECONDS, act)

    @method("ReconnectHost_Task")
    def reconnect(self, call: Call) -> Any:
        specification = call.arguments.get("cnxSpec")
        options = call.arguments.get("reconnectSpec")
        host_connection.check_specification(self.vcenter, specification)
        sync_state = bool(options is not None and options.syncState)
        if sync_state:
            call.detail = "syncState=true: vCenter's inventory of virtual machines is pushed onto the host"
        refused = self.host.connection_state != DISCONNECTED
        username = call.session.account.principal if call.session else ""

        def act() -> None:
            host_connection.reconnect(self.vcenter, self.host, specification, sync_state)
            events_of(self.vcenter).record(
                vim.event.HostConnectedEvent(userName=username, fullFormattedMessage=f"Connected to {self.host.name}"), self.host
            )

        return start_locking_task(self.vcenter, call, [self], REFUSAL_SECONDS if refused else RECONNECT_SECONDS, act)

    @method("ReconfigureHostForDAS_Task")
    def reconfigure_das(self, call: Call) -> Any:
        def act() -> None:
            if self.host.connection_state != CONNECTED:
                raise vmodl.fault.HostNotConnected()
            if self.host.ha is None or not self.host.ha.enabled:
                raise vim.fault.DasConfigFault(reason="Other", msg="The host is not in a cluster with vSphere HA.")
            self.host.ha.configured(self.host, anew=True)

        return start_task(self.vcenter, call, self, DAS_SECONDS, act)

    @method("EnterMaintenanceMode_Task")
    def enter_maintenance(self, call: Call) -> Any:
        return self._maintenance(call, True)

    @method("ExitMaintenanceMode_Task")
    def exit_maintenance(self, call: Call) -> Any:
        return self._maintenance(call, False)

    def _maintenance(self, call: Call, wanted: bool) -> Any:
        def act() -> None:
            if self.host.connection_state != CONNECTED:
                raise vmodl.fault.HostNotConnected()
            if self.host.in_maintenance_mode == wanted:
                raise vim.fault.InvalidState()
            self.host.in_maintenance_mode = wanted
            if self.host.ha is not None:
                self.host.ha.configured(self.host)
            self.vcenter.notify(self.host)

        return start_task(self.vcenter, call, self, MAINTENANCE_SECONDS, act)

    @method("PowerDownHostToStandBy_Task")
    def power_down(self, call: Call) -> Any:
        return self._standby(call, AWAKE, "entering", ASLEEP)

    @method("PowerUpHostFromStandBy_Task")
    def power_up(self, call: Call) -> Any:
        return self._standby(call, ASLEEP, "exiting", AWAKE)

    def _standby(self, call: Call, wanted: str, meanwhile: str, then: str) -> Any:
        refused = self.host.standby_mode != wanted

        def act() -> None:
            if refused:
                raise vim.fault.InvalidState()
            self.host.change_standby(then)
            self.vcenter.notify(self.host)

        if not refused:
            self.host.change_standby(meanwhile)
        return start_locking_task(self.vcenter, call, [self], REFUSAL_SECONDS if refused else STANDBY_SECONDS, act)

    @method("QueryHostConnectionInfo")
    def connection_info(self, call: Call) -> Any:
        if self.host.connection_state != CONNECTED:
            raise vmodl.fault.HostNotConnected()
        return vim.host.ConnectInfo(
            serverIp=self.vcenter.identity.address,
            inDasCluster=False,
            host=self.summary(call.session),
            vimAccountNameRequired=True,
            clusterSupported=True,
        )

    @readable("runtime")
    def runtime(self, session: Optional[Session]) -> Any:
        host = self.host
        connected = host.connection_state == CONNECTED
        runtime = vim.host.RuntimeInfo(
            connectionState=host.connection_state,
            powerState="standBy" if host.standby_mode == ASLEEP else "poweredOn" if connected else "unknown",
            standbyMode=host.standby_mode,
            inMaintenanceMode=host.in_maintenance_mode,
            inQuarantineMode=host.in_quarantine_mode,
            bootTime=host.boot_time,
        )
        state = host.ha.state_of(host) if host.ha is not None else None
        if state is not None:
            runtime.dasHostState = vim.cluster.DasFdmHostState(state=state)
        if host.partial_maintenance:
            modes = vim.host.PartialMaintenanceModeRuntimeInfo
            runtime.partialMaintenanceMode = [modes(key=kind, hostStatus="inPartialMM") for kind in host.partial_maintenance]
        return runtime

    @readable("summary")
    def summary(self, session: Optional[Session]) -> Any:
        """Built anew where something of it has changed: a thousand of them take longer than all the rest of a reading."""
        host = self.host
        state = (
            host.revision,
            host.version,
            host.build,
            host.record.sha1_thumbprint,
            host.connection_state,
            host.in_maintenance_mode,
            host.standby_mode,
            host.in_quarantine_mode,
            tuple(host.partial_maintenance),
        )
        known, built = self._summarised
        if known != state:
            built = self._summarise(session)
            self._summarised = (state, built)
        return built

    def _summarise(self, session: Optional[Session]) -> Any:
        host = self.host
        config = vim.host.Summary.ConfigSummary(
            name=host.name,
            port=443,
            product=product(host),
            vmotionEnabled=True,
            faultToleranceEnabled=False,
        )
        # Since 9.0 there is the one or the other (API reference).
        if self._shows_pem(type(config)):
            config.sslCertificate = host.record.pem
        else:
            config.sslThumbprint = host.record.sha1_thumbprint
        return vim.host.Summary(
            host=self.reference,
            hardware=vim.host.Summary.HardwareSummary(
                vendor="Simulated",
                model="ESXi host",
                uuid=host.uuid,
                memorySize=MEMORY_BYTES,
                cpuModel="Simulated CPU @ 2.60GHz",
                cpuMhz=CPU_MHZ,
                numCpuPkgs=2,
                numCpuCores=CORES,
                numCpuThreads=CORES * 2,
                numNics=2,
                numHBAs=2,
            ),
            runtime=self.runtime(session),
            config=config,
            quickStats=vim.host.Summary.QuickStats(overallCpuUsage=1200, overallMemoryUsage=65536, uptime=864000),
            overallStatus=self.overall_status(session),
            rebootRequired=False,
            managementServerIp=self.vcenter.identity.address,
            maxEVCModeKey="intel-icelake",
        )

    def _shows_pem(self, kind: Any) -> bool:
        """Whether this vCenter, and this pyVmomi, have HostConfigSummary.sslCertificate."""
        known = any(info.name == "sslCertificate" for info in kind._GetPropertyList())
        return known and int(self.vcenter.identity.version.split(".", 1)[0]) >= PEM_SINCE

    @readable("overallStatus")
    def overall_status(self, session: Optional[Session]) -> str:
        return "green" if self.host.connection_state == CONNECTED else "red"

    @readable("config")
    def config(self, session: Optional[Session]) -> Any:
        """Not there while vCenter does not talk to the host."""
        if self.host.connection_state != CONNECTED:
            return None
        revision, built = self._configured
        if revision != self.host.revision:
            revision, built = self.host.revision, configuration(self.host, product(self.host))
            self._configured = (revision, built)
        return built

    @readable("hardware")
    def hardware(self, session: Optional[Session]) -> Any:
        if self.host.connection_state != CONNECTED:
            return None
        return vim.host.HardwareInfo(
            systemInfo=vim.host.SystemInfo(vendor="Simulated", model="ESXi host", uuid=self.host.uuid),
            cpuInfo=vim.host.CpuInfo(numCpuPackages=2, numCpuCores=CORES, numCpuThreads=CORES * 2, hz=CPU_MHZ * 1000000),
            cpuPkg=[
                vim.host.CpuPackage(
                    index=0, vendor="intel", hz=CPU_MHZ * 1000000, busHz=100000000, description="Simulated CPU", threadId=[0]
                )
            ],
            memorySize=MEMORY_BYTES,
            smcPresent=False,
            biosInfo=vim.host.BIOSInfo(biosVersion="1.0", releaseDate=self.host.boot_time),
        )

    @readable("capability")
    def capability(self, session: Optional[Session]) -> Any:
        if self.host.connection_state != CONNECTED:
            return None
        kind = vim.host.Capability
        flags: dict[str, Any] = {info.name: True for info in kind._GetPropertyList() if not info.flags & 4 and info.type is bool}
        # Since 8.0.3, certificates change without a restart of hostd.
        if any(info.name == "ndcmSupported" for info in kind._GetPropertyList()):
            flags["ndcmSupported"] = self.host.supports_ndcm
        return kind(**flags)

    @readable("configManager")
    def config_manager(self, session: Optional[Session]) -> Any:
        return vim.host.ConfigManager(
            serviceSystem=self._services.reference,
            certificateManager=self._certificates.reference,
            virtualNicManager=self._nics.reference,
            vsanSystem=self.vsan_system,
        )

    @readable("vm")
    def vms(self, session: Optional[Session]) -> list[Any]:
        return list(self.machines)

    @readable("datastore")
    def datastore(self, session: Optional[Session]) -> list[Any]:
        return [self._datastore]

    @readable("network")
    def network(self, session: Optional[Session]) -> list[Any]:
        return [self._network]


def product(host: EsxiHost) -> Any:
    """What a host says that it runs."""
    return vim.AboutInfo(
        name="VMware ESXi",
        fullName=f"VMware ESXi {host.version} build-{host.build}",
        vendor="VMware, Inc.",
        version=host.version,
        build=host.build,
        localeVersion="INTL",
        localeBuild="000",
        osType="vmnix-x86",
        productLineId="embeddedEsx",
        apiType="HostAgent",
        apiVersion=f"{host.version}.0",
        licenseProductName="VMware ESX Server",
        licenseProductVersion=f"{host.major}.0",
    )
