# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else does to a host at the same time, module by module: waited for, named, and not done again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from demo_hosts import demo_hosts
from player import module
from processes import mutating, wait
from pyVim.connect import Disconnect, SmartConnect
from pyVmomi import vim
from vsphere_sim.testing import RunningEstate, sound

RENEW = "CertMgrRefreshCertificates_Task"
RESTART = "POST /api/vcenter/services/sps?action=restart"


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
    refused = module(own_demo, name, esxi_hosts=[host], host_timeout_seconds=3)
    assert f"{host} was not touched, because somebody else works on it: HostSystem.enterMaintenanceMode ({task})" in refused.message
    assert "run again" in refused.message
    assert refused.statuses == {host: "failed"}
    assert refused.result["changed"] is False
    assert mutating(own_demo, since) == []
    assert own_demo.host(host) == before


def test_what_is_forced_is_excluded_where_it_is_not_what_was_planned(own_demo: RunningEstate) -> None:
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


def test_a_restart_that_is_refused_for_another_one_comes_after_it(own_demo: RunningEstate) -> None:
    host = demo_hosts(own_demo).remembers_expired
    # Somebody else restarts SPS in the moment before this run does.
    own_demo.fault({"match": {"method": RESTART}, "times": 1, "effect": {"delay_seconds": 2}})
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(module, own_demo, "vasa_provider_reregister", esxi_hosts=[host])
        wait(lambda: bool(own_demo.ask("GET", "/faults")[0]["hits"]), "SPS was not restarted")
        own_demo.set("sps", vcenter="vc01", stuck=True, state="STARTING", initialized=False)
        wait(lambda: outcomes(own_demo) == ["400"], "the restart was not refused")
        own_demo.set("sps", vcenter="vc01", stuck=False)
        done = working.result()
    assert done.statuses == {host: "changed"}, done.printed
    assert outcomes(own_demo) == ["400", "ok"]
    assert sound(own_demo.host(host))


def test_a_restart_of_somebody_else_is_waited_for_before_anything_is_unregistered(own_demo: RunningEstate) -> None:
    host = demo_hosts(own_demo).remembers_expired
    own_demo.set("sps", vcenter="vc01", stuck=True, state="STARTING", initialized=False)
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(module, own_demo, "vasa_provider_reregister", esxi_hosts=[host])
        wait(
            lambda: sum(call["method"].startswith("GET /api/vcenter/services") for call in own_demo.journal()) > 2,
            "it did not wait",
        )
        assert mutating(own_demo) == []
        own_demo.set("sps", vcenter="vc01", stuck=False)
        done = working.result()
    assert done.statuses == {host: "changed"}, done.printed
    assert outcomes(own_demo) == ["ok"]


def outcomes(demo: RunningEstate) -> list[str]:
    """What became of each request to restart SPS, whatever a rule did besides."""
    return [call["outcome"].partition(",")[0] for call in demo.journal() if call["method"] == RESTART]
