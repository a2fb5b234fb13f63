# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tasks do a module's work in their own process, and what goes into it and comes out."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible.module_utils import basic
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import foreseen
from ansible_collections.certops.vsphere.plugins.module_utils._entry import entry
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import FILE_VARIABLE, silent
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import in_process, speaking

CONNECTION = {"hostname": "vc", "username": "u", "password": "canary"}
SPEC = {"esxi_hosts": {"type": "list", "elements": "str"}, "force": {"type": "bool", "default": False}}
HERE = {"ansible_python_interpreter": sys.executable}


class Templar:
    """Evaluates nothing."""

    @staticmethod
    def template(value: Any) -> Any:
        return value


def action(arguments: Optional[dict[str, Any]] = None, environment: Optional[dict[str, str]] = None, **changed: Any) -> Any:
    """An action's task as Ansible hands it over."""
    task = {"args": {**CONNECTION, **(arguments or {})}, "async_val": 0, "delegate_to": None, "check_mode": True, "diff": False}
    connection = {"transport": "local", "become": None}
    for kind in (task, connection):
        kind.update({key: value for key, value in changed.items() if key in kind})

    def compute(raw: dict[str, Any]) -> str:
        raw.update(environment or {})
        return ""

    return SimpleNamespace(
        _task=SimpleNamespace(**task),
        _connection=SimpleNamespace(**connection),
        _templar=Templar,
        _compute_environment_string=compute,
    )


def definition(**changed: Any) -> entry.Definition:
    """A module that does nothing."""
    given: dict[str, Any] = {"argument_spec": SPEC, "work": lambda *_given: entry.Result(), **changed}
    return entry.Definition(**given)


def test_the_same_python_on_this_machine_does_it_here() -> None:
    prepared = in_process.prepare(action({"force": "yes", "esxi_hosts": "a,b"}), definition(), HERE)
    assert prepared is not None
    assert prepared.options["force"] is True
    assert prepared.options["esxi_hosts"] == ["a", "b"]
    assert prepared.options["port"] == 443
    assert prepared.options["request_timeout_seconds"] == 60.0
    assert prepared.secrets == {"canary"}
    assert (prepared.check_mode, prepared.diff) == (True, False)


@pytest.mark.parametrize(
    "python", ["auto", "auto_silent", "auto_legacy", os.path.join(os.path.dirname(sys.executable), ".", "python")]
)
def test_a_python_that_nobody_named_or_that_is_this_one_does_it_here(python: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.path.join(os.path.dirname(sys.executable), "python"))
    assert in_process.prepare(action(), definition(), {"ansible_python_interpreter": python}) is not None


@pytest.mark.parametrize(
    "asked",
    [
        action(transport="ssh"),
        action(become=object()),
        action(async_val=30),
        action(environment={"https_proxy": "http://proxy"}),
        # AnsibleModule tells what is wrong with options, and what it thinks of them.
        action({"force": "perhaps"}),
        action({"esxi_hots": ["a"]}),
        action({"user": "another"}),
        action({"esxi_hosts": {1: {2}, None: 3, (): 4}}),
    ],
    ids=["remote", "become", "async", "environment", "a wrong option", "an unknown option", "an alias besides", "no JSON"],
)
def test_what_asks_for_another_process_gets_one(asked: Any) -> None:
    assert in_process.prepare(asked, definition(), HERE) is None


@pytest.mark.parametrize("python", ["/usr/bin/python9", "python3", "/usr/bin/env python3", ""])
def test_another_python_gets_a_process_of_its_own(python: str) -> None:
    assert in_process.prepare(action(), definition(), {"ansible_python_interpreter": python}) is None


def test_the_python_is_that_of_the_machine_to_which_it_is_delegated() -> None:
    variables = {**HERE, "ansible_delegated_vars": {"bastion": {"ansible_python_interpreter": "/usr/bin/python9"}}}
    assert in_process.prepare(action(delegate_to="bastion"), definition(), variables) is None
    variables = {"ansible_python_interpreter": "/usr/bin/python9", "ansible_delegated_vars": {"localhost": HERE}}
    assert in_process.prepare(action(delegate_to="localhost"), definition(), variables) is not None


def test_a_library_that_is_missing_here_is_looked_for_by_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "LIBRARIES", {"pyvmomi": "no module named pyVmomi", "cryptography": None})
    assert in_process.prepare(action(), definition(), HERE) is None


def test_constraints_are_held() -> None:
    held = definition(constraints={"required_if": [("force", True, ["esxi_hosts"])]})
    assert in_process.prepare(action({"force": True}), held, HERE) is None
    assert in_process.prepare(action({"force": True, "esxi_hosts": ["a"]}), held, HERE) is not None


class Session:
    """A session with no vCenter."""

    retries = 2

    def __init__(self, connection: Any) -> None:
        assert connection.hostname == "vc"

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        pass


def carried_out(monkeypatch: pytest.MonkeyPatch, work: Any, variables: Any = None, **options: Any) -> dict[str, Any]:
    monkeypatch.setattr(entry, "VSphereSession", Session)
    prepared = in_process.prepare(action(options), definition(work=work), HERE if variables is None else variables)
    assert prepared is not None
    return prepared.carry_out(silent)


def test_the_result_is_the_modules_and_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    given = entry.Result(changed=True, values={"hosts": ({"esxi_host": "a"},)}, diff=[{"before": 1}])
    result = carried_out(monkeypatch, lambda *_given: given)
    assert result["changed"] is True
    assert result["hosts"] == [{"esxi_host": "a"}]
    assert "diff" not in result
    assert "failed" not in result
    assert result["warnings"] == ["2 call(s) to vc failed with transient errors and were retried"]


@pytest.mark.parametrize("before_it_was_a_setting", [True, False])
@pytest.mark.parametrize("asked_for", [True, False])
def test_the_options_are_in_the_result_where_ansible_core_puts_a_modules(
    monkeypatch: pytest.MonkeyPatch, before_it_was_a_setting: bool, asked_for: bool
) -> None:
    def value(name: str, variables: Any) -> bool:
        # ansible-core before 2.21 raises an error where a setting is not known.
        assert not before_it_was_a_setting
        assert (name, variables) == ("INJECT_INVOCATION", {})
        return asked_for

    own = SimpleNamespace(config=SimpleNamespace(get_config_value=value))
    if not before_it_was_a_setting:
        own.INJECT_INVOCATION = False
    monkeypatch.setattr(in_process, "_same_python", lambda *_given: True)
    monkeypatch.setattr(in_process, "constants", own)
    result = carried_out(monkeypatch, lambda *_given: entry.Result(), variables={})
    if before_it_was_a_setting or asked_for:
        assert result["invocation"]["module_args"]["hostname"] == "vc"
        assert result["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    else:
        assert "invocation" not in result


def test_a_failure_has_its_sentence_and_its_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*_given: Any) -> entry.Result:
        raise CertopsError("It failed", code="broken", remedy="Do this.")

    result = carried_out(monkeypatch, work)
    assert (result["failed"], result["changed"], result["msg"], result["error_code"]) == (
        True,
        False,
        "It failed. Do this.",
        "broken",
    )


def test_a_result_with_failures_is_shown_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    given = entry.Result(changed=True, values={"hosts": [1]}, failure="One failed.")
    result = carried_out(monkeypatch, lambda *_given: given)
    assert (result["failed"], result["changed"], result["msg"], result["hosts"]) == (True, True, "One failed.", [1])


def test_no_secret_comes_out_whoever_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*_given: Any) -> entry.Result:
        raise CertopsError("The password canary was refused", code="broken", vsphere_fault="canary")

    assert "canary" not in str(carried_out(monkeypatch, work))


@pytest.mark.parametrize("secret", ["canary", "a'\"<&\\é", "line\nline", "\U0001f511\t", "7351", "\ud83d", "\x00\x7f"])
@pytest.mark.parametrize("vsphere_fault", ["{}", "a{}b", "{0}{0}"])
def test_no_secret_comes_out_with_what_was_read(secret: str, vsphere_fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"hosts": [{"vsphere_fault": vsphere_fault.format(secret), "port": 73510, "other": None}, {"vsphere_fault": "nothing"}]}
    result = carried_out(monkeypatch, lambda *_given: entry.Result(values={"facts": facts}), password=secret)
    first, second = result["facts"]["hosts"]
    assert secret not in first["vsphere_fault"]
    assert (first["port"] == 73510) is (secret != "7351")
    assert second == {"vsphere_fault": "nothing"}


def test_what_has_no_secret_comes_out_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"hosts": [{"esxi_host": "esx-é\u2028", "port": 9080, "due": [], "offset": 0.25, "ok": True}]}
    result = carried_out(monkeypatch, lambda *_given: entry.Result(values={"facts": facts}))
    assert result["facts"] == facts


def test_a_private_key_that_is_given_by_mistake_does_not_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIcanary\n-----END PRIVATE KEY-----\n"
    result = carried_out(monkeypatch, lambda *_given: entry.Result(), esxi_hosts=[key])
    assert "MIIcanary" not in str(result)


SECRET = "ca'na&ry\\n"


def broken(*_given: Any) -> entry.Result:
    """A defect, whose words have the password as Python writes it."""
    raise ValueError(f"{[SECRET]!r} {SECRET}")


def test_a_defect_is_told_as_one_with_its_traceback_apart_and_no_secret_in_either(monkeypatch: pytest.MonkeyPatch) -> None:
    result = carried_out(monkeypatch, broken, password=SECRET)
    assert (result["failed"], result["changed"]) == (True, False)
    assert "An internal error in certops.vsphere stopped this task on vc (ValueError: " in result["msg"]
    assert "What it had done by then is not known" in result["msg"]
    [trace] = result[entry.TRACEBACKS]
    assert "in broken" in trace
    for text in (result["msg"], trace):
        assert "ca'na" not in text
        assert "ry" not in text.replace("retry", "").replace("every", "").replace("carry", "").partition("ValueError")[2][:40]


class Speaking(speaking.SpeakingAction):
    """An action that does this."""

    def __init__(self, returned: dict[str, Any]) -> None:
        self.returned = returned

    def work(self, _task_vars: dict[str, Any]) -> dict[str, Any]:
        """It is done."""
        return self.returned


@pytest.mark.parametrize("traces", [["Traceback one", "Traceback two"], []])
def test_an_action_shows_tracebacks_where_ansible_is_talkative_and_returns_none(
    monkeypatch: pytest.MonkeyPatch, traces: list[str]
) -> None:
    vsphere_fault: list[str] = []
    monkeypatch.setattr(speaking.display, "vvv", vsphere_fault.append)
    monkeypatch.setattr(speaking.ActionBase, "run", lambda _self, _tmp, _task_vars: {})
    returned = {"changed": False, **({entry.TRACEBACKS: traces} if traces else {})}
    assert Speaking(returned).run(None, {}) == {"changed": False}
    assert vsphere_fault == traces


def test_what_a_piece_of_work_is_given_by_its_environment_ends_with_it() -> None:
    """Else the second module of a task, such as what installs what a CA has signed, would get a process of its own."""
    own = [{"KEPT": "1"}]
    one: Any = object.__new__(Speaking)
    one._task = SimpleNamespace(environment=own, args={})
    one._templar = Templar
    with one.speaking({speaking.VARIABLE: 0}, Progress("renew"), "vc", told=True) as path:
        assert one._task.environment == [*own, {FILE_VARIABLE: str(path)}]
    assert one._task.environment == own


@pytest.mark.parametrize(("verbosity", "shown"), [(0, False), (2, False), (3, True)])
def test_a_module_in_its_own_process_hands_tracebacks_on_at_vvv(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], verbosity: int, shown: bool
) -> None:
    given = {**CONNECTION, "password": SECRET, "_ansible_verbosity": verbosity}
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode())
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    monkeypatch.setattr(entry, "VSphereSession", Session)
    with pytest.raises(SystemExit):
        entry.run(definition(work=broken))
    result = json.loads(capsys.readouterr().out)
    assert "An internal error in certops.vsphere stopped this task on vc" in result["msg"]
    assert (entry.TRACEBACKS in result) == shown
    assert "ca'na" not in str(result)
    assert "MODULE FAILURE" not in result["msg"]


def test_a_defect_of_one_host_is_shown_although_the_task_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(*_given: Any) -> entry.Result:
        with contextlib.suppress(CertopsError):
            foreseen("the step renew of esx01", broken, consequence="Look at it.")
        return entry.Result(values={"hosts": []})

    result = carried_out(monkeypatch, work)
    assert "failed" not in result
    assert len(result[entry.TRACEBACKS]) == 1
