# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collectors of events and tasks, as govc's `events` and `tasks` and PowerCLI's Get-VIEvent read them."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl
from vsphere_sim.testing import RunningEstate

from ..conftest import Client, connect, wait_for

Filter = vim.event.EventFilterSpec
Query = vmodl.query.PropertyCollector
CHANGED = "com.vmware.vc.certmgr.HostCertUpdatedEvent"


def happened(client: Client, number: int, host: str = "") -> list[int]:
    """The keys of so many new events."""
    about = {"host": host} if host else {"vcenter": client.vcenter.name}
    return [client.estate.set("event", type="com.example.Test", **about)["key"] for _number in range(number)]


def since(client: Client, **wanted: Any) -> Any:
    """A filter that takes what happens from now on."""
    return Filter(time=Filter.ByTime(beginTime=client.instance.CurrentTime()), **wanted)


def keys(events: list[Any]) -> list[int]:
    return [event.key for event in events]


def test_pages_are_read_to_and_fro(client: Client) -> None:
    collector = client.content.eventManager.CreateCollectorForEvents(since(client, eventTypeId=["com.example.Test"]))
    made = happened(client, 6)
    collector.SetCollectorPageSize(2)
    assert keys(collector.latestPage) == [made[5], made[4]]
    # At first it stands before the oldest.
    assert keys(collector.ReadPreviousEvents(5)) == []
    assert keys(collector.ReadNextEvents(4)) == made[:4]
    assert keys(collector.ReadPreviousEvents(3)) == [made[3], made[2], made[1]]
    # Reset: what is read backwards is older than the latest page.
    collector.ResetCollector()
    assert keys(collector.ReadPreviousEvents(3)) == [made[3], made[2], made[1]]
    collector.DestroyCollector()
    # None of it changes anything.
    assert not [one for one in client.estate.journal() if "Collector" in one["method"] and one["mutating"]]


def test_more_than_a_thousand_asked_for_are_none_and_no_error(client: Client) -> None:
    collector = client.content.eventManager.CreateCollectorForEvents(since(client, eventTypeId=["com.example.Test"]))
    made = happened(client, 1)
    assert keys(collector.ReadNextEvents(1001)) == []
    collector.SetCollectorPageSize(1001)
    assert collector.latestPage == []
    collector.SetCollectorPageSize(1000)
    assert (keys(collector.latestPage), keys(collector.ReadNextEvents(1000))) == (made, made)
    with pytest.raises(vmodl.fault.InvalidArgument):
        collector.SetCollectorPageSize(0)
    collector.DestroyCollector()


def test_a_session_has_so_many_collectors_and_no_more(client: Client) -> None:
    other = connect(client.estate)
    manager = other.content.eventManager
    for _number in range(manager.maxCollector):
        manager.CreateCollectorForEvents(Filter())
    with pytest.raises(vim.fault.InvalidState):
        manager.CreateCollectorForEvents(Filter())
    # Those of tasks are others.
    other.content.taskManager.CreateCollectorForTasks(vim.TaskFilterSpec())


def test_a_filter_takes_an_entity_and_what_is_under_it(client: Client) -> None:
    name, host = next(iter(client.hosts().items()))
    wanted = since(client, eventTypeId=["com.example.Test"])
    [about_host], [about_nothing] = happened(client, 1, name), happened(client, 1)

    def taken(entity: Any, recursion: str) -> list[int]:
        wanted.entity = Filter.ByEntity(entity=entity, recursion=recursion)
        return keys(client.content.eventManager.QueryEvents(wanted))

    assert taken(host, "self") == taken(host.parent, "children") == taken(host.parent, "all") == [about_host]
    assert taken(host.parent, "self") == taken(client.content.rootFolder, "self") == []
    # What is about nothing is the vCenter's.
    assert taken(client.content.rootFolder, "all") == [about_host, about_nothing]
    wanted.type = [vim.event.EventEx]
    with pytest.raises(vmodl.fault.InvalidArgument):
        client.content.eventManager.CreateCollectorForEvents(wanted)


def test_logging_in_and_out_and_what_becomes_of_a_host_are_events(own: RunningEstate) -> None:
    client = connect(own)
    manager = client.content.eventManager
    name, host = next((name, host) for name, host in client.hosts().items() if host.runtime.connectionState == "connected")
    wanted = since(client)
    renew = client.content.certificateManager.CertMgrRefreshCertificates_Task
    for begin in (lambda: renew([host]), host.DisconnectHost_Task, host.ReconnectHost_Task):
        task = begin()
        wait_for("its end", lambda task=task: task.info.state in ("success", "error"))
    connect(own).content.sessionManager.Logout()
    with pytest.raises(vim.fault.InvalidLogin):
        connect(own, username="nobody@vsphere.local")
    seen = manager.QueryEvents(wanted)
    kinds = [getattr(one, "eventTypeId", type(one).__name__.rpartition(".")[2]) for one in seen]
    assert kinds == [
        CHANGED,
        "HostDisconnectedEvent",
        "HostConnectedEvent",
        "UserLoginSessionEvent",
        "UserLogoutSessionEvent",
        "BadUsernameSessionEvent",
    ]
    assert [one.host.name for one in seen if one.host] == [name] * 3
    assert {one.userName for one in seen[1:4]} == {"VSPHERE.LOCAL\\Administrator"}
    wanted.type = [vim.event.HostEvent]
    assert len(manager.QueryEvents(wanted)) == 2
    wanted.type, wanted.category = [], ["error"]
    # None of them is an extended event that says so.
    assert manager.QueryEvents(wanted) == []
    described = {one.key for one in manager.description.eventInfo}
    assert {type(one) for one in seen} <= described


def test_who_watches_the_latest_page_is_told_of_an_event(client: Client) -> None:
    collector = client.content.eventManager.CreateCollectorForEvents(since(client, eventTypeId=["com.example.Test"]))
    watching = client.content.propertyCollector.CreatePropertyCollector()
    spec = Query.FilterSpec(
        propSet=[Query.PropertySpec(type=vim.event.EventHistoryCollector, pathSet=["latestPage"])],
        objectSet=[Query.ObjectSpec(obj=collector)],
    )
    watching.CreateFilter(spec, True)
    known = watching.WaitForUpdatesEx("", Query.WaitOptions(maxWaitSeconds=0)).version
    assert watching.WaitForUpdatesEx(known, Query.WaitOptions(maxWaitSeconds=0)) is None
    made = happened(client, 1)
    told = watching.WaitForUpdatesEx(known, Query.WaitOptions(maxWaitSeconds=30))
    assert keys(told.filterSet[0].objectSet[0].changeSet[0].val) == made
    watching.DestroyPropertyCollector()
    collector.DestroyCollector()


def test_tasks_are_collected_and_their_methods_described(client: Client) -> None:
    host = next(host for host in client.hosts().values() if host.runtime.connectionState == "connected")
    manager = client.content.taskManager
    by_host = vim.TaskFilterSpec.ByEntity(entity=host, recursion="self")
    collector = manager.CreateCollectorForTasks(vim.TaskFilterSpec(entity=by_host, state=["success"]))
    ended = []
    for begin in (host.EnterMaintenanceMode_Task, host.ExitMaintenanceMode_Task):
        task = begin(0)
        wait_for("its end", lambda task=task: task.info.state == "success")
        ended.append(task.info.key)
    assert [info.key for info in collector.ReadNextTasks(100)] == ended
    assert [info.key for info in collector.latestPage] == ended[::-1]
    assert [info.key for info in collector.ReadPreviousTasks(1)] == ended[1:]
    described = {one.key: one.label for one in manager.description.methodInfo}
    assert [described[info.descriptionId] for info in reversed(collector.latestPage)] == [
        "Enter maintenance mode",
        "Exit maintenance mode",
    ]
    at = vim.TaskFilterSpec.ByTime(timeType="completedTime", beginTime=task.info.completeTime)
    names = vim.TaskFilterSpec.ByUsername(userList=[client.vcenter.username])
    later = manager.CreateCollectorForTasks(vim.TaskFilterSpec(entity=by_host, time=at, userName=names))
    assert [info.key for info in later.ReadNextTasks(9)] == ended[1:]
    names.userList = ["nobody"]
    nobody = manager.CreateCollectorForTasks(vim.TaskFilterSpec(entity=by_host, userName=names))
    assert nobody.ReadNextTasks(9) == []
