# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What govc, Terraform's provider and PowerCLI ask first, as their sources and public logs have it: with pyVmomi in their place."""

from __future__ import annotations

from typing import Any

import pytest
from pyVim.connect import SoapStubAdapter
from pyVmomi import pbm, vim, vmodl

from ..conftest import Client, connect

Query = vmodl.query.PropertyCollector


def collected(client: Client, start: Any, paths: dict[Any, list[str]], *selections: Any) -> dict[str, dict[str, Any]]:
    """Properties by id, collected by the calls of old and of new clients, which must agree."""
    spec = Query.FilterSpec(
        propSet=[Query.PropertySpec(type=kind, pathSet=names) for kind, names in paths.items()],
        objectSet=[Query.ObjectSpec(obj=start, skip=False, selectSet=list(selections))],
    )
    collector = client.content.propertyCollector
    old = collector.RetrieveProperties([spec])
    new = collector.RetrievePropertiesEx([spec], Query.RetrieveOptions()).objects
    assert [one.obj for one in old] == [one.obj for one in new]
    return {one.obj._GetMoId(): {prop.name: prop.val for prop in one.propSet} for one in old}


def ancestors(client: Client, entity: Any) -> str:
    """The path of an entity by its parents, as govmomi's mo.Ancestors has it."""
    upwards = Query.TraversalSpec(
        name="traverseParent",
        type=vim.ManagedEntity,
        path="parent",
        skip=False,
        selectSet=[Query.SelectionSpec(name="traverseParent")],
    )
    above = Query.TraversalSpec(
        type=vim.VirtualMachine, path="parentVApp", skip=False, selectSet=[Query.SelectionSpec(name="traverseParent")]
    )
    found = collected(client, entity, {vim.ManagedEntity: ["name", "parent"], vim.VirtualMachine: ["parentVApp"]}, upwards, above)
    # Whoever has no parent is the root, and only the root has none.
    assert [moid for moid, one in found.items() if "parent" not in one] == ["group-d1"]
    names, moid = [], entity._GetMoId()
    while moid != "group-d1":
        names.append(found[moid]["name"])
        moid = found[moid]["parent"]._GetMoId()
    return "/" + "/".join(reversed(names))


def test_every_entity_has_a_path_that_the_search_index_finds(client: Client) -> None:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.ManagedEntity], True)
    paths = {ancestors(client, one): one for one in view.view}
    assert len(paths) == len(view.view) > 20
    index = client.content.searchIndex
    assert {path: index.FindByInventoryPath(path) for path in paths} == paths
    assert index.FindByInventoryPath("/") == client.content.rootFolder
    assert index.FindByInventoryPath("/nobody/host") is None
    assert {"/dc01", "/dc01/vm", "/dc01/host", "/dc01/datastore", "/dc01/network", "/dc01/host/cluster-a/Resources"} < set(paths)


def test_going_down_from_the_root_without_names_of_selections(client: Client) -> None:
    def step(kind: Any, path: str) -> Any:
        return Query.TraversalSpec(type=kind, path=path, skip=False)

    [datacenter] = collected(client, client.content.rootFolder, {vim.Datacenter: ["name"]}, step(vim.Folder, "childEntity"))
    folders = ("vmFolder", "hostFolder", "datastoreFolder", "networkFolder")
    four = collected(
        client, vim.Datacenter(datacenter), {vim.Folder: ["name", "childType"]}, *(step(vim.Datacenter, one) for one in folders)
    )
    assert [one["name"] for one in four.values()] == ["vm", "host", "datastore", "network"]
    hosts = next(moid for moid, one in four.items() if one["name"] == "host")
    clusters = collected(
        client, vim.Folder(hosts), {vim.ComputeResource: ["name", "resourcePool"]}, step(vim.Folder, "childEntity")
    )
    for cluster in clusters:
        inside = collected(
            client,
            vim.ClusterComputeResource(cluster),
            {vim.HostSystem: ["name", "parent"], vim.ResourcePool: ["name", "parent", "owner"]},
            *(step(vim.ComputeResource, path) for path in ("host", "network", "resourcePool")),
        )
        assert {one["parent"]._GetMoId() for one in inside.values()} == {cluster}
        assert [one["name"] for one in inside.values() if "owner" in one] == ["Resources"]


def test_whether_a_session_is_logged_in_is_asked_before_the_login(client: Client) -> None:
    spec = Query.FilterSpec(
        propSet=[Query.PropertySpec(type=vim.SessionManager, pathSet=["currentSession"])],
        objectSet=[Query.ObjectSpec(obj=client.content.sessionManager)],
    )
    assert client.content.propertyCollector.RetrieveProperties([spec])[0].propSet[0].val.userName == "VSPHERE.LOCAL\\Administrator"


def test_licences_roles_and_permissions(client: Client) -> None:
    [licence] = client.content.licenseManager.licenses
    assert licence.editionKey == "eval"
    manager = client.content.authorizationManager
    roles = {role.roleId: role for role in manager.roleList}
    assert {number: roles[number].name for number in (-1, -2, -3, -4, -5)} == {
        -1: "Admin",
        -2: "ReadOnly",
        -3: "View",
        -4: "Anonymous",
        -5: "NoAccess",
    }
    root, datacenter = client.content.rootFolder, client.content.rootFolder.childEntity[0]
    held = {one.principal: one.roleId for one in manager.RetrieveEntityPermissions(root, False)}
    assert held["VSPHERE.LOCAL\\Administrator"] == -1
    # The auditor's privileges are none of a role that every vCenter has.
    assert roles[held["VSPHERE.LOCAL\\Auditor"]].privilege == [
        "System.Anonymous",
        "System.Read",
        "System.View",
        "StorageViews.View",
    ]
    assert manager.RetrieveEntityPermissions(datacenter, False) == []
    assert len(manager.RetrieveEntityPermissions(datacenter, True)) == len(held) == len(manager.RetrieveAllPermissions())
    assert [one.principal for one in manager.RetrieveRolePermissions(-1)] == ["VSPHERE.LOCAL\\Administrator"]
    with pytest.raises(vim.fault.NotFound):
        manager.RetrieveRolePermissions(77)
    auditor = connect(client.estate, username="auditor@vsphere.local")
    assert auditor.content.rootFolder.effectiveRole == [held["VSPHERE.LOCAL\\Auditor"]]
    # No public source knows a privilege for restarting services.
    assert not [one for one in manager.privilegeList if one.privId.startswith("ServiceManagement")]


def test_options_are_asked_by_name_or_by_a_subtree_that_ends_with_a_dot(client: Client) -> None:
    options = client.content.setting
    assert [one.value for one in options.QueryOptions("vpxd.certmgmt.mode")] == ["vmca"]
    assert len(options.QueryOptions("vpxd.certmgmt.")) == 12
    assert options.QueryOptions("config.vpxd.sso.sts.uri")[0].value.endswith("/sts/STSService/vsphere.local")
    for nothing in ("vpxd.certmgmt", "vpxd.certmgmt.mode.", "nonesuch"):
        with pytest.raises(vim.fault.InvalidName):
            options.QueryOptions(nothing)


def test_storage_policies_are_asked_for_before_and_after_the_login(client: Client) -> None:
    def content(context: dict[str, str]) -> Any:
        stub = SoapStubAdapter(
            host=client.vcenter.address,
            port=client.vcenter.port,
            path="/pbm/sdk",
            version="pbm.version.version2",
            sslContext=client.context,
            requestContext=context,
        )
        return pbm.ServiceInstance("ServiceInstance", stub).RetrieveContent()

    kind = pbm.profile.ResourceType(resourceType="STORAGE")
    anonymous = content({})
    assert anonymous.aboutInfo.name == "PBM"
    with pytest.raises(vmodl.fault.SecurityError):
        anonymous.profileManager.QueryProfile(kind)
    cookie = client.instance._stub.cookie.split('"')[1]
    assert content({"vcSessionCookie": cookie}).profileManager.QueryProfile(kind) == []


def test_updates_come_a_few_objects_at_a_time_where_the_client_says_so(client: Client) -> None:
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    collector = client.content.propertyCollector.CreatePropertyCollector()
    for paths in (["name"], ["runtime.inMaintenanceMode"]):
        members = Query.TraversalSpec(type=vim.view.ContainerView, path="view", skip=False)
        spec = Query.FilterSpec(
            propSet=[Query.PropertySpec(type=vim.HostSystem, pathSet=paths)],
            objectSet=[Query.ObjectSpec(obj=view, skip=True, selectSet=[members])],
        )
        collector.CreateFilter(spec, True)
    few = Query.WaitOptions(maxWaitSeconds=0, maxObjectUpdates=5)
    version, told, sizes, truncated = "", [], [], True
    while truncated:
        found = collector.WaitForUpdatesEx(version, few)
        updates = [update for one in found.filterSet for update in one.objectSet]
        told += [(update.obj._GetMoId(), update.changeSet[0].name) for update in updates]
        sizes.append(len(updates))
        version, truncated = found.version, found.truncated
    assert sizes == [5, 5, 5, 5, 4]
    assert len(set(told)) == len(told) == 2 * len(view.view)
    assert collector.WaitForUpdatesEx(version, few) is None
    with pytest.raises(vmodl.fault.InvalidArgument):
        collector.WaitForUpdatesEx("", Query.WaitOptions(maxObjectUpdates=0))
    collector.DestroyPropertyCollector()


def test_a_virtual_machine_is_found_by_where_it_is_and_stands_with_its_host(client: Client) -> None:
    index = client.content.searchIndex
    machine = index.FindByInventoryPath("/dc01/vm/vc01")
    datacenter = index.FindByInventoryPath("/dc01")
    assert index.FindByDatastorePath(datacenter, machine.config.files.vmPathName) == machine
    assert index.FindByDatastorePath(datacenter, "[nowhere] vc01/vc01.vmx") is None
    assert machine.config.files.vmPathName == "[dc01-datastore] vc01/vc01.vmx"
    host = machine.runtime.host
    assert (list(host.vm), list(machine.resourcePool.vm), machine.resourcePool) == ([machine], [machine], host.parent.resourcePool)
    assert (list(machine.datastore), list(machine.network)) == (list(host.datastore), list(host.network))


def test_what_govc_prints_of_a_datacenter_of_a_cluster_and_of_a_host(client: Client) -> None:
    content = client.content
    counted = {
        kind: len(content.viewManager.CreateContainerView(content.rootFolder.childEntity[0], [kind], True).view)
        for kind in (vim.HostSystem, vim.ClusterComputeResource, vim.Datastore)
    }
    assert all(counted.values())
    [cluster, *_more] = content.viewManager.CreateContainerView(content.rootFolder, [vim.ClusterComputeResource], True).view
    [whole] = collected(client, cluster, {vim.ClusterComputeResource: ["configurationEx"]}).values()
    assert isinstance(whole["configurationEx"], vim.cluster.ConfigInfoEx)
    assert (list(whole["configurationEx"].rule), whole["configurationEx"].drsConfig.enabled) == ([], True)
    # Its declared type is that of any compute resource, so that there is no path into it.
    with pytest.raises(vmodl.query.InvalidProperty):
        collected(client, cluster, {vim.ClusterComputeResource: ["configurationEx.dasConfig.enabled"]})
    host = next(one for one in cluster.host if one.runtime.connectionState == "connected")
    paths = ["summary", "config.certificate", "configManager.certificateManager"]
    [shown] = collected(client, host, {vim.HostSystem: paths}).values()
    assert shown["summary"].config.name == host.name
    assert bytes(byte % 256 for byte in shown["config.certificate"]).startswith(b"-----BEGIN CERTIFICATE-----")
    assert shown["configManager.certificateManager"].certificateInfo.status in (
        "good",
        "expiring",
        "expiringShortly",
        "expirationImminent",
    )
