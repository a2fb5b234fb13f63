# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin as Ansible runs it: what it makes of vCenters that answer and of one that does not, and that playbooks run on it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import player
import pytest
import yaml
from demo_hosts import DemoHosts, demo_hosts
from player import module
from processes import BIN, LONGEST_SECONDS, inventory, play, run
from vsphere_sim.testing import RunningEstate, VCenterAddress, estate, sound

ACCOUNT = {"VMWARE_USER": "administrator@vsphere.local"}
# It may change nothing.
READER = {"VMWARE_USER": "auditor@vsphere.local"}
DEAD = {"name": "vc00", "hostname": "127.0.0.1", "port": 1, "request_timeout_seconds": 2}


def secret(running: RunningEstate) -> dict[str, str]:
    """The account in the environment, as the modules take it too."""
    return {**ACCOUNT, "VMWARE_PASSWORD": running.vcenters[0].password}


def file(folder: Path, running: RunningEstate, *more: dict[str, Any], name: str = "x.estate.yml", **options: Any) -> Path:
    """An inventory file of the vCenters of an estate, and more of them."""
    listed = [_entry(one) for one in running.vcenters]
    given = {"plugin": "certops.vsphere.estate", "ca_path": str(running.ca_path), "vcenters": [*listed, *more], **options}
    path = folder / name
    path.write_text(yaml.safe_dump(given, sort_keys=False), encoding="utf-8")
    return path


def _entry(vcenter: VCenterAddress) -> dict[str, Any]:
    return {"name": vcenter.name, "hostname": vcenter.address, "port": vcenter.port}


def cached(folder: Path) -> dict[str, Any]:
    """The options that keep what was read."""
    return {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}


def asked(running: RunningEstate) -> set[str]:
    """The vCenters that were asked anything since the journal was cleared."""
    return {entry["vcenter"] for entry in running.journal() if entry["protocol"] in ("vim", "sms", "rest")}


def refused(path: Path, *arguments: str, environment: dict[str, str] | None = None) -> str:
    """What Ansible said of a file that gives no inventory."""
    found = inventory(path, *arguments, environment=environment)
    assert found.hosts == {}
    assert "Traceback" not in found.printed
    return " ".join(found.printed.split())


@pytest.mark.every_core
def test_all_hosts_are_there_in_the_groups_of_their_place_and_state(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    found = inventory(file(tmp_path, demo, DEAD), environment={**secret(demo), **READER})
    truth = {vcenter["name"]: {host["name"] for host in vcenter["hosts"]} for vcenter in demo.state()["vcenters"]}
    assert found.members("vcenters") == {"vc00", "vc01", "vc02"}
    assert found.members("esxi") == truth["vc01"] | truth["vc02"]
    assert found.members("vcenter_vc01") == truth["vc01"] | {"vc01"}
    assert found.members("datacenter_vc02_dc02") == found.members("cluster_vc02_dc02_cluster_c") == truth["vc02"]
    assert found.members("cluster_vc01_dc01_cluster_a") | found.members("cluster_vc01_dc01_cluster_b") == truth["vc01"]
    assert found.members("unreachable") == {"vc00"}
    assert found.members("expired") == {hosts.lost}
    assert found.members("provider_offline") == {
        *(hosts.lost, hosts.remembers_expired, hosts.offline, hosts.custom_remembers_expired),
    }
    assert found.members("blocked") == {hosts.resting, hosts.custom_expiring}
    assert found.members("due") == {
        *(hosts.lost, *hosts.expiring, hosts.remembers_expired, hosts.missing, hosts.offline, hosts.custom_remembers_expired),
    }
    assert set(hosts.healthy) <= found.members("healthy")
    assert hosts.stale_display not in found.members("healthy") | found.members("due")
    assert "vc00 could not be read, and is in the group unreachable. Logging in to 127.0.0.1 failed" in " ".join(
        found.printed.split()
    )
    assert "cannot be reached" in found.hosts["vc00"]["certops_problem"]


def test_the_group_due_is_what_the_playbook_would_do(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    path = file(tmp_path, demo, policy={"renew_before_days": 10, "skip": [hosts.missing]})
    for variables in ({}, {"certops_renew_before_days": "60"}):
        given = (word for name, value in variables.items() for word in ("-e", f"{name}={value}"))
        found = inventory(path, *given, environment=secret(demo))
        audit: dict[str, Any] = {"playbook": "audit.yml", "protection": None, "certops_fail_on": "stopped"}
        played = player.play(demo, tmp_path, inventory=path, environment=secret(demo), **audit, **variables)
        assert played.returncode == 0, played.printed
        planned = {host["esxi_host"]: host for name in ("vc01", "vc02") for host in played.reports[name]["hosts"]}
        assert set(planned) == found.members("esxi") - {hosts.missing}
        assert found.members("due") == {name for name, host in planned.items() if host["steps"]}
        for name, host in planned.items():
            assert {key: found.hosts[name][f"certops_{key}"] for key in ("rule", "reason", "steps")} == {
                key: host[key] for key in ("rule", "reason", "steps")
            }
        # With 60 days those are due that end within 20.
        assert bool(set(hosts.expiring) & found.members("due")) is bool(variables)
    assert found.hosts["vc01"]["certops_renew_before_days"] in (10, "60")


def test_a_host_has_the_facts_and_no_host_a_secret(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    demo.clear_journal()
    facts = module(demo, "cert_expiry_facts").result["ansible_facts"]["certops"]
    by_module = Counter((entry["protocol"], entry["method"], entry["vcenter"]) for entry in demo.journal())
    demo.clear_journal()
    found = inventory(file(tmp_path, demo), environment=secret(demo))
    calls = Counter((entry["protocol"], entry["method"], entry["vcenter"]) for entry in demo.journal())
    assert Counter({call: number for call, number in calls.items() if call[2] == "vc01"}) == by_module
    for fact in facts["hosts"]:
        shown = found.hosts[fact["name"]]
        assert (shown["vcenter"], shown["esxi_host"]) == ("vc01", fact.pop("name"))
        assert set(fact) <= set(shown)
        for key in ("connection_state", "in_maintenance_mode", "cluster", "datacenter", "version", "issuer", "record_thumbprint"):
            assert shown[key] == fact[key]
        assert (shown["certificate"] or {}).get("sha256_fingerprint") == (fact["certificate"] or {}).get("sha256_fingerprint")
    lost = found.hosts[hosts.lost]
    assert (lost["connection_state"], lost["certops_steps"]) == ("notResponding", ["reconnect", "reregister"])
    assert found.hosts["vc02"]["certificate_settings"]["mode"] == "custom"
    assert found.hosts["vc01"]["ansible_host"] == demo.vcenter("vc01").address
    assert found.hosts["vc01"]["ansible_connection"] == "local"
    assert demo.vcenters[0].password not in found.printed
    assert "administrator@vsphere.local" not in found.printed


def test_the_program_reads_the_same_in_a_process_of_its_own(demo: RunningEstate, tmp_path: Path) -> None:
    path = file(tmp_path, demo, DEAD)
    forked, own = (inventory(path, environment=secret(demo), own_process=own) for own in (False, True))
    assert (forked.returncode, forked.groups) == (own.returncode, own.groups)
    told = ("certops_rule", "certops_steps", "connection_state", "record_thumbprint", "ansible_host", "ansible_connection")
    for name, variables in own.hosts.items():
        assert set(forked.hosts[name]) == set(variables)
        assert {key: forked.hosts[name].get(key) for key in told} == {key: variables.get(key) for key in told}


def test_a_second_run_takes_what_was_kept_and_asks_nobody(demo: RunningEstate, tmp_path: Path) -> None:
    path = file(tmp_path, demo, **cached(tmp_path))
    first = inventory(path, environment=secret(demo))
    demo.clear_journal()
    second = inventory(path, environment=secret(demo))
    assert demo.journal() == []
    assert second.groups == first.groups
    assert {name: one["certops_reason"] for name, one in second.hosts.items() if "certops_reason" in one} == {
        name: one["certops_reason"] for name, one in first.hosts.items() if "certops_reason" in one
    }
    assert inventory(path, "--flush-cache", environment=secret(demo)).groups == first.groups
    assert asked(demo) == {"vc01", "vc02"}
    kept = [entry.read_text(encoding="utf-8") for entry in (tmp_path / "cache").iterdir()]
    assert len(kept) == 2
    assert not any(word in text for text in kept for word in (demo.vcenters[0].password, "administrator@vsphere.local"))


def test_a_vcenter_that_could_not_be_read_is_asked_again_and_the_others_are_not(demo: RunningEstate, tmp_path: Path) -> None:
    path = file(tmp_path, demo, **cached(tmp_path))
    demo.fault({"match": {"method": "Login", "vcenter": "vc02"}, "effect": {"fault": "vim.fault.InvalidLogin"}})
    assert inventory(path, environment=secret(demo)).members("unreachable") == {"vc02"}
    demo.clear_journal()
    assert inventory(path, environment=secret(demo)).members("unreachable") == {"vc02"}
    assert asked(demo) == {"vc02"}
    demo.clear_faults()
    demo.clear_journal()
    found = inventory(path, environment=secret(demo))
    assert found.members("unreachable") == set()
    assert found.members("datacenter_vc02_dc02")
    assert asked(demo) == {"vc02"}
    # What was kept is no longer shown when a refresh found it gone.
    demo.fault({"match": {"method": "Login", "vcenter": "vc02"}, "effect": {"fault": "vim.fault.InvalidLogin"}})
    inventory(path, "--flush-cache", environment=secret(demo))
    assert inventory(path, environment=secret(demo)).members("unreachable") == {"vc02"}
    demo.clear_faults()


def test_a_playbook_refreshes_it(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    path = file(tmp_path, demo, **cached(tmp_path))
    inventory(path, environment=secret(demo))
    show = {"ansible.builtin.debug": {"msg": "due {{ groups.due | length }}, resting {{ 'RESTING' in groups.due }}"}}
    show["ansible.builtin.debug"]["msg"] = show["ansible.builtin.debug"]["msg"].replace("RESTING", hosts.resting)
    tasks = [show, {"ansible.builtin.meta": "refresh_inventory"}, show]
    playbook = tmp_path / "refresh.yml"
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    demo.set("host", host=hosts.resting, in_maintenance=False)
    done = run([str(BIN / "ansible-playbook"), "-i", str(path), str(playbook)], secret(demo))
    demo.set("host", host=hosts.resting, in_maintenance=True)
    assert done.returncode == 0, done.stdout
    assert "due 8, resting False" in done.stdout
    assert "due 9, resting True" in done.stdout


@pytest.mark.every_core
def test_passwords_come_from_a_vault_and_templates_and_are_printed_nowhere(
    demo: RunningEstate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = demo.vcenters[0].password
    (tmp_path / "vault-password").write_text("sesame", encoding="utf-8")
    vault = ("--vault-password-file", str(tmp_path / "vault-password"))
    sealed = run([str(BIN / "ansible-vault"), "encrypt_string", *vault, "--name", "password", password]).stdout
    first, second = demo.vcenters
    text = f"""\
plugin: certops.vsphere.estate
ca_path: "{{{{ lookup('ansible.builtin.env', 'ESTATE_CA') }}}}"
username: administrator@vsphere.local
vcenters:
  - {{name: vc01, hostname: {first.address}, port: {first.port}}}
  - {{name: vc02, hostname: {second.address}, port: "{second.port}", password: "{{{{ lookup('env', 'ESTATE_PASSWORD') }}}}"}}
  - {{name: wrong, hostname: {second.address}, port: {second.port}, password: canary-77e1}}
{sealed[sealed.index("password:") :]}
"""
    path = tmp_path / "sealed.estate.yaml"
    path.write_text(text, encoding="utf-8")
    environment = {"ESTATE_CA": str(demo.ca_path), "ESTATE_PASSWORD": password, "ANSIBLE_LOG_PATH": str(tmp_path / "log")}
    found = inventory(path, *vault, "-vvvv", environment=environment)
    assert found.members("unreachable") == {"wrong"}
    assert "was refused: vSphere said InvalidLogin" in found.printed
    assert {one["vcenter"] for name, one in found.hosts.items() if name in found.members("esxi")} == {"vc01", "vc02"}
    for printed in (found.printed, (tmp_path / "log").read_text(encoding="utf-8")):
        assert password not in printed
        assert "canary-77e1" not in printed
    vsphere_fault = refused(path, environment=environment)
    assert "The option password cannot be evaluated" in vsphere_fault
    assert "vault" in vsphere_fault
    assert password not in vsphere_fault


def test_expressions_make_variables_and_groups_of_esxi_hosts(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    options = {
        "compose": {"ends": "certificate.expires_at[:10]", "ansible_user": "'root'"},
        "groups": {"eight": "version is version('8.0', '>=')"},
        "keyed_groups": [{"key": "certops_rule", "prefix": "rule"}],
    }
    found = inventory(file(tmp_path, demo, **options), environment=secret(demo))
    assert found.members("rule_provider_missing") == {hosts.missing}
    assert hosts.lost in found.members("eight")
    assert found.hosts[hosts.healthy[0]]["ends"] == found.hosts[hosts.healthy[0]]["certificate"]["expires_at"][:10]
    assert "ends" not in found.hosts[hosts.lost], "vCenter shows no certificate of it"
    assert "ansible_user" not in found.hosts["vc01"]
    assert "Could not set ends" in refused(file(tmp_path, demo, strict=True, **options), environment=secret(demo))


def test_who_waits_for_a_vcenter_is_told_for_which_and_the_document_stays_one(demo: RunningEstate, tmp_path: Path) -> None:
    silent = {**_entry(demo.vcenter("vc02")), "request_timeout_seconds": 4}
    path = file(tmp_path, demo, vcenters=[_entry(demo.vcenter("vc01")), silent])
    demo.fault({"match": {"method": "Login", "vcenter": "vc02"}, "effect": {"hold": "before"}})
    command = [str(BIN / "ansible-inventory"), "-i", str(path), "--list", "-e", "certops_progress_seconds=0.5"]
    done = subprocess.run(
        command, env={**os.environ, **secret(demo)}, capture_output=True, text=True, check=True, timeout=LONGEST_SECONDS
    )
    demo.clear_faults()
    assert json.loads(done.stdout)["unreachable"]["hosts"] == ["vc02"]
    told = re.findall(r"^inventory: (.*), running for (\d+) s$", done.stderr, re.MULTILINE)
    assert len(told) >= 3, done.stderr
    assert told[-1][0] == f"1 of 2 vCenters read, waiting for {silent['hostname']}"


@pytest.mark.parametrize(
    ("options", "fails"),
    [({"strict": True}, True), ({"on_unreachable": "fail"}, True), ({"strict": True, "on_unreachable": "warn"}, False)],
)
def test_an_unreachable_vcenter_is_an_error_where_that_is_wanted(
    demo: RunningEstate, tmp_path: Path, options: dict[str, Any], fails: bool
) -> None:
    path = file(tmp_path, demo, DEAD, **options)
    if fails:
        vsphere_fault = refused(path, environment=secret(demo))
        assert "1 of 3 vCenters could not be read. vc00: Logging in to 127.0.0.1 failed" in vsphere_fault
        strictly = run([str(BIN / "ansible-inventory"), "-i", str(path), "--list"], {**secret(demo), **STRICT})
        assert strictly.returncode != 0
    else:
        assert inventory(path, environment=secret(demo)).members("unreachable") == {"vc00"}


STRICT = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"pasword": "canary"}, "The inventory has no option pasword."),
        ({"password": ["canary"]}, "The file has more than one value for password."),
        ({"vcenters": {"vc01": {"password": "canary"}}}, "The option vcenters is not a list of vCenters."),
        ({"username": None, "password": "canary"}, "certops_vcenter_username (the option username) is not set."),
        (
            {"ca_path": "/nonexistent.pem"},
            "The CA file /nonexistent.pem of certops_vcenter_ca_path (the option ca_path) is not there.",
        ),
        ({"policy": {"protection": "none"}}, "The policy of an inventory has no option protection."),
        ({"concurrency": 0}, "The option concurrency cannot be 0."),
        ({"password": "{{ canary }}"}, "The option password cannot be evaluated as a template, and is not shown."),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(
    demo: RunningEstate, tmp_path: Path, options: dict[str, Any], told: str
) -> None:
    since = demo.journal()[-1]["seq"] if demo.journal() else 0
    path = file(tmp_path, demo, **{"username": "x", "password": "canary-8d20", **options})
    vsphere_fault = refused(path, "-vvvv")
    assert told in vsphere_fault
    assert "canary-8d20" not in vsphere_fault
    assert demo.journal(since) == [], "nothing is sent before the whole file is sound"


def test_two_vcenters_of_one_name_do_not_become_one(demo: RunningEstate, tmp_path: Path) -> None:
    one, two = demo.vcenters
    first = file(tmp_path, demo, name="1.estate.yml", vcenters=[_entry(one)])
    second = file(tmp_path, demo, name="2.estate.yml", vcenters=[{**_entry(two), "name": one.name}])
    found = inventory(first, "-i", str(second), environment=secret(demo))
    assert f"The inventory has vc01 already, at {one.address} and not at {two.address}." in " ".join(found.printed.split())
    assert found.members("vcenters") == {"vc01"}
    assert found.hosts["vc01"]["ansible_host"] == one.address


def test_one_vcenter_by_two_names_in_two_files_is_not_two(demo: RunningEstate, tmp_path: Path) -> None:
    one, two = demo.vcenters
    first = file(tmp_path, demo, name="1.estate.yml", vcenters=[_entry(one)])
    second = file(tmp_path, demo, name="2.estate.yml", vcenters=[{**_entry(one), "name": "again"}])
    # One that has it by the same name has no other vCenter.
    third = file(tmp_path, demo, name="3.estate.yml")
    found = inventory(first, "-i", str(second), "-i", str(third), environment=secret(demo))
    assert f"{one.name} and again are one vCenter, with the instance UUID" in " ".join(found.printed.split())
    assert found.members("vcenters") == {one.name, two.name}


@pytest.mark.parametrize("text", ["", "- a\n", "plugin: certops.vsphere.other\n", "plugin: [certops\n"])
def test_a_file_that_is_no_such_file_is_refused_without_a_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.estate.yml"
    path.write_text(text, encoding="utf-8")
    refused(path)
    refused(path, environment={"ANSIBLE_INVENTORY_ENABLED": "certops.vsphere.estate"})


def test_a_file_of_another_name_is_left_to_others(demo: RunningEstate, tmp_path: Path) -> None:
    assert "could not be verified" in refused(file(tmp_path, demo, name="x.hosts.yml"), environment=secret(demo))


def test_an_unknown_ca_is_no_login(demo: RunningEstate, tmp_path: Path) -> None:
    found = inventory(file(tmp_path, demo, ca_path="/etc/ssl/certs/ca-certificates.crt"), environment=secret(demo))
    assert found.members("unreachable") == {"vc01", "vc02"}
    assert "does not verify" in found.hosts["vc01"]["certops_problem"]


def test_hosts_of_one_name_and_clusters_of_one_name_are_told_apart(tmp_path: Path) -> None:
    esxi = {"name": "esx01.example.com", "certificate": {"days_left": 900}, "provider": {}}
    soon = {**esxi, "certificate": {"days_left": 20}}
    moved = {**esxi, "connection_state": "disconnected"}
    clusters = [[{"name": "{{ 7 * 7 }}", "hosts": [moved]}], [{"name": "{{ 7 * 7 }}", "hosts": [soon]}]]
    scenario = {"vcenters": [{"name": f"vc0{index}", "clusters": one} for index, one in enumerate(clusters, start=1)]}
    with estate(tmp_path / "estate", scenario=scenario, speed=100) as running:
        path = file(tmp_path, running)
        found = inventory(path, environment=secret(running))
        assert found.members("esxi") == {"esx01.example.com@vc01", "esx01.example.com@vc02"}
        assert found.members("due") == {"esx01.example.com@vc02"}
        assert found.members("blocked") == {"esx01.example.com@vc01"}
        assert found.hosts["esx01.example.com@vc01"]["connection_state"] == "disconnected"
        assert found.hosts["esx01.example.com@vc01"]["cluster"] == "{{ 7 * 7 }}"
        assert "the name esx01.example.com is not that of one host only" in " ".join(found.printed.split())
        clusters_of = [name for name in found.groups if name.startswith("cluster_") and not name.endswith("_with_vcenters")]
        [first], [second] = ([name for name in clusters_of if name.startswith(f"cluster_vc0{index}_")] for index in (1, 2))
        assert found.members(first) == {"esx01.example.com@vc01"}
        assert found.members(second) == {"esx01.example.com@vc02"}
        # Two files are one inventory.
        parts = [file(tmp_path, running, name=f"{one.name}.estate.yml", vcenters=[_entry(one)]) for one in running.vcenters]
        together = inventory(parts[0], "-i", str(parts[1]), environment=secret(running))
        assert together.members("esxi") == {"esx01.example.com", "esx01.example.com@vc02"}
        assert together.members("due") == {"esx01.example.com@vc02"}
        played = player.play(running, tmp_path, "--check", inventory=path, environment=secret(running))
        # Nobody has seen the certificate of the one that is disconnected.
        assert "certops_fail_on=unknown found 1 unknown (esx01.example.com), among 2 hosts under 2 vCenters." in played.printed
        assert played.results("vc02") == {"esx01.example.com": "would change"}
        assert played.results("vc01") == {"esx01.example.com": "unknown"}
        assert played.reports["vc02"]["warnings"] == []
        # Nothing that somebody called a cluster is evaluated.
        shown = run([str(BIN / "ansible"), "-i", str(path), "esxi", "-m", "debug", "-a", "var=cluster"], secret(running))
        assert "49" not in shown.stdout
        assert "{{ 7 * 7 }}" in shown.stdout


@pytest.mark.every_core
def test_the_playbook_runs_on_it_from_end_to_end(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario="demo", speed=100) as running:
        hosts = demo_hosts(running)
        path = file(tmp_path, running, DEAD)
        (tmp_path / "group_vars").mkdir()
        # The account that reads is not the one that renews.
        account = {
            "certops_vcenter_username": running.vcenters[0].username,
            "certops_vcenter_password": running.vcenters[0].password,
        }
        (tmp_path / "group_vars" / "vcenters.yml").write_text(json.dumps(account), encoding="utf-8")
        reader = {**READER, "VMWARE_PASSWORD": running.vcenters[0].password}
        only: dict[str, Any] = {"certops_fail_on": "stopped", "inventory": path, "environment": reader}
        limited = play(running, tmp_path / "limited", "--limit", "vcenter_vc02", **only)
        assert limited.returncode == 0, limited.printed
        assert set(limited.reports) == {"vc02"}
        assert sound(running.host(hosts.custom_remembers_expired))
        assert {call["username"] for call in running.journal() if call["mutating"] and call["username"]} == {
            account["certops_vcenter_username"]
        }
        played = play(running, tmp_path / "all", inventory=path, environment=reader)
        assert played.returncode == 2, "a vCenter that cannot be reached is no success"
        assert "Traceback" not in played.printed
        due = {name for name, result in played.results("vc01").items() if result == "done"}
        assert due == {*hosts.expiring, hosts.lost, hosts.remembers_expired, hosts.missing, hosts.offline}
        assert all(sound(running.host(name)) for name in due)
        after = inventory(path, environment=reader)
        assert after.members("due") == set()
        assert after.members("unreachable") == {"vc00"}
