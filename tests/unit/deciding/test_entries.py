# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names mean nobody, or several, over all vCenters of a run."""

from __future__ import annotations

from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.entries import Judged, judge_entries
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.scope import scope
from ansible_collections.certops.vsphere.tests.unit.estates import host

BERLIN = (host("esx-a01.berlin.example"), host("esx-a02.berlin.example"))
PARIS = (host("esx-a01.paris.example"), host("esx-b01.paris.example"))


def judged(*, whole: bool = True, paris: bool = True, **policy: Any) -> Judged:
    """What both vCenters make of a policy that is the same for both; paris: that one was read."""
    found: dict[str, Optional[dict[str, Any]]] = {"vc-berlin": scope(BERLIN, Policy(**policy)).to_facts()}
    found["vc-paris"] = scope(PARIS, Policy(**policy)).to_facts() if paris else None
    return judge_entries(found, whole=whole)


def test_what_one_of_the_vcenters_knows_means_somebody() -> None:
    assert judged(hosts=("esx-a02", "esx-b0*"), skip=("esx-a01",), inventory_skip=("esx-b01",)) == Judged()
    assert judged(hosts=("*",), skip=("*",)) == Judged()
    assert judge_entries({"vc": scope((), Policy(hosts=("*",))).to_facts()}, whole=True) == Judged()


def test_what_none_of_them_knows_fails_a_run_over_all() -> None:
    assert judged(hosts=("esx-a02", "esx-c*"), skip=("esx-a0l", "")).failures == (
        "certops_skip names esx-a0l, '', and no ESXi host of vc-berlin, vc-paris matches.",
        "certops_hosts names esx-c*, and no ESXi host of vc-berlin, vc-paris matches.",
    )
    assert judged(inventory_skip=("gone",)).failures == (
        "certops_skip is true for gone of the inventory, and no ESXi host of vc-berlin, vc-paris matches.",
    )


def test_it_is_a_note_where_not_all_are_there_or_were_read() -> None:
    note = "certops_skip names gone, and no ESXi host of {} matches, as far as this run looks"
    assert judged(skip=("gone",), whole=False) == Judged(notes=(note.format("vc-berlin, vc-paris"),))
    assert judged(skip=("gone",), paris=False) == Judged(notes=(note.format("vc-berlin"),))


def test_a_list_of_one_vcenter_is_judged_by_that_one() -> None:
    names = {"vc-berlin": scope(BERLIN, Policy(skip=("esx-b01",))).to_facts(), "vc-paris": scope(PARIS, Policy()).to_facts()}
    assert judge_entries(names, whole=True).failures == ("certops_skip names esx-b01, and no ESXi host of vc-berlin matches.",)


def test_a_short_name_of_hosts_of_two_vcenters_chooses_neither() -> None:
    expected = (
        "certops_hosts names esx-a01, which may be esx-a01.berlin.example of vc-berlin, esx-a01.paris.example of vc-paris:"
        " give the whole name.",
    )
    assert judged(hosts=("esx-a01",)) == Judged(failures=expected)
    assert judged(hosts=("esx-a01",), whole=False) == Judged(failures=expected)
    assert judged(hosts=("esx-a01.berlin.example", "esx-a0*")) == Judged()


def test_a_name_of_several_of_one_vcenter_is_refused_in_a_limited_run_too() -> None:
    twins = (*BERLIN, host("esx-a01.lab.example"))
    names = {"vc": scope(twins, Policy(hosts=("esx-a01",), inventory_hosts=("esx-a01",))).to_facts()}
    both = "esx-a01.berlin.example, esx-a01.lab.example"
    assert judge_entries(names, whole=False).failures == (
        f"certops_hosts names esx-a01, which may be {both} of vc: give the whole name.",
        f"The inventory's ESXi host esx-a01 may be {both} of vc: give it the address of one (ansible_host).",
    )


def test_many_are_told_as_some_and_a_number() -> None:
    [told] = judged(skip=tuple(f"x{number}" for number in range(25))).failures
    assert "x18, x19 and 5 more, and no ESXi host" in told
