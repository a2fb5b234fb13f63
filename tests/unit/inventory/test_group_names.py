# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The groups of places: each place has one of its own, in the one that it lies in."""

from __future__ import annotations

import re

from ansible_collections.certops.vsphere.plugins.module_utils._inventory.group_names import Place, group_names, parent_of
from hypothesis import given
from hypothesis import strategies as st

PART = st.text(alphabet="ab_-. é", min_size=1, max_size=3)
PLACE = st.tuples(PART, st.none() | PART, st.none() | PART)


def safe(name: str) -> str:
    """As Ansible has it: what can be no part of a variable's name is an underscore."""
    return re.sub(r"^[\d\W]|[^\w]", "_", name)


def test_a_group_begins_with_its_kind_and_its_vcenter() -> None:
    places: list[Place] = [("vc-1", None, None), ("vc-1", "Berlin", None), ("vc-1", "Berlin", "a.b"), ("vc-1", None, "alone")]
    named, warnings = group_names(places, safe)
    assert list(named.values()) == ["vcenter_vc_1", "datacenter_vc_1_Berlin", "cluster_vc_1_Berlin_a_b", "cluster_vc_1_alone"]
    assert warnings == []


def test_datacenters_and_clusters_of_one_name_do_not_merge() -> None:
    named, warnings = group_names([(vcenter, "dc", cluster) for vcenter in ("a", "b") for cluster in (None, "c")], safe)
    assert len(set(named.values())) == 4
    assert warnings == []


def test_what_ansible_would_write_alike_is_told_apart_and_told() -> None:
    places: list[Place] = [("vc", "dc-1", None), ("vc", "dc 1", None), ("vc", "dc2", None)]
    named, [warning] = group_names(places, safe)
    assert named[("vc", "dc2", None)] == "datacenter_vc_dc2"
    assert all(re.fullmatch(r"datacenter_vc_dc_1_[0-9a-f]{6}", named[place]) for place in places[:2])
    assert named[places[0]] != named[places[1]]
    assert f"vc/dc-1 is {named[places[0]]}" in warning
    assert group_names(reversed(places), safe)[0] == named, "the order of the places names no group"


@given(st.lists(PLACE, max_size=8))
def test_no_two_places_share_a_group(places: list[Place]) -> None:
    named, _warnings = group_names(places, safe)
    assert len(set(named.values())) == len(set(places))
    assert all(name == safe(name) for name in named.values())


def test_a_place_lies_in_the_next_larger_one_that_is_known() -> None:
    assert parent_of(("vc", "dc", "c")) == ("vc", "dc", None)
    assert parent_of(("vc", "dc", None)) == ("vc", None, None)
    assert parent_of(("vc", None, "c")) == ("vc", None, None)
    assert parent_of(("vc", None, None)) is None
