# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Recent tasks, tasks that overlap on a host, and which port shows a new certificate when."""

from __future__ import annotations

import ssl
from typing import Any

import pytest
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

from .conftest import Client

Collector = vmodl.query.PropertyCollector
RENEW = "CertMgrRefreshCertificates_Task"


def connected(client: Client, number: int = 0) -> Any:
    """A host that everything can be done to."""
    return [host for host in client.hosts().values() if host.config and not host.runtime.inMaintenanceMode][number]


def renew(client: Client, *hosts: Any) -> Any:
    """The task of a renewal."""
    return client.content.certificateManager.CertMgrRefreshCertificates_Task(list(hosts))


def hold_task(client: Client, method: str) -> None:
    """The next task of this method does not end before the rules are taken away."""
    client.estate.fault({"match": {"method": method}, "times": 1, "effect": {"hold": "task"}})


def test_a_host_shows_its_tasks_while_they_run_and_afterwards(client: Client) -> None:
    host, other = connected(client), connected(client, 1)
    hold_task(client, RENEW)
    running = renew(client, host)
    refused = other.ReconnectHost_Task()
    with pytest.raises(vim.fault.InvalidState):
        WaitForTask(refused)
    (shown,) = [task.info for task in host.recentTask if task.info.key == running.info.key]
    assert (shown.state, shown.entity, shown.completeTime) == ("running", host, None)
    assert "efreshCertificates" in shown.descriptionId
    assert shown.startTime
    assert running not in other.recentTask
    client.estate.clear_faults()
    WaitForTask(running)
    assert running.info.state == "success"
    assert running in host.recentTask
    assert running.info.completeTime >= running.info.startTime
    (failed,) = [task.info for task in other.recentTask if task == refused]
    assert (failed.state, failed.descriptionId) == ("error", "HostSystem.reconnect")
    assert isinstance(failed.error, vim.fault.InvalidState)
    everywhere = client.content.taskManager.recentTask
    assert {running, refused} <= set(everywhere)


def test_recent_tasks_of_many_hosts_are_read_in_one_call(client: Client) -> None:
    hosts = [connected(client, 0), connected(client, 1)]
    WaitForTask(renew(client, *hosts))
    tasks = Collector.TraversalSpec(name="tasks", type=vim.HostSystem, path="recentTask", skip=False)
    page = client.content.propertyCollector.RetrievePropertiesEx(
        [
            Collector.FilterSpec(
                objectSet=[Collector.ObjectSpec(obj=host, skip=False, selectSet=[tasks]) for host in hosts],
                propSet=[
                    Collector.PropertySpec(type=vim.HostSystem, pathSet=["recentTask"]),
                    Collector.PropertySpec(type=vim.Task, pathSet=["info.state", "info.descriptionId"]),
                ],
            )
        ],
        Collector.RetrieveOptions(),
    )
    kinds = [type(content.obj) for content in page.objects]
    assert kinds.count(vim.HostSystem) == 2
    # One task for both of them.
    assert kinds.count(vim.Task) >= 1
    assert all(len(content.propSet) == 2 for content in page.objects if isinstance(content.obj, vim.Task))


def test_tasks_are_forgotten_after_ten_minutes(client: Client) -> None:
    host = connected(client)
    task = renew(client, host)
    WaitForTask(task)
    client.estate.set("clock", advance_seconds=601)
    assert task not in host.recentTask
    assert task not in client.content.taskManager.recentTask


@pytest.mark.parametrize("first", [RENEW, "DisconnectHost_Task"])
def test_what_overlaps_on_a_host_ends_with_task_in_progress(client: Client, first: str) -> None:
    host, other = connected(client), connected(client, 1)
    hold_task(client, first)
    running = renew(client, host) if first == RENEW else host.DisconnectHost_Task()
    before = client.estate.host(host.name)
    for overlapping in (renew(client, other, host), host.DisconnectHost_Task(), host.ReconnectHost_Task()):
        with pytest.raises(vim.fault.TaskInProgress) as refused:
            WaitForTask(overlapping)
        assert refused.value.task == running
    # Other hosts are free, and nothing was done by halves.
    assert client.estate.host(host.name) == before
    WaitForTask(renew(client, other))
    client.estate.clear_faults()
    WaitForTask(running)
    if first != RENEW:
        WaitForTask(host.ReconnectHost_Task())
    WaitForTask(renew(client, host))


def shown_on(client: Client, name: str, port: int) -> str:
    """The certificate that a port really shows, as PEM."""
    return ssl.get_server_certificate((client.estate.host(name)["address"], port))


def test_only_9080_waits_for_the_reconnect(client: Client) -> None:
    host = connected(client)
    client.estate.set("host", vcenter="vc01", host=host.name, reloads_on="reconnect")
    before = shown_on(client, host.name, 443)
    assert shown_on(client, host.name, 9080) == before
    WaitForTask(renew(client, host))
    renewed = shown_on(client, host.name, 443)
    assert renewed != before
    assert renewed.strip() == client.estate.host(host.name)["certificate"]["pem"].strip()
    assert shown_on(client, host.name, 9080) == before
    WaitForTask(host.DisconnectHost_Task())
    # It is verified on 443, against what vCenter has on record since the renewal.
    WaitForTask(host.ReconnectHost_Task())
    assert shown_on(client, host.name, 9080) == renewed


def test_some_never_take_it_up_by_themselves(client: Client) -> None:
    host = connected(client)
    client.estate.set("host", vcenter="vc01", host=host.name, reloads_on="never")
    before = shown_on(client, host.name, 9080)
    WaitForTask(renew(client, host))
    WaitForTask(host.DisconnectHost_Task())
    WaitForTask(host.ReconnectHost_Task())
    assert shown_on(client, host.name, 443) != before
    assert shown_on(client, host.name, 9080) == before
