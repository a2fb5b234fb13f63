# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inventory says of one vCenter's ESXi hosts, and when it is not believed."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.vcenter_share import (
    Share,
    is_sliced,
    refuse_doubtful,
    share_of,
)


def of_vcenter(*names: str, **more: Any) -> dict[str, Any]:
    """What check_input has of a vCenter's hosts."""
    return {"names": list(names), "addresses": {}, "skipped": [], "with_ssh": [], "methods": {}, **more}


FOUND: dict[str, Any] = {
    "vcenters": {
        "vc01": of_vcenter("a", "b", addresses={"a": "192.0.2.1"}, skipped=["b"], methods={"a": "cli"}),
        "192.0.2.9": of_vcenter("c", with_ssh=["c"]),
        "vc02": of_vcenter("d", skipped=["d"]),
    },
    "skipped": ["e"],
    "addresses": {"e": "192.0.2.5"},
    "in_doubt": ["f"],
    "missing": ["192.0.2.9", "vc03"],
}


def test_hosts_that_name_a_vcenter_by_its_name_or_by_its_address_are_its_own() -> None:
    share = share_of(FOUND, "vc01", "192.0.2.9")
    assert share.names == ["a", "b", "c"]
    # Who has no vCenter of the inventory, and is to be skipped, is skipped by all.
    assert (share.skipped, share.addresses) == (["b", "e"], {"a": "192.0.2.1", "e": "192.0.2.5"})
    assert (share.with_ssh, share.methods) == (["c"], {"a": "cli"})
    assert (share.in_doubt, share.missing) == (["f"], ["vc03"])
    assert (share.only, share.left_out, share.narrows) == (None, (), False)


def test_a_name_that_is_the_address_counts_once() -> None:
    assert share_of(FOUND, "vc02", "vc02").names == ["d"]


def test_the_limit_is_that_of_the_vcenter() -> None:
    limited = {**FOUND, "limit": {"only": {"vc01": ["a"]}, "left_out": ["d"], "narrows": True}}
    share = share_of(limited, "vc01", "vc01")
    assert (share.only, share.left_out, share.narrows) == (["a"], ["d"], True)
    assert share_of(limited, "vc02", "vc02").only is None


@pytest.mark.parametrize(
    ("scope", "names", "hosts"),
    [("auto", ["a"], ["a"]), ("auto", [], None), ("inventory", [], []), ("inventory", ["a"], ["a"]), ("vcenter", ["a"], None)],
)
def test_the_scope_says_whether_it_is_about_the_inventorys_hosts(scope: str, names: list[str], hosts: Optional[list[str]]) -> None:
    assert Share(names=names).to_policy(scope)["inventory_hosts"] == hosts


@pytest.mark.parametrize(
    ("variables", "sliced"),
    [
        ({}, False),
        ({"awx_job_template_name": "Renew"}, False),
        ({"awx_job_template_name": "Renew", "awx_workflow_job_name": "Renew"}, True),
        ({"tower_job_template_name": "Renew", "tower_workflow_job_name": "Renew"}, True),
        ({"awx_job_template_name": "Renew", "awx_workflow_job_name": "Every night"}, False),
    ],
)
def test_a_slice_is_told_by_what_awx_calls_its_workflow(variables: dict[str, str], sliced: bool) -> None:
    assert is_sliced(variables) is sliced


@pytest.mark.parametrize("scope", ["auto", "inventory", "vcenter"])
@pytest.mark.parametrize("missing", [[], ["vc03"]])
@pytest.mark.parametrize("sliced", [False, True])
@pytest.mark.parametrize("has_esxi", [False, True])
def test_an_inventory_that_was_cut_is_refused(scope: str, missing: list[str], sliced: bool, has_esxi: bool) -> None:
    refused = {
        "auto": bool(missing) or (sliced and has_esxi),
        # Hosts of a vCenter that is not there are nobody's then; in a slice its own may be missing as well.
        "inventory": sliced and bool(missing),
        "vcenter": False,
    }[scope]
    share = Share(names=["a"], missing=missing)
    if not refused:
        refuse_doubtful(share, scope, address="192.0.2.9", sliced=sliced, has_esxi=has_esxi)
        return
    with pytest.raises(InputError, match="this inventory does not contain both the vCenters and their ESXi hosts") as caught:
        refuse_doubtful(share, scope, address="192.0.2.9", sliced=sliced, has_esxi=has_esxi)
    said = str(caught.value)
    assert said.startswith("Nothing was changed on 192.0.2.9: ")
    assert ("job slice" in said, "it has ESXi hosts of vc03, and no such vCenter" in said) == (sliced, not sliced)
    assert f"With certops_scope {scope} some hosts" in said
    assert "Set certops_scope to vcenter" in said


def test_a_host_of_two_vcenters_is_refused_where_it_matters() -> None:
    share = Share(in_doubt=["f", "g"])
    refuse_doubtful(share, "vcenter", address="vc01", sliced=False, has_esxi=True)
    with pytest.raises(InputError, match=r"The variable vcenter of f, g is not the name of one vCenter. Give each ESXi host"):
        refuse_doubtful(share, "auto", address="vc01", sliced=False, has_esxi=True)
