# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Journals of vCenters, played back as an audit: what the collection makes of each stays as it was when somebody last looked at it.

Each is a file NAME.jsonl.gz (or NAME.jsonl) in received/; beside it stands NAME.json with what is made of it. Where that is not there yet it is
written, and the test fails once, so that somebody reads it before both are committed.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import PROTECTION_NONE, Policy
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Answer, carry_out
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._journal.pseudonyms import Pseudonyms
from ansible_collections.certops.vsphere.plugins.modules import cert_expiry_facts
from journal_player import JournalPlayer
from player import play
from vsphere_sim.testing import estate

RECEIVED = Path(__file__).resolve().parent / "received"
SIMULATED = RECEIVED / "simulated-9.0.0.jsonl.gz"
JOURNALS = sorted(RECEIVED.glob("*.jsonl*"))


def expected_of(journal: Path) -> Path:
    """Where it stands what is made of a journal."""
    return journal.with_name(f"{journal.name.partition('.jsonl')[0]}.json")


def played(journal: Path, patch: pytest.MonkeyPatch, **given: Any) -> tuple[Answer, JournalPlayer]:
    """What the module answers that reads a vCenter, with the vCenter of a journal. given: options beside those of an audit."""
    player = JournalPlayer(journal)
    player.install(patch)
    options = {name: one.get("default") for name, one in cert_expiry_facts.DEFINITION.whole_spec.items()}
    options |= {key: player.session[key] for key in ("hostname", "username")}
    # An audit reads vSAN; the module by itself does not.
    options |= {"password": "none is needed", "vsan": player.has_asked("QueryHostStatus"), **given}
    answer = carry_out(cert_expiry_facts.DEFINITION, options, set(), check_mode=False, diff=False, tell=lambda _progress: None)
    return answer, player


def made_of(journal: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What an audit makes of the vCenter of a journal: what it plans for each host and why, and what it could not read."""
    answer, player = played(journal, patch)
    if answer.failure is not None:
        return {"failure": answer.failure}
    facts = answer.values["ansible_facts"]["certops"]
    read = Estate.from_facts(facts)
    plan = decide(read, Policy(audit=True, protection=PROTECTION_NONE), read.observed_at).to_facts()
    hosts = {
        host["name"]: {
            **{key: planned[key] for key in ("rule", "steps")},
            "blockers": [one["code"] for one in planned["blockers"]],
            "connection_state": host["connection_state"],
            "issuer": host["issuer"],
            "days_left": _rounded((host["certificate"] or {}).get("days_left")),
            "provider": (host["provider"] or {}).get("status"),
        }
        for host in facts["hosts"]
        for planned in plan["hosts"]
        if planned["esxi_host"] == host["name"]
    }
    vcenter = facts["vcenter"]
    return {
        "version": vcenter["version"],
        "mode": (vcenter["certificate_settings"] or {}).get("mode"),
        "sps": vcenter["sps"],
        "hosts": hosts,
        "orphans": len(facts["orphans"]),
        "unavailable": {one["what"]: one["reason"] for one in facts["unavailable"]},
        "never_asked": sorted(set(player.unanswered)),
        "blockers": [one["code"] for one in plan["blockers"]],
        "warnings": plan["warnings"],
    }


def _rounded(days: float | None) -> int | None:
    return None if days is None else round(days)


@pytest.mark.parametrize("journal", JOURNALS, ids=[path.name for path in JOURNALS])
def test_what_is_made_of_it_stays(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, expected = made_of(journal, monkeypatch), expected_of(journal)
    if not expected.exists():
        expected.write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail(f"{expected.name} was not there, and has been written: read it, and commit it with the journal")
    assert made == json.loads(expected.read_text(encoding="utf-8"))


def test_what_is_asked_in_other_words_by_now_is_answered_by_what_is_most_like_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked_before = tmp_path / "before.jsonl"
    text = gzip.decompress(SIMULATED.read_bytes()).decode()
    asked_before.write_text(text.replace("pathSet>summary.config.sslThumbprint<", "pathSet>summary.config.faultToleranceEnabled<"))
    now, player = played(SIMULATED, monkeypatch)
    assert (now.failure, player.alike, player.unanswered) == (None, [], [])
    before, player = played(asked_before, monkeypatch)
    assert (before.failure, set(player.alike), player.unanswered) == (None, {"RetrievePropertiesEx"}, [])
    made = [made_of(one, monkeypatch) for one in (SIMULATED, asked_before)]
    assert made[0] == made[1]


def test_what_was_never_asked_is_told_and_hides_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    answer, player = played(SIMULATED, monkeypatch, client_certificates=True)
    assert (answer.failure, answer.traces) == (None, [])
    assert player.unanswered == ["RetrievePropertiesEx /sdk"]
    facts = answer.values["ansible_facts"]["certops"]
    assert "the journal has no answer to that" in str(facts["unavailable"])
    assert len(facts["hosts"]) == 4


@pytest.mark.parametrize(("version", "told"), [("9.0.0", "9.0.0"), ("6.7.2", "6.7.0")])
def test_the_journal_of_an_audit_becomes_such_a_test(
    version: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts: list[dict[str, Any]] = [
        {"version": version, "certificate": {"days_left": 20}},
        {"version": version, "provider": {"remembered": {"days_left": -50}}},
        {"version": version, "connection_state": "disconnected"},
        {"version": version, "certificate": {"days_left": 20, "issuer": "unknown"}},
    ]
    clusters = [{"name": "Production Wonderland", "ha": {}, "vsan": {"objects": {"healthy": 3}}, "hosts": hosts}]
    scenario = {"vcenters": [{"name": "vc01", "version": version, "clusters": clusters, "orphans": [{"name": "gone"}]}]}
    written = tmp_path / "vc01.jsonl"
    with estate(tmp_path / "estate", scenario=scenario, speed=100) as running:
        audited = play(running, tmp_path, playbook="audit.yml", protection=None, certops_journal=str(written))
        report = audited.reports["vc01"]
    packed = tmp_path / "vc01.jsonl.gz"
    packed.write_bytes(gzip.compress(written.read_bytes()))
    made = made_of(packed, monkeypatch)
    named = Pseudonyms(written.with_name("vc01.jsonl.key").read_bytes()).text
    assert {name: (one["rule"], one["steps"], one["blockers"]) for name, one in made["hosts"].items()} == {
        named(one["esxi_host"]): (one["rule"], one["steps"], [blocker["code"] for blocker in one["blockers"]])
        for one in report["hosts"]
    }
    assert {one["rule"] for one in made["hosts"].values()} >= {"expiring", "remembers_ended"}
    assert (made["version"], made["mode"], made["orphans"]) == (told, "vmca", 1)
    assert made["blockers"] == [one["code"] for one in report["blockers"]]
