# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that went into standby before its turn is passed over by every step: nothing is begun, and nothing failed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._operations import reconnect, regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._stepping import others
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.step import Asleep, failed
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import hosts as vsphere_hosts
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.properties import ObjectProperties
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import GetServiceVersions
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

DUE = host("a", ends=20)
OPTIONS: dict[str, Any] = {"concurrency": 1, "max_failures": 0, "timeout_seconds": 60}


def silent(_progress: Any) -> None:
    """Nobody listens."""


def one_asleep() -> tuple[FakeEstate, Estate]:
    """An estate whose first host falls asleep after it was looked at."""
    world = fake_estate()
    seen = observe_for_renewal(world, ["*"], renew_before_days=60, force=False)
    world.fakes[0].asleep = True
    return world, seen


def test_no_step_waits_for_it_to_come_back() -> None:
    world, seen = one_asleep()
    with pytest.raises(Asleep, match=r"esx01\.example\.com is in standby and was not touched"):
        others.wait_for_idle_host(world, seen.hosts[0], "renew", Deadline(600, world.clock), silent, back=True)
    assert world.clock.seconds == 0


def test_a_task_that_puts_it_to_sleep_is_waited_for() -> None:
    world, seen = one_asleep()
    world.busy(seen.hosts[0].name, "HostSystem.enterStandbyMode", 30)
    with pytest.raises(Asleep):
        others.wait_for_idle_host(world, seen.hosts[0], "renew", Deadline(600, world.clock), silent)
    assert 30 <= world.clock.seconds < 40


def test_it_is_not_renewed_and_nothing_failed() -> None:
    world, seen = one_asleep()
    first, second = regenerate.regenerate(world, seen, renew_before_days=60, force=False, check_mode=False, **OPTIONS)
    assert (first.status, first.reason, first.error) == ("asleep", "it is in standby now", None)
    assert (first.to_facts()["changed"], first.to_facts()["failed"]) == (False, False)
    assert (second.status, world.changes) == ("changed", ["renew_certificate esx02.example.com"])


@pytest.mark.parametrize("check_mode", [True, False])
def test_one_that_was_asleep_when_the_step_looked_is_passed_over_too(check_mode: bool) -> None:
    asleep = host("a", ends=20, connection_state="notResponding", power_state="standBy", standby_mode="in")
    options: dict[str, Any] = {**OPTIONS, "renew_before_days": 60, "force": True}
    [result] = regenerate.regenerate(FakeEstate(), estate(asleep), check_mode=check_mode, **options)
    assert result.status == "asleep"


@pytest.mark.parametrize("check_mode", [True, False])
def test_it_is_not_disconnected_and_keeps_no_other_of_its_cluster(check_mode: bool) -> None:
    world = fake_estate()
    world.fakes[0].asleep = True
    for fake in world.fakes:
        fake.cluster = "c1"
    hosts = world.hosts()[0]
    results = reconnect.reconnect(world, hosts, away=(), certificates={}, per_cluster=1, check_mode=check_mode, **OPTIONS)
    assert [one.status for one in results] == ["asleep", "changed"]
    assert not [change for change in world.changes if "esx01" in change]


def test_an_error_of_another_kind_is_a_failure() -> None:
    assert failed(DUE, "renew", CertopsError("It broke", code="broken"), reason="x").status == "failed"


# What is asked of which server.


@pytest.mark.parametrize(
    ("version", "asked"),
    [
        # An older pyVmomi knows no newer ones.
        *([("v9_0_0_0", True)] if "vim.version.v9_0_0_0" in GetServiceVersions("vim25") else []),
        *[("v8_0_3_0", True), ("v8_0_2_0", False), ("v7_0_3_0", False), ("version13", False)],
    ],
)
def test_an_older_server_is_not_asked_for_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch, version: str, asked: bool) -> None:
    wanted: list[Any] = []
    monkeypatch.setattr(vsphere_hosts, "read_inventory", lambda _session, paths: wanted.append(paths) or [])
    session: Any = SimpleNamespace(vim_version=f"vim.version.{version}")
    vsphere_hosts.read_hosts(session)
    assert ("runtime.partialMaintenanceMode" in wanted[0][vsphere_hosts.vim.HostSystem]) is asked


def test_a_host_is_read_as_it_is() -> None:
    modes = vsphere_hosts.vim.host.PartialMaintenanceModeRuntimeInfo
    item = ObjectProperties(
        vsphere_hosts.vim.HostSystem("host-1"),
        {
            "name": "a",
            "runtime.powerState": "standBy",
            "runtime.standbyMode": "in",
            "runtime.inQuarantineMode": True,
            "runtime.partialMaintenanceMode": [
                modes(key="quickPatchPartialMM", hostStatus="inPartialMM"),
                modes(key="nsxPartialMM", hostStatus="notInPartialMM"),
            ],
        },
    )
    found, _unavailable = vsphere_hosts.host_seen(item, {})
    assert (found.asleep, found.in_quarantine_mode, found.partial_maintenance) == (True, True, ("quickPatchPartialMM",))
    assert vsphere_hosts.state_of(item).asleep is True


@pytest.mark.parametrize("seen", [True, False])
def test_a_cluster_that_may_not_be_seen_is_a_cluster(seen: bool) -> None:
    cluster = vsphere_hosts.vim.ClusterComputeResource("domain-c1")
    item = ObjectProperties(vsphere_hosts.vim.HostSystem("host-1"), {"name": "a", "parent": cluster})
    tree = {"domain-c1": ObjectProperties(cluster, {})} if seen else {}
    assert vsphere_hosts.host_seen(item, tree)[0].cluster == "domain-c1"
