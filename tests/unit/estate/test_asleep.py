# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host in standby is asleep and not lost: passed over, named so, and no reason for its cluster to wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import disagreements
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._inventory.inventory import Source, arrange
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet, outcome
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.gate import FAIL_ON, verdict
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines
from ansible_collections.certops.vsphere.tests.unit.estates import (
    NOW,
    POLICY,
    RENEWAL,
    certificate,
    codes,
    estate,
    host,
    host_plan,
    plan,
    provider,
)

# As vCenter shows it: it has no connection to the host, and nothing of its configuration.
STANDBY: dict[str, Any] = {
    "connection_state": "notResponding",
    "power_state": "standBy",
    "standby_mode": "in",
    "certificate": None,
    "served": None,
}


def sleeper(name: str = "sleeper", **changes: Any) -> EsxiHost:
    """A host in standby, whose provider does not answer SMS."""
    return host(name, **{"status": "offline", **STANDBY, **changes})


def report(*hosts: EsxiHost, results: Any = (), policy: Policy = POLICY) -> dict[str, Any]:
    """The report of a run on these hosts."""
    facts = plan(*hosts, policy=policy).to_facts()
    return build(facts, results=list(results), verified=[], after=None, check_mode=False, failure=None)


@pytest.mark.parametrize(
    ("power", "mode", "asleep"),
    [
        ("standBy", "in", True),
        ("standBy", None, True),
        ("poweredOn", "entering", True),
        ("unknown", "exiting", True),
        ("poweredOn", "none", False),
        (None, None, False),
    ],
)
def test_a_host_is_asleep_by_what_vcenter_says_of_its_power(power: Optional[str], mode: Optional[str], asleep: bool) -> None:
    assert host(power_state=power, standby_mode=mode).asleep is asleep
    lost = host(power_state=power, standby_mode=mode, connection_state="notResponding")
    assert lost.lost is not asleep


@pytest.mark.parametrize(
    ("mode", "reason"),
    [("in", "in standby"), (None, "in standby"), ("entering", "entering standby"), ("exiting", "exiting standby")],
)
def test_it_is_passed_over_whatever_it_needs(mode: Optional[str], reason: str) -> None:
    found = host_plan(sleeper(standby_mode=mode))
    assert (found.verdict.rule, found.verdict.reason, found.steps, found.blockers) == ("asleep", f"it is {reason}", (), ())
    assert (found.unknown, found.warnings) == (None, ())
    assert host_plan(sleeper(standby_mode=mode), policy=replace(POLICY, force=True)).steps == ()


def test_what_it_would_need_is_said_where_that_is_known() -> None:
    found = host_plan(sleeper(certificate=certificate(20)))
    assert found.steps == ()
    assert found.verdict.reason == "it is in standby; its certificate expires in 20 days, on 2026-03-21"
    assert found.warnings == (f"sleeper was passed over, because {found.verdict.reason}",)


def test_it_keeps_no_other_host_of_its_cluster() -> None:
    made = plan(sleeper(), host("due", ends=20))
    assert (made.batches, made.away) == ((("due",),), ())
    lost = plan(replace(sleeper(), power_state="unknown", standby_mode="none"), host("due", ends=20))
    assert codes(next(one for one in lost.hosts if one.host.name == "due").blockers) == ["cluster_away"]


def test_the_report_names_it_so() -> None:
    made = report(sleeper(), host("ok"))
    assert made["counts"] == {"asleep": 1, "ok": 1}
    document = fleet.build([made], {}, NOW)
    assert [verdict(document, fail_on, "x") for fail_on in FAIL_ON] == [None] * len(FAIL_ON)
    left = outcome.build(made, "vc")
    assert (left["counts"], left["unsettled"]) == ({"asleep": 1, "ok": 1}, [])
    assert any(line.startswith("sleeper") and "asleep" in line for line in lines(made))
    assert not any(line.startswith("sleeper") for line in lines(made, most_hosts=1)), "nobody has to look at it"


def test_a_due_one_is_a_warning_to_a_pipeline() -> None:
    document = fleet.build([report(sleeper(certificate=certificate(20)))], {}, NOW)
    assert [fail_on for fail_on in FAIL_ON if verdict(document, fail_on, "x")] == ["warning"]


def test_the_inventory_has_a_group_of_those() -> None:
    made = arrange([Source("vc", estate=estate(sleeper()))], NOW, str)
    [found] = made.esxi_hosts
    assert set(found.groups) & {"asleep", "unknown", "healthy", "blocked", "due", "provider_offline"} == {"asleep"}


def step(status: str, name: str = "renew") -> dict[str, Any]:
    """The result of a step on the host that went to sleep."""
    return {"esxi_host": "a", "step": name, "status": status, "error": None, "reason": "it is in standby now"}


def test_a_host_that_goes_to_sleep_before_its_turn_is_asleep() -> None:
    [shown] = report(host("a", ends=20), results=[step("asleep")])["hosts"]
    assert (shown["result"], shown["why"]) == (
        "asleep",
        "its certificate expires in 20 days, on 2026-03-21; it is in standby now",
    )


def test_one_that_was_begun_is_unfinished() -> None:
    [shown] = report(host("a", ends=20), results=[step("changed"), step("asleep", "reconnect")])["hosts"]
    assert shown["result"] == "unfinished"
    assert "not taken: reconnect, reregister" in shown["why"]


def test_verifying_says_it() -> None:
    assert disagreements(host(connection_state="notResponding", power_state="standBy"), NOW) == ["it is in standby"]


def test_it_comes_back_from_facts_as_it_was() -> None:
    one = sleeper(in_quarantine_mode=True, partial_maintenance=("quickPatchPartialMM",))
    assert EsxiHost.from_facts(one.to_facts(NOW)) == one


# What else vCenter may have done to a host.


def test_quarantine_keeps_nobody_from_being_renewed() -> None:
    assert host_plan(host(ends=20, in_quarantine_mode=True)).steps == RENEWAL


def test_partial_maintenance_is_maintenance() -> None:
    found = host_plan(host(ends=20, partial_maintenance=("quickPatchPartialMM",)))
    assert (found.steps, codes(found.blockers)) == ((), ["partial_maintenance"])
    assert codes(host_plan(host(ends=20, partial_maintenance=("x",), in_maintenance_mode=True)).blockers) == ["maintenance_mode"]
    offline = host(partial_maintenance=("x",), provider=provider(certificate(400), "offline"))
    assert host_plan(offline).steps == ("reregister",)
