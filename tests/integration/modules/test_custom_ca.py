# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter in mode custom, whose hosts the operator's own CA renews: by its key, by a command, by a role."""

from __future__ import annotations

import json
import re
import ssl
import sys
from pathlib import Path
from typing import Any

import player
import pytest
import site_ca
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from custom_estates import INSTALL, REQUEST, host, hosts_of, scenario, site
from processes import Played, mutating, play
from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim
from vsphere_sim.testing import RunningEstate, estate, sound

STEPS = ["renew_custom_ca", "reconnect", "reregister"]
PASSPHRASE = "canary-of-the-custom-ca-1"
TOKEN = "canary-in-argv-1"
ROLE = """
- name: Sign
  ansible.builtin.command:
    argv: {argv}
    stdin: "{{{{ certops_csr_pem }}}}"
  delegate_to: localhost
  changed_when: false
  register: signed_here
- name: Hand it over
  ansible.builtin.set_fact:
    certops_signed_pem: "{{{{ signed_here.stdout }}}}"
"""


def taken(played: Played, name: str) -> list[tuple[str, str]]:
    """The steps of a host, and what became of each."""
    return [(step["step"], step["status"]) for step in played.host("vc01", name)["step_results"]]


def installed(running: RunningEstate, since: int = 0) -> set[Any]:
    """Who was given a certificate, or would have been."""
    return {target for method, target in mutating(running, since) if method == INSTALL}


def argv(*words: str) -> list[str]:
    """A command that signs as the site's CA does."""
    return [sys.executable, str(Path(site_ca.__file__)), *words]


def test_predicted_done_and_found_done_with_the_own_key_of_the_ca(tmp_path: Path) -> None:
    old, late = host(10, "7.0.3", reloads_on="reconnect"), host(30, records_on="reconnect")
    with estate(tmp_path / "estate", scenario=scenario(host(), old, late, host(900)), speed=100) as running:
        ca, due = site(running), hosts_of(running)[:3]
        custom_ca = {
            "method": "key",
            "ca_path": str(ca.ca_path),
            "ca_key_path": str(ca.locked_key(tmp_path, PASSPHRASE)),
            "ca_passphrase": PASSPHRASE,
            "days": 700,
        }
        predicted = player.play(running, tmp_path, "--check", "--diff", certops_custom_ca=custom_ca)
        assert predicted.returncode == 0, predicted.printed
        assert mutating(running) == []
        for name in due:
            assert taken(predicted, name) == [(step, "changed") for step in STEPS]

        done = play(running, tmp_path, "-vvv", certops_custom_ca=custom_ca)
        assert done.returncode == 0, done.printed
        assert {name for name, word in done.results("vc01").items() if word == "done"} == set(due)
        for name in due:
            assert taken(done, name) == [(step, "changed") for step in STEPS]
            assert sound(running.host(name))
            assert running.host(name)["certificate"]["issuer"] == ca.certificate.subject.rfc4514_string()
        assert {target for method, target in mutating(running) if method == REQUEST} == installed(running) == set(due)
        told = {target for method, target in mutating(running) if method == "NotifyAffectedServices"}
        assert told == {due[0], due[2]}
        everything = done.printed + json.dumps(done.reports) + json.dumps(running.state()) + json.dumps(running.journal())
        for secret in (PASSPHRASE, "-----BEGIN PRIVATE", "-----BEGIN RSA", ca.key_path.read_text(encoding="utf-8").splitlines()[5]):
            assert secret not in everything

        since = running.journal()[-1]["seq"]
        again = player.play(running, tmp_path, certops_custom_ca=custom_ca)
        assert again.returncode == 0, again.printed
        assert re.search(r"vc01 .*changed=0 ", again.printed)
        assert mutating(running, since) == []


def test_a_role_signs_and_what_an_ended_run_left_is_finished(tmp_path: Path) -> None:
    hosts = (host(), host(20), host(15))
    with estate(tmp_path / "estate", scenario=scenario(*hosts), speed=100) as running:
        untold, away, due = hosts_of(running)
        between = site(running).below(tmp_path / "between", "Issuing CA")
        _left(running, untold, away)
        since = running.journal()[-1]["seq"]
        tasks = tmp_path / "roles" / "sign_here" / "tasks"
        tasks.mkdir(parents=True)
        command = json.dumps(argv(str(tmp_path / "between"), "Issuing CA"))
        (tasks / "main.yml").write_text(ROLE.format(argv=command), encoding="utf-8")
        done = play(
            running,
            tmp_path,
            certops_custom_ca={"method": "role", "name": "sign_here"},
            certops_canary=0,
            environment={"ANSIBLE_ROLES_PATH": str(tmp_path / "roles")},
        )
        assert done.returncode == 0, done.printed
        assert all(sound(running.host(name)) for name in (untold, away, due)), running.state()
        rules = {name: done.host("vc01", name)["rule"] for name in (untold, away, due)}
        assert rules == {untold: "not_taken_up", away: "left_disconnected", due: "expiring"}
        assert {target for method, target in mutating(running, since) if method == REQUEST} == installed(running, since) == {due}
        assert running.host(due)["certificate"]["issuer"] == between.certificate.subject.rfc4514_string()
        # The host serves the CA that vCenter does not know with its own.
        shown = running.host(due)["certificate"]["pem"]
        assert ssl.get_server_certificate((due, 9080)) == shown


UNUSABLE = "certops_custom_ca cannot be used (Ansible cannot load its role "


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("sign_nowhere", f"{UNUSABLE}sign_nowhere (the role 'sign_nowhere' was not found in"),
        ("needs_another", f"{UNUSABLE}needs_another (the role 'sign_nowhere' was not found in"),
        ("broken", f"{UNUSABLE}broken ("),
        ("includes", "(method role) failed, a file or a role that it includes is not there. Nothing was changed on the host."),
    ],
)
def test_a_role_that_cannot_be_loaded_is_told_as_that_whatever_failed_before(tmp_path: Path, name: str, told: str) -> None:
    # Ansible says nothing of an include that finds nothing: a rescue would be told of what was rescued before.
    before = {
        "name": "Fail",
        "block": [{"ansible.builtin.fail": {"msg": "Another failure."}}],
        "rescue": [{"ansible.builtin.meta": "noop"}],
    }
    plays = [{"hosts": "all", "gather_facts": False, "tasks": [before]}, {"import_playbook": "certops.vsphere.renew_iofilter"}]
    book = tmp_path / "book.json"
    book.write_text(json.dumps(plays), encoding="utf-8")
    roles = {
        "needs_another/meta": "dependencies: [sign_nowhere]\n",
        "broken/tasks": "- {ansible.builtin.meta: noop\n",
        "includes/tasks": "- ansible.builtin.include_tasks: nowhere.yml\n",
    }
    for folder, text in roles.items():
        (tmp_path / "roles" / folder).mkdir(parents=True)
        (tmp_path / "roles" / folder / "main.yml").write_text(text, encoding="utf-8")
    with estate(tmp_path / "estate", scenario=scenario(host()), speed=100) as running:
        done = play(
            running,
            tmp_path,
            playbook=str(book),
            certops_custom_ca={"method": "role", "name": name},
            environment={"ANSIBLE_ROLES_PATH": str(tmp_path / "roles")},
        )
        assert done.returncode == 2, done.printed
        # ansible-core 2.21 begins its reason with a capital.
        assert told.lower() in " ".join(done.printed.split()).lower(), done.printed
        assert "failed, Another failure" not in done.printed
        assert installed(running) == set()


def _left(running: RunningEstate, untold: str, away: str) -> None:
    """Two hosts as a run leaves them that ends: right after the installing, and while it is disconnected."""
    vcenter = running.vcenter("vc01")
    context = ssl.create_default_context(cafile=str(running.ca_path))
    client = SmartConnect(host=vcenter.address, port=vcenter.port, user=vcenter.username, pwd=vcenter.password, sslContext=context)
    view = client.content.viewManager.CreateContainerView(client.content.rootFolder, [vim.HostSystem], True)
    for one in view.view:
        if one.name in (untold, away):
            manager = one.configManager.certificateManager
            manager.InstallServerCertificate(site(running).sign(manager.GenerateCertificateSigningRequest(True)))
        if one.name == away:
            manager.NotifyAffectedServices()
            WaitForTask(one.DisconnectHost_Task())
    Disconnect(client)


def test_a_certificate_that_is_not_fit_is_installed_on_no_host(tmp_path: Path) -> None:
    nameless = host(name="esx-odd.example.com", configured_name="localhost.localdomain")
    with estate(tmp_path / "estate", scenario=scenario(*[host() for _number in range(5)], nameless), speed=100) as running:
        *names, odd = hosts_of(running)
        ca, other = site(running), rsa.generate_private_key(65537, 2048).public_key()
        asked = player.module(running, "esxi_cert_request", esxi_hosts=["*"], max_failures=1)
        assert asked.returncode == 0, asked.printed
        *results, unnamed = asked.result["hosts"]
        requests = {one["esxi_host"]: one["csr_pem"] for one in results}
        assert [one["after"]["names"] for one in results] == [[name] for name in names]
        assert (unnamed["esxi_host"], unnamed["status"], "csr_pem" in unnamed) == (odd, "failed", False)
        assert f"because it is for localhost.localdomain, and vCenter knows the host as {odd}" in unnamed["error"]
        stranger = ca.below(tmp_path / "stranger", "Unknown CA")
        signed = {
            names[0]: ca.sign(requests[names[0]], key=other),
            names[1]: ca.sign(requests[names[1]], names=[x509.DNSName("other.example")]),
            names[2]: stranger.sign(requests[names[2]]),
            names[3]: ca.sign(requests[names[3]], days=-1),
            names[4]: "<html>Forbidden</html>",
        }
        why = {
            names[0]: "its public key is not that of the host's request",
            names[1]: f"it is for other.example and not for {names[1]}",
            names[2]: "it leads to none of vCenter's trusted roots",
            names[3]: "it expired on",
            names[4]: "it is not a PEM certificate",
        }
        tried = player.module(
            running, "esxi_cert_install", esxi_hosts=names, certificates=signed, requests=requests, max_failures=9
        )
        assert tried.returncode == 0, tried.printed
        for one in tried.result["hosts"]:
            assert (one["status"], one["changed"]) == ("failed", False)
            assert f"signed for {one['esxi_host']} was not installed, because" in one["error"]
            assert why[one["esxi_host"]] in one["error"]
        key = ca.key_path.read_text(encoding="utf-8")
        leaked = player.module(running, "esxi_cert_install", esxi_hosts=[names[0]], certificates={names[0]: key}, requests=requests)
        assert "holds a private key" in leaked.message
        assert key.splitlines()[5] not in leaked.printed
        assert installed(running) == set()
        # What is fit is installed once, also where vCenter's answer is lost.
        running.fault({"match": {"method": INSTALL}, "times": 1, "effect": {"drop": "after"}})
        fit = {names[0]: ca.sign(requests[names[0]])}
        done = player.module(running, "esxi_cert_install", esxi_hosts=[names[0]], certificates=fit, requests=requests)
        assert (done.statuses, "transient errors" in done.printed) == ({names[0]: "changed"}, True), done.printed
        assert [method for method, _target in mutating(running)].count(INSTALL) == 1
        refused = player.module(running, "esxi_cert_regenerate", esxi_hosts=["127.*"])
        assert "is in certificate mode custom" in refused.message


def test_a_command_that_fails_for_a_host_stops_before_anything_is_installed(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=scenario(host(), host(10)), speed=100) as running:
        good, bad = hosts_of(running)
        words = (str(running.directory / "corporate"), "vc01")
        failing = {"method": "command", "argv": argv(*words, bad, TOKEN)}
        failed = play(running, tmp_path, "-v", certops_custom_ca=failing, certops_canary=0, certops_concurrency=1)
        assert failed.returncode == 2
        assert installed(running) == set()
        assert taken(failed, bad) == [("renew_custom_ca", "failed")]
        assert taken(failed, good) == [("renew_custom_ca", "not_started")]
        error = failed.host("vc01", bad)["step_results"][0]["error"]
        assert error.startswith(
            f"The certificate request of {bad} was not signed: the CA of certops_custom_ca (method command) failed,"
        )
        assert "ended with 3: the profile ESXI allows no such name. Nothing was changed on the host" in error
        assert TOKEN not in failed.printed.replace(json.dumps(failing["argv"]), "")

        # One may fail: the other is renewed.
        tolerant = player.play(running, tmp_path, certops_custom_ca=failing, certops_canary=0, certops_max_failures=1)
        assert sound(running.host(good)), tolerant.printed
        assert tolerant.results("vc01") == {good: "done", bad: "failed"}


def test_a_command_that_hangs_speaks_and_is_given_up(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=scenario(host(), host(10)), speed=100) as running:
        words = (str(running.directory / "corporate"), "vc01")
        wait = [sys.executable, "-c", "import time; time.sleep(20)", TOKEN]
        hanging = {"method": "command", "argv": wait, "host_timeout_seconds": 5}
        failed = player.play(running, tmp_path, certops_custom_ca=hanging, certops_canary=0, certops_progress_seconds=1)
        assert failed.returncode == 2
        assert installed(running) == set()
        first = next(
            line
            for line in failed.printed.splitlines()
            if line.startswith("vc01: renew_custom_ca 0 of 2 hosts done, 0 failed, waiting")
        )
        assert re.search(rf"waiting for {re.escape(sys.executable)} to sign for \S+, running for \d s$", first)
        errors = [
            step["error"] for name in hosts_of(running) for step in failed.host("vc01", name)["step_results"] if step["error"]
        ]
        assert len(errors) == 1
        assert "(method command) failed," in errors[0]
        assert f"{sys.executable} did not end within 5 seconds, and was stopped. Nothing was changed" in errors[0]
        assert TOKEN not in failed.printed
        custom_ca = {"method": "command", "argv": argv(*words), "host_timeout_seconds": 60}
        done = player.play(running, tmp_path, certops_custom_ca=custom_ca)
        assert done.returncode == 0, done.printed
        assert all(sound(running.host(name)) for name in hosts_of(running))


def test_a_custom_ca_that_cannot_be_used_stops_the_run_before_its_first_call(tmp_path: Path) -> None:
    unusable: dict[str, tuple[dict[str, Any], str]] = {
        "vc01": (
            {"method": "key", "ca_path": "/nonexistent/ca.pem", "ca_key_path": "/nonexistent/ca.key"},
            "there is not a file /nonexistent/ca.pem, /nonexistent/ca.key on this controller; vc01",
        ),
        "vc02": ({"method": "command"}, "its method command needs argv, the program and its arguments as a list; vc02"),
        "vc03": ({"method": "role"}, "its method role needs name, the role as NAMESPACE.COLLECTION.ROLE; vc03"),
        "vc04": ({"days": 3}, "its method must be one of: key, command, role; vc04"),
        "vc05": (
            {"method": "command", "argv": ["/nonexistent/sign", TOKEN]},
            "there is no program /nonexistent/sign on this controller, which its argv begins with; vc05",
        ),
    }
    with estate(tmp_path / "estate", scenario=scenario(host(), names=tuple(unusable)), speed=100) as running:
        beside = tmp_path / "beside.json"
        groups = {"vcenters": {"hosts": {name: {"certops_custom_ca": given} for name, (given, _told) in unusable.items()}}}
        beside.write_text(json.dumps(groups), encoding="utf-8")
        refused = player.play(running, tmp_path, "-i", str(beside))
        assert refused.returncode == 2
        assert running.journal() == []
        printed = " ".join(refused.printed.split())
        assert [told for _given, told in unusable.values() if told not in printed] == []
        assert TOKEN not in printed
        # Who only looks needs nothing that signs: only what cannot be meant is told.
        for name in ("vc02", "vc03", "vc04"):
            groups["vcenters"]["hosts"][name]["certops_custom_ca"] = unusable["vc05"][0]
        beside.write_text(json.dumps(groups), encoding="utf-8")
        audited = player.play(running, tmp_path, "-i", str(beside), playbook="audit.yml")
        assert audited.returncode == 0, audited.printed
        assert set(audited.reports) == set(unusable)


@pytest.mark.parametrize("mode", ["vmca"])
def test_in_another_mode_nobody_is_asked(tmp_path: Path, mode: str) -> None:
    with estate(tmp_path / "estate", vcenters=1, hosts=1, due=1.0, speed=100) as running:
        asked = player.module(running, "esxi_cert_request", esxi_hosts=["*"])
        assert f"is in certificate mode {mode}, and a certificate of your CA is for those in mode custom" in asked.message
        assert mutating(running) == []
