# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all of a run came to, in a few lines."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.summary import summary
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, RENEWAL, host
from ansible_collections.certops.vsphere.tests.unit.fleets import EXPIRING, every_result, report, steps


def told(*reports: Any, **unavailable: fleet.NotRead) -> list[str]:
    """The lines of some vCenters."""
    return summary(fleet.build(reports, unavailable, NOW), "r.html")


def test_one_vcenter_is_one_line() -> None:
    assert told(report(host("a"), audit=True)) == ["1 host under 1 vCenter: 1 needs nothing. Report: r.html"]
    assert told(report()) == ["0 hosts under 1 vCenter. Report: r.html"]


def test_several_have_a_line_each() -> None:
    verified = [{"esxi_host": name, "verified": True, "problems": []} for name in ("a", "b")]
    ran = report(
        *(host("a", **EXPIRING), host("b", status="offline"), host("c"), host("d")),
        results=[*steps("a", *RENEWAL), *steps("b", "reregister")],
        verified=verified,
        inventory_name="vc-a",
    )
    assert told(ran, report(inventory_name="vc-b"), **{"vc-c": fleet.NotRead("No answer.")}) == [
        "vc-a: 1 renewed, 1 re-registered, 2 need nothing, next expiry 2026-03-21 (a)",
        "vc-b: no host",
        "vc-c: could not be read. No answer.",
        "4 hosts under 3 vCenters (1 could not be read): 1 renewed, 1 re-registered, 2 need nothing. Report: r.html",
    ]


def test_every_result_is_counted_worst_first() -> None:
    lines = summary(every_result(), "/folder/report.html")
    assert lines[-1] == (
        "13 hosts under 4 vCenters (1 could not be read, 1 stopped): 1 failed, 1 unfinished, 1 not started, 2 unknown, 1 blocked, 1 partly done,"
        " 1 due, 2 would change, 1 in standby, 1 renewed, 1 needs nothing. Report: /folder/report.html"
    )
    assert lines[0].startswith("vc-run: stopped, 1 failed, ")


@pytest.mark.parametrize("name", ["a\x1b[2J", "a\nb"])
def test_a_name_cannot_break_a_line(name: str) -> None:
    assert all(line.isprintable() for line in told(report(host(name), inventory_name=name), report(inventory_name="b")))
