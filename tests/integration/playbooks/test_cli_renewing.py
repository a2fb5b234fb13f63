# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook where vCenter can't renew: the hosts' own CLI, vCenter's record, VMCA afterwards; and SSH put back as it was."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.certops.vsphere.plugins.module_utils._timing.repeating import ATTEMPTS
from openssh import needs_ssh
from processes import BIN, Played, examples, mutating, play, run
from ssh_hosts import NO_MASTER, backups, broken_by
from vsphere_sim.testing import RunningEstate, estate, sound

pytestmark = needs_ssh

STEPS = ["renew_cli", "reconnect_pinned", "renew", "reconnect", "reregister"]
EXPIRING = {"version": "8.0.3", "certificate": {"days_left": 20}, "provider": {}}
HEALTHY = {"version": "8.0.3", "certificate": {"days_left": 900}, "provider": {}}
LOST = {**EXPIRING, "connection_state": "notResponding"}
EXPIRED = {"version": "8.0.3", "certificate": {"days_left": -12}, "provider": {}, "connection_state": "notResponding"}


@pytest.fixture(autouse=True)
def no_master(monkeypatch: pytest.MonkeyPatch) -> None:
    """No connection outlives the run that opened it."""
    for name, value in NO_MASTER.items():
        monkeypatch.setenv(name, value)


@contextmanager
def hosts(folder: Path, *specs: dict[str, Any], ssh: str = "on", **vcenter: Any) -> Iterator[tuple[RunningEstate, list[str]]]:
    """An estate of these hosts, and their names."""
    scenario = {"vcenters": [{"name": "vc01", "version": "8.0.3", "clusters": [{"name": "a", "hosts": list(specs)}], **vcenter}]}
    with estate(folder / "estate", scenario=scenario, speed=50, ssh=ssh, inventory_esxi=True) as running:
        yield running, [host["name"] for host in running.state()["vcenters"][0]["hosts"]]


def steps(played: Played, name: str) -> list[tuple[str, str]]:
    """What was done to a host, as the report has it."""
    return [(result["step"], result["status"]) for result in played.host("vc01", name)["step_results"]]


def test_a_host_that_vcenter_lost_ends_with_a_certificate_of_vmca(tmp_path: Path) -> None:
    with hosts(tmp_path, EXPIRING, LOST, HEALTHY) as (running, (expiring, lost, healthy)):
        predicted = play(running, tmp_path / "1", "--check", certops_per_cluster=2)
        assert predicted.returncode == 0, predicted.printed
        assert mutating(running) == []
        assert predicted.results("vc01") == {expiring: "would change", lost: "would change", healthy: "ok"}

        done = play(running, tmp_path / "2", certops_per_cluster=2)
        assert done.returncode == 0, done.printed
        assert done.results("vc01") == {expiring: "done", lost: "done", healthy: "ok"}
        assert steps(done, lost) == steps(predicted, lost) == [(step, "changed") for step in STEPS]
        by_step = {result["step"]: result["after"] for result in predicted.host("vc01", lost)["step_results"]}
        assert (by_step["renew"], by_step["reconnect"]) == ({"renewed": True}, {"reconnected": True})
        assert steps(done, expiring) == steps(predicted, expiring)
        assert "PRIVATE KEY" not in done.printed
        for name in (expiring, lost, healthy):
            assert sound(running.host(name)), name
        # What it made by itself did not stay, and its old pair is kept.
        assert "VMCA" in running.host(lost)["certificate"]["issuer"] or "CN=CA" in running.host(lost)["certificate"]["issuer"]
        assert len(backups(running.host(lost))) == 1
        # The host that vCenter could renew went first, and its CLI was not used.
        order = [(method, target) for method, target in mutating(running) if method != "exec"]
        assert order[0] == ("CertMgrRefreshCertificates_Task", expiring)
        assert ("generate-certificates", expiring) not in order

        since = running.journal()[-1]["seq"]
        again = play(running, tmp_path / "3")
        assert "changed=0" in again.printed
        assert mutating(running, since) == []


def test_a_vcenter_that_issues_a_certificate_at_each_reconnect_ends_with_providers_that_remember_the_last(tmp_path: Path) -> None:
    with hosts(tmp_path, EXPIRING, LOST, reconnect_renews="always") as (running, names):
        done = play(running, tmp_path, certops_per_cluster=2)
        assert done.returncode == 0, done.printed
        assert set(done.results("vc01").values()) == {"done"}
        for name in names:
            described = running.host(name)
            assert sound(described), name
            assert described["provider"]["certificate"] == described["record"] == described["certificate"]


def test_what_vcenter_refuses_the_hosts_own_cli_does(tmp_path: Path) -> None:
    with hosts(tmp_path, EXPIRING, EXPIRING, EXPIRED) as (running, (_canary, refused, expired)):
        no_csr = {"task_error": "vmodl.fault.SystemError", "properties": {"reason": "the host gave no CSR"}}
        running.fault(
            {"match": {"method": "CertMgrRefreshCertificates_Task", "target": refused}, "times": ATTEMPTS, "effect": no_csr}
        )
        running.fault(
            {
                "match": {"method": "ReconnectHost_Task", "target": expired},
                "times": ATTEMPTS,
                "effect": {"task_error": "vim.fault.NoHost", "properties": {"name": expired}},
            }
        )
        done = play(running, tmp_path)
        assert done.returncode == 0, done.printed
        assert "the host gave no CSR" in done.printed
        assert set(done.results("vc01").values()) == {"done"}
        for name in (refused, expired):
            assert sound(running.host(name)), name
            assert ("generate-certificates", name) in mutating(running)


def test_without_ssh_the_plan_says_what_is_missing(tmp_path: Path) -> None:
    with hosts(tmp_path, LOST, EXPIRED) as (running, (lost, expired)):
        played = play(running, tmp_path, "--check", certops_ssh=False)
        blocked = played.host("vc01", lost)
        assert blocked["result"] == "blocked"
        assert f"SSH to {lost} is not configured" in blocked["why"]
        assert f"SSH to {expired} is not configured" in played.printed


@pytest.mark.parametrize("fails", [False, True])
def test_ssh_is_switched_on_and_put_back_also_where_the_step_fails(tmp_path: Path, fails: bool) -> None:
    with hosts(tmp_path, EXPIRING, ssh="off") as (running, (name,)):
        predicted = play(running, tmp_path / "1", "--check", certops_method="cli")
        assert predicted.returncode == 0, predicted.printed
        assert mutating(running) == []
        if fails:
            running.fault(broken_by("generate-certificates", name, exit_status=1, stderr="broken"))
        done = play(running, tmp_path / "2", certops_method="cli")
        calls = [method for method, target in mutating(running) if target == name]
        assert calls[0] == "StartService"
        assert "StopService" in calls
        assert running.host(name)["services"]["TSM-SSH"] == {"running": False, "policy": "off"}
        if fails:
            assert done.returncode != 0
            assert "broken" in done.host("vc01", name)["why"]
            assert "CertMgrRefreshCertificates_Task" not in calls
        else:
            assert done.returncode == 0, done.printed
            assert steps(done, name) == steps(predicted, name)
            assert sound(running.host(name))


def test_ssh_is_put_back_where_the_answer_to_its_start_is_lost(tmp_path: Path) -> None:
    with hosts(tmp_path, EXPIRING, ssh="off") as (running, (name,)):
        running.fault({"match": {"method": "StartService"}, "times": 1, "effect": {"drop": "after"}})
        done = play(running, tmp_path, certops_method="cli")
        assert done.returncode == 0, done.printed
        assert running.host(name)["services"]["TSM-SSH"] == {"running": False, "policy": "off"}


def test_the_next_run_names_a_host_whose_ssh_was_left_on(tmp_path: Path) -> None:
    with hosts(tmp_path, HEALTHY, HEALTHY, ssh="off") as (running, (left_on, other)):
        before = play(running, tmp_path / "1", "--check")
        assert "SSH runs" not in before.printed
        calls = Counter(call["method"] for call in running.journal())
        running.clear_journal()
        running.set("host", host=left_on, services={"TSM-SSH": True})
        after = play(running, tmp_path / "2", "--check")
        assert after.returncode == 0, after.printed
        assert [text for text in after.reports["vc01"]["warnings"] if "SSH runs" in text] == [
            f"SSH runs on {left_on}, though vSphere never starts it there by itself (policy off)"
        ]
        assert f"SSH runs on {left_on}" in after.printed
        assert f"SSH runs on {other}" not in after.printed
        # It is read with the rest.
        assert Counter(call["method"] for call in running.journal()) == calls


def test_in_mode_thumbprint_a_host_keeps_what_it_made(tmp_path: Path) -> None:
    settings = {"vpxd.certmgmt.mode": "thumbprint"}
    with hosts(tmp_path, EXPIRING, settings=settings) as (running, (name,)):
        # Whether SPS believes such a certificate is not what this is about.
        done = play(running, tmp_path, certops_reregister_timeout_seconds=10, certops_reregister_in_thumbprint_mode=True)
        assert [step for step, _status in steps(done, name)][:2] == ["renew_cli", "reconnect_pinned"]
        assert "CertMgrRefreshCertificates_Task" not in [method for method, _target in mutating(running)]
        after = running.host(name)
        assert after["connection_state"] == "connected"
        assert after["certificate"]["issuer"] == "O=VMware Installer"


def test_a_run_that_stopped_between_the_cli_and_vmca_is_finished_by_the_next(tmp_path: Path) -> None:
    with hosts(tmp_path, LOST) as (running, (name,)):
        running.fault(
            {
                "match": {"method": "CertMgrRefreshCertificates_Task"},
                "times": 1,
                "effect": {"task_error": "vmodl.fault.SystemError", "properties": {"reason": "Start Time Error (70034)"}},
            }
        )
        stopped = play(running, tmp_path / "1")
        assert stopped.returncode != 0
        assert "70034" in stopped.host("vc01", name)["why"]
        assert running.host(name)["certificate"]["issuer"] == "O=VMware Installer"
        finished = play(running, tmp_path / "2")
        assert finished.returncode == 0, finished.printed
        assert finished.host("vc01", name)["rule"] == "self_signed"
        assert sound(running.host(name))


def test_the_examples_of_the_module_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with hosts(tmp_path, EXPIRING, EXPIRING, ssh="off") as (running, (first, second)):
        running.set("host", host=first, services={"TSM-SSH": True})
        address = running.vcenter("vc01")
        monkeypatch.setenv("VMWARE_PORT", str(address.port))
        monkeypatch.setenv("VMWARE_CA_PATH", str(running.ca_path))
        by_ssh, with_ssh = yaml.safe_load(examples("esxi_cert_regenerate_cli"))
        meant = {"vcenter.example.com": address.address, "certops@vsphere.local": address.username}
        told = (
            json.dumps([by_ssh]).replace("esx-a07.example.com", first),
            json.dumps([with_ssh]).replace("esx-a07.example.com", second),
        )
        tasks = [task for text in told for task in json.loads(replaced(text, meant))]
        book = tmp_path / "examples.yml"
        book.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
        account = json.dumps({"vault_vcenter_password": address.password})
        done = run([str(BIN / "ansible-playbook"), str(book), "-i", str(running.inventory), "-e", account], cwd=None)
        assert done.returncode == 0, done.stdout
        assert "changed=2" in done.stdout
        assert not running.host(second)["services"]["TSM-SSH"]["running"]


def replaced(text: str, meant: dict[str, str]) -> str:
    """A text with what is meant in place of what is written."""
    for written, real in meant.items():
        text = text.replace(written, real)
    return text
