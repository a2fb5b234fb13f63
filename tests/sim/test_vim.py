# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vim25, with plain pyVmomi: logging in, properties, tasks, and what vCenter does to hosts."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl
from vsphere_sim.testing import RunningEstate, estate

from .conftest import Client, connect, trust

Collector = vmodl.query.PropertyCollector


def filter_of(view: Any, paths: list[str], kind: Any = vim.HostSystem) -> Any:
    """Everything in a view."""
    step = Collector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    return Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=view, skip=True, selectSet=[step])],
        propSet=[Collector.PropertySpec(type=kind, pathSet=paths, all=False)],
    )


def test_about(client: Client) -> None:
    assert client.content.about.apiType == "VirtualCenter"
    assert client.content.about.version == "8.0.3"
    assert client.content.sessionManager.currentSession.userName == "VSPHERE.LOCAL\\Administrator"


def test_wrong_password(demo: RunningEstate) -> None:
    vcenter = demo.vcenter("vc01")
    with pytest.raises(vim.fault.InvalidLogin):
        SmartConnect(host=vcenter.address, port=vcenter.port, user=vcenter.username, pwd="wrong", sslContext=trust(demo))
    entry = demo.journal()[-1]
    assert (entry["method"], entry["outcome"], entry["detail"]) == ("Login", "InvalidLogin", vcenter.username)


def test_unknown_object_and_logged_out(demo: RunningEstate) -> None:
    client = connect(demo)
    stub = client.instance._stub
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        vim.HostSystem("host-9999", stub).name  # noqa: B018 - to read it is the test
    host = next(iter(client.hosts().values()))
    client.content.sessionManager.Logout()
    with pytest.raises(vim.fault.NotAuthenticated):
        host.name  # noqa: B018 - to read it is the test


def test_pages(client: Client) -> None:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    page = client.content.propertyCollector.RetrievePropertiesEx(
        [filter_of(view, ["name", "config.certificate"])], Collector.RetrieveOptions(maxObjects=5)
    )
    sizes = [len(page.objects)]
    token = page.token
    while page.token:
        page = client.content.propertyCollector.ContinueRetrievePropertiesEx(page.token)
        sizes.append(len(page.objects))
    assert sizes == [5, 5, 2]
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.content.propertyCollector.ContinueRetrievePropertiesEx(token)


def test_properties(client: Client) -> None:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    found = client.content.propertyCollector.RetrieveContents(
        [filter_of(view, ["name", "config.certificate", "config.network.vnic", "runtime.connectionState"])]
    )
    by_name = {properties["name"]: properties for properties in ({one.name: one.val for one in item.propSet} for item in found)}
    truth = {host["name"]: host for host in client.estate.state()["vcenters"][0]["hosts"]}
    assert set(by_name) == set(truth)
    for name, properties in by_name.items():
        assert properties["runtime.connectionState"] == truth[name]["connection_state"]
        if truth[name]["connection_state"] == "connected":
            assert bytes(properties["config.certificate"]).decode() == truth[name]["record"]["pem"]
            assert properties["config.network.vnic"][0].spec.ip.ipAddress == truth[name]["address"]
        else:
            assert "config.certificate" not in properties


def test_named_traversals_and_inheritance(client: Client) -> None:
    """As clients did it before there were views: by selections that name each other."""
    names = {
        "folder": (vim.Folder, "childEntity"),
        "hosts": (vim.Datacenter, "hostFolder"),
        "members": (vim.ComputeResource, "host"),
    }
    selections = [Collector.SelectionSpec(name=name) for name in names]
    steps = [
        Collector.TraversalSpec(name=name, type=kind, path=path, skip=False, selectSet=selections)
        for name, (kind, path) in names.items()
    ]
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=client.content.rootFolder, skip=False, selectSet=steps)],
        propSet=[Collector.PropertySpec(type=vim.ManagedEntity, pathSet=["name"])],
    )
    found = client.content.propertyCollector.RetrieveContents([spec])
    kinds = [type(item.obj) for item in found]
    assert kinds.count(vim.HostSystem) == 12
    assert kinds.count(vim.ClusterComputeResource) == 2
    assert vim.Datacenter in kinds


def test_invalid_property(client: Client) -> None:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    with pytest.raises(vmodl.query.InvalidProperty):
        client.content.propertyCollector.RetrieveContents([filter_of(view, ["config.nonesuch"])])


def test_search_index(client: Client) -> None:
    host = client.estate.state()["vcenters"][0]["hosts"][3]
    index = client.content.searchIndex
    assert index.FindByIp(None, host["address"], False).name == host["name"]
    assert index.FindByUuid(None, host["uuid"], False).name == host["name"]
    assert index.FindByInventoryPath(f"dc01/host/cluster-a/{host['name']}").name == host["name"]
    assert index.FindByDnsName(None, "nobody.example", False) is None


def test_settings(client: Client) -> None:
    settings = {one.key: one.value for one in client.content.setting.QueryOptions("vpxd.certmgmt.")}
    assert settings["vpxd.certmgmt.mode"] == "vmca"
    assert settings["vpxd.certmgmt.certs.minutesBefore"] == 1440
    with pytest.raises(vim.fault.InvalidName):
        client.content.setting.QueryOptions("nonesuch.")


def test_renew_changes_key_and_certificate_but_not_what_sms_remembers(client: Client) -> None:
    name = "cluster-a"
    host = next(
        host
        for host in client.hosts().values()
        if host.parent.name == name and host.config and host.summary.config.product.version == "7.0.3"
    )
    before = client.estate.host(host.name)
    WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([host]))
    after = client.estate.host(host.name)
    assert after["certificate"]["sha256_fingerprint"] != before["certificate"]["sha256_fingerprint"]
    assert after["certificate"]["not_after"] > before["certificate"]["not_after"]
    assert after["served"] == after["record"] == after["certificate"]
    assert after["provider"]["certificate"] == before["provider"]["certificate"]
    root = client.estate.state()["vcenters"][0]["vmca_root"]
    assert after["certificate"]["not_after"] == root["not_after"]


def test_renew_is_refused_in_maintenance_and_while_not_responding(client: Client) -> None:
    hosts = client.hosts()
    maintained = next(host for host in hosts.values() if host.runtime.inMaintenanceMode)
    with pytest.raises(vim.fault.InvalidState):
        WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([maintained]))
    lost = next(host for host in hosts.values() if host.runtime.connectionState == "notResponding")
    with pytest.raises(vmodl.fault.HostNotConnected):
        WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([lost]))


def test_young_root(client: Client) -> None:
    setting = "vpxd.certmgmt.certs.minutesBefore"
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    client.estate.set("vcenter", vcenter="vc01", settings={setting: 10_000_000})
    try:
        with pytest.raises(vmodl.fault.SystemError, match="70034"):
            WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([host]))
    finally:
        client.estate.set("vcenter", vcenter="vc01", settings={setting: 1440})


def test_mode_custom(demo: RunningEstate) -> None:
    client = connect(demo, "vc02")
    host = next(iter(client.hosts().values()))
    with pytest.raises(vmodl.fault.NotSupported):
        WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([host]))
    Disconnect(client.instance)


def test_reconnect_checks_the_certificate(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.parent.name == "cluster-b" and host.config)
    with pytest.raises(vim.fault.InvalidState):
        WaitForTask(host.ReconnectHost_Task())
    WaitForTask(host.DisconnectHost_Task())
    assert host.config is None
    assert host.runtime.connectionState == "disconnected"
    # VMCA signed what it shows, so that the thumbprint is not asked for.
    wrong = vim.host.ConnectSpec(sslThumbprint=":".join(["00"] * 20))
    WaitForTask(host.ReconnectHost_Task(wrong))
    assert host.runtime.connectionState == "connected"
    assert client.estate.host(host.name)["damage"] == []


def test_reconnect_issues_for_an_expired_host(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "notResponding")
    before = client.estate.host(host.name)
    with pytest.raises(vim.fault.InvalidState):
        WaitForTask(host.ReconnectHost_Task())
    WaitForTask(host.DisconnectHost_Task())
    WaitForTask(host.ReconnectHost_Task())
    after = client.estate.host(host.name)
    assert after["connection_state"] == "connected"
    assert after["certificate"]["not_after"] > before["certificate"]["not_after"]
    assert after["record"] == after["certificate"]


@pytest.mark.parametrize("issuer", ["self", "self_signed"])
def test_a_certificate_that_was_changed_behind_its_back_is_not_believed(client: Client, issuer: str) -> None:
    host = next(host for host in client.hosts().values() if host.parent.name == "cluster-b" and host.config)
    WaitForTask(host.DisconnectHost_Task())
    client.estate.set("host", vcenter="vc01", host=host.name, certificate={"days_left": 300, "issuer": issuer}, known=False)
    with pytest.raises(vim.fault.SSLVerifyFault) as refused:
        WaitForTask(host.ReconnectHost_Task())
    # What a host makes itself is signed by a CA that it throws away.
    assert refused.value.selfSigned is (issuer == "self_signed")
    WaitForTask(host.ReconnectHost_Task(vim.host.ConnectSpec(sslThumbprint=refused.value.thumbprint)))
    WaitForTask(client.content.certificateManager.CertMgrRefreshCertificates_Task([host]))


def test_sync_state_does_damage(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.parent.name == "cluster-b" and host.config)
    WaitForTask(host.DisconnectHost_Task())
    WaitForTask(host.ReconnectHost_Task(None, vim.HostSystem.ReconnectSpec(syncState=True)))
    assert client.estate.host(host.name)["damage"]


def test_auditor_may_read_only(demo: RunningEstate) -> None:
    client = connect(demo, username="auditor@vsphere.local")
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    assert host.config.certificate
    with pytest.raises(vim.fault.NoPermission) as refused:
        host.DisconnectHost_Task()
    assert refused.value.privilegeId == "Host.Config.Connection"
    with pytest.raises(vim.fault.NoPermission):
        client.content.certificateManager.CertMgrRefreshCertificates_Task([host])
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=host.configManager.certificateManager)],
        propSet=[Collector.PropertySpec(type=vim.host.CertificateManager, pathSet=["certificateInfo"])],
    )
    [content] = client.content.propertyCollector.RetrieveContents([spec])
    assert content.missingSet[0].fault.privilegeId == "Certificate.Manage"
    session = client.content.sessionManager.currentSession.key
    wanted = ["Certificate.Manage", "StorageViews.View"]
    assert client.content.authorizationManager.HasPrivilegeOnEntity(client.content.rootFolder, session, wanted) == [False, True]
    Disconnect(client.instance)


def test_waiting_for_updates(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.parent.name == "cluster-b" and host.config)
    collector = client.content.propertyCollector.CreatePropertyCollector()
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=host)],
        propSet=[Collector.PropertySpec(type=vim.HostSystem, pathSet=["runtime.inMaintenanceMode"])],
    )
    collector.CreateFilter(spec, True)
    first = collector.WaitForUpdatesEx("", Collector.WaitOptions(maxWaitSeconds=5))
    assert first.filterSet[0].objectSet[0].kind == "enter"
    assert collector.WaitForUpdatesEx(first.version, Collector.WaitOptions(maxWaitSeconds=0)) is None
    change = threading.Timer(0.3, lambda: client.estate.set("host", vcenter="vc01", host=host.name, in_maintenance=True))
    change.start()
    second = collector.WaitForUpdatesEx(first.version, Collector.WaitOptions(maxWaitSeconds=10))
    assert second.filterSet[0].objectSet[0].changeSet[0].val is True
    change.join()
    client.estate.set("host", vcenter="vc01", host=host.name, in_maintenance=False)
    collector.Destroy()


def test_services(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    system = host.configManager.serviceSystem
    system.StartService("TSM-SSH")
    assert {one.key: one.running for one in system.serviceInfo.service}["TSM-SSH"]
    system.StopService("TSM-SSH")
    with pytest.raises(vim.fault.NotFound):
        system.StartService("nonesuch")


def test_snapshot_of_the_vcenter(client: Client) -> None:
    machine = client.content.searchIndex.FindByInventoryPath("dc01/vm/vc01")
    WaitForTask(machine.CreateSnapshot_Task("before", "a word", False, True))
    [tree] = machine.snapshot.rootSnapshotList
    assert tree.name == "before"
    WaitForTask(tree.snapshot.RemoveSnapshot_Task(False))
    assert machine.snapshot is None


def test_what_is_not_implemented_is_said(client: Client) -> None:
    host = next(iter(client.hosts().values()))
    with pytest.raises(vmodl.fault.NotSupported):
        host.QueryMemoryOverhead(1024, None, 1)


def test_a_host_in_standby_is_not_responding_by_design(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    with pytest.raises(vim.fault.InvalidState):
        WaitForTask(host.PowerUpHostFromStandBy_Task(60))
    WaitForTask(host.PowerDownHostToStandBy_Task(60))
    assert (host.runtime.connectionState, host.runtime.powerState, host.runtime.standbyMode) == ("notResponding", "standBy", "in")
    assert host.config is None
    WaitForTask(host.PowerUpHostFromStandBy_Task(60))
    assert (host.runtime.connectionState, host.runtime.powerState, host.runtime.standbyMode) == ("connected", "poweredOn", "none")


def test_what_else_vcenter_did_to_a_host_is_shown(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    client.estate.set("host", host=host.name, quarantined=True, partial_maintenance=["quickPatchPartialMM"])
    assert host.runtime.inQuarantineMode is True
    assert [(mode.key, mode.hostStatus) for mode in host.runtime.partialMaintenanceMode] == [("quickPatchPartialMM", "inPartialMM")]


def test_a_property_that_is_told_to_nobody_is_missing_with_its_reason(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    client.estate.set("host", host=host.name, unreadable=["parent"])
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=host)],
        propSet=[Collector.PropertySpec(type=vim.HostSystem, pathSet=["name", "parent"])],
    )
    [found] = client.content.propertyCollector.RetrievePropertiesEx([spec], Collector.RetrieveOptions()).objects
    assert [one.name for one in found.propSet] == ["name"]
    assert [(one.path, type(one.fault).__name__) for one in found.missingSet] == [("parent", "vim.fault.NoPermission")]


def test_a_query_for_what_came_after_the_vcenters_version_is_refused(tmp_path: Path) -> None:
    with estate(
        tmp_path, scenario={"vcenters": [{"name": "old", "version": "7.0.3", "clusters": [{"name": "c", "hosts": [{}]}]}]}
    ) as old:
        client = connect(old, "old")
        [host] = client.hosts().values()
        for path, known in (("runtime.inQuarantineMode", True), ("runtime.partialMaintenanceMode", False)):
            spec = Collector.FilterSpec(
                objectSet=[Collector.ObjectSpec(obj=host)], propSet=[Collector.PropertySpec(type=vim.HostSystem, pathSet=[path])]
            )
            if known:
                assert client.content.propertyCollector.RetrieveContents([spec])
            else:
                with pytest.raises(vmodl.query.InvalidProperty):
                    client.content.propertyCollector.RetrieveContents([spec])
