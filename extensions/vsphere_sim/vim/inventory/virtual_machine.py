# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VirtualMachine: vCenter's own, which can be snapshotted."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ...estate.servant import EstateServant
from ...estate.sessions import Session
from ...estate.vcenter import VCenter
from ...soap.servant import Call, method, readable
from ..host.host_system import HostSystem
from ..task import start_task
from .managed_entity import ManagedEntity

SNAPSHOT_SECONDS = 4.0


class VirtualMachine(ManagedEntity):
    """A running appliance and its snapshots."""

    kind = vim.VirtualMachine

    def __init__(
        self, vcenter: VCenter, moid: str, name: str, parent: ManagedEntity, host: Optional[HostSystem], uuid: str, address: str
    ) -> None:
        super().__init__(vcenter, moid, name, parent)
        self._host = host.reference if host is not None else None
        self._owner = host.parent if host is not None else None
        self._datastore = host.datastore_reference if host is not None else None
        self._network = host.network_reference if host is not None else None
        self.uuid = uuid
        self.instance_uuid = uuid
        self.guest_name = name.lower()
        self.guest_address = address
        self.snapshots: list[Snapshot] = []
        self.current: Optional[Snapshot] = None
        self._numbered = 0

    @method("CreateSnapshot_Task")
    def create_snapshot(self, call: Call) -> Any:
        return self._snapshot(call, bool(call.require("quiesce")), bool(call.require("memory")))

    @method("CreateSnapshotEx_Task")
    def create_snapshot_ex(self, call: Call) -> Any:
        return self._snapshot(call, call.arguments.get("quiesceSpec") is not None, bool(call.require("memory")))

    @method("RemoveAllSnapshots_Task")
    def remove_all(self, call: Call) -> Any:
        def act() -> None:
            for one in self.snapshots:
                self.vcenter.objects.pop(one.moid, None)
            self.snapshots, self.current = [], None
            self.vcenter.notify()

        return start_task(self.vcenter, call, self, SNAPSHOT_SECONDS, act)

    def _snapshot(self, call: Call, quiesced: bool, with_memory: bool) -> Any:
        name, description = str(call.require("name")), str(call.get("description", ""))
        call.detail = name

        def act() -> Any:
            self._numbered += 1
            moid = f"snapshot-{self.moid.rpartition('-')[2]}{self._numbered:02d}"
            taken = Snapshot(self.vcenter, moid, self, self.current, self._numbered, name, description, quiesced, with_memory)
            self.vcenter.add(taken)
            self.snapshots.append(taken)
            self.current = taken
            self.vcenter.notify()
            return taken.reference

        return start_task(self.vcenter, call, self, SNAPSHOT_SECONDS, act)

    def described(self) -> dict[str, Any]:
        """The truth about it."""
        return {"name": self.name, "uuid": self.uuid, "snapshots": [one.described() for one in self.snapshots]}

    def forget(self, snapshot: Snapshot, with_children: bool) -> None:
        """Take a snapshot out of the tree; its children move up unless they go too."""
        for one in [one for one in self.snapshots if one.above is snapshot]:
            if with_children:
                self.forget(one, True)
            else:
                one.above = snapshot.above
        self.snapshots.remove(snapshot)
        self.vcenter.objects.pop(snapshot.moid, None)
        if self.current is snapshot:
            self.current = snapshot.above

    @readable("runtime")
    def runtime(self, session: Optional[Session]) -> Any:
        return vim.vm.RuntimeInfo(
            host=self._host,
            connectionState="connected",
            powerState="poweredOn",
            faultToleranceState="notConfigured",
            toolsInstallerMounted=False,
            numMksConnections=0,
            recordReplayState="inactive",
            onlineStandby=False,
            consolidationNeeded=False,
        )

    @readable("resourcePool")
    def resource_pool(self, session: Optional[Session]) -> Any:
        return self._owner.read("resourcePool", session) if self._owner is not None else None

    @readable("datastore")
    def datastore(self, session: Optional[Session]) -> list[Any]:
        return [self._datastore] if self._datastore is not None else []

    @readable("network")
    def network(self, session: Optional[Session]) -> list[Any]:
        return [self._network] if self._network is not None else []

    @property
    def path(self) -> str:
        """Where its configuration is, as vCenter writes it."""
        store = self.vcenter.objects.get(self._datastore._GetMoId()) if self._datastore is not None else None
        return f"[{store.label if store is not None else 'datastore'}] {self.name}/{self.name}.vmx"

    @readable("capability")
    def capability(self, session: Optional[Session]) -> Any:
        """It can be snapshotted in every way: whether it is, the client says."""
        kind = vim.vm.Capability
        return kind(**{info.name: True for info in kind._GetPropertyList() if not info.flags & 4 and info.type is bool})

    @readable("config")
    def config(self, session: Optional[Session]) -> Any:
        return vim.vm.ConfigInfo(
            changeVersion="1",
            modified=self.vcenter.now(),
            name=self.name,
            guestFullName="Other 5.x or later Linux (64-bit)",
            version="vmx-10",
            uuid=self.uuid,
            instanceUuid=self.instance_uuid,
            template=False,
            guestId="other5xLinux64Guest",
            alternateGuestName="",
            annotation="VMware vCenter Server Appliance",
            files=vim.vm.FileInfo(vmPathName=self.path),
            flags=vim.vm.FlagInfo(),
            defaultPowerOps=vim.vm.DefaultPowerOpInfo(),
            hardware=vim.vm.VirtualHardware(numCPU=4, numCoresPerSocket=1, memoryMB=21504),
        )

    @readable("guest")
    def guest(self, session: Optional[Session]) -> Any:
        return vim.vm.GuestInfo(
            guestState="running",
            hostName=self.guest_name,
            ipAddress=self.guest_address,
            toolsRunningStatus="guestToolsRunning",
            toolsStatus="toolsOk",
        )

    @readable("summary")
    def summary(self, session: Optional[Session]) -> Any:
        return vim.vm.Summary(
            vm=self.reference,
            runtime=self.runtime(session),
            config=vim.vm.Summary.ConfigSummary(name=self.name, template=False, vmPathName=self.path, uuid=self.uuid),
            quickStats=vim.vm.Summary.QuickStats(guestHeartbeatStatus="green"),
            overallStatus="green",
        )

    @readable("snapshot")
    def snapshot(self, session: Optional[Session]) -> Any:
        if not self.snapshots:
            return None
        return vim.vm.SnapshotInfo(
            currentSnapshot=self.current.reference if self.current else None,
            rootSnapshotList=[one.tree() for one in self.snapshots if one.above is None],
        )

    @readable("rootSnapshot")
    def root_snapshot(self, session: Optional[Session]) -> list[Any]:
        return [one.reference for one in self.snapshots if one.above is None]


class Snapshot(EstateServant):
    """One snapshot of a virtual machine."""

    kind = vim.vm.Snapshot

    def __init__(
        self,
        vcenter: VCenter,
        moid: str,
        machine: VirtualMachine,
        above: Optional[Snapshot],
        number: int,
        name: str,
        description: str,
        quiesced: bool,
        with_memory: bool,
    ) -> None:
        super().__init__(vcenter, moid)
        self._machine = machine
        self.above = above
        self._number = number
        self.name = name
        self._description = description
        self._quiesced = quiesced
        self._with_memory = with_memory
        self._created_at = vcenter.now()

    @property
    def label(self) -> str:
        return self.name

    @method("RemoveSnapshot_Task")
    def remove(self, call: Call) -> Any:
        with_children = bool(call.require("removeChildren"))

        def act() -> None:
            self._machine.forget(self, with_children)
            self.vcenter.notify()

        return start_task(self.vcenter, call, self._machine, SNAPSHOT_SECONDS, act)

    @method("RenameSnapshot")
    def rename(self, call: Call) -> None:
        self.name = str(call.get("name", self.name))
        self._description = str(call.get("description", self._description))
        self.vcenter.notify()

    @readable("vm")
    def vm(self, session: Optional[Session]) -> Any:
        return self._machine.reference

    @readable("childSnapshot")
    def children(self, session: Optional[Session]) -> list[Any]:
        return [one.reference for one in self._machine.snapshots if one.above is self]

    def described(self) -> dict[str, Any]:
        """The truth about it."""
        return {"name": self.name, "description": self._description, "quiesced": self._quiesced, "with_memory": self._with_memory}

    def tree(self) -> Any:
        """This snapshot and those under it."""
        return vim.vm.SnapshotTree(
            snapshot=self.reference,
            vm=self._machine.reference,
            name=self.name,
            description=self._description,
            id=self._number,
            createTime=self._created_at,
            state="poweredOn" if self._with_memory else "poweredOff",
            quiesced=self._quiesced,
            childSnapshotList=[one.tree() for one in self._machine.snapshots if one.above is self],
        )
