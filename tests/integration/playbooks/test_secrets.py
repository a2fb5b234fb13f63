# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Canaries for passwords, a private key and session ids go through every path, and come out nowhere."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.tests.unit.certificates import key
from demo_hosts import DemoHosts, demo_hosts
from processes import Answer, module, play
from tls_server import private_pem
from vsphere_sim.testing import RunningEstate, estate
from witness import Witness

ACCOUNT = "operator@vsphere.local"
PASSWORD = "canary-Vc-7f3a'\"<&\\é"
WRONG = "canary-wrong-51c9"
PROVIDER = "canary-provider-e0d2"
PRIVATE_KEY = private_pem(key("RSA 2048"))
SECRETS = {
    # Whatever quotes it, this much of it stays as it is.
    "the password": "canary-Vc-7f3a",
    "the wrong password": WRONG,
    "the provider's password": PROVIDER,
    "the private key": PRIVATE_KEY.splitlines()[5],
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """An estate whose operator has a canary for a password, and in which logging in takes long enough to be watched."""
    with estate(tmp_path_factory.mktemp("secrets"), scenario="demo", speed=100) as running:
        for vcenter in running.vcenters:
            running.set("account", vcenter=vcenter.name, username=ACCOUNT, password=PASSWORD, privileges=None)
        slow_logins(running)
        yield running


def slow_logins(running: RunningEstate) -> None:
    """What is only there while a module runs is there long enough to be seen."""
    running.fault({"match": {"method": "Login"}, "effect": {"delay_seconds": 0.3}})


@pytest.fixture(scope="module")
def hosts(demo: RunningEstate) -> DemoHosts:
    """Its hosts."""
    return demo_hosts(demo)


@pytest.fixture
def witness() -> Iterator[Witness]:
    """Watches what the test runs, in a folder whose path is short: Ansible has a socket in it, whose path has no room for a test's name."""
    with tempfile.TemporaryDirectory(prefix="watched-") as folder:
        yield Witness(Path(folder, "by"), SECRETS)


def run_module(demo: RunningEstate, witness: Witness, name: str, *, own_process: bool = False, **options: Any) -> Answer:
    """A module as talkative as can be, its options given by a file outside of what is watched."""
    given = {"username": ACCOUNT, "password": PASSWORD, **options}
    environment = {**witness.environment, "ANSIBLE_PIPELINING": "1"}
    arguments = witness.folder.parent / "arguments.json"
    with witness:
        answer = module(demo, name, verbose=True, own_process=own_process, environment=environment, arguments=arguments, **given)
    witness.look_at("the output", answer.printed)
    _look_for_sessions(demo, witness, answer.printed)
    assert witness.looks > 3
    assert any("ansible" in command for command in witness.processes)
    return answer


def run_playbook(demo: RunningEstate, witness: Witness, folder: Path, *arguments: str, **variables: Any) -> str:
    """A playbook as talkative as can be, with its secrets in a file outside of what is watched; what it printed."""
    secrets = {"certops_vcenter_username": ACCOUNT, "certops_vcenter_password": PASSWORD, "certops_provider_password": PROVIDER}
    path = folder / "secrets.json"
    path.write_text(json.dumps({**secrets, **variables}), encoding="utf-8")
    with witness:
        played = play(demo, witness.folder, "-vvv", "--diff", "-e", f"@{path}", *arguments, environment=witness.environment)
    witness.look_at("the output", played.printed)
    _look_for_sessions(demo, witness, played.printed)
    assert "ansible.log" in witness.files
    assert any("python" in command for command in witness.processes)
    return played.printed


def _look_for_sessions(demo: RunningEstate, witness: Witness, printed: str) -> None:
    """The journal has the digests of the sessions' ids, which are 40 hexadecimal digits: nothing in any text may have such a digest."""
    sessions = {entry["session"] for entry in demo.journal() if entry["session"]}
    kept = [path.read_text("utf-8", "replace") for path in witness.folder.rglob("*") if path.is_file()]
    for text in (printed, *kept):
        for word in set(re.findall(r"[0-9a-f]{40}", text)):
            if hashlib.sha256(word.encode()).hexdigest()[:8] in sessions:
                witness.found.add("a session's id")
        if re.search(r"vmware_soap_session|vmware-api-session-id|vcSessionCookie", text):
            witness.found.add("a session's header")


def nowhere(demo: RunningEstate, witness: Witness) -> None:
    """No secret came out, nor is one in the simulator's journal."""
    witness.look_at("the journal", (demo.directory / "journal.jsonl").read_text(encoding="utf-8"))
    assert witness.found == set()


@pytest.mark.parametrize("own_process", [False, True], ids=["in its task's process", "in its own"])
@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("cert_expiry_facts", {"password": WRONG}, "was refused: vSphere said InvalidLogin"),
        ("cert_expiry_facts", {"port": 1}, "cannot be reached"),
        pytest.param("cert_expiry_facts", {"port": "443x"}, "unable to convert to int", marks=pytest.mark.every_core),
        ("cert_expiry_facts", {"ca_path": "/etc/hosts"}, "holds no certificate"),
        ("esxi_cert_regenerate", {"esxi_hosts": ["healthy"]}, ""),
        ("esxi_reconnect", {"esxi_hosts": ["healthy"], "certificates": {"healthy": PRIVATE_KEY}}, "holds a private key"),
        ("esxi_reconnect", {"esxi_hosts": ["healthy"], "certificates": {"healthy": WRONG}}, "cannot be used"),
        (
            "vasa_provider_reregister",
            {"esxi_hosts": ["offline"], "method": "register", "provider_username": "root", "provider_password": PROVIDER},
            "IncorrectUsernamePassword",
        ),
        ("vasa_provider_reregister", {"esxi_hosts": ["healthy"], "provider_password": PROVIDER}, "required together"),
    ],
)
def test_a_module_keeps_its_secrets_on_every_path(
    demo: RunningEstate, hosts: DemoHosts, witness: Witness, name: str, options: dict[str, Any], told: str, own_process: bool
) -> None:
    meant = json.loads(json.dumps(options).replace('"healthy"', f'"{hosts.healthy[0]}"').replace('"offline"', f'"{hosts.offline}"'))
    answer = run_module(demo, witness, name, own_process=own_process, **meant)
    assert (answer.returncode == 0) == (told == ""), answer.printed
    assert told in answer.printed
    assert "Traceback" not in answer.printed
    # What is no secret is shown as it was given: a password that is no password would hide half of the output.
    if WRONG in options.get("certificates", {}).values():
        witness.found = {found for found in witness.found if not found.startswith("the wrong password")}
    nowhere(demo, witness)


def test_a_fault_of_the_server_tells_no_secret(demo: RunningEstate, hosts: DemoHosts, witness: Witness) -> None:
    number = len(demo.journal())
    demo.fault(
        {
            "match": {"protocol": "sms"},
            "times": 1,
            "effect": {"fault": "sms.fault.InvalidSession", "properties": {"sessionCookie": "x"}},
        }
    )
    demo.fault({"match": {"method": "RetrievePropertiesEx"}, "after": 1, "times": 1, "effect": {"http_status": 500}})
    run_module(demo, witness, "cert_expiry_facts")
    demo.clear_faults()
    slow_logins(demo)
    assert len(demo.journal()) > number
    nowhere(demo, witness)


@pytest.mark.every_core
def test_the_playbook_keeps_its_secrets_while_it_works(demo: RunningEstate, witness: Witness, tmp_path: Path) -> None:
    # What its own CA would have to sign is kept back.
    printed = run_playbook(demo, witness, tmp_path, "--limit", "vc02", certops_fail_on="stopped")
    assert "failed=0" in printed
    # Nothing of a run becomes a fact, which is what a fact cache writes down, and gives to the next run. ansible-core 2.21 writes down that there is none.
    cached = [json.loads(path.read_text(encoding="utf-8")) for path in (witness.folder / "facts").rglob("*") if path.is_file()]
    assert [facts for facts in cached if facts not in ({}, {"__payload__": "{}"})] == []
    assert {path.name for path in (witness.folder / "report").iterdir()} >= {"report.json", "vc02.json"}
    nowhere(demo, witness)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"certops_vcenter_password": WRONG}, "InvalidLogin"),
        pytest.param({"certops_vcenter_password": [WRONG]}, "InvalidLogin", marks=pytest.mark.every_core),
        ({"certops_vcenter_port": "https"}, "certops_vcenter_port"),
        (
            {"certops_reregister_method": "register", "certops_provider_username": "root", "certops_hosts": ["missing"]},
            "IncorrectUsernamePassword",
        ),
    ],
    ids=["wrong password", "a list for a password", "a text for a port", "wrong provider password"],
)
def test_the_playbook_keeps_its_secrets_when_it_fails(
    demo: RunningEstate, hosts: DemoHosts, witness: Witness, tmp_path: Path, variables: dict[str, Any], told: str
) -> None:
    if "certops_hosts" in variables:
        variables = {**variables, "certops_hosts": [hosts.missing]}
    printed = run_playbook(demo, witness, tmp_path, "--limit", "vc01", **variables)
    assert told in printed
    nowhere(demo, witness)


def test_the_witness_would_see_a_secret(demo: RunningEstate, witness: Witness) -> None:
    given = {"username": ACCOUNT, "password": PASSWORD, "probe": False}
    with witness:
        # On the command line, and in the file that Ansible makes where it has no pipe.
        module(demo, "cert_expiry_facts", own_process=True, environment=witness.environment, **given)
    assert "the password in the command line of a process" in witness.found
    assert any(found.startswith("the password in the file tmp/remote/") for found in witness.found)
