# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report of a part of the estate says so, on the page and in the last line."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.partial import partial
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.summary import summary
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, host
from ansible_collections.certops.vsphere.tests.unit.fleets import report

CHOSEN, SPARED = "certops_hosts does not name it", "certops_skip names it"
END = "not part of this run: certops_hosts, the limit or the inventory leaves"


def document(reasons: list[str], left_out: list[str]) -> dict[str, Any]:
    """An audit that left these hosts and vCenters out."""
    made = report(host(), audit=True)
    made["excluded"] = [{"esxi_host": f"esx{number}", "reason": reason} for number, reason in enumerate(reasons)]
    return fleet.build([made], {}, NOW, left_out)


@pytest.mark.parametrize(
    ("reasons", "left_out", "told"),
    [
        ([], [], None),
        ([SPARED], [], None),
        ([CHOSEN, SPARED], [], f"1 host of the vCenters that were read was {END} it out."),
        ([CHOSEN, CHOSEN], [], f"2 hosts of the vCenters that were read were {END} them out."),
        ([], ["vc2"], f"1 vCenter of the inventory (vc2) was {END} it out."),
        (
            [CHOSEN],
            ["vc2", "vc3"],
            f"1 host of the vCenters that were read and 2 vCenters of the inventory (vc2, vc3) were {END} them out.",
        ),
    ],
)
def test_what_was_left_out_is_told(reasons: list[str], left_out: list[str], told: Optional[str]) -> None:
    made = document(reasons, left_out)
    assert partial(made) == told
    assert ("(a part of the estate)" in summary(made, "r.html")[-1]) is (told is not None)
