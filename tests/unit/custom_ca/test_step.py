# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The step by which a CA of the operator's renews: from requests over what was signed to what was installed, without a vCenter."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.action.take_signed import ActionModule as TakeSigned
from ansible_collections.certops.vsphere.plugins.action.take_step import ActionModule as TakeStep
from ansible_collections.certops.vsphere.plugins.filter.decision import FilterModule
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import pack, unpack
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CertificateSettings
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import given as custom_ca
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca import step as custom_ca_step
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.turns import TurnsAction
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

CERTIFICATE = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
# Signs for each host but those whose names are given; the request of the tests is the host's name.
SIGN = f"""
import sys
name = sys.stdin.read()
sys.exit("no " + name) if name in sys.argv else print({CERTIFICATE!r}.format(name), end="")
"""
WHY_NOT = "it was asked for a request and given no certificate, because the step was stopped before"


def result(name: str, step: str, status: str = "changed", **more: Any) -> dict[str, Any]:
    """What a module returns of a host."""
    failed = status == "failed"
    error = f"{name} broke." if failed else None
    shown = {"esxi_host": name, "step": step, "status": status, "failed": failed, "changed": status == "changed", "error": error}
    return {**shown, **more}


class World:
    """Runs the actions as the role does; the modules answer as hosts would that do what they are asked, but those in `broken`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, how: dict[str, Any], **variables: Any) -> None:
        way = {"inventory_hostname": "vc1", "certops_connection": {"hostname": "vc1"}}
        self.variables: dict[str, Any] = {**way, "certops_custom_ca": how, **variables}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.spoken: list[str] = []
        self.broken: set[tuple[str, str]] = set()
        self.asked_in_vain: Optional[dict[str, Any]] = None
        self.environment: list[Any] = []
        self.role_problem: Optional[str] = None
        self._monkeypatch = monkeypatch

    def action(self, kind: Any, check_mode: bool = False, **arguments: Any) -> Any:
        """An action of this kind, with the arguments of its task."""
        action = object.__new__(kind)
        action._task = SimpleNamespace(check_mode=check_mode, args=arguments, environment=self.environment)
        action._templar = SimpleNamespace(template=lambda value: value)
        patch = self._monkeypatch.setattr
        patch(kind, "validate_argument_spec", lambda _self, argument_spec: (None, arguments))
        patch(kind, "_run_module", lambda _self, _variables, work, options, _order: self._answer(work.module, options, check_mode))
        patch(kind, "speaking", self._speaking)
        patch(custom_ca_step, "role_problem", lambda _action, name: self.role_problem and f"{name}: {self.role_problem}")
        patch(kind, "_execute_module", self._sign_by_key, raising=False)
        return action

    @contextlib.contextmanager
    def _speaking(self, _variables: Any, progress: Any, **_named: Any) -> Iterator[None]:
        self.spoken.append(f"{progress.done} of {progress.total}, {progress.failed} failed: {progress.doing}")
        yield None

    def _sign_by_key(self, *, module_name: str, module_args: dict[str, Any], task_vars: Any) -> dict[str, Any]:
        self.calls.append((module_name, module_args))
        if module_args["csr_content"] == "b":
            return {"failed": True, "msg": "the key does not open."}
        if module_args["csr_content"] == "c":
            raise AnsibleError("there is no such module")
        return {"certificate": CERTIFICATE.format(module_args["csr_content"])}

    def _answer(self, module: str, options: dict[str, Any], check_mode: bool) -> dict[str, Any]:
        self.calls.append((module, options))
        names, step = options["esxi_hosts"], module.rpartition("_")[2]
        if step not in ("request", "install"):
            facts = estate(*map(host, names)).to_facts()
            answers = {"reregister": "reregister", "reconnect": "reconnect"}
            return (
                {"changed": True, "hosts": [result(name, answers[step]) for name in names]}
                if step in answers
                else {"certops_packed": pack(facts)}
            )
        if step == "request" and self.asked_in_vain is not None:
            return self.asked_in_vain
        told = [self._told(name, step, check_mode) for name in names]
        failed = [one for one in told if one["failed"]]
        more = {"failed": True, "msg": failed[0]["error"]} if len(failed) > options["max_failures"] else {}
        return {"changed": True, "hosts": told, "warnings": [f"{step} is slow"], "diff": [step], **more}

    def _told(self, name: str, step: str, check_mode: bool) -> dict[str, Any]:
        if (name, step) in self.broken:
            return result(name, "renew_custom_ca" if step == "install" else step, "failed")
        if check_mode:
            return result(name, step, after={"requested": True}, csr_pem=None)
        if step == "request":
            return result(name, step, after={"requested": True, "names": [name]}, csr_pem=name)
        return result(name, "renew_custom_ca", certificate_pem=f"installed on {name}")

    def step(self, *hosts: str, check_mode: bool = False, **variables: Any) -> dict[str, Any]:
        """Take the step."""
        told: dict[str, Any] = self.action(TakeStep, check_mode, step="renew_custom_ca").work(
            {**self.variables, "certops_step_hosts": list(hosts), **variables}
        )
        return told

    def signed(self, so_far: dict[str, Any], name: str, text: str = "", *, failed: Any = None) -> dict[str, Any]:
        """Take what a role has signed; or that it failed, and what its task returned then."""
        variables = {**self.variables, "certops_signed_pem": text, "ansible_failed_result": failed}
        # As it comes out of a registered variable.
        given = json.loads(json.dumps(so_far))
        told: dict[str, Any] = self.action(TakeSigned, so_far=given, esxi_host=name, failed=failed is not None).work(variables)
        return told


def by_command(*refused: str) -> dict[str, Any]:
    """A command that signs."""
    return {"method": "command", "argv": [sys.executable, "-c", SIGN, *refused], "host_timeout_seconds": 60}


def states(told: dict[str, Any]) -> dict[str, str]:
    """What became of each host."""
    assert {one["step"] for one in told["results"]} <= {"renew_custom_ca"}
    return {one["esxi_host"]: one["status"] for one in told["results"]}


def test_a_command_signs_for_one_host_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, by_command(), certops_max_failures=1, certops_force=True, certops_renew_host_timeout_seconds=7)
    told = world.step("a", "b")
    (asking, asked), (installing, installed) = world.calls
    assert (asking, installing) == ("esxi_cert_request", "esxi_cert_install")
    assert (asked["hostname"], asked["force"], asked["host_timeout_seconds"], asked["max_failures"]) == ("vc1", True, 7, 1)
    assert (installed["requests"], installed["max_failures"], "force" in installed) == ({"a": "a", "b": "b"}, 1, False)
    assert installed["certificates"] == {name: CERTIFICATE.format(name) for name in "ab"}
    assert world.spoken == [
        f"0 of 2, 0 failed: waiting for {sys.executable} to sign for a",
        f"1 of 2, 0 failed: waiting for {sys.executable} to sign for b",
    ]
    assert states(told) == {"a": "changed", "b": "changed"}
    assert (told["awaiting"], told["stopped"], told["changed"]) == ([], "", True)
    assert told["certificates"] == {"a": "installed on a", "b": "installed on b"}
    assert not any({"csr_pem", "certificate_pem"} & set(one) for one in told["results"])
    assert (told["warnings"], told["diff"]) == (["request is slow", "install is slow"], ["request", "install"])


def test_it_has_the_environment_of_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    source = f"import os; print({CERTIFICATE!r} + os.environ['TOKEN'])"
    world = World(monkeypatch, {"method": "command", "argv": [sys.executable, "-c", source]})
    world.environment = [{"TOKEN": "old"}, {"TOKEN": "new"}, ""]
    world.step("a")
    assert world.calls[1][1]["certificates"]["a"].rstrip().endswith("new")


@pytest.mark.parametrize(
    ("limit", "status", "stops"),
    [
        (0, {"a": "not_started", "b": "failed", "c": "not_started"}, True),
        (1, {"a": "changed", "b": "failed", "c": "changed"}, False),
    ],
)
def test_where_more_fail_than_may_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, limit: int, status: dict[str, str], stops: bool
) -> None:
    world = World(monkeypatch, by_command("b"))
    before = [result("z", "renew_custom_ca", "failed")]
    told = world.step("a", "b", "c", certops_max_failures=limit, certops_results=before)
    assert states(told) == {"z": "failed", **status}
    why = (
        "The certificate request of b was not signed: the CA of certops_custom_ca (method command) failed,"
        f" {sys.executable} ended with 1: no b. Nothing was changed on the host. Check the CA, and run again."
    )
    results = {one["esxi_host"]: one for one in told["results"]}
    assert results["b"]["error_code"] == "request_not_signed"
    assert results["b"]["error"] == why
    assert told["stopped"] == (why if stops else "")
    assert [module for module, _options in world.calls] == ["esxi_cert_request", *([] if stops else ["esxi_cert_install"])]
    if stops:
        assert (results["a"]["reason"], results["a"]["changed"]) == (WHY_NOT, False)
    else:
        assert (world.calls[1][1]["esxi_hosts"], world.calls[1][1]["max_failures"]) == (["a", "c"], 0)


def test_what_fails_before_and_after_the_signing_counts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, by_command())
    world.broken = {("a", "request")}
    told = world.step("a", "b")
    assert (states(told), told["stopped"]) == ({"a": "failed", "b": "not_started"}, "a broke.")
    assert len(world.calls) == 1
    world.broken = {("a", "install")}
    told = world.step("a", "b")
    assert (states(told), told["stopped"]) == ({"a": "failed", "b": "changed"}, "a broke.")
    assert told["certificates"] == {"b": "installed on b"}
    world.asked_in_vain = {"failed": True, "hosts": []}
    assert world.step("a")["stopped"] == "the module gave no reason"


def test_check_mode_foretells_and_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, by_command())
    told = world.step("a", "b", check_mode=True)
    assert [(one["step"], one["after"]) for one in told["results"]] == [("renew_custom_ca", {"renewed": True})] * 2
    assert [module for module, _options in world.calls] == ["esxi_cert_request"]


def test_without_hosts_nothing_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, {})
    told = world.step()
    assert (told["results"], told["awaiting"], told["certificates"], told["stopped"], world.calls) == ([], [], {}, "", [])


def test_a_ca_that_cannot_be_used_stops_before_anybody_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, {"method": "key"})
    told = world.step("a")
    assert told["stopped"].startswith("Nothing was changed on vc1: certops_custom_ca cannot be used (its method key needs ca_path")
    assert (world.calls, told["awaiting"], told["results"]) == ([], [], [])


def test_a_key_signs_by_the_collection_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(custom_ca, "installed_collection", lambda name: True)
    (tmp_path / "ca.pem").write_text(CERTIFICATE.format("CA"), encoding="utf-8")
    (tmp_path / "ca.key").write_text("-----BEGIN PRIVATE KEY-----", encoding="utf-8")
    files = {"ca_path": str(tmp_path / "ca.pem"), "ca_key_path": str(tmp_path / "ca.key")}
    world = World(monkeypatch, {"method": "key", **files, "ca_passphrase": "canary", "days": 30})
    told = world.step("a", "b", "c", certops_max_failures=2)
    module, options = world.calls[1]
    assert module == "community.crypto.x509_certificate_pipe"
    assert (options["ownca_privatekey_passphrase"], options["ownca_not_after"]) == ("canary", "+30d")
    assert world.calls[-1][1]["certificates"] == {"a": CERTIFICATE.format("a") + "\n" + CERTIFICATE.format("CA")}
    errors = [one["error"] for one in told["results"] if one["failed"]]
    assert [error.partition("failed, ")[2].partition(". Nothing")[0] for error in errors] == [
        "the key does not open",
        "there is no such module",
    ]
    assert "canary" not in json.dumps(told)
    (tmp_path / "ca.pem").write_text(CERTIFICATE.format("CA"), encoding="utf-8")
    del world.variables["certops_custom_ca"]["ca_passphrase"]
    world.step("a")
    assert "ownca_privatekey_passphrase" not in world.calls[-2][1]


BY_ROLE = {"method": "role", "name": "sign_here"}


def test_a_role_signs_for_one_host_after_the_other_and_after_the_last_all_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, BY_ROLE, certops_results=[result("z", "renew_custom_ca")])
    told = world.step("a", "b")
    assert (told["awaiting"], told["requests"], told["stopped"]) == (["a", "b"], {"a": "a", "b": "b"}, "")
    assert states(told) == {"z": "changed"}
    told = world.signed(told, "a", CERTIFICATE.format("a"))
    assert (told["awaiting"], told["requests"], len(world.calls)) == (["b"], {"a": "a", "b": "b"}, 1)
    told = world.signed(told, "b", CERTIFICATE.format("b"))
    assert world.calls[1][1]["certificates"] == {name: CERTIFICATE.format(name) for name in "ab"}
    assert states(told) == {"z": "changed", "a": "changed", "b": "changed"}
    assert (told["awaiting"], told["certificates"]["a"], told["stopped"]) == ([], "installed on a", "")


@pytest.mark.parametrize(
    ("text", "failed", "why"),
    [
        ("", None, "it gave no certificate in PEM"),
        ("-----BEGIN PRIVATE KEY-----canary", None, "it gave a private key, which nobody may have but the host"),
        ("", {"msg": "Vault is sealed."}, "Vault is sealed"),
        ("", {"rc": 1}, "it gave no reason"),
        ("", {}, "a file or a role that it includes is not there"),
        ("", "odd", "it gave no reason"),
    ],
)
def test_where_a_role_fails_for_too_many_the_others_are_let_alone(
    monkeypatch: pytest.MonkeyPatch, text: str, failed: Any, why: str
) -> None:
    world = World(monkeypatch, BY_ROLE)
    told = world.signed(world.step("a", "b"), "a", text, failed=failed)
    assert f"(method role) failed, {why}. Nothing was changed on the host." in told["stopped"]
    assert (states(told), told["awaiting"]) == ({"a": "failed", "b": "not_started"}, [])
    # Whoever runs on has to know that Ansible leaves this vCenter out of what follows.
    assert told["left_out"] == (failed == {})
    # The role is included for no other host, and what is left of the loop changes nothing.
    over = world.signed(told, "b", CERTIFICATE.format("b"))
    assert over == {**told, "changed": False}
    assert [module for module, _options in world.calls] == ["esxi_cert_request"]
    assert "canary" not in json.dumps(told)


def test_where_a_role_includes_what_is_not_there_nothing_follows_however_many_may_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, BY_ROLE, certops_max_failures=5)
    told = world.signed(world.step("a", "b", "c"), "a", CERTIFICATE.format("a"))
    told = world.signed(told, "b", failed={"msg": "Vault is sealed."})
    assert (told["awaiting"], told["left_out"], told["stopped"]) == (["c"], False, "")
    told = world.signed(told, "c", failed={})
    assert states(told) == {"a": "not_started", "b": "failed", "c": "failed"}
    assert (told["left_out"], "a file or a role that it includes is not there" in told["stopped"]) == (True, True)
    assert [module for module, _options in world.calls] == ["esxi_cert_request"]


def test_a_role_that_ansible_cannot_load_stops_the_step_before_the_first_host_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, BY_ROLE)
    world.role_problem = "no such role"
    told = world.step("a", "b")
    assert told["stopped"].startswith("Nothing was changed on vc1: certops_custom_ca cannot be used (sign_here: no such role).")
    assert (told["awaiting"], world.calls) == ([], [])


def plan() -> dict[str, Any]:
    """The plan of a vCenter in mode custom."""
    facts = estate(
        host("a", ends=20, issuer="other"),
        host("b", ends=30, issuer="other"),
        certificate_settings=CertificateSettings(mode="custom"),
    ).to_facts()
    made: dict[str, Any] = FilterModule().filters()["plan"](facts, {"protection": "none", "custom_ca": True, "canary": 0})
    return made


def test_a_turn_has_it_sign_and_reconnects_the_hosts_against_what_was_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, by_command(), certops_plan=plan())
    for _turn in range(2):
        told = world.action(TurnsAction).take(world.variables)
        world.variables["__certops_run"] = told
        assert (told["stopped"], told["run"]["role"]) == ("", {})
        assert not {"requests", "signing", "certificates", "awaiting"} & set(told)
    assert [module for module, _options in world.calls] == ["esxi_cert_request", "esxi_cert_install", "esxi_reconnect"]
    assert world.calls[-1][1]["certificates"] == {"a": "installed on a", "b": "installed on b"}
    assert [one["step"] for one in unpack(told["run"]["results"])] == ["renew_custom_ca"] * 2 + ["reconnect"] * 2
    moids = {one["esxi_host"]: one["moid"] for one in world.variables["certops_plan"]["hosts"]}
    assert world.calls[0][1]["planned_moids"] == world.calls[1][1]["planned_moids"] == moids


def test_a_turn_leaves_it_to_the_role_where_a_role_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(monkeypatch, BY_ROLE, certops_plan=plan())
    told = world.action(TurnsAction).take(world.variables)
    assert (told["run"]["role"]["name"], told["run"]["role"]["esxi_hosts"], world.calls) == ("renew_custom_ca", ["a", "b"], [])
    world.variables.update(
        __certops_run=told,
        certops_results=[result(name, "renew_custom_ca") for name in "ab"],
        certops_installed_certificates={"a": "from the role"},
    )
    world.action(TurnsAction).take(world.variables)
    assert world.calls[-1][1]["certificates"] == {"a": "from the role"}
