# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By which way a host is renewed: vCenter where it can, the host's own CLI where SSH is configured, or what is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import ISSUER_SELF, EsxiHost
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    NOW,
    POLICY,
    RENEWAL,
    SETTINGS,
    certificate,
    codes,
    host,
    host_plan,
    plan,
)

SSH = replace(POLICY, ssh_hosts=(HOST,))
CLI = ("renew_cli", "reconnect_pinned", "renew", "reconnect", "reregister")
CLI_ONLY = ("renew_cli", "reconnect_pinned", "reregister")
LOST = "notResponding"


def settings(mode: Optional[str]) -> dict[str, Any]:
    """A vCenter in that certificate mode."""
    return {"certificate_settings": replace(SETTINGS, mode=mode)}


def way(one: EsxiHost, policy: Policy = SSH, **changes: Any) -> tuple[Any, ...]:
    """What the plan shows of the way: method, steps, whether the CLI would follow a refusal."""
    facts = host_plan(one, policy, **changes).to_facts(NOW)
    return facts["method"], tuple(facts["steps"]), facts["cli_fallback"]


def test_vcenter_renews_where_it_can_and_the_cli_follows_if_it_refuses() -> None:
    assert way(host(ends=20)) == ("vcenter", RENEWAL, True)
    assert way(host(ends=20), POLICY) == ("vcenter", RENEWAL, False)


def test_a_host_that_vcenter_cannot_reach_makes_its_own_certificate() -> None:
    assert way(host(ends=20, connection_state=LOST)) == ("cli", CLI, False)


@pytest.mark.parametrize("state", ["disconnected", LOST])
def test_a_host_that_expired_is_reconnected_first_and_the_cli_follows_if_that_is_refused(state: str) -> None:
    assert way(host(ends=-10, connection_state=state)) == ("vcenter", ("reconnect", "reregister"), True)


def test_a_host_that_somebody_disconnected_is_not_taken_back_for_a_renew() -> None:
    assert codes(host_plan(host(ends=20, connection_state="disconnected"), SSH).blockers) == ["not_connected"]


def test_a_sound_host_needs_no_way() -> None:
    assert way(host())[:2] == (None, ())


def test_without_ssh_an_expired_host_is_left_to_vcenter_and_the_plan_says_what_is_missing() -> None:
    planned = host_plan(host(ends=-10, connection_state=LOST))
    assert planned.steps == ("reconnect", "reregister")
    (warning,) = planned.warnings
    assert warning.startswith(f"{HOST} has no fallback to its own CLI (vCenter may not reach it): ")
    assert f"SSH to {HOST} is not configured. Put {HOST} into the group esxi" in warning


def test_without_ssh_an_expiring_host_is_blocked_and_the_remedy_says_what_is_missing() -> None:
    planned = host_plan(host(ends=20, connection_state=LOST))
    assert planned.steps == ()
    assert codes(planned.blockers) == ["not_connected"]
    assert f"Or let the host's own CLI renew it: SSH to {HOST} is not configured." in planned.blockers[0].remedy


def test_cli_that_is_demanded_without_ssh_is_blocked() -> None:
    planned = host_plan(host(ends=20), replace(POLICY, method="cli"))
    assert planned.steps == ()
    assert codes(planned.blockers) == ["ssh_not_configured"]


def test_cli_can_be_demanded_for_all_or_for_one() -> None:
    assert way(host(ends=20), replace(SSH, method="cli")) == ("cli", CLI, False)
    assert way(host(ends=20), replace(SSH, host_methods={HOST.upper(): "cli"})) == ("cli", CLI, False)
    assert way(host(ends=20), replace(SSH, host_methods={"other": "cli"})) == ("vcenter", RENEWAL, True)


def test_cli_can_be_forbidden() -> None:
    assert way(host(ends=20), replace(SSH, method="vcenter")) == ("vcenter", RENEWAL, False)
    planned = host_plan(host(ends=20, connection_state=LOST), replace(SSH, method="vcenter"))
    assert codes(planned.blockers) == ["not_connected"]


def test_in_mode_thumbprint_the_certificate_stays_the_hosts_own() -> None:
    vsphere_fault = replace(SSH, reregister_in_thumbprint_mode=True)
    assert way(host(ends=20), vsphere_fault, **settings("thumbprint")) == ("cli", CLI_ONLY, False)
    planned = host_plan(host(ends=20), POLICY, **settings("thumbprint"))
    assert codes(planned.blockers) == ["mode_thumbprint", "thumbprint_trust"]
    assert "SSH to" in planned.blockers[0].remedy


@pytest.mark.parametrize("mode", ["custom", None])
def test_a_sites_own_certificate_is_never_replaced(mode: Optional[str]) -> None:
    policy = replace(SSH, method="cli")
    planned = host_plan(host(ends=20, connection_state=LOST), policy, **settings(mode))
    assert planned.steps == ()
    assert codes(planned.blockers)[0] in ("mode_custom", "mode_unavailable")


def test_neither_is_one_that_another_ca_issued() -> None:
    planned = host_plan(replace(host(ends=20, connection_state=LOST), issuer="other"), SSH)
    assert planned.steps == ()
    assert codes(planned.blockers) == ["issuer_not_vmca"]


def test_maintenance_mode_forbids_what_follows_in_mode_vmca() -> None:
    resting = replace(host(ends=20, connection_state=LOST), in_maintenance_mode=True)
    assert codes(host_plan(resting, SSH).blockers) == ["maintenance_mode"]
    vsphere_fault = replace(SSH, reregister_in_thumbprint_mode=True)
    assert host_plan(resting, vsphere_fault, **settings("thumbprint")).steps == CLI_ONLY
    assert codes(host_plan(resting, SSH, **settings("thumbprint")).blockers) == ["thumbprint_trust"]


def test_what_vmca_cannot_issue_stops_the_cli_before_it_begins() -> None:
    planned = host_plan(host(ends=20, connection_state=LOST), SSH, certificate_settings=replace(SETTINGS, subject={"country": ""}))
    assert planned.steps == ()
    assert codes(planned.blockers) == ["empty_subject_settings"]


def test_a_missing_privilege_to_reconnect_stops_the_cli() -> None:
    one = replace(host(ends=20, connection_state=LOST), missing_privileges=("Host.Config.Connection",))
    assert codes(host_plan(one, SSH).blockers) == ["missing_privilege"]


def test_ssh_is_found_by_the_inventorys_address_too() -> None:
    policy = replace(POLICY, ssh_hosts=("esx-one",), inventory_addresses={"esx-one": HOST})
    facts = host_plan(host(ends=20, connection_state=LOST), policy).to_facts(NOW)
    assert (facts["method"], facts["ssh_host"]) == ("cli", "esx-one")


@pytest.mark.parametrize("starts", [-30, 1])
def test_what_a_host_made_itself_does_not_stay_in_mode_vmca(starts: float) -> None:
    own = replace(host(), issuer=ISSUER_SELF, certificate=certificate(9000, starts=starts))
    planned = host_plan(own)
    assert (planned.verdict.rule, planned.steps) == ("self_signed", RENEWAL)
    assert planned.verdict.reason == "it made its certificate itself, and VMCA is to issue it one"


def test_what_a_host_made_itself_is_the_rule_in_mode_thumbprint() -> None:
    assert host_plan(replace(host(), issuer=ISSUER_SELF), **settings("thumbprint")).verdict.rule == "healthy"
    early = replace(host(), issuer=ISSUER_SELF, certificate=certificate(9000, starts=1))
    assert host_plan(early, **settings("thumbprint")).verdict.rule == "certificate_not_yet_valid"


def test_a_host_with_the_cli_is_no_canary_while_there_is_another() -> None:
    lost = replace(host(ends=10, connection_state=LOST, cluster="c2"), name="a", moid="host-a")
    common = replace(host(ends=20), name="b", moid="host-b")
    decided = plan(lost, common, policy=replace(POLICY, ssh_hosts=("a",), canary=1))
    assert decided.batches == (("b",), ("a",))


def test_lockdown_mode_is_reported_where_ssh_is_needed_and_blocks_nothing() -> None:
    locked = host(ends=20, connection_state=LOST, lockdown_mode="lockdownNormal")
    assert host_plan(locked, SSH).warnings == (f"{HOST} is in lockdownNormal, in which SSH lets only its exception users in",)
    assert host_plan(locked, SSH).steps == CLI
    assert host_plan(replace(locked, lockdown_mode="lockdownDisabled"), SSH).warnings == ()
    assert host_plan(host(ends=20, lockdown_mode="lockdownStrict"), SSH).warnings == ()
