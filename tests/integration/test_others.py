# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else does to a host at the same time, module by module: waited for, named, and not done again."""

from __future__ import annotations

import pytest
from demo_hosts import demo_hosts
from processes import module, mutating
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim
from vsphere_sim.testing import RunningEstate

RENEW = "CertMgrRefreshCertificates_Task"


def a_host(demo: RunningEstate) -> str:
    """A host that is due, in a cluster that lacks none."""
    return demo_hosts(demo).expiring[2]


def somebody_puts_into_maintenance(demo: RunningEstate, name: str) -> str:
    """Somebody at vCenter's user interface begins a task that does not end; its id."""
    demo.fault({"match": {"method": "EnterMaintenanceMode_Task"}, "times": 1, "effect": {"hold": "task"}})
    vcenter = demo.vcenter("vc01")
    instance = SmartConnect(
        host=vcenter.address, port=vcenter.port, user=vcenter.username, pwd=vcenter.password, disableSslCertValidation=True
    )
    try:
        view = instance.content.viewManager.CreateContainerView(instance.content.rootFolder, [vim.HostSystem], True)
        host = next(host for host in view.view if host.name == name)
        return str(host.EnterMaintenanceMode_Task(timeout=0)._GetMoId())
    finally:
        Disconnect(instance)


@pytest.mark.parametrize("name", ["esxi_cert_regenerate", "esxi_reconnect"])
def test_a_task_that_does_not_end_is_named_and_nothing_is_done(own_demo: RunningEstate, name: str) -> None:
    host = a_host(own_demo)
    task = somebody_puts_into_maintenance(own_demo, host)
    since = own_demo.journal()[-1]["seq"]
    before = own_demo.host(host)
    refused = module(own_demo, name, esxi_hosts=[host], timeout_seconds=3)
    assert f"{host} was not touched, because somebody else works on it: HostSystem.enterMaintenanceMode ({task})" in refused.message
    assert "run again" in refused.message
    assert refused.statuses == {host: "failed"}
    assert refused.result["changed"] is False
    assert mutating(own_demo, since) == []
    assert own_demo.host(host) == before


def test_what_is_forced_is_left_alone_where_it_is_not_what_was_planned(own_demo: RunningEstate) -> None:
    host = demo_hosts(own_demo).healthy[0]
    ends = own_demo.host(host)["certificate"]["not_after"]
    other = module(
        own_demo, "esxi_cert_regenerate", esxi_hosts=[host], force=True, planned_expires_at={host: "2020-01-01T00:00:00Z"}
    )
    assert other.statuses == {host: "unchanged"}
    assert "after the plan was made" in other.result["hosts"][0]["reason"]
    assert mutating(own_demo) == []
    same = module(own_demo, "esxi_cert_regenerate", esxi_hosts=[host], force=True, planned_expires_at={host: ends})
    assert same.statuses == {host: "changed"}
    assert mutating(own_demo) == [(RENEW, host)]


def test_who_renewed_a_host_is_left_the_time_to_reconnect_it(own_demo: RunningEstate) -> None:
    host = a_host(own_demo)
    assert module(own_demo, "esxi_cert_regenerate", esxi_hosts=[host]).statuses == {host: "changed"}
    assert module(own_demo, "esxi_reconnect", esxi_hosts=[host]).statuses == {host: "changed"}
    since = own_demo.journal()[-1]["seq"]
    theirs = module(own_demo, "esxi_reconnect", esxi_hosts=[host], renewed_by_others=[host])
    assert theirs.statuses == {host: "unchanged"}
    assert "somebody else reconnected it" in theirs.result["hosts"][0]["reason"]
    assert mutating(own_demo, since) == []
    # Without it the module does what it is told.
    assert module(own_demo, "esxi_reconnect", esxi_hosts=[host]).statuses == {host: "changed"}
