# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps on hosts of clusters with HA: agents are waited for, hosts go one after another, and host monitoring is off meanwhile where it is to be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Optional, Sequence

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.high_availability import HaPolicy, high_availability
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.options import HA_SPEC, ha_policy
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.restore import restore_monitoring
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import to_module_result
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import MASTER, WELL
from ansible_collections.certops.vsphere.plugins.module_utils._estate.ha_note import UNMONITORED, note_of
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import reconnect
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate import regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.tests.unit.clusters.fake_clusters import FakeCluster
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

MASTERS, SECOND, THIRD, OTHER = (f"esx0{number}.example.com" for number in range(1, 5))
WARN = HaPolicy()
BROKEN = CertopsError("it failed", code="broken", remedy="Look.", vsphere_fault="DasConfigFault")


def world(**more: Any) -> FakeEstate:
    """Three hosts in a cluster with HA, the first of them its master, and one in a cluster without."""
    made = fake_estate(hosts=4)
    for fake, cluster in zip(made.fakes, ("c1", "c1", "c1", "c2"), strict=True):
        fake.cluster = cluster
    made.fakes[0].ha_state = MASTER
    made.ha.clusters["c1"] = FakeCluster(**more)
    return made


class Told:
    """What a step came to. problem: of the step as a whole."""

    def __init__(self, results: list[StepResult], problem: Optional[CertopsError]) -> None:
        self.results = {one.esxi_host: one for one in results}
        self.problem = problem

    @property
    def statuses(self) -> list[str]:
        """In the order of the hosts."""
        return [one.status for one in self.results.values()]

    @property
    def notes(self) -> list[str]:
        """Of all of them."""
        return [note for one in self.results.values() for note in one.notes if "HA" in note]


def renew(
    made: FakeEstate,
    *names: str,
    policy: HaPolicy = WARN,
    in_flight: bool = False,
    max_failures: int = 0,
    reconnect_follows: Sequence[str] = (),
) -> Told:
    """Renew these hosts, all where none is named."""
    estate = observe_for_renewal(made, names or ["*"], renew_before_days=60, force=False)
    ha = high_availability(made, estate.hosts, policy, in_flight=in_flight, reconnect_follows=reconnect_follows)
    results = regenerate(
        made,
        estate,
        renew_before_days=60,
        force=False,
        concurrency=1,
        max_failures=max_failures,
        timeout_seconds=120,
        check_mode=False,
        ha=ha,
    )
    return Told(results, ha.problem)


def bring_back(
    made: FakeEstate,
    *names: str,
    policy: HaPolicy = WARN,
    max_failures: int = 0,
    in_flight: bool = False,
    pending: Sequence[str] = (),
) -> Told:
    """Reconnect these hosts."""
    every = made.hosts()[0]
    hosts = [one for one in every if one.name in names]
    ha = high_availability(made, hosts, policy, in_flight=in_flight, pending=pending)
    results = reconnect(
        made,
        hosts,
        away=[one for one in every if one.lost],
        certificates={},
        concurrency=1,
        per_cluster=1,
        max_failures=max_failures,
        timeout_seconds=120,
        check_mode=False,
        in_flight=in_flight,
        ha=ha,
    )
    return Told(results, ha.problem)


def order(made: FakeEstate, change: str) -> list[str]:
    """In which order hosts were changed so."""
    return [one.split()[1] for one in made.changes if one.startswith(f"{change} ")]


def agents(made: FakeEstate) -> list[Optional[str]]:
    """How the agents are."""
    return [one.ha_state for one in made.hosts()[0]]


def test_each_agent_is_well_before_the_next_host_is_renewed_and_the_master_is_last_in_its_cluster() -> None:
    made = world()
    told = renew(made)
    assert told.statuses == ["changed"] * 4
    assert told.notes == []
    # Whoever had gone on too early would have lost a machine.
    assert made.ha.restarts == []
    in_cluster = [name for name in order(made, "renew_certificate") if name != OTHER]
    assert in_cluster == [SECOND, THIRD, MASTERS]
    assert set(agents(made)[:3]) <= WELL


def test_a_host_of_a_cluster_without_ha_is_not_waited_for() -> None:
    made = world()
    renew(made, OTHER)
    assert made.clock.seconds < 10
    assert made.count("clusters") == 1


def test_hosts_outside_of_clusters_cost_no_look_at_clusters() -> None:
    made = world()
    made.fake(OTHER).cluster = None
    assert renew(made, OTHER).statuses == ["changed"]
    assert made.count("clusters") == 0


def test_where_clusters_cannot_be_read_an_agent_that_was_well_is_waited_for_all_the_same() -> None:
    made = world()
    made.spoil("clusters", TransientError("broken", code="broken"))
    assert renew(made, SECOND).statuses == ["changed"]
    assert set(agents(made)[:3]) <= WELL


def test_a_host_that_comes_back_to_vcenter_is_waited_for_until_its_agent_is_well() -> None:
    made = world()
    made.fake(SECOND).state = "notResponding"
    told = bring_back(made, SECOND, THIRD)
    assert told.statuses == ["changed", "changed"]
    assert made.ha.restarts == []
    assert set(agents(made)[:3]) <= WELL


@pytest.mark.parametrize("act", [renew, bring_back])
def test_an_agent_that_does_not_come_up_has_ha_configured_anew_once(act: Any) -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "initializationError"
    told = act(made, SECOND, THIRD)
    assert told.statuses == ["changed", "changed"]
    assert told.notes == [f"vSphere HA was configured anew on {SECOND}, whose agent had not come up by itself"]
    assert order(made, "reconfigure_ha") == [SECOND]
    assert made.ha.restarts == []


@pytest.mark.parametrize(("max_failures", "third"), [(0, "not_started"), (1, "not_started")])
@pytest.mark.parametrize("act", [renew, bring_back])
def test_where_that_does_not_help_the_host_has_failed_and_nobody_else_of_its_cluster_begins(
    act: Any, max_failures: int, third: str
) -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "initializationError"
    made.fake(SECOND).ha_incurable = True
    told = act(made, SECOND, THIRD, OTHER, max_failures=max_failures)
    assert told.results[SECOND].status == "failed"
    assert told.results[SECOND].error_code == "ha_agent_not_well"
    assert "its state is initializationError" in str(told.results[SECOND].error)
    assert told.results[THIRD].status == third
    # Another cluster goes on where so many may fail.
    assert told.results[OTHER].status == ("changed" if max_failures else "not_started")
    assert order(made, "reconfigure_ha") == [SECOND]
    if max_failures:
        assert "HA agent of esx02.example.com of the same cluster is not well" in told.results[THIRD].reason


@pytest.mark.parametrize("act", [renew, bring_back])
def test_what_was_begun_is_finished_though_an_agent_is_not_well(act: Any) -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "fdmUnreachable"
    made.fake(SECOND).ha_incurable = True
    told = act(made, SECOND, THIRD, max_failures=1, in_flight=True)
    assert told.statuses == ["failed", "changed"]


def test_an_agent_that_is_ill_before_a_reconnect_is_judged_after_it() -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "initializationError"
    made.fake(SECOND).ha_incurable = True
    made.fake(SECOND).ha_reconnect_cures = True
    told = renew(made, SECOND, THIRD, max_failures=1, reconnect_follows=[SECOND, THIRD])
    assert told.results[SECOND].status == "changed"
    assert told.results[SECOND].ha_pending
    assert told.results[SECOND].to_facts()["ha_pending"] is True
    assert told.notes == [one for one in told.results[SECOND].notes if "its reconnect follows" in one]
    # Nobody else of the cluster begins before that.
    assert told.results[THIRD].status == "not_started"
    assert "ha_pending" not in told.results[THIRD].to_facts()
    told = bring_back(made, SECOND, in_flight=True, pending=[SECOND])
    assert told.statuses == ["changed"]
    assert set(agents(made)[:3]) <= WELL
    assert order(made, "reconfigure_ha") == [SECOND]


def test_an_agent_that_a_reconnect_does_not_cure_either_has_failed_then() -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "initializationError"
    made.fake(SECOND).ha_incurable = True
    assert renew(made, SECOND, reconnect_follows=[SECOND]).statuses == ["changed"]
    told = bring_back(made, SECOND, in_flight=True, pending=[SECOND])
    assert told.results[SECOND].error_code == "ha_agent_not_well"
    # Of a host on which HA does not count nothing is owed.
    made.fake(SECOND).in_maintenance_mode = True
    assert bring_back(made, SECOND, pending=[SECOND]).statuses == ["changed"]


def test_why_ha_could_not_be_configured_anew_is_told() -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "fdmUnreachable"
    made.spoil("reconfigure_ha", BROKEN)
    told = renew(made, SECOND)
    assert "DasConfigFault" in str(told.results[SECOND].error)


def test_a_state_that_may_pass_is_waited_for_to_the_end_before_ha_is_configured_anew() -> None:
    made = world(settle_seconds=200.0)
    told = renew(made, SECOND)
    assert told.statuses == ["changed"]
    assert order(made, "reconfigure_ha") == []


def test_an_agent_that_was_ill_before_is_not_waited_for_and_that_is_told() -> None:
    made = world()
    made.fake(SECOND).ha_state = "uninitialized"
    made.fake(SECOND).ha_ends_in = "uninitialized"
    told = renew(made, SECOND)
    assert told.statuses == ["changed"]
    assert told.notes == [f"the vSphere HA agent of {SECOND} was not well before (uninitialized), and is not waited for"]


def test_where_somebody_switches_ha_off_meanwhile_nobody_waits_for_agents() -> None:
    made = world()
    made.fake(SECOND).ha_ends_in = "initializationError"
    made.at(20.0, lambda: setattr(made.ha.clusters["c1"], "ha", False))
    told = renew(made, SECOND)
    assert told.statuses == ["changed"]
    assert ["switched HA of c1 off" in one for one in told.notes] == [True]


def test_a_host_that_somebody_puts_into_maintenance_meanwhile_is_not_waited_for() -> None:
    made = world(settle_seconds=1000.0)
    made.at(20.0, lambda: setattr(made.fake(SECOND), "in_maintenance_mode", True))
    assert renew(made, SECOND).statuses == ["changed"]
    assert order(made, "reconfigure_ha") == []


def test_a_host_that_somebody_else_renewed_is_waited_for_as_well() -> None:
    made = world()
    estate = observe_for_renewal(made, [SECOND], renew_before_days=60, force=False)
    ha = high_availability(made, estate.hosts, HaPolicy())
    made.before("host_now", lambda: made.renew_certificate(estate.hosts[0], Deadline(100, made.clock)))
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 0, "timeout_seconds": 120.0, "check_mode": False}
    [result] = regenerate(made, estate, renew_before_days=60, force=False, ha=ha, **options)
    assert result.status == "unchanged"
    assert set(agents(made)[:3]) <= WELL


def test_to_require_that_nobody_monitors_is_an_error_before_anything_is_changed() -> None:
    made = world()
    with pytest.raises(CertopsError) as caught:
        renew(made, policy=HaPolicy("require_disabled"))
    assert caught.value.code == "ha_monitors_hosts"
    assert "c1 in vc01" in str(caught.value)
    assert made.changes == []
    # What was begun is finished.
    assert renew(made, SECOND, policy=HaPolicy("require_disabled"), in_flight=True).statuses == ["changed"]
    made.ha.clusters["c1"].monitoring = UNMONITORED
    assert renew(made, THIRD, policy=HaPolicy("require_disabled")).statuses == ["changed"]


@pytest.mark.parametrize("policy", ["require_disabled", "suspend"])
def test_what_is_not_known_of_a_cluster_is_no_leave(policy: str) -> None:
    made = world(ha=None)
    with pytest.raises(CertopsError) as caught:
        renew(made, policy=HaPolicy(policy))
    assert caught.value.code == "ha_not_read"
    made.spoil("clusters", BROKEN)
    with pytest.raises(CertopsError, match="not known whether vSphere HA monitors the hosts of c1"):
        renew(made, policy=HaPolicy(policy))
    assert made.changes == []


SUSPEND = HaPolicy("suspend")


def test_host_monitoring_is_off_while_hosts_of_a_cluster_are_worked_on_and_what_it_was_before_after_that() -> None:
    # Without that each of them would lose a machine.
    made = world(fails_over="restart")
    told = renew(made, policy=SUSPEND)
    assert told.statuses == ["changed"] * 4
    assert told.problem is None
    assert made.ha.restarts == []
    cluster = made.ha.clusters["c1"]
    assert (cluster.switched, cluster.monitoring, cluster.note) == (["disabled", "enabled"], "enabled", "")
    assert [one.partition(" (")[0] for one in cluster.events] == [
        "certops.vsphere switched host monitoring of c1 off",
        "certops.vsphere set host monitoring of c1 to enabled again",
    ]
    changes = [one for one in made.changes if not one.startswith("renew_certificate")]
    # The note is there before, and goes after.
    assert changes == ["note c1 enabled", "host_monitoring c1 disabled", "host_monitoring c1 enabled", "note c1"]
    # Who is in no such cluster goes before, so that the window is short.
    assert made.changes[0] == f"renew_certificate {OTHER}"


def test_one_cluster_is_switched_off_at_a_time() -> None:
    made = world()
    made.ha.clusters["c2"] = FakeCluster(monitoring=None)
    renew(made, policy=SUSPEND)
    assert [one for one in made.changes if one.startswith("host_monitoring")] == [
        "host_monitoring c1 disabled",
        "host_monitoring c1 enabled",
        "host_monitoring c2 disabled",
        "host_monitoring c2 enabled",
    ]
    # Unset means enabled.
    assert "note c2 unset" in made.changes


def test_what_somebody_else_switched_off_stays_off() -> None:
    made = world(monitoring=UNMONITORED)
    assert renew(made, policy=SUSPEND).statuses == ["changed"] * 4
    assert [one for one in made.changes if one.startswith(("note", "host_monitoring"))] == []
    # It was switched off after it was looked at.
    made = world()
    made.before("host_now", lambda: None)
    estate = observe_for_renewal(made, [SECOND], renew_before_days=60, force=False)
    ha = high_availability(made, estate.hosts, SUSPEND)
    made.ha.clusters["c1"].monitoring = UNMONITORED
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 0, "timeout_seconds": 120.0, "check_mode": False}
    regenerate(made, estate, renew_before_days=60, force=False, ha=ha, **options)
    assert made.ha.clusters["c1"].switched == []


def test_what_a_killed_run_left_off_is_restored_by_its_note() -> None:
    made = world(monitoring=UNMONITORED)
    made.ha.clusters["c1"].note = note_of("enabled", made.clock.now())
    renew(made, SECOND, policy=SUSPEND)
    cluster = made.ha.clusters["c1"]
    assert (cluster.monitoring, cluster.note, cluster.switched) == ("enabled", "", ["enabled"])


def test_a_note_that_cannot_be_written_refuses_the_suspending_and_nothing_is_changed() -> None:
    made = world(missing=("Global.SetCustomField",))
    told = renew(made, SECOND, THIRD, policy=SUSPEND)
    assert told.statuses == ["not_started", "not_started"]
    assert told.problem is not None
    assert made.ha.clusters["c1"].switched == []
    assert order(made, "renew_certificate") == []
    # A note that vCenter takes and does not keep is no note.
    made = world()
    made.spoil("note_on_cluster", lambda: None)
    told = renew(made, SECOND, policy=SUSPEND)
    assert told.problem is not None
    assert told.problem.code == "ha_note_not_kept"
    assert made.ha.clusters["c1"].switched == []


def test_a_cluster_that_vcenter_works_on_is_not_written() -> None:
    made = world()
    made.ha.clusters["c1"].tasks.append("a remediation (task-7)")
    told = renew(made, SECOND, policy=SUSPEND)
    assert told.problem is not None
    assert told.problem.code == "ha_cluster_busy"
    assert "a remediation (task-7)" in str(told.problem)
    assert [one for one in made.changes if one.startswith(("note", "host_monitoring", "renew"))] == []
    # One that ends in time is waited for.
    made = world()
    made.ha.clusters["c1"].tasks.append("a remediation (task-7)")
    made.at(100.0, made.ha.clusters["c1"].tasks.clear)
    assert renew(made, SECOND, policy=SUSPEND).statuses == ["changed"]


def test_a_lost_answer_of_either_change_is_looked_up() -> None:
    for method in ("note_on_cluster", "switch_host_monitoring"):
        made = world()
        made.spoil(method, TransientError("no answer", code="broken"), done=True)
        assert renew(made, SECOND, policy=SUSPEND).problem is None
        assert made.ha.clusters["c1"].switched == ["disabled", "enabled"]
        assert made.ha.clusters["c1"].note == ""


def test_events_that_vcenter_does_not_take_are_no_failure() -> None:
    made = world()
    made.spoil("log_event", BROKEN, times=5)
    assert renew(made, SECOND, policy=SUSPEND).problem is None


@pytest.mark.parametrize("ending", [SystemExit(143), KeyboardInterrupt()])
def test_host_monitoring_is_on_again_when_the_process_is_told_to_end(ending: BaseException) -> None:
    made = world()
    made.spoil("renew_certificate", ending)
    with pytest.raises(type(ending)):
        renew(made, SECOND, policy=SUSPEND)
    cluster = made.ha.clusters["c1"]
    assert (cluster.switched, cluster.note) == (["disabled", "enabled"], "")


def test_host_monitoring_is_on_again_though_the_process_is_told_to_end_while_it_is_switched_on() -> None:
    made = world()
    made.at(15.0, lambda: made.spoil("switch_host_monitoring", SystemExit(143)))
    with pytest.raises(SystemExit):
        renew(made, SECOND, policy=SUSPEND)
    cluster = made.ha.clusters["c1"]
    assert (cluster.monitoring, cluster.note) == ("enabled", "")


def test_a_failed_host_leaves_no_cluster_switched_off_and_no_further_one_is_switched() -> None:
    made = world()
    made.ha.clusters["c2"] = FakeCluster()
    made.spoil("renew_certificate", BROKEN, about=SECOND)
    told = renew(made, policy=SUSPEND)
    assert told.problem is None
    assert told.results[SECOND].status == "failed"
    assert told.results[OTHER].status == "not_started"
    assert made.ha.clusters["c1"].switched == ["disabled", "enabled"]
    assert made.ha.clusters["c2"].switched == []


def test_host_monitoring_that_stays_off_is_told_loudly_and_nothing_further_is_begun() -> None:
    made = world()
    made.ha.clusters["c2"] = FakeCluster()
    original = made.switch_host_monitoring

    def refuse(cluster: Any, host_monitoring: str, deadline: Any) -> None:
        if host_monitoring == "enabled":
            raise BROKEN
        original(cluster, host_monitoring, deadline)

    made.switch_host_monitoring = refuse  # type: ignore[method-assign]
    told = renew(made, policy=SUSPEND)
    assert told.problem is not None
    assert told.problem.code == "ha_not_switched_back"
    assert str(told.problem).startswith("HOST MONITORING OF c1 IS STILL SWITCHED OFF")
    # The note stays for the next run.
    assert made.ha.clusters["c1"].note.startswith("enabled")
    assert told.results[OTHER].status == "not_started"
    assert "STILL SWITCHED OFF" in told.results[OTHER].reason
    answer = to_module_result(list(told.results.values()), 0, told.problem)
    assert answer.failure is not None
    assert "STILL SWITCHED OFF" in answer.failure
    assert answer.values["error_code"] == "ha_not_switched_back"


def test_what_goes_wrong_before_and_after_is_told_together() -> None:
    made = world()

    def refuse() -> None:
        made.spoil("note_on_cluster", BROKEN, times=9)
        raise BROKEN

    made.spoil("switch_host_monitoring", refuse)
    told = renew(made, SECOND, policy=SUSPEND)
    assert told.problem is not None
    assert str(told.problem).startswith(
        "it failed: vSphere said DasConfigFault. Look. Host monitoring of c1 is enabled again, but the note"
    )
    assert 'Empty the custom attribute "certops.vsphere: HA host monitoring"' in str(told.problem)


def test_agents_that_vcenter_tells_nothing_of_while_monitoring_is_off_are_looked_at_after_that() -> None:
    made = world(silent_while_off=True)
    told = renew(made, SECOND, policy=SUSPEND)
    assert told.statuses == ["changed"]
    assert told.notes == []
    assert set(agents(made)[:3]) <= WELL
    made = world(silent_while_off=True)
    made.fake(SECOND).ha_ends_in = "initializationError"
    made.fake(SECOND).ha_incurable = True
    told = renew(made, SECOND, policy=SUSPEND)
    assert told.problem is not None
    assert told.problem.code == "ha_agent_not_well"


def test_restoring_goes_by_notes_alone() -> None:
    made = world(monitoring=UNMONITORED)
    made.ha.clusters["c2"] = FakeCluster(monitoring=UNMONITORED, note=note_of(None, made.clock.now()))
    expected = [{"name": "c2", "host_monitoring": "enabled", "noted": made.ha.clusters["c2"].note, "in_use": False}]
    assert restore_monitoring(made, timeout_seconds=60, check_mode=True) == expected
    assert made.changes == []
    assert restore_monitoring(made, timeout_seconds=60, check_mode=False) == expected
    assert made.changes == ["host_monitoring c2 enabled", "note c2"]
    assert restore_monitoring(made, timeout_seconds=60, check_mode=False) == []


def test_restoring_tells_what_it_could_not_do_after_it_did_the_rest() -> None:
    made = world(monitoring=UNMONITORED, note=note_of("enabled", made_at := fake_estate().clock.now() + timedelta(0)))
    made.ha.clusters["c2"] = FakeCluster(monitoring=UNMONITORED, note=note_of("enabled", made_at))
    made.spoil("switch_host_monitoring", BROKEN, about="c1", times=9)
    with pytest.raises(CertopsError, match="HOST MONITORING OF c1") as caught:
        restore_monitoring(made, timeout_seconds=60, check_mode=False)
    assert "c2" not in str(caught.value)
    assert made.ha.clusters["c2"].monitoring == "enabled"
    made.ha.clusters["c1"].readable = False
    with pytest.raises(CertopsError) as caught:
        restore_monitoring(made, timeout_seconds=60, check_mode=False)
    assert caught.value.code == "ha_not_read"


def test_a_cluster_that_cannot_be_read_any_more_is_not_switched() -> None:
    made = world()
    estate = observe_for_renewal(made, [SECOND], renew_before_days=60, force=False)
    ha = high_availability(made, estate.hosts, SUSPEND)
    made.ha.clusters["c1"].readable = False
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 0, "timeout_seconds": 120.0, "check_mode": False}
    [result] = regenerate(made, estate, renew_before_days=60, force=False, ha=ha, **options)
    assert result.status == "not_started"
    assert ha.problem is not None
    assert ha.problem.code == "ha_not_read"
    assert made.changes == []


def test_the_options_of_a_module_are_the_policy_of_its_step() -> None:
    given = {name: spec["default"] for name, spec in HA_SPEC.items()}
    assert ha_policy(given) == WARN
    assert ha_policy({**given, "ha": "suspend", "ha_timeout_seconds": 5.0}) == HaPolicy("suspend", 5.0)
