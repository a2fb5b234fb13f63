# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a pipeline may go on: each gate on its own findings and those of the wider ones."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils.core import fleet
from ansible_collections.certops.vsphere.plugins.module_utils.core.gate import FAIL_ON, verdict
from ansible_collections.certops.vsphere.plugins.module_utils.core.policy import Policy
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, host, provider
from ansible_collections.certops.vsphere.tests.unit.fleets import EXPIRING, every_result, report

AUDIT = Policy(protection="none")
RESTING = host("resting", in_maintenance_mode=True, **EXPIRING)
# Its provider may be re-registered, its certificate not be renewed.
HALF = host("half", ends=20, remembered=-10, in_maintenance_mode=True)


def audited(*hosts: Any, policy: Policy = AUDIT, unread: Optional[dict[str, str]] = None, **parts: Any) -> dict[str, Any]:
    """The document of an audit of one vCenter."""
    return fleet.build([report(*hosts, policy=policy, audit=True, inventory_name="vc", **parts)], unread or {}, NOW)


ALL = {"warning", "due", "blocked", "unknown"}
FINDINGS = {
    "nothing": (audited(host("a")), set()),
    "a host that was not read": (audited(host("a"), host("b", certificate=None, served=None)), ALL),
    "a provider without a status": (audited(host("a", status=None)), ALL),
    "a host that vCenter lost": (audited(host("a", connection_state="disconnected")), ALL),
    "a warning": (audited(host("a", duplicate_providers=(provider(None, uid="2"),))), {"warning"}),
    "an orphan": (audited(host("a"), orphans=(provider(None, "offline"),)), {"warning"}),
    "due": (audited(host("a", **EXPIRING)), {"warning", "due"}),
    "blocked": (audited(RESTING), {"warning", "due", "blocked"}),
    "blocked in part": (audited(HALF), {"warning", "due", "blocked"}),
    "a vCenter that is blocked": (audited(host("a", **EXPIRING), policy=Policy()), {"warning", "due", "blocked"}),
    # The playbook fails on these two whatever the gate is, with their whole reason.
    "a vCenter that stopped": (audited(host("a"), failure="It stopped."), {"warning", "due", "blocked"}),
    "a vCenter that could not be read": (audited(unread={"dead": "x"}), {"warning", "due", "blocked"}),
}


@pytest.mark.parametrize("finding", FINDINGS)
def test_a_gate_is_closed_by_what_it_is_for_and_by_what_is_worse(finding: str) -> None:
    document, closed = FINDINGS[finding]
    assert {fail_on for fail_on in FAIL_ON if verdict(document, fail_on, "x")} == closed


def test_one_sentence_says_what_how_many_and_where() -> None:
    document = audited(*(host(f"esx{number}", **EXPIRING) for number in range(5)), RESTING, host("ok"), unread={"dead": "x"})
    assert verdict(document, "due", "/reports/report.html") == (
        "certops_fail_on=due found 1 unread (dead), 1 blocked (resting), 5 due (esx0, esx1, esx2 and 2 more),"
        " among 7 hosts under 2 vCenters. The report is /reports/report.html."
    )


def test_a_failed_host_closes_the_gate_of_what_is_blocked() -> None:
    told = verdict(every_result(), "blocked", "x")
    assert told is not None
    assert "1 unread (vc-dead), 1 stopped (vc-run), 2 unknown (unread, odd), 3 blocked (blocked, failed, partly)," in told


def test_the_gate_of_what_is_unknown_says_nothing_of_what_is_blocked() -> None:
    told = verdict(every_result(), "unknown", "x")
    assert told is not None
    assert "1 unread (vc-dead), 1 stopped (vc-run), 2 unknown (unread, odd), among" in told


def test_one_is_not_several() -> None:
    told = verdict(audited(host("a", **EXPIRING)), "due", "x")
    assert told == "certops_fail_on=due found 1 due (a), among 1 host under 1 vCenter. The report is x."
