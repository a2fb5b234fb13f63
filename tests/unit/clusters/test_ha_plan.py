# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan makes of vSphere HA: whom it blocks, what it tells, in which order hosts go, and what it leaves to a run to restore."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.availability import Turns, held_back
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import Plan, decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rollout import Course, next_turn
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import MASTER, Cluster
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.ha_note import UNMONITORED, note_of
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import silent
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.step import Availability, run_on_hosts
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, codes, estate, host
from ansible_collections.certops.vsphere.tests.unit.rollout_world import plan_of, planned

ON = Cluster("c1", "domain-c1", "dc1", ha_enabled=True, host_monitoring="enabled")
OFF = replace(ON, host_monitoring=UNMONITORED)
WELL = "connectedToMaster"


def due(name: str = "esx01.example.com", state: Optional[str] = WELL, **changes: Any) -> EsxiHost:
    """A host that is due, in the cluster."""
    return host(name, ends=20, **{"cluster_moid": "domain-c1", "ha_state": state, **changes})


def made(*hosts: EsxiHost, clusters: tuple[Cluster, ...] = (ON,), **policy: Any) -> Plan:
    """The plan of these hosts."""
    return decide(replace(estate(*hosts), clusters=clusters), replace(POLICY, **policy), NOW)


def blocked(*hosts: EsxiHost, clusters: tuple[Cluster, ...] = (ON,), **policy: Any) -> list[str]:
    """What blocks the first of these hosts."""
    plan = made(*(hosts or (due(),)), clusters=clusters, **policy)
    return codes(plan.hosts[0].blockers)


def test_by_itself_a_plan_only_tells_that_ha_monitors() -> None:
    plan = made(due())
    assert plan.hosts[0].steps
    assert notice.HA_MONITORS.of(clusters="c1") in plan.warnings
    assert [notice.HA_MONITORS.of(clusters="c1")] == [one for one in plan.warnings if "HA" in one]


@pytest.mark.parametrize("cluster", [OFF, replace(ON, ha_enabled=False)])
@pytest.mark.parametrize("policy", ["warn", "require_disabled", "suspend"])
def test_nothing_is_said_or_forbidden_where_nobody_monitors(cluster: Cluster, policy: str) -> None:
    plan = made(due(), clusters=(cluster,), ha=policy)
    assert plan.hosts[0].steps
    assert [one for one in plan.warnings if "HA" in one] == []


def test_a_host_that_needs_no_new_certificate_is_nobodys_concern() -> None:
    assert blocked(host("esx01", cluster_moid="domain-c1"), ha="require_disabled") == []
    plan = made(host("esx01", cluster_moid="domain-c1"))
    assert [one for one in plan.warnings if "HA" in one] == []


def test_a_host_outside_of_clusters_is_not_blocked() -> None:
    assert blocked(due(cluster=None, cluster_moid=None), ha="require_disabled") == []


def test_to_require_that_nobody_monitors_blocks_hosts_with_a_remedy_and_counts_as_kept_back() -> None:
    plan = made(due(), ha="require_disabled")
    [blocker] = plan.hosts[0].blockers
    assert (blocker.code, blocker.owner) == ("ha_monitoring", "vcenter")
    assert "renew" in blocker.steps
    assert "reregister" not in blocker.steps
    assert "Switch host monitoring of the cluster off" in blocker.remedy
    assert plan.hosts[0].steps == ()


@pytest.mark.parametrize("policy", ["require_disabled", "suspend"])
def test_what_is_not_known_blocks_where_it_matters(policy: str) -> None:
    assert blocked(clusters=(replace(ON, ha_enabled=None),), ha=policy) == ["ha_unknown"]
    assert blocked(clusters=(), ha=policy) == ["ha_unknown"]
    assert notice.HA_UNKNOWN.of(clusters="c1") in made(due(), clusters=(replace(ON, ha_enabled=None),)).warnings
    # One that could not be read is told of as that.
    assert notice.HA_UNKNOWN.of(clusters="c1") not in made(due(), clusters=(Cluster("c1", "domain-c1", readable=False),)).warnings


def test_suspending_tells_what_it_does_and_which_hosts_it_is_for() -> None:
    plan = made(due(), host("esx02.example.com", cluster_moid="domain-c1", ha_state=WELL), ha="suspend")
    assert plan.hosts[0].steps
    assert notice.HA_SUSPENDED.of(clusters="c1") in plan.warnings
    [cluster] = plan.to_facts()["clusters"]
    assert (cluster["esxi_hosts"], cluster["to_be_suspended"], cluster["to_be_restored"]) == (["esx01.example.com"], True, False)
    assert made(due()).to_facts()["clusters"][0]["to_be_suspended"] is False


def test_suspending_is_blocked_where_the_account_may_not() -> None:
    lacking = replace(ON, missing_privileges=("Host.Inventory.EditCluster", "Global.SetCustomField"))
    assert blocked(clusters=(lacking,), ha="suspend") == ["ha_not_suspendable"]
    assert blocked(clusters=(lacking,)) == []
    plan = made(due(), clusters=(lacking,), ha="suspend", audit=True)
    assert codes(plan.hosts[0].blockers) == []
    assert notice.LACKS.of(privilege="Global.SetCustomField", subjects="c1") in plan.warnings


def test_a_hosts_own_cli_is_not_covered_by_suspending_and_does_not_step_in() -> None:
    with_ssh = {"method": "cli", "ssh_hosts": ("esx01.example.com",)}
    assert blocked(ha="suspend", **with_ssh) == ["ha_by_cli"]
    assert blocked(**with_ssh) == []
    by_vcenter = {"ssh_hosts": ("esx01.example.com",)}
    assert made(due(), **by_vcenter).hosts[0].fallback
    assert not made(due(), ha="suspend", **by_vcenter).hosts[0].fallback
    assert made(due(), clusters=(OFF,), ha="suspend", **by_vcenter).hosts[0].fallback


def test_a_hosts_own_cli_is_not_covered_where_vsan_has_to_be_calm_and_does_not_step_in() -> None:
    vsan = (replace(OFF, vsan_enabled=True),)
    with_ssh = {"method": "cli", "ssh_hosts": ("esx01.example.com",)}
    assert blocked(clusters=vsan, vsan="require", **with_ssh) == ["vsan_by_cli"]
    assert blocked(clusters=vsan, **with_ssh) == []
    assert blocked(clusters=(OFF,), vsan="require", **with_ssh) == []
    by_vcenter = {"ssh_hosts": ("esx01.example.com",)}
    assert made(due(), clusters=vsan, **by_vcenter).hosts[0].fallback
    plan = made(due(), clusters=vsan, vsan="require", **by_vcenter)
    assert plan.hosts[0].steps
    assert not plan.hosts[0].fallback


LEFT = replace(OFF, noted=note_of("enabled", NOW))


def test_what_an_earlier_run_left_off_is_something_to_do_though_no_host_is_due() -> None:
    plan = made(host("esx01", cluster_moid="domain-c1"), clusters=(LEFT,))
    assert plan.something_to_do
    assert plan.allowed
    assert plan.turns == ()
    assert [one for one in plan.warnings if "HA" in one] == []
    assert notice.HA_LEFT_OFF.of(cluster="c1", noted=LEFT.noted, wanted="enabled") in plan.warnings
    assert plan.to_facts()["clusters"][0]["to_be_restored"] is True
    assert not made(host("esx01", cluster_moid="domain-c1"), clusters=(OFF,)).something_to_do


def test_what_is_restored_first_monitors_when_hosts_are_worked_on() -> None:
    assert blocked(clusters=(LEFT,), ha="require_disabled") == ["ha_monitoring"]
    assert made(due(), clusters=(LEFT,), ha="suspend").to_facts()["clusters"][0]["to_be_suspended"] is True
    assert blocked(clusters=(replace(OFF, noted=note_of(UNMONITORED, NOW)),), ha="require_disabled") == []


def test_the_master_is_last_in_its_cluster_and_no_canary_unless_it_is_alone() -> None:
    names = [f"esx0{number}.example.com" for number in range(1, 5)]
    hosts = [due(names[0], MASTER), *(due(name) for name in names[1:])]
    plan = made(*hosts, canary=1, batch=10)
    assert plan.batches == ((names[1],), (names[2], names[3], names[0]))
    assert made(hosts[0], canary=1).batches == ((names[0],),)
    # A master that stays where it is comes when it comes.
    assert not made(host(names[0], ha_state=MASTER, cluster_moid="domain-c1")).hosts[0].is_master


def test_agents_that_are_ill_are_told_before() -> None:
    ill = due("esx02.example.com", "initializationError")
    told = notice.HA_ILL.of(number=2, esxi_hosts="esx02.example.com, esx03.example.com", states="initializationError, unset")
    assert told in made(due(), ill, due("esx03.example.com", None)).warnings
    # By design there is no state.
    resting = due("esx03.example.com", None, in_maintenance_mode=True)
    lost = due("esx04.example.com", None, connection_state="notResponding")
    assert [one for one in made(due(), resting, lost, due("esx05.example.com", "election")).warnings if "agents" in one] == []


NOT_WELL = {
    "esxi_host": "a1",
    "step": "renew",
    "status": "failed",
    "failed": True,
    "error_code": "ha_agent_not_well",
    "error": "It is ill.",
}


def test_nobody_of_a_cluster_begins_whose_agent_was_left_ill_and_others_do() -> None:
    plan = plan_of(planned("a1", "due"), planned("a2", "due"), planned("a3", "provider"), planned("b1", "due", "b"), max_failures=3)
    held = held_back(plan, [NOT_WELL], ["a2", "a3", "b1"])
    assert [one["esxi_host"] for one in held] == ["a2"]
    assert held[0]["reason"] == "not started, because the vSphere HA agent of a1 of the same cluster is not well"


PENDING = {**NOT_WELL, "status": "changed", "failed": False, "error_code": None, "error": None, "ha_pending": True}
BACK = {**PENDING, "step": "reconnect", "ha_pending": False}


def test_nobody_of_a_cluster_begins_until_the_reconnect_of_an_ill_agent_is_over() -> None:
    plan = plan_of(planned("a1", "due"), planned("a2", "due"), planned("b1", "due", "b"))
    assert [one["esxi_host"] for one in held_back(plan, [PENDING], ["a2", "b1"])] == ["a2"]
    assert held_back(plan, [PENDING, BACK], ["a2", "b1"]) == []
    still = {**NOT_WELL, "step": "reconnect", "after": {"connection_state": "connected"}}
    assert [one["esxi_host"] for one in held_back(plan, [PENDING, still], ["a2", "b1"])] == ["a2"]
    # An orphan's result is about no host of the plan.
    assert held_back(plan, [{**NOT_WELL, "esxi_host": "x9", "step": "reregister"}], ["a2"]) == []


def test_a_batch_goes_on_without_the_cluster_whose_agent_was_left_ill() -> None:
    plan = plan_of(planned("a1", "due"), planned("a2", "due"), planned("b1", "due", "b"), batch=1, max_failures=3)
    first = next_turn(plan, Course(), NOW)
    second = next_turn(plan, Course(results=[{**NOT_WELL, "backup": None}], taken=first.taken), NOW)
    assert second.turn is not None
    assert second.turn.hosts == ("b1",)
    assert [one["esxi_host"] for one in second.results] == ["a2"]


def test_a_closed_cluster_gives_out_nobody() -> None:
    hosts = [EsxiHost(name, name, "c1", "dc1", connection_state="connected") for name in ("a", "b")]
    turns = Turns(hosts, concurrency=2, per_cluster=2)
    first = turns.next()
    assert first is not None
    turns.close(first)
    assert turns.next() is None
    assert turns.closed_by(hosts[1]) == ("a",)


def test_a_step_closes_a_cluster_after_a_result_that_says_so() -> None:
    hosts = [EsxiHost(name, name, "c1", "dc1", connection_state="connected") for name in ("a", "b")]
    availability = Availability(2, (), lambda _host, _result: False, closes=lambda result: result.status == "changed")
    results = run_on_hosts(
        hosts,
        "renew",
        lambda one: StepResult(one.name, "renew", "changed", "why"),
        concurrency=1,
        max_failures=1,
        aftermath=lambda one, _error: StepResult(one.name, "renew", "failed", "why"),
        availability=availability,
        tell=silent,
    )
    assert [one.status for one in results] == ["changed", "not_started"]
    assert "the vSphere HA agent of a of the same cluster is not well" in results[1].reason


def test_the_policy_takes_what_it_knows() -> None:
    assert Policy.from_options({"ha": "suspend"}).ha == "suspend"
    with pytest.raises(Exception, match="warn, require_disabled, suspend"):
        Policy.from_options({"ha": "off"})
