# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host of a vSAN cluster may be away, by what the health service tells of its objects."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.vsan import VsanHealth
from hypothesis import given
from hypothesis import strategies as st

GIB = 1024**3


@pytest.mark.parametrize(
    ("seen", "problem"),
    [
        ({}, None),
        ({"objects": {"healthy": 20}, "syncing": 0}, None),
        # A state that no object is in, and one that has nothing to do with whether objects can be had.
        ({"objects": {"healthy": 20, "inaccessible": 0, "nonAvailabilityRelatedIncompliance": 2}, "syncing": None}, None),
        (
            {"objects": {"healthy": 8, "inaccessible": 1, "reducedavailabilitywithnorebuild": 2}},
            "3 of 11 objects of vSAN are not healthy (inaccessible: 1, reducedavailabilitywithnorebuild: 2)",
        ),
        ({"objects": {"healthy": 1}, "syncing": 3, "syncing_bytes": 5 * GIB}, "vSAN resynchronises 3 objects, 5.0 GiB left"),
        ({"syncing": 3}, "vSAN resynchronises 3 objects"),
        (
            {"objects": {"datamove": 1}, "syncing": 1, "syncing_bytes": 0},
            "1 of 1 objects of vSAN are not healthy (datamove: 1); vSAN resynchronises 1 objects, 0.0 GiB left",
        ),
    ],
)
def test_what_speaks_against_taking_a_host_away(seen: dict[str, Any], problem: Optional[str]) -> None:
    assert VsanHealth(**seen).problem == problem


@given(
    st.builds(
        VsanHealth,
        objects=st.dictionaries(st.sampled_from(["healthy", "inaccessible", "odd"]), st.integers(0, 9)),
        syncing=st.none() | st.integers(0, 9),
        syncing_bytes=st.none() | st.integers(0, 2**50),
        witnesses=st.lists(st.just("host-1"), max_size=1).map(tuple),
    )
)
def test_facts_are_read_as_they_were_shown(one: VsanHealth) -> None:
    assert VsanHealth.from_facts(one.to_facts()) == one
    assert VsanHealth.from_facts({}) == VsanHealth()
