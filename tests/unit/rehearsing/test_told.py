# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rehearsal came to, in lines."""

from __future__ import annotations

from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.estimate import Side
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.told import (
    NOT_REHEARSED,
    Rehearsed,
    first_line,
    lines,
    stops,
)
from ansible_collections.certops.vsphere.tests.unit.estates import RENEWAL, VCENTER, host
from ansible_collections.certops.vsphere.tests.unit.fleets import EXPIRING, report, steps

SIDE = Side(4, 1)


def rehearsed(
    *hosts: Any, restarts: int = 2, window: Optional[float] = None, given: Optional[dict[str, Any]] = None, **parts: Any
) -> Rehearsed:
    """A rehearsal of these hosts, all of whose steps were taken."""
    results = [one for name in ("a", "b", "c") for one in steps(name, *RENEWAL)]
    verified = [{"esxi_host": name, "verified": True, "problems": []} for name in ("a", "b", "c")]
    whole = {"results": results, "verified": verified, "inventory_name": "vc01", **parts}
    made = report(*hosts, policy=Policy(protection="none"), **whole)
    return Rehearsed(made, given or report(*hosts), SIDE, restarts, window)


A, B = host("a", **EXPIRING), host("b", **EXPIRING)
BLOCKED = host("z", in_maintenance_mode=True, **EXPIRING)


def test_turns_times_restarts_and_what_is_left_undone_are_told() -> None:
    assert lines([rehearsed(A, B, BLOCKED)], 50) == [
        "vc01: turn 1 of 8: renew a (canary), about 10 s",
        "vc01: turn 2 of 8: reconnect a (canary), about 60 s",
        "vc01: turn 3 of 8: reregister a (canary), about 7 min",
        "vc01: turn 4 of 8: verify a (canary), about 60 s",
        "vc01: turn 5 of 8: renew b, about 10 s",
        "vc01: turn 6 of 8: reconnect b, about 60 s",
        "vc01: turn 7 of 8: reregister b, about 7 min",
        "vc01: turn 8 of 8: verify b, about 60 s",
        "vc01: about 19 min in all; SPS restarts 2 times",
        "vc01: away from vCenter about 60 s: a, b",
        "vc01: without a storage provider up to 9 min: a, b",
        "vc01: blocked: z: z is in maintenance mode, in which vCenter renews no certificate. Take it out of maintenance mode and run again.",
        "assumed: renew 10 s a host, reconnect 60 s a host, reregister 7 min a turn, verify 60 s a turn; 4 hosts at a time (certops_concurrency),"
        " 1 of a cluster (certops_per_cluster)",
        NOT_REHEARSED,
    ]


def test_nothing_to_do_is_told_too() -> None:
    assert lines([rehearsed(host("x"), restarts=0)], 50) == ["vc01: nothing to do", NOT_REHEARSED]


def test_one_restart_and_none_are_told_in_words() -> None:
    assert "vc01: about 19 min in all; SPS restarts once" in lines([rehearsed(A, B, restarts=1)], 50)
    assert "vc01: about 19 min in all; SPS restarts never" in lines([rehearsed(A, B, restarts=0)], 50)


def test_of_many_some_are_shown() -> None:
    told = lines([rehearsed(A, B, BLOCKED, host("y", in_maintenance_mode=True, **EXPIRING))], 1)
    assert told[:4] == [
        "vc01: turn 1 of 8: renew a (canary), about 10 s",
        "vc01: 7 more turns",
        "vc01: about 19 min in all; SPS restarts 2 times",
        "vc01: away from vCenter about 60 s: a and 1 more",
    ]
    assert "vc01: 1 more hosts that a run would leave undone" in told
    assert len([line for line in lines([rehearsed(A, B)], 0) if ": turn " in line]) == 8


def test_a_window_says_whom_it_leaves() -> None:
    assert "vc01: certops_window_end, 10 min from now, leaves 1 hosts to the next run: b" in lines(
        [rehearsed(A, B, window=600)], 50
    )
    assert "vc01: certops_window_end, 1 h from now, leaves 0 hosts to the next run" in lines([rehearsed(A, B, window=3600)], 50)


def test_what_stops_and_what_blocks_the_vcenter_come_with_its_name_and_no_address() -> None:
    clock = {"clock_offset_seconds": 900.0, "hostname": "127.16.0.1"}
    told = lines([rehearsed(A, changes=clock, failure="127.16.0.1:8443 went away, and 127.16.0.11 did not.")], 50)
    assert "vc01: STOPPED: vc01 went away, and 127.16.0.11 did not." in told
    assert any(line.startswith("vc01: BLOCKED (clock_offset): The clock of vc01 is 900 seconds ahead") for line in told)


def test_what_stopped_and_what_was_not_read_is_a_failure() -> None:
    gone = {"vcenter": "vc02", "failure": "It is gone.", "failure_code": None}
    assert stops([rehearsed(A), rehearsed(B, failure="It broke.")], [gone]) == "vc01: It broke. vc02: It is gone."
    assert stops([rehearsed(A)], []) == ""


def test_what_only_the_report_knows_is_told() -> None:
    given = report(BLOCKED, changes={"missing_privileges": ("Certificate.Manage",)})
    told = lines([rehearsed(BLOCKED, given=given)], 50)
    assert "vc01: by the report missing_privilege blocks 1 hosts besides, which a rehearsal cannot show" in told
    assert not [line for line in told if "maintenance_mode blocks" in line]


def test_what_was_not_rehearsed_and_odd_names_are_told() -> None:
    told = lines([rehearsed(host("x"))], 50, odd=3, left_out={"vc02": "it could not be\x1b read"})
    assert told[1:] == [
        "vc02: not rehearsed, because it could not be\\x1b read",
        "note: 3 names that no certificate can hold are numbers here",
        NOT_REHEARSED,
    ]


def test_programs_are_told_in_short() -> None:
    assert rehearsed(A, B, BLOCKED).summary() == {
        "vcenter": "vc01",
        "turns": 8,
        "estimated_seconds": 1100.0,
        "sps_restarts": 2,
        "unsettled": [{"esxi_host": "z", "result": "blocked"}],
        "failure": None,
    }


def test_the_first_line_says_what_is_rehearsed() -> None:
    given = report(A, B)
    assert given["vcenter"] == VCENTER
    assert first_line("report.json", "2026-03-01T02:00:00Z", [given]) == (
        "rehearsing report.json (2026-03-01) on simulated twins of its vCenters, 1, and ESXi hosts, 2, on this machine"
    )
