# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step is told of the plan and of the steps before it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.step_options import from_the_run


def planned(name: str, *steps: str, rule: str = "expiring") -> dict[str, Any]:
    """A host of a plan."""
    return {"esxi_host": name, "moid": f"id-{name}", "steps": list(steps), "rule": rule, "expires_at": f"end of {name}"}


PLAN = {
    "hosts": [
        planned("a", "renew", "reconnect", "reregister", rule="forced"),
        planned("b", "renew_cli", "reconnect_pinned", "renew", "reconnect", "reregister", rule="forced"),
        planned("c", "renew", "reconnect", "reregister"),
        planned("d", "reregister"),
    ],
    "orphans": [{"provider_uid": "gone", "steps": ["remove_orphan"]}],
}


def result(name: str, step: str, status: str = "changed") -> dict[str, Any]:
    """A step's result."""
    return {"esxi_host": name, "step": step, "status": status}


def options(step: str, *hosts: str, results: Any = (), check_mode: bool = False, plan: Any = None) -> dict[str, Any]:
    """The options of a step."""
    return from_the_run(step, hosts, PLAN if plan is None else plan, results, check_mode=check_mode)


def test_each_step_is_told_the_ids_of_its_hosts() -> None:
    for step in ("renew", "reconnect", "reregister", "verify"):
        assert options(step, "a", "d", "stranger")["planned_moids"] == {"a": "id-a", "d": "id-d"}
        assert options(step, "a", plan={})["planned_moids"] == {}


def test_what_is_forced_is_renewed_only_where_it_is_as_planned() -> None:
    assert options("renew", "a", "b", "c")["planned_expires_at"] == {"a": "end of a"}
    assert options("renew", "a", results=[result("a", "renew_cli")])["planned_expires_at"] == {}


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_reconnect_is_told_who_is_back_and_whom_others_renewed(check_mode: bool) -> None:
    results = [result("b", "reconnect_pinned"), result("c", "renew", "unchanged"), result("d", "renew_custom_ca", "unchanged")]
    told = options("reconnect", "c", results=results, check_mode=check_mode)
    assert told["pending_reconnect"] == (["b"] if check_mode else [])
    assert told["renewed_by_others"] == ["c"]
    # This run took it back, with what VMCA issued meanwhile.
    back = [*results, result("c", "reconnect_pinned")]
    assert options("reconnect", "c", results=back, check_mode=check_mode)["renewed_by_others"] == []


def test_in_check_mode_providers_are_predicted_with_certificates_that_are_not_there_yet() -> None:
    assert options("reregister", "a", check_mode=True)["pending_renewal"] == ["a", "b", "c"]
    assert "pending_renewal" not in options("reregister", "a")
    repaired = [result("a", "repair_trust"), result("b", "repair_trust", "unchanged")]
    assert options("reregister", "a", results=repaired, check_mode=True)["pending_trust_repair"] == ["a"]
    assert "pending_renewal" not in options("reregister", "a", check_mode=True, plan={})


def test_only_orphans_of_the_plan_are_removed() -> None:
    assert options("remove_orphan") == {"planned_orphans": ["gone"]}


def test_a_renewal_is_told_whose_reconnect_follows_and_that_one_whose_agent_is_to_be_judged() -> None:
    assert options("renew", "a", "d")["reconnect_follows"] == ["a"]
    assert options("renew_custom_ca", "a", "c")["reconnect_follows"] == ["a", "c"]
    results = [{**result(name, "renew"), "ha_pending": True} for name in ("a", "b")]
    assert options("reconnect", "a", "c", results=[*results, result("c", "renew")])["pending_ha"] == ["a"]
