# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook, end to end: predicted, done, nothing left; and where it stops."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import processes
import pytest
from demo_hosts import DemoHosts, demo_hosts
from player import play
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate, sound

RESTART = "POST /api/vcenter/services/sps?action=restart"


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningEstate]:
    """An estate of its own for each test."""
    with estate(tmp_path / "estate", scenario="demo", speed=100) as running:
        yield running


@pytest.fixture
def hosts(demo: RunningEstate) -> DemoHosts:
    """Its hosts."""
    return demo_hosts(demo)


def test_every_row_is_predicted_done_and_found_done(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    predicted = play(demo, tmp_path, "--check", "--diff", certops_fail_on="stopped")
    assert predicted.returncode == 0, predicted.printed
    assert mutating(demo) == []
    steps = {host["esxi_host"]: host["steps"] for report in predicted.reports.values() for host in report["hosts"]}
    all_three = ["renew", "reconnect", "reregister"]
    expected = dict.fromkeys(hosts.expiring, all_three)
    expected[hosts.lost] = ["reconnect", "reregister"]
    for name in (hosts.remembers_expired, hosts.missing, hosts.offline, hosts.custom_remembers_expired):
        expected[name] = ["reregister"]
    assert {name: taken for name, taken in steps.items() if taken} == expected

    done = play(demo, tmp_path)
    # All that may be done is done: what the mode of vc02 keeps back is due all the same.
    told = f"certops_fail_on=unknown found 1 kept back ({hosts.custom_expiring}), among 16 hosts under 2 vCenters."
    assert (done.returncode, told in done.printed) == (2, True), done.printed
    changed = {name for vcenter in done.reports for name, word in done.results(vcenter).items() if word == "done"}
    would = {name for vcenter in predicted.reports for name, word in predicted.results(vcenter).items() if word == "would change"}
    assert changed == would == set(expected)
    assert all(sound(demo.host(name)) for name in expected)
    calls = mutating(demo)
    assert {target for method, target in calls if method == "CertMgrRefreshCertificates_Task"} == set(hosts.expiring)
    assert {target for method, target in calls if method == "ReconnectHost_Task"} == {*hosts.expiring, hosts.lost}
    assert done.host("vc01", hosts.resting)["result"] == "blocked"
    assert done.host("vc02", hosts.custom_expiring)["result"] == "blocked"
    for vcenter in ("vc01", "vc02"):
        restarts = [call for call in demo.journal() if call["method"] == RESTART and call["vcenter"] == vcenter]
        assert 1 <= len(restarts) <= 2
    assert all(host["damage"] == [] for vcenter in demo.state()["vcenters"] for host in vcenter["hosts"])
    # Before the first restart of SPS, which ends the canary, no second host was touched.
    first = [call for call in demo.journal() if call["vcenter"] == "vc01" and call["mutating"]]
    until = next(number for number, call in enumerate(first) if call["method"] == RESTART)
    canary = {str(call["target"]).rsplit(" ", 1)[-1] for call in first[:until]}
    assert len(canary) == 1
    assert canary < set(hosts.expiring)

    since = demo.journal()[-1]["seq"]
    again = play(demo, tmp_path, certops_fail_on="stopped")
    assert again.returncode == 0, again.printed
    assert "changed=0" in again.printed
    assert not any(f"changed={number} " in again.printed for number in range(1, 20))
    assert mutating(demo, since) == []


def test_without_protection_nothing_starts_and_the_way_out_is_told(demo: RunningEstate, tmp_path: Path) -> None:
    played = play(demo, tmp_path, protection=None)
    assert played.returncode != 0
    assert mutating(demo) == []
    assert "set certops_protection to confirmed" in str(played.reports["vc01"]["failure"])
    assert played.reports["vc01"]["allowed"] is False


def test_where_nothing_is_due_nothing_needs_protection(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", vcenters=1, hosts=3, healthy=True) as running:
        played = play(running, tmp_path, protection=None)
        assert played.returncode == 0, played.printed
        assert mutating(running) == []


def test_linked_vcenters_need_protection_too(demo: RunningEstate, tmp_path: Path) -> None:
    other = "vc-other.example"
    demo.set("vcenter", vcenter="vc01", linked_nodes=[demo.vcenter("vc01").address, other])
    refused = play(demo, tmp_path, "--limit", "vc01", "--check")
    assert refused.returncode != 0
    assert f"is linked with {other}" in str(refused.reports["vc01"]["failure"])
    covered = play(demo, tmp_path, "--limit", "vc01", "--check", certops_protection_covers=[other])
    assert covered.returncode == 0, covered.printed


def test_a_failure_stops_its_vcenter_finishes_what_is_in_flight_and_leaves_the_others(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path
) -> None:
    victim = hosts.expiring[1]
    demo.fault(
        {
            "match": {"method": "CertMgrRefreshCertificates_Task", "target": victim},
            "effect": {"task_error": "vmodl.fault.SystemError", "properties": {"reason": "no"}},
        }
    )
    played = play(demo, tmp_path, certops_concurrency=1)
    assert played.returncode == 2
    words = played.results("vc01")
    assert words[victim] == "failed"
    renewed = {target for method, target in mutating(demo) if method == "CertMgrRefreshCertificates_Task"} - {victim}
    assert renewed
    assert all(sound(demo.host(str(name))) for name in renewed)
    # Its cluster was short of it, so it was brought back before any other of the cluster was touched.
    assert (words[hosts.lost], words[hosts.offline]) == ("done", "not started")
    assert victim in str(played.reports["vc01"]["failure"])
    assert played.results("vc02")[hosts.custom_remembers_expired] == "done"
    demo.clear_faults()
    finished = play(demo, tmp_path, certops_fail_on="stopped")
    assert finished.returncode == 0, finished.printed
    assert sound(demo.host(victim))
    assert sound(demo.host(hosts.lost))


def test_an_sps_that_hangs_after_the_canary_stops_the_vcenter_with_what_it_affects(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path
) -> None:
    demo.set("sps", vcenter="vc01", stuck=True)
    played = play(demo, tmp_path, "--limit", "vc01", certops_reregister_timeout_seconds=6)
    assert played.returncode == 2
    assert "Storage policies, CSI volumes" in str(played.reports["vc01"]["failure"])
    assert [method for method, _target in mutating(demo)].count("CertMgrRefreshCertificates_Task") == 1
    assert sorted(set(played.results("vc01").values())) == ["blocked", "failed", "not started", "ok"]
    assert played.results("vc01")[hosts.lost] == "not started"


def test_a_canary_that_fails_leaves_the_others_untouched(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    demo.fault({"match": {"method": "ReconnectHost_Task"}, "effect": {"task_error": "vim.fault.NoHost", "properties": {}}})
    played = play(demo, tmp_path, "--limit", "vc01")
    assert played.returncode == 2
    touched = {target for _method, target in mutating(demo)}
    assert len(touched) == 1
    (name,) = touched
    assert f"{name} is now disconnected" in str(played.reports["vc01"]["failure"])


def test_the_operator_chooses_hosts_and_who_is_excluded_is_named(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    played = play(demo, tmp_path, "--limit", "vc01", certops_hosts=[hosts.offline, hosts.missing], certops_skip=[hosts.missing])
    assert played.returncode == 0, played.printed
    assert played.results("vc01") == {hosts.offline: "done"}
    alone = {entry["esxi_host"]: entry["reason"] for entry in played.reports["vc01"]["excluded"]}
    assert alone[hosts.missing] == "certops_skip names it"
    assert len(alone) == 11
    assert {target for method, target in mutating(demo) if method != RESTART} == {f"IOFILTER Provider {hosts.offline}"}
    assert {call["target"] for call in demo.journal() if call["method"] == "handshake :9080"} == {hosts.offline}


def test_the_inventorys_hosts_are_the_scope_and_one_may_be_skipped(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    inventory = tmp_path / "esxi.yml"
    esxi = {
        hosts.offline: {"vcenter": "vc01"},
        "berlin-4": {"vcenter": "vc01", "ansible_host": hosts.remembers_expired},
        hosts.missing: {"vcenter": "vc01", "certops_skip": True},
        "esx-typo": {"vcenter": "vc01"},
        hosts.custom_remembers_expired: {"vcenter": "vc02"},
    }
    inventory.write_text(json.dumps({"esxi": {"hosts": esxi}}), encoding="utf-8")
    played = play(demo, tmp_path, "-i", str(inventory), "--check", "--limit", "vc01")
    assert played.returncode == 0, played.printed
    assert played.results("vc01") == {hosts.offline: "would change", hosts.remembers_expired: "would change"}
    assert any("esx-typo" in warning for warning in played.reports["vc01"]["warnings"])
    everything = play(demo, tmp_path, "-i", str(inventory), "--check", "--limit", "vc01", certops_scope="vcenter")
    assert len(everything.results("vc01")) == 11


def test_an_outdated_display_and_an_orphan_are_mended_when_it_is_asked_for(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path
) -> None:
    played = play(demo, tmp_path, "--limit", "vc01", certops_refresh_display=True, certops_remove_orphans=True)
    assert played.returncode == 0, played.printed
    assert sound(demo.host(hosts.stale_display))
    providers = [provider["name"] for provider in demo.state()["vcenters"][0]["providers"]]
    assert sum(name.startswith("IOFILTER") for name in providers) == 12
    assert len(providers) == 14, "those of others stay"


def test_an_audit_changes_nothing_and_shows_what_is_due(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    played = play(demo, tmp_path, playbook="audit.yml", protection=None, certops_fail_on="stopped")
    assert played.returncode == 0, played.printed
    assert mutating(demo) == []
    assert played.results("vc01")[hosts.lost] == "due"
    together = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert [report["vcenter"] for report in together["vcenters"]] == [demo.vcenter(name).address for name in ("vc01", "vc02")]
    assert together["vcenters"] == [played.reports["vc01"], played.reports["vc02"]]


def test_a_dead_vcenter_leaves_the_others_alone(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    inventory = tmp_path / "dead.yml"
    dead = {"ansible_host": "127.0.0.1", "certops_vcenter_port": 1}
    inventory.write_text(json.dumps({"vcenters": {"hosts": {"vc00": dead}}}), encoding="utf-8")
    played = play(demo, tmp_path, "-i", str(inventory))
    assert played.returncode == 2
    assert "cannot be reached" in played.printed
    assert "Traceback" not in played.printed
    assert played.results("vc02")[hosts.custom_remembers_expired] == "done"
    assert sound(demo.host(hosts.lost))


def test_reports_go_where_the_playbook_was_started_and_not_where_it_lies(demo: RunningEstate, tmp_path: Path) -> None:
    started = tmp_path / "started-here"
    started.mkdir()
    played = processes.play(
        demo, tmp_path, playbook="audit.yml", cwd=started, certops_report_dir="./reports", certops_fail_on="stopped"
    )
    assert played.returncode == 0, played.printed
    assert {"report.json", "vc01.json", "vc02.json"} <= {path.name for path in (started / "reports").iterdir()}


def test_where_vcenter_registers_by_itself_sps_is_not_restarted_and_the_report_says_so(tmp_path: Path) -> None:
    due = {"certificate": {"days_left": 20}, "provider": {}}
    made: Any = {
        "vcenters": [
            {"name": "vc01", "clusters": [{"name": name, "hosts": [due]} for name in ("a", "b")], "registers_by_itself": 2.0}
        ]
    }
    with estate(tmp_path / "estate", scenario=made, speed=100) as running:
        # Longer than it takes, however busy the machine is.
        done = play(running, tmp_path, certops_reregister_look_seconds=60)
        assert done.returncode == 0, done.printed
        assert RESTART not in [method for method, _target in mutating(running)]
        report = done.reports["vc01"]
        assert {host["esxi_host"]: host["cured_by"] for host in report["hosts"]} == dict.fromkeys(done.results("vc01"), "by_itself")
        assert report["other_providers"] == []
        # Each had an alarm for a certificate that ends within 30 days.
        assert [len(report["alarms"][key]) for key in ("raised", "cured")] == [0, 2]
        assert all(sound(host) for host in running.state()["vcenters"][0]["hosts"])
