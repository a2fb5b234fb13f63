# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan that is approved and then applied: what differs by then is refused host by host, and days that pass are no difference."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._common.shape import misfit
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.approval import (
    APPROVED,
    approvable,
    differences,
    no_more_orphans,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.approved_plan import approved_plan, save_plan
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, certificate, estate, host, provider

A, B, C = (host(name, ends=ends) for name, ends in (("a", 20), ("b", 21), ("c", 22)))


def plan(*hosts: Any, later: int = 0, policy: Policy = POLICY, **differing: str) -> dict[str, Any]:
    """The plan of these hosts, so many days later."""
    return decide(estate(*hosts), policy, NOW + timedelta(days=later), differing).to_facts()


def test_what_is_approved_has_a_shape_and_outlasts_days() -> None:
    approved = approvable(plan(A, B, C, host("d")))
    assert misfit(APPROVED, {"vc1": approved}) is None
    assert (approved["order"], sorted(approved["hosts"])) == (["a", "b", "c"], ["a", "b", "c"])
    assert differences(approved, plan(A, B, C, host("d"), later=3)) == {}
    # Who needs nothing any more is no difference.
    assert differences(approved, plan(B, C, host("a"))) == {}


def test_each_difference_is_told_of_its_host() -> None:
    approved = approvable(plan(A, B, C))
    renewed_otherwise = replace(B, certificate=certificate(21.5), provider=None, moid=B.moid)
    found = differences(approved, plan(A, renewed_otherwise, C, host("e", ends=5)))
    assert found == {
        "b": "it has another certificate",
        "e": "it has no step in it",
    }
    moved = differences(approved, plan(replace(A, moid="host-999"), B, C))
    assert moved == {"a": "it is another object in vCenter"}
    another = replace(C, provider=provider(C.certificate, uid="another", host="c"))
    assert differences(approved, plan(A, B, another)) == {"c": "it has another provider"}
    steps = differences(approved, plan(A, B, replace(C, cluster=None, provider=None)))
    assert steps == {"c": "renew reconnect reregister was approved, and renew reconnect is due"}


def test_another_order_and_another_mode_are_differences() -> None:
    approved = approvable(plan(A, B, C))
    turned = {**approved, "order": ["b", "a", "c"]}
    assert list(differences(turned, plan(A, B, C)).values()) == ["its place in the order is another"]
    in_mode = {**approved, "mode": "custom"}
    assert set(differences(in_mode, plan(A, B, C)).values()) == {"the certificate mode was custom, and is vmca"}


def test_who_differs_is_blocked_and_the_others_go_on() -> None:
    made = plan(A, B, C, b="it has another certificate")
    assert made["batches"] == [["a"], ["c"]]
    [blocked] = [one for one in made["hosts"] if one["esxi_host"] == "b"]
    assert [one["code"] for one in blocked["blockers"]] == ["plan_differs"]
    assert blocked["blockers"][0]["owner"] == "run"
    assert blocked["blockers"][0]["message"].endswith("(certops_apply_plan): it has another certificate")


def test_no_provider_is_removed_that_nobody_approved() -> None:
    policy = Policy(protection="none", remove_orphans=True)
    with_one = decide(estate(A, orphans=(provider(None, "offline", uid="gone"),)), policy, NOW).to_facts()
    assert no_more_orphans(approvable(with_one), with_one)
    assert not no_more_orphans(approvable(plan(A)), with_one)


def test_a_file_has_all_vcenters_and_is_read_again(tmp_path: Path) -> None:
    approved = approvable(plan(A))
    save_plan(tmp_path / "plans" / "plan.json", {"vc1": approved})
    assert approved_plan(str(tmp_path / "plans" / "plan.json"), "vc1") == approved
    assert approved_plan(None, "vc1") is None
    with pytest.raises(InputError, match="it has nothing of vc2"):
        approved_plan(str(tmp_path / "plans" / "plan.json"), "vc2")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "No such file or directory"),
        ("{", "Expecting property name"),
        ("[]", "certops_save_plan of this version did not write it"),
        (json.dumps({"schema_version": 2, "vcenters": {}}), "certops_save_plan of this version did not write it"),
        (json.dumps({"schema_version": 1, "vcenters": {"vc1": {}}}), "cannot be used: "),
    ],
)
def test_what_is_no_approved_plan_is_told(tmp_path: Path, content: Any, problem: str) -> None:
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        approved_plan(path, "vc1")
    assert problem in str(caught.value)
    assert str(path) in str(caught.value)
