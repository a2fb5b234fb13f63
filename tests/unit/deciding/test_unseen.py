# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host whose name or place could not be read is left alone, and so is a provider that may be its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.unseen import why_unsure
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Unavailable
from ansible_collections.certops.vsphere.tests.unit.estates import RENEWAL, host, host_plan, provider

NO_PERMISSION = "NoPermission"
BY_NAME = provider(None, "offline", host="esx09.example.com")
BY_ADDRESS = replace(BY_NAME, url="https://192.0.2.9:9080/version.xml")


@pytest.mark.parametrize(
    ("changes", "unavailable", "vsphere_fault"),
    [
        ({"cluster": ""}, Unavailable("parent", "due", NO_PERMISSION), "whether due stands in a cluster (NoPermission)"),
        ({"cluster": ""}, None, "whether due stands in a cluster (vCenter does not show it)"),
        ({}, Unavailable("name", "due", NO_PERMISSION), "The name of the host host-due cannot be read (NoPermission)"),
    ],
)
@pytest.mark.parametrize("needs", [{"ends": 20}, {"status": "offline"}, {"ends": -10, "connection_state": "notResponding"}])
def test_a_host_that_is_not_identified_is_excluded(
    changes: dict[str, Any], unavailable: Optional[Unavailable], vsphere_fault: str, needs: dict[str, Any]
) -> None:
    left = host_plan(replace(host("due", **needs), **changes), unavailable=(unavailable,) if unavailable else ())
    assert left.steps == ()
    [blocker] = [one for one in left.blockers if one.code == "host_unavailable"]
    assert vsphere_fault in blocker.message


def test_what_could_not_be_read_of_another_blocks_nothing() -> None:
    unavailable = (Unavailable("name", "vc1.example.com", NO_PERMISSION), Unavailable("parent", "another", NO_PERMISSION))
    assert host_plan(host("due", ends=20), unavailable=unavailable).steps == RENEWAL


@pytest.mark.parametrize(
    ("orphan", "addresses", "unnamed", "reason"),
    [
        (BY_NAME, (), (), None),
        (BY_NAME, ("192.0.2.1",), ("host-7",), "the name of host-7 cannot be read"),
        (BY_ADDRESS, ("192.0.2.1",), (), None),
        (BY_ADDRESS, (), (), "its url has an address, and vCenter shows none of esx01"),
        (replace(BY_NAME, url="no url"), (), (), None),
    ],
)
def test_an_orphan_is_one_that_no_host_can_be_the_one_of(
    orphan: Any, addresses: tuple[str, ...], unnamed: tuple[str, ...], reason: Optional[str]
) -> None:
    assert why_unsure(orphan, [replace(host("esx01"), addresses=addresses)], unnamed) == reason


def test_a_host_that_is_known_by_an_address_has_its_provider_by_that() -> None:
    known = [replace(host(name), addresses=()) for name in ("192.0.2.7", "[2001:db8::7]")]
    assert why_unsure(BY_ADDRESS, known, ()) is None
    assert why_unsure(BY_ADDRESS, [*known, replace(host("esx01"), addresses=())], ()) is not None
