# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter in memory, with a clock of its own: what operations do with lost answers, half-way states and deadlines, in milliseconds.

It stands where pyVmomi's stub stands, so that all of the collection's own code above HTTP is at work. It knows nothing of trust, of
privileges and of SOAP: the simulated estate does.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import (
    CONNECTED,
    DISCONNECTED,
    CertificateSettings,
    Estate,
    EsxiHost,
    VCenter,
)
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sps_state import SERVICES_GROUP, SpsState
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import SessionPort
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.session import VSphereSession
from ansible_collections.certops.vsphere.plugins.module_utils._wire.connection import Connection
from ansible_collections.certops.vsphere.tests.unit.certificates import Authority, authority, make, parsed, pem
from ansible_collections.certops.vsphere.tests.unit.fake_clock import FakeClock
from pyVmomi import VmomiSupport, sms, vim, vmodl

TASK_SECONDS = 3.0
RESTART_SECONDS = 40.0
VMCA = authority()


@dataclass
class FakeHost:
    """An ESXi host. served is what its ports show; registered whether SMS has its provider, and with which certificate."""

    name: str
    moid: str
    certificate: Any
    cluster: str = "c1"
    state: str = CONNECTED
    registered: Optional[Any] = None
    uid: str = ""

    def known(self) -> EsxiHost:
        """It, as an observation has it."""
        return EsxiHost(
            name=self.name,
            moid=self.moid,
            cluster=self.cluster,
            datacenter="dc",
            version="8.0.3",
            connection_state=self.state,
            in_maintenance_mode=False,
            certificate=parsed(self.certificate),
            issuer="vmca",
        )


@dataclass
class FakeTask:
    """A task: what it does when its time has come, and on which host; fault is what it ends with."""

    moid: str
    kind: str
    host: Optional[str]
    ends: float
    effect: Callable[[], None]
    state: str = "running"
    fault: Optional[Any] = None


@dataclass
class Spoiling:
    """What becomes of a call: it has its effect or not, and then this is raised, or returned by a callable."""

    method: str
    how: Any
    effect: bool = True
    times: int = 1
    only: Optional[Callable[[Any, list[Any]], bool]] = None


@dataclass
class FakeVCenter:
    """The estate and the calls that it was sent."""

    hosts: list[FakeHost]
    clock: FakeClock = field(default_factory=FakeClock)
    vmca: Authority = VMCA
    calls: list[str] = field(default_factory=list)
    spoilings: list[Spoiling] = field(default_factory=list)
    tasks: dict[str, FakeTask] = field(default_factory=dict)
    sps_started: float = 0.0
    restarts: int = 0
    task_faults: dict[str, list[Any]] = field(default_factory=dict)
    _lock: Any = field(default_factory=threading.RLock)

    def spoil(self, method: str, how: Any, **more: Any) -> None:
        """Have a method's next answer be none."""
        self.spoilings.append(Spoiling(method, how, **more))

    def host(self, moid: str) -> FakeHost:
        """A host by its id. Raises as vCenter does for one that is gone."""
        for one in self.hosts:
            if one.moid == moid:
                return one
        raise vmodl.fault.ManagedObjectNotFound(msg="gone")

    def count(self, method: str) -> int:
        """How often a method was called."""
        return self.calls.count(method)

    @property
    def sps_state(self) -> str:
        """As the REST API tells it."""
        return "STARTED" if self.clock.seconds >= self.sps_started else "STARTING"

    def restart_sps(self) -> None:
        """SPS registers again, when it has started, what is missing."""
        self._called("restart_sps", None, [], self._restart)

    def _restart(self) -> None:
        self.restarts += 1
        self.sps_started = self.clock.seconds + RESTART_SECONDS

    def _settle(self) -> None:
        for task in self.tasks.values():
            if task.state == "running" and self.clock.seconds >= task.ends:
                task.state = "success" if task.fault is None else "error"
                if task.fault is None:
                    task.effect()
        if self.restarts and self.clock.seconds >= self.sps_started:
            for host in self.hosts:
                if host.registered is None and host.state == CONNECTED:
                    host.registered = host.certificate
                    host.uid = f"{host.moid}-{self.restarts}"

    # What pyVmomi's objects ask of their stub.
    version = "vim.version.version12"
    cookie = 'vmware_soap_session="x"'

    def InvokeMethod(self, mo: Any, info: Any, args: list[Any]) -> Any:
        """Call a method."""
        method = info.wsdlName
        return self._called(method, mo, args, lambda: getattr(self, method)(mo, *args))

    def DropConnections(self) -> None:
        """There are none."""

    def _called(self, method: str, mo: Any, args: list[Any], answer: Callable[[], Any]) -> Any:
        with self._lock:
            self.calls.append(method)
            self._settle()
            for spoiling in self.spoilings:
                if spoiling.method == method and spoiling.times and (spoiling.only is None or spoiling.only(mo, args)):
                    spoiling.times -= 1
                    if spoiling.effect:
                        answer()
                    if isinstance(spoiling.how, BaseException):
                        raise spoiling.how
                    return spoiling.how()
            return answer()

    def _begin(self, method: str, moid: Optional[str], effect: Callable[[], None]) -> str:
        number = f"task-{len(self.tasks) + 1}"
        faults = self.task_faults.get(method) or []
        fault = faults.pop(0) if faults else None
        self.tasks[number] = FakeTask(number, method, moid, self.clock.seconds + TASK_SECONDS, effect, fault=fault)
        return number

    def _vim_task(self, method: str, moid: str, effect: Callable[[], None]) -> Any:
        return vim.Task(self._begin(method, moid, effect), self)

    def chain(self, names: Sequence[str], _port: int, _timeout_seconds: float) -> Sequence[Certificate]:
        """What a host shows on its ports."""
        return (parsed(next(host.certificate for host in self.hosts if host.name == names[0])),)

    # vim
    def CertMgrRefreshCertificates_Task(self, _manager: Any, hosts: list[Any]) -> Any:
        host = self.host(hosts[0]._GetMoId())

        def renew() -> None:
            # No two are the same.
            days = 700 + len(self.tasks)
            host.certificate = make(host.name, issuer=self.vmca, names=(host.name,), starts=-1, ends=days)

        return self._vim_task("CertMgrRefreshCertificates_Task", host.moid, renew)

    def DisconnectHost_Task(self, mo: Any) -> Any:
        host = self.host(mo._GetMoId())
        return self._vim_task("DisconnectHost_Task", host.moid, lambda: setattr(host, "state", DISCONNECTED))

    def ReconnectHost_Task(self, mo: Any, _specification: Any, _how: Any) -> Any:
        host = self.host(mo._GetMoId())
        return self._vim_task("ReconnectHost_Task", host.moid, lambda: setattr(host, "state", CONNECTED))

    def RetrievePropertiesEx(self, _collector: Any, specs: list[Any], _options: Any) -> Any:
        found = []
        for spec in specs[0].objectSet:
            linked = spec.selectSet[0].path if spec.selectSet else None
            found.append((spec.obj, self._values(spec.obj)))
            if linked == "recentTask":
                own = [task for task in self.tasks.values() if task.host == spec.obj._GetMoId()]
                found += [(vim.Task(task.moid, self), self._values(vim.Task(task.moid, self))) for task in own]
        wanted = {prop.type: prop.pathSet for prop in specs[0].propSet}
        return vmodl.query.PropertyCollector.RetrieveResult(
            objects=[
                vmodl.query.PropertyCollector.ObjectContent(
                    obj=one,
                    propSet=[
                        vmodl.DynamicProperty(name=path, val=values[path])
                        for path in wanted[type(one)]
                        if values.get(path) is not None
                    ],
                )
                for one, values in found
            ]
        )

    def _values(self, one: Any) -> dict[str, Any]:
        moid = one._GetMoId()
        if isinstance(one, vim.TaskManager):
            return {"recentTask": vim.Task.Array([vim.Task(task, self) for task in self.tasks])}
        if isinstance(one, vim.Task):
            task = self.tasks[moid]
            return {
                "info.state": task.state,
                "info.error": task.fault if task.state == "error" else None,
                "info.descriptionId": task.kind,
                "info.entity": vim.HostSystem(task.host, self) if task.host else None,
            }
        host = self.host(moid)
        certificate = VmomiSupport.binary(pem(host.certificate).encode())
        # vCenter shows no config of a host that it has no connection to.
        return {
            "name": host.name,
            "runtime.connectionState": vim.HostSystem.ConnectionState(host.state),
            "config.certificate": certificate if host.state == CONNECTED else None,
        }

    # SMS
    def _sms_ready(self) -> None:
        if self.sps_state != "STARTED":
            raise sms.fault.ServiceNotInitialized()

    def QueryStorageManager(self, _instance: Any) -> Any:
        self._sms_ready()
        return sms.StorageManager("storageManager", self)

    def QueryProvider(self, _manager: Any) -> Any:
        self._sms_ready()
        return [sms.provider.VasaProvider(f"provider-{host.uid}", self) for host in self.hosts if host.registered is not None]

    def QueryProviderInfo(self, mo: Any) -> Any:
        host = next(one for one in self.hosts if f"provider-{one.uid}" == mo._GetMoId())
        return sms.provider.VasaProviderInfo(
            uid=host.uid,
            name=f"IOFILTER Provider {host.name}",
            url=f"https://{host.name}:9080/version.xml",
            certificate=pem(host.registered),
            status="online" if host.state == CONNECTED and host.registered == host.certificate else "offline",
            vasaVersion="1.0",
            namespace="IOFILTERS",
        )

    def UnregisterProvider_Task(self, _manager: Any, uid: str) -> Any:
        host = next((one for one in self.hosts if one.uid == uid), None)
        if host is None:
            raise vim.fault.NotFound()
        return sms.Task(self._begin("UnregisterProvider_Task", None, lambda: setattr(host, "registered", None)), self)

    def QuerySmsTaskInfo(self, mo: Any) -> Any:
        task = self.tasks[mo._GetMoId()]
        return sms.TaskInfo(key=task.moid, state=task.state, error=task.fault if task.state == "error" else None)


class FakeAppliance:
    """The REST API, as far as a restart needs it."""

    def __init__(self, vcenter: FakeVCenter) -> None:
        self._vcenter = vcenter

    def sps(self) -> SpsState:
        """How it is."""
        return SpsState(self._vcenter.sps_state, "HEALTHY", "AUTOMATIC")

    def groups(self) -> frozenset[str]:
        """The account may restart services."""
        return frozenset({SERVICES_GROUP.lower()})

    def restart_sps(self, limit_seconds: float) -> None:
        """Ask for a restart."""
        if self._vcenter.sps_state != "STARTED":
            raise TransientError("Restarting SPS failed", code="broken", vsphere_fault="HTTP 400")
        self._vcenter.restart_sps()


class FakeSession(VSphereSession):
    """A session with it, logged in."""

    def __init__(self, vcenter: FakeVCenter) -> None:
        super().__init__(Connection("vc01", "operator", "secret", validate_certs=False))
        self._vcenter = vcenter
        self._stub = vcenter  # type: ignore[assignment]  # what stands in its place
        self._sms = sms.ServiceInstance("ServiceInstance", vcenter)
        self.content = vim.ServiceInstanceContent(
            certificateManager=vim.CertificateManager("certificateManager", vcenter),
            propertyCollector=vmodl.query.PropertyCollector("propertyCollector", vcenter),
            taskManager=vim.TaskManager("TaskManager", vcenter),
            about=vim.AboutInfo(apiVersion="8.0.3.0"),
        )

    @property
    def appliance(self) -> Any:
        """Its REST API."""
        return FakeAppliance(self._vcenter)


class FakePort(SessionPort):
    """What operations get handed of it: all of the collection's own code below them is at work."""

    def __init__(self, vcenter: FakeVCenter) -> None:
        super().__init__(FakeSession(vcenter), vcenter.clock)
        self._vcenter = vcenter

    @property
    def endpoints(self) -> FakeVCenter:
        """Its hosts' ports."""
        return self._vcenter


def estate_of(vcenter: FakeVCenter) -> Estate:
    """It, as an observation has it."""
    return Estate(
        observed_at=vcenter.clock.now(),
        vcenter=VCenter(
            hostname="vc01",
            version="8.0.3",
            certificate_settings=CertificateSettings(mode="vmca", minutes_before=10),
            trusted_roots=(vcenter.vmca.certificate,),
            vmca_root=vcenter.vmca.certificate,
            clock_offset_seconds=0.0,
        ),
        hosts=tuple(host.known() for host in vcenter.hosts),
    )


def fake_vcenter(*, hosts: int = 3, ends: float = 20) -> FakeVCenter:
    """A vCenter with hosts, each in a cluster of its own, whose certificates end in so many days; SMS has older ones."""
    vcenter = FakeVCenter([])
    for number in range(1, hosts + 1):
        name = f"esx0{number}.example.com"
        made = make(name, issuer=vcenter.vmca, names=(name,), ends=ends + number)
        older = make(name, issuer=vcenter.vmca, names=(name,), ends=ends - 5)
        vcenter.hosts.append(FakeHost(name, f"host-{number}", made, cluster=f"c{number}", registered=older, uid=f"host-{number}-0"))
    return vcenter
