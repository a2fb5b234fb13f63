# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a run or an audit ends: each level on its own findings and those of the levels before it."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.blocker import OWNER_OF, OWNERS
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CertificateSettings, Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.gate import FAIL_ON, level_of, verdict
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, RENEWAL, certificate, host, provider
from ansible_collections.certops.vsphere.tests.unit.fleets import EXPIRING, every_result, report, steps

AUDIT = Policy(protection="none")
RESTING = host("resting", in_maintenance_mode=True, **EXPIRING)
# Its provider may be re-registered, its certificate not be renewed.
HALF = host("half", ends=20, remembered=-10, in_maintenance_mode=True)
CUSTOM = {"certificate_settings": CertificateSettings(mode="custom")}
DUE = host("a", **EXPIRING)
ENDING_ROOT = {"vmca_root": certificate(ends=30)}


def read_back(name: str) -> dict[str, Any]:
    """That a host is as it should be."""
    return {"esxi_host": name, "verified": True, "problems": []}


def audited(
    *hosts: Any, policy: Policy = AUDIT, unavailable: Optional[dict[str, fleet.NotRead]] = None, **parts: Any
) -> dict[str, Any]:
    """The document of an audit of one vCenter."""
    return fleet.build([report(*hosts, policy=policy, audit=True, inventory_name="vc", **parts)], unavailable or {}, NOW)


def worked_on(*hosts: Any, **parts: Any) -> dict[str, Any]:
    """The document of a run on one vCenter."""
    return fleet.build([report(*hosts, inventory_name="vc", **parts)], {}, NOW)


# The first level that fails on each; None where none does.
FINDINGS = {
    "nothing": (audited(host("a")), None),
    "a host that failed within certops_max_failures": (
        worked_on(DUE, results=steps("a", "renew", status="failed", error="It broke.")),
        "stopped",
    ),
    "a vCenter that is blocked": (audited(DUE, policy=Policy()), "kept_back"),
    "a privilege that is missing": (worked_on(DUE, changes={"missing_privileges": ("Certificate.Manage",)}), "kept_back"),
    "a privilege that is missing on a host": (
        worked_on(host("a", missing_privileges=("Certificate.Manage",), **EXPIRING)),
        "kept_back",
    ),
    "VMCA's root ends, and others are re-registered": (
        worked_on(
            DUE, host("b", status="offline"), changes=ENDING_ROOT, results=steps("b", "reregister"), verified=[read_back("b")]
        ),
        "kept_back",
    ),
    "VMCA's root ends, and the provider of the host is re-registered": (
        worked_on(
            host("b", ends=20, remembered=-10), changes=ENDING_ROOT, results=steps("b", "reregister"), verified=[read_back("b")]
        ),
        "kept_back",
    ),
    "mode custom without a custom CA": (audited(DUE, changes=CUSTOM), "kept_back"),
    "a host that waits for others of its cluster": (
        worked_on(
            DUE, results=[{"esxi_host": "a", "step": "renew", "status": "not_started", "error": None, "reason": "not started"}]
        ),
        "kept_back",
    ),
    "a host in the middle of it": (worked_on(DUE, results=steps("a", "renew")), "kept_back"),
    "both the host's own state and a privilege": (
        worked_on(host("a", in_maintenance_mode=True, missing_privileges=("Certificate.Manage",), **EXPIRING)),
        "kept_back",
    ),
    "a host that was not read": (audited(host("a"), host("b", certificate=None, served=None)), "unknown"),
    "a host with nothing due, whose place the account may not read": (
        audited(host("a", cluster="", status="odd"), changes={"unavailable": (Unavailable("parent", "a", "NoPermission"),)}),
        "unknown",
    ),
    "a host with something due, whose place the account may not read": (
        audited(host("a", cluster="", **EXPIRING), changes={"unavailable": (Unavailable("parent", "a", "NoPermission"),)}),
        "kept_back",
    ),
    "a provider without a status": (audited(host("a", status=None)), "unknown"),
    "a host that vCenter lost": (audited(host("a", connection_state="disconnected")), "unknown"),
    "blocked": (audited(RESTING), "blocked"),
    "blocked in a run": (worked_on(RESTING), "blocked"),
    "blocked in part": (audited(HALF), "blocked"),
    "due": (audited(DUE), "due"),
    "due in check mode": (worked_on(DUE, check_mode=True), "due"),
    "a warning": (audited(host("a", duplicate_providers=(provider(None, uid="2"),))), "warning"),
    "an orphan": (audited(host("a"), orphans=(provider(None, "offline"),)), "warning"),
    # The playbook fails on these two by themselves, with their whole reason, and the others go on.
    "a vCenter that stopped": (audited(host("a"), failure="It stopped."), None),
    "a vCenter that could not be read": (audited(unavailable={"dead": fleet.NotRead("x")}), None),
}


@pytest.mark.parametrize("finding", FINDINGS)
def test_each_level_fails_on_what_those_before_it_fail_on_too(finding: str) -> None:
    document, first = FINDINGS[finding]
    expected = FAIL_ON[FAIL_ON.index(first) :] if first else ()
    # A warning may stand beside it, and takes nothing from the others.
    found = tuple(level for level in FAIL_ON if verdict(document, level, "x"))
    assert found == expected or (not expected and found == ("warning",) and document["vcenters"][0]["warnings"])


def test_one_sentence_says_what_how_many_and_where() -> None:
    document = audited(
        *(host(f"esx{number}", **EXPIRING) for number in range(5)), RESTING, host("ok"), unavailable={"dead": fleet.NotRead("x")}
    )
    assert verdict(document, "due", "/reports/report.html") == (
        "certops_fail_on=due found 1 unavailable (dead), 1 blocked (resting), 5 due (esx0, esx1, esx2 and 2 more),"
        " among 7 hosts under 2 vCenters. The report is /reports/report.html."
    )


def test_what_is_found_at_a_vcenter_that_stopped_is_counted_with_that_of_the_others() -> None:
    document = every_result()
    assert verdict(document, "blocked", "x") is None, "the other one has only what is due"
    told = verdict(document, "due", "x")
    assert told is not None
    assert (
        "1 unavailable (vc-dead), 1 stopped (vc-run), 1 failed (failed), 2 kept back (not-begun, unfinished), 2 unknown (unavailable, odd),"
        " 2 blocked (blocked, partly), 3 due (due, offline, expiring), among" in told
    )


def test_a_level_says_nothing_of_those_after_it() -> None:
    told = verdict(audited(host("odd", status="odd"), RESTING, DUE), "unknown", "x")
    assert told is not None
    assert "found 1 unknown (odd), among" in told


def test_one_is_not_several() -> None:
    told = verdict(audited(DUE), "due", "x")
    assert told == "certops_fail_on=due found 1 due (a), among 1 host under 1 vCenter. The report is x."


def test_a_host_with_nothing_left_to_do_closes_nothing() -> None:
    [done] = worked_on(DUE, results=steps("a", *RENEWAL), verified=[read_back("a")])["vcenters"][0]["hosts"]
    assert (done["result"], done["kept_back"], level_of(done)) == ("done", False, None)


def test_every_owner_is_one_of_four() -> None:
    assert set(OWNER_OF.values()) == set(OWNERS)
