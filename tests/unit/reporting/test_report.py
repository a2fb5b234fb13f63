# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report and its table: what became of each host, in one word and one sentence."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.client_certificate import ClientCertificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    NOW,
    POLICY,
    RENEWAL,
    VCENTER,
    certificate,
    estate,
    host,
    plan,
    provider,
)

EXPIRING = host(ends=20)
REASON = "its certificate expires in 20 days, on 2026-03-21"


def result(step: str, status: str = "changed", error: Optional[str] = None, name: str = HOST) -> dict[str, Any]:
    """What a module returned of a step on a host."""
    return {"esxi_host": name, "step": step, "status": status, "error": error}


ALL_DONE = [result(step) for step in RENEWAL]
VERIFIED = [{"esxi_host": HOST, "verified": True, "problems": []}]


def report(*hosts: Any, policy: Policy = POLICY, orphans: Any = (), changes: Any = None, **parts: Any) -> dict[str, Any]:
    """The report of a run on these hosts."""
    facts = plan(*hosts, policy=policy, orphans=orphans, **(changes or {})).to_facts()
    whole: dict[str, Any] = {"results": [], "verified": [], "after": None, "check_mode": False, "failure": None, **parts}
    made = build(facts, **whole)
    assert json.loads(json.dumps(made)) == made
    return made


def told(*hosts: Any, **parts: Any) -> tuple[str, str]:
    """What became of the first host."""
    first = report(*hosts, **parts)["hosts"][0]
    return first["result"], first["why"]


@pytest.mark.parametrize(
    ("parts", "word", "why"),
    [
        ({"results": ALL_DONE, "verified": VERIFIED}, "done", f"was: {REASON}"),
        ({"check_mode": True}, "would change", REASON),
        ({"audit": True}, "due", REASON),
        ({}, "not started", f"{REASON}; the run stopped before it"),
        ({"results": [result("renew", "not_started")]}, "not started", f"{REASON}; the run stopped before it"),
        ({"results": ALL_DONE[:2]}, "unfinished", f"was: {REASON}; not taken: reregister. Run again: the plan goes on from there."),
        ({"results": ALL_DONE}, "unfinished", f"was: {REASON}; all steps were taken, but the outcome was not read back"),
        (
            {"results": [result("renew", "unchanged"), *ALL_DONE[1:]], "verified": VERIFIED},
            "done",
            f"was: {REASON}",
        ),
        (
            {"results": ALL_DONE, "verified": [{"esxi_host": HOST, "verified": False, "problems": ["a", "b"]}]},
            "failed",
            "after all steps a; b",
        ),
        (
            {"results": [result("renew"), result("reconnect", "failed", "It broke. Mend it.")], "check_mode": True},
            "failed",
            "It broke. Mend it.",
        ),
        ({"results": [*ALL_DONE[:1], result("reconnect", name="other")]}, "unfinished", None),
    ],
)
def test_what_became_of_a_host_is_told_in_one_word_and_why(parts: dict[str, Any], word: str, why: Optional[str]) -> None:
    told_word, told_why = told(EXPIRING, **parts)
    assert told_word == word
    assert why is None or told_why == why


@pytest.mark.parametrize("parts", [{}, {"check_mode": True}, {"audit": True}])
def test_a_host_with_nothing_due_is_ok(parts: dict[str, Any]) -> None:
    assert told(host(), **parts) == ("ok", "all certificates agree, until 2027-04-05")


def test_a_blocked_host_tells_its_blockers_and_their_remedies() -> None:
    assert told(host(ends=20, in_maintenance_mode=True)) == (
        "blocked",
        f"{HOST} is in maintenance mode, in which vCenter renews no certificate. Take it out of maintenance mode and run again.",
    )


def test_what_blocks_the_vcenter_is_told_once_and_named_at_the_host() -> None:
    made = report(EXPIRING, policy=Policy())
    assert (made["hosts"][0]["result"], made["hosts"][0]["why"]) == (
        "blocked",
        f"{REASON}; blocked for the whole vCenter: protection_not_stated.",
    )
    assert [one["code"] for one in made["blockers"]] == ["protection_not_stated"]
    assert made["allowed"] is False


def test_a_hosts_own_blocker_is_told_beside_the_vcenters() -> None:
    word, why = told(host(ends=20, in_maintenance_mode=True), host("other", ends=20), changes={"vmca_root": certificate(10)})
    assert word == "blocked"
    assert why.startswith(f"{REASON}; blocked for the whole vCenter: vmca_root_ends. {HOST} is in maintenance mode")


def test_the_report_shows_what_there_is_after_the_run() -> None:
    after = estate(host(ends=1825, connection_state="disconnected", status="connected")).to_facts()
    first = report(EXPIRING, results=ALL_DONE, verified=VERIFIED, after=after)["hosts"][0]
    assert (first["expires_at"], first["days_left"]) == ("2031-02-28T02:00:00Z", 1825.0)
    assert (first["connection_state"], first["provider_status"], first["verified"]) == ("disconnected", "connected", True)
    before = dict(first["before"])
    sides = (before.pop("certificates"), first["certificates"])
    assert before == {
        "connection_state": "connected",
        "ha_state": None,
        "expires_at": "2026-03-21T02:00:00Z",
        "provider_status": "online",
    }
    ends = ["2026-03-21T02:00:00Z", "2031-02-28T02:00:00Z"]
    assert [{side["expires_at"] for side in three.values()} for three in sides] == [{ends[0]}, {ends[1]}]
    assert first["step_results"] == ALL_DONE


def test_the_report_shows_what_is_gone_after_the_run() -> None:
    after = estate(host(certificate=None, served=None, provider=None)).to_facts()
    first = report(EXPIRING, after=after)["hosts"][0]
    assert (first["expires_at"], first["provider_status"]) == ("2026-03-21T02:00:00Z", None)
    unavailable = report(EXPIRING, after={})["hosts"][0]
    assert (unavailable["provider_status"], unavailable["verified"]) == ("online", None)
    assert unavailable["before"]["certificates"] is None


def test_the_inventorys_name_stands_beside_the_vcenters_own() -> None:
    assert report(EXPIRING)["inventory_name"] == VCENTER
    assert report(EXPIRING, inventory_name="vc-berlin")["inventory_name"] == "vc-berlin"


def test_the_report_is_whole() -> None:
    made = report(
        *(EXPIRING, host("twice", duplicate_providers=(provider(None, uid="uid-2"),)), host("skipped")),
        policy=Policy(protection="confirmed", skip=("skipped",)),
        orphans=(provider(None, "offline", uid="orphan"),),
        changes={"unavailable": (Unavailable("backups", VCENTER, "404"),)},
        failure="It stopped.",
    )
    assert made["schema_version"] == 1
    assert (made["vcenter"], made["decided_at"], made["failure"]) == (VCENTER, "2026-03-01T02:00:00Z", "It stopped.")
    assert (made["check_mode"], made["audit"], made["allowed"]) == (False, False, True)
    assert made["counts"] == {"not started": 1, "ok": 1}
    assert made["policy"]["skip"] == ["skipped"]
    assert [(turn["number"], turn["steps"]) for turn in made["turns"]][:2] == [(1, ["renew"]), (2, ["reconnect"])]
    assert made["excluded"] == [{"esxi_host": "skipped", "reason": "certops_skip names it"}]
    assert [one["provider_uid"] for one in made["orphans"]] == ["orphan"]
    assert made["warnings"] == [
        "could not read backups of vc1.example.com: 404",
        "twice has more than one provider; re-registering it removes the others (uid-2)",
    ]


def test_the_table_is_what_the_operator_reads() -> None:
    made = report(
        *(host("esx-b", ends=20), host("a", provider=None, cluster=None), host("gone", certificate=None, served=None)),
        *(host("in maintenance", ends=-1, in_maintenance_mode=True), host("skipped")),
        policy=Policy(protection="confirmed", skip=("skipped",)),
        orphans=(provider(None, "offline", host="x"), provider(None, None, host="y")),
        changes={"sps_health": "DEGRADED"},
        check_mode=True,
    )
    assert lines(made) == [
        "vc1.example.com (check mode, nothing was changed): 1 unknown, 1 blocked, 1 would change, 1 ok",
        "ESXI HOST       CLUSTER  EXPIRES             PROVIDER  STEPS                       RESULT        REASON",
        "gone            c1       unknown             online    -                           unknown       "
        "The certificate of gone (connected) can be read neither from vCenter nor, so that it could be trusted, from port 9080",
        "in maintenance  c1       2026-02-28 (-1 d)   online    -                           blocked       "
        "in maintenance is in maintenance mode, in which vCenter renews no certificate",
        "esx-b           c1       2026-03-21 (20 d)   online    renew reconnect reregister  would change  "
        "its certificate expires in 20 days, on 2026-03-21",
        "a               -        2027-04-05 (400 d)  none      -                           ok            "
        "its certificate is sound, and a host outside of clusters needs no provider",
        "turn 1 of 4: renew esx-b (canary)",
        "turn 2 of 4: reconnect esx-b (canary)",
        "turn 3 of 4: reregister esx-b (canary)",
        "turn 4 of 4: verify esx-b (canary)",
        "orphan: IOFILTER Provider x (offline), its host is not in this vCenter: reported only (certops_remove_orphans removes it)",
        "orphan: IOFILTER Provider y (no status), its host is not in this vCenter: reported only (certops_remove_orphans removes it)",
        "left alone: 1 host, because certops_skip names it",
        "note: the storage profile service (SPS) of vc1.example.com is degraded",
    ]


def test_what_blocks_the_whole_vcenter_stands_above_the_table_and_in_no_row_of_it() -> None:
    text = lines(report(EXPIRING, host("esx02", ends=21), policy=Policy()))
    assert [line.rpartition("  ")[2] for line in text[3:]] == [REASON, "its certificate expires in 21 days, on 2026-03-22"]
    assert sum("protection" in line for line in text) == 1


def test_excluded_hosts_are_counted_by_their_reasons() -> None:
    made = report(EXPIRING)
    made["excluded"] = [{"esxi_host": name, "reason": reason} for name, reason in (("a", "x"), ("b", "y"), ("c", "x"))]
    assert lines(made)[-2:] == ["left alone: 2 hosts, because x", "left alone: 1 host, because y"]


def test_names_of_vcenters_objects_are_shown_as_they_were_given() -> None:
    resting = host(cluster="Prod%2fTest", in_maintenance_mode=True, ends=20)
    made = report(resting, notes=["about Prod%2FTest, which is 50%25"])
    assert made["hosts"][0]["cluster"] == "Prod/Test"
    assert made["warnings"] == ["about Prod/Test, which is 50%"]
    assert "Prod/Test" in lines(made)[2]


def test_a_run_that_stopped_and_what_blocks_stand_at_the_top() -> None:
    text = lines(report(EXPIRING, policy=Policy(), failure="Nothing was started."))
    assert text[0] == "vc1.example.com (run): 1 blocked"
    assert text[1] == "STOPPED: Nothing was started."
    assert text[2].startswith(
        "BLOCKED (protection_not_stated): certops_protection is not set, so nothing says how vc1.example.com is protected. Take a snapshot"
    )


def test_an_orphan_that_goes_is_told() -> None:
    made = report(orphans=(provider(None, "offline"),), policy=Policy(protection="none", remove_orphans=True), audit=True)
    assert lines(made) == [
        "vc1.example.com (audit): no host",
        f"orphan: IOFILTER Provider {HOST} (offline), its host is not in this vCenter: to be removed",
    ]


def test_a_host_that_was_done_only_in_part_says_what_forbids_the_rest() -> None:
    resting = host(ends=20, remembered=-10, in_maintenance_mode=True)
    word, why = told(resting, results=[result("reregister")], verified=VERIFIED)
    assert word == "partly done"
    assert "is in maintenance mode" in why
    assert told(resting, check_mode=True)[0] == "would change"
    assert "is in maintenance mode" in told(resting, check_mode=True)[1]


def test_check_mode_that_stopped_does_not_promise_what_a_run_would_not_reach() -> None:
    assert told(EXPIRING, check_mode=True, failure="It stopped.")[0] == "not started"
    assert told(EXPIRING, check_mode=True, failure="It stopped.", results=ALL_DONE)[0] == "would change"


def test_a_hostile_name_cannot_break_the_table() -> None:
    made = report(host(name="esx01.example.com\x1b[2J\nvc1: all is well"))
    assert all(line.isprintable() for line in lines(made))
    assert sum("all is well" in line for line in lines(made)) == 1


def test_an_orphan_is_called_removed_only_when_it_was_read_back_to_be_gone() -> None:
    orphan = provider(None, "offline", uid="gone")
    policy = Policy(remove_orphans=True, protection="none")
    for after, removed in ((None, False), ({"orphans": [{"provider_uid": "gone"}]}, False), ({"orphans": []}, True)):
        made = report(policy=policy, orphans=(orphan,), after=after)
        assert [one["removed"] for one in made["orphans"]] == [removed]
        fate = next(line for line in lines(made) if line.startswith("orphan: ")).rsplit(": ", 1)[-1]
        assert fate == ("removed" if removed else "not removed")


def test_a_client_certificate_is_shown_as_it_was_seen_last() -> None:
    client = ClientCertificate(NOW + timedelta(days=90), "CN=CA", "good")
    seen = host(client_certificate=client)
    for after in (None, estate(host()).to_facts()):
        assert report(seen, after=after)["hosts"][0]["client_certificate"] == client.to_facts(NOW)
    assert report(host())["hosts"][0]["client_certificate"] is None
    assert report(host(), after=estate(seen).to_facts())["hosts"][0]["client_certificate"] == client.to_facts(NOW)
