# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job leaves of a vCenter: small, and under a name that no other vCenter has."""

from __future__ import annotations

import json
from typing import Any

from ansible.utils.vars import isidentifier
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.outcome import build, variable
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build as report_of
from ansible_collections.certops.vsphere.tests.unit.estates import POLICY, RENEWAL, host, plan
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(alphabet=st.sampled_from("aA1_-. é"), max_size=6)
VERIFIED = {"verified": True, "problems": []}


def report(*names: str, failed: str = "", **parts: Any) -> dict[str, Any]:
    """The report of a run that renewed these hosts, all but one where one is named."""
    facts = plan(*(host(name, ends=20) for name in names), policy=POLICY).to_facts()
    steps = [{"esxi_host": name, "step": step, "status": "changed", "error": None} for name in names for step in RENEWAL]
    results = [
        {**step, "status": "failed", "error": "It broke.", "error_code": "renewal_refused"}
        if step["esxi_host"] == failed and step["step"] == "renew"
        else step
        for step in steps
        if step["esxi_host"] != failed or step["step"] == "renew"
    ]
    verified = [{"esxi_host": name, **VERIFIED} for name in names if name != failed]
    return report_of(
        facts, **{"results": results, "verified": verified, "after": None, "check_mode": False, "failure": None, **parts}
    )


def test_it_counts_hosts_and_steps_and_names_what_is_not_settled() -> None:
    left = build(report("esx01", "esx02", failed="esx02", failure="esx02 broke."), "vc-01")
    assert left == {
        "schema_version": 1,
        "vcenter": "vc-01",
        "check_mode": False,
        "audit": False,
        "read": True,
        "failure": "esx02 broke.",
        "failure_code": "renewal_refused",
        "hosts": 2,
        "counts": {"done": 1, "failed": 1},
        "kept_back": 0,
        "steps": {"reconnect": 1, "renew": 1, "reregister": 1},
        "excluded": 0,
        "orphans": 0,
        "left_behind": 0,
        "blockers": [],
        "ends_first": "2026-03-21T02:00:00Z",
        "unsettled": ["esx02"],
    }


def test_a_vcenter_that_could_not_be_read_is_counted_too() -> None:
    left = build({}, "vc-01", "It does not answer.")
    assert (left["read"], left["hosts"], left["counts"], left["failure"]) == (False, 0, {}, "It does not answer.")
    assert left["ends_first"] is None


def test_what_blocks_the_vcenter_is_named_by_its_code() -> None:
    facts = plan(host(ends=20), policy=Policy()).to_facts()
    blocked = report_of(facts, results=[], verified=[], after=None, check_mode=True, failure=None)
    left = build(blocked, "vc-01")
    assert (left["blockers"], left["kept_back"]) == (["protection_not_stated"], 1)


def test_its_size_has_a_bound_whatever_the_number_of_hosts() -> None:
    names = [f"esx{number:04}.{'x' * 300}" for number in range(500)]
    left = build(report(*names, check_mode=True, verified=[], results=[], failure="y" * 5000), "v" * 400)
    assert (left["hosts"], len(left["unsettled"])) == (500, 20)
    assert len(json.dumps(left)) < 7000
    assert left["failure"].endswith("...")


def test_nothing_in_it_is_a_template_for_a_later_job() -> None:
    left = build({}, "{{ vc }}", "{% if %} {{ lookup('pipe', 'id') }} {#")
    assert not set("{}") & set(left["vcenter"] + left["failure"])


@given(NAMES, NAMES)
def test_two_vcenters_never_share_a_name(first: str, second: str) -> None:
    assert (variable(first) == variable(second)) == (first == second)
    assert isidentifier(variable(first))


def test_the_name_of_a_vcenter_can_still_be_read_in_it() -> None:
    assert variable("vc-01.example.com") == "certops_outcome_vc_2d01_2eexample_2ecom"
