# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a value of a variable is refused for before the first call, and what passes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import refusal
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.values import ABOVE_NOTHING, RANGES, Values

OPTIONS = known_variables().options


def vsphere_fault(name: str, value: Any, *hosts: str) -> str:
    """What is said of a value, empty where nothing is."""
    values = Values(OPTIONS)
    for host in hosts or ("vc01",):
        values.look(host, name, value)
    problem = values.problem()
    return "" if problem is None else str(problem)


def test_every_number_has_a_range() -> None:
    for name in known_variables().for_users & set(OPTIONS):
        if OPTIONS[name].get("type") in ("int", "float"):
            assert name in RANGES or name.endswith(ABOVE_NOTHING) or refusal(name.removeprefix("certops_"), -1), name
            assert vsphere_fault(name, -1).startswith(f"Nothing was started: {name} cannot be -1 (it must be a number"), name


@pytest.mark.parametrize("name", sorted(name for name, option in OPTIONS.items() if "default" in option))
def test_a_default_and_nothing_pass(name: str) -> None:
    assert vsphere_fault(name, OPTIONS[name]["default"]) == ""
    if name != "certops_report_dir":
        assert vsphere_fault(name, None) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("certops_canary", "3"),
        ("certops_canary", 0),
        ("certops_request_timeout_seconds", "0.5"),
        ("certops_progress_seconds", 0),
        ("certops_force", "Yes"),
        ("certops_vcenter_validate_certs", "y"),
        ("certops_protection", "snapshot"),
        ("certops_hosts", []),
        ("certops_hosts", "a, b"),
        ("certops_skip", ""),
        ("certops_skip", True),
        ("certops_protection_covers", ""),
        ("certops_vmca_root_fingerprint", ""),
        ("certops_custom_ca", {"method": "role", "name": "x"}),
        ("certops_custom_ca", {}),
    ],
)
def test_what_can_be_meant_passes(name: str, value: Any) -> None:
    assert vsphere_fault(name, value) == ""


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("certops_concurrency", 0, "cannot be 0 (it must be a number of 1 or more; vc01)"),
        ("certops_concurrency", "x", "cannot be 'x' (it must be a whole number; vc01)"),
        ("certops_concurrency", 1.5, "cannot be 1.5 (it must be a whole number; vc01)"),
        ("certops_concurrency", float("inf"), "cannot be inf (it must be a number of 1 or more; vc01)"),
        ("certops_concurrency", True, "cannot be True (it must be a whole number; vc01)"),
        ("certops_canary", "three", "cannot be 'three' (it must be a number from 0 to 100000; vc01)"),
        ("certops_canary", "", "cannot be '' (it must not be empty; vc01)"),
        ("certops_vcenter_port", 0, "cannot be 0 (it must be a number from 1 to 65535; vc01)"),
        ("certops_request_timeout_seconds", 0, "cannot be 0 (it must be a number above 0; vc01)"),
        ("certops_request_timeout_seconds", "nan", "cannot be 'nan' (it must be a number; vc01)"),
        ("certops_reregister_timeout_seconds", "1e999", "cannot be '1e999' (it must be a number above 0; vc01)"),
        ("certops_reregister_look_seconds", -1, "cannot be -1 (it must be a number of 0 or more; vc01)"),
        ("certops_force", "maybe", "cannot be 'maybe' (it must be true or false; vc01)"),
        ("certops_protection", "yes", "cannot be 'yes' (it must be one of: confirmed, snapshot, none; vc01)"),
        ("certops_protection", "", "cannot be '' (it must not be empty; vc01)"),
        ("certops_reload", "none", "cannot be 'none' (it must be one of: notify, agents, all; vc01)"),
        ("certops_hosts", "", "cannot be '' (it must not be empty; vc01)"),
        ("certops_hosts", 5, "cannot be 5 (it must be a list; vc01)"),
        ("certops_skip", 5, "cannot be 5 (it must be a list, true or false; vc01)"),
        ("certops_report_dir", "", "cannot be '' (it must not be empty; vc01)"),
        ("certops_report_dir", None, "has no value that it can have (it must not be empty; vc01)"),
        ("certops_vcenter_hostname", None, "has no value that it can have (it must not be empty; vc01)"),
        ("certops_custom_ca", {"metod": "canary"}, "has no value that it can have (it has no metod, only method, ca_path,"),
        ("certops_custom_ca", {"method": "x", "ca_passphrase": "canary"}, "(its method must be one of: key, command, role; vc01)"),
        ("certops_custom_ca", "key", "cannot be 'key' (it must be a dictionary; vc01)"),
        ("certops_reconnect_certificates", 1, "cannot be 1 (it must be a dictionary; vc01)"),
    ],
)
def test_what_cannot_be_meant_is_told_with_what_it_has_to_be(name: str, value: Any, told: str) -> None:
    assert told in vsphere_fault(name, value)
    assert name in vsphere_fault(name, value)
    assert "canary" not in vsphere_fault(name, value).replace("certops_canary", "")


def test_the_same_of_many_vcenters_is_told_once() -> None:
    hosts = [f"vc{number:02}" for number in range(1, 41)]
    told = vsphere_fault("certops_concurrency", 0, *hosts)
    assert told == (
        "Nothing was started: certops_concurrency cannot be 0 (it must be a number of 1 or more; vc01, vc02, vc03 and 37 more). Correct it where"
        " it is set; left out, a variable has its default. A question of an AWX survey that is left empty sets an empty text."
    )


def of_esxi(inherited: Any = None, **variables: Any) -> str:
    """What is said of an ESXi host's variables. inherited: what vCenters have as certops_skip."""
    values = Values(OPTIONS)
    values.look("vc01", "certops_skip", inherited)
    values.look_at_esxi("esx01", variables)
    problem = values.problem()
    return "" if problem is None else str(problem)


@pytest.mark.parametrize("value", [True, "yes", "NO", 1, ["esx*"], "", None])
def test_what_an_esxi_host_may_say_of_itself(value: Any) -> None:
    assert of_esxi(certops_skip=value, certops_ssh=value, certops_method="cli", vcenter="vc01") == ""


def test_a_skip_that_skips_nobody_is_refused() -> None:
    assert "certops_skip cannot be 'ture' (it must be true or false; esx01)" in of_esxi(certops_skip="ture")
    assert "certops_ssh cannot be 2 (it must be true or false; esx01)" in of_esxi(certops_ssh=2)
    assert "certops_method cannot be 'ssh' (it must be one of: auto, vcenter, cli; esx01)" in of_esxi(certops_method="ssh")
    # A list that is written as a text is inherited from a group of all.
    assert of_esxi(inherited="esx-a*", certops_skip="esx-a*") == ""


@pytest.mark.parametrize(("changes", "told"), [(True, "a plan is saved in check mode only: add --check"), (False, "")])
def test_a_plan_is_not_saved_by_a_run_that_would_carry_it_out(changes: bool, told: str) -> None:
    values = Values(OPTIONS, signs=True, changes=changes)
    values.look("vc01", "certops_save_plan", "")
    assert values.problem() is None
    values.look("vc01", "certops_save_plan", "plan.json")
    problem = values.problem()
    assert told in ("" if problem is None else str(problem))
    assert (problem is None) is not changes
