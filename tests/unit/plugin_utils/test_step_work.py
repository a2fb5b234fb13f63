# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that the roles take: what a module is given, what comes of its answer, and a whole run of turns without a vCenter."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable, Optional

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.action.take_step import ActionModule as TakeStep
from ansible_collections.certops.vsphere.plugins.filter.decision import FilterModule
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import unpack
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.turns import TurnsAction
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host, provider

FILTERS = FilterModule().filters()
# What a module answers, from its name and options.
Module = Callable[[str, dict[str, Any]], dict[str, Any]]
LOST = {"ends": -3, "connection_state": "notResponding"}


def answer(*names: str, step: str, **more: Any) -> dict[str, Any]:
    """What a step's module returns of hosts that it worked on."""
    hosts = [{"esxi_host": name, "step": step, "status": "changed", "failed": False, "changed": True, **more} for name in names]
    failed = [one for one in hosts if one["failed"]]
    return {"changed": True, "hosts": hosts, **({"failed": True, "msg": "It broke."} if failed and more.get("fatal") else {})}


def failed(name: str, step: str, vsphere_fault: str = "", **more: Any) -> dict[str, Any]:
    """A result of a host on which a step failed."""
    return {
        "esxi_host": name,
        "step": step,
        "status": "failed",
        "failed": True,
        "changed": False,
        "error": f"{name} broke.",
        "vsphere_fault": vsphere_fault,
        "after": {"connection_state": "disconnected"},
        **more,
    }


class Actions:
    """Runs the actions as a role does; modules answer what the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Module, check_mode: bool = False, **variables: Any) -> None:
        self.variables: dict[str, Any] = {"inventory_hostname": "vc1", "certops_connection": {"hostname": "vc1"}, **variables}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self._module = module
        self._check_mode = check_mode
        self._monkeypatch = monkeypatch

    def _made(self, kind: Any, **arguments: Any) -> Any:
        action = object.__new__(kind)
        action._task = SimpleNamespace(check_mode=self._check_mode, args=arguments)
        action._templar = SimpleNamespace(template=lambda value: value)
        self._monkeypatch.setattr(kind, "validate_argument_spec", lambda _self, argument_spec: (None, arguments))
        self._monkeypatch.setattr(
            kind, "_run_module", lambda _self, _variables, work, options, _order: self._run(work.module, options)
        )
        return action

    def _run(self, module: str, options: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((module, options))
        return self._module(module, options)

    def step(self, step: str, *hosts: str, **variables: Any) -> dict[str, Any]:
        """Take a step."""
        given = {**self.variables, "certops_step_hosts": list(hosts), **variables}
        result: dict[str, Any] = self._made(TakeStep, step=step).work(given)
        return result

    def turn(self, closing: bool = False) -> dict[str, Any]:
        """Take a turn, or close the run, and keep what came of it."""
        action = self._made(TurnsAction)
        result: dict[str, Any] = (action.close if closing else action.take)(
            self.variables, self.variables.get("certops_failure", "")
        )
        self.variables["__certops_run"] = result
        if result.get("stopped"):
            self.variables["certops_failure"] = result["stopped"]
        return result


def all_well(module: str, options: dict[str, Any]) -> dict[str, Any]:
    """Everything that is asked for is done."""
    if module == "cert_expiry_facts":
        names = ("esx01.example.com", "esx02.example.com")
        return {"changed": False, "ansible_facts": {"certops": estate(*(host(name) for name in names)).to_facts()}}
    step = {"esxi_cert_regenerate": "renew", "esxi_reconnect": "reconnect"}.get(module, "reregister")
    return answer(*options.get("esxi_hosts", ()), step=step)


def plan(*hosts: Any, **policy: Any) -> dict[str, Any]:
    """A plan of these hosts."""
    facts = estate(*hosts, orphans=(provider(None, "offline", uid="gone"),)).to_facts()
    made: dict[str, Any] = FILTERS["plan"](facts, {"protection": "confirmed", **policy})
    return made


def test_a_step_is_taken_with_the_variables_of_its_role_and_what_the_run_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(host("esx01.example.com", ends=20))
    actions = Actions(
        *(monkeypatch, all_well),
        certops_plan=made,
        certops_renew_host_timeout_seconds=7,
        certops_force=True,
        certops_max_failures="2",
        certops_provider_password="none of its business",
    )
    told = actions.step("renew", certops_step_hosts="esx01.example.com, ", certops_hosts_in_flight="yes")
    ((module, options),) = actions.calls
    assert module == "esxi_cert_regenerate"
    assert (options["hostname"], options["host_timeout_seconds"], options["force"]) == ("vc1", 7, True)
    assert (options["max_failures"], options["in_flight"]) == (2, True)
    assert options["planned_moids"] == {"esx01.example.com": made["hosts"][0]["moid"]}
    assert "provider_password" not in options
    assert [one["step"] for one in told["results"]] == ["renew"]
    assert (told["stopped"], told["refused"]) == ("", [])


def test_an_account_is_given_only_where_providers_are_registered_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    actions = Actions(monkeypatch, all_well, certops_provider_username="root", certops_provider_password="secret")
    actions.step("reregister", "a", certops_reregister_method="sps_restart", certops_pending_renewal=["a"])
    actions.step("reregister", "a", certops_reregister_method="register")
    assert [options.get("provider_password") for _module, options in actions.calls] == [None, "secret"]
    assert "pending_renewal" not in actions.calls[0][1]


def test_without_hosts_nothing_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    actions = Actions(monkeypatch, all_well, certops_results=[{"esxi_host": "b"}])
    actions.variables["certops_results"] = []
    assert actions.step("renew")["results"] == []
    assert actions.calls == []


@pytest.mark.parametrize(
    ("results", "limit", "refused", "stopped"),
    [
        ([failed("a", "renew", vsphere_fault="no CSR")], 0, ["a"], ""),
        ([failed("a", "renew")], 0, [], "a broke."),
        ([failed("a", "renew")], 1, [], ""),
        ([failed("b", "renew", vsphere_fault="no CSR")], 0, [], "b broke."),
        ([failed("a", "renew", vsphere_fault="NoPermission")], 0, [], "a broke."),
    ],
)
def test_whom_vcenter_refused_is_no_failure_where_its_cli_may_do_it(
    monkeypatch: pytest.MonkeyPatch, results: list[dict[str, Any]], limit: int, refused: list[str], stopped: str
) -> None:
    actions = Actions(monkeypatch, lambda _module, _options: {"changed": False, "hosts": results})
    told = actions.step("renew", "a", "b", certops_renew_fallback_hosts=["a", "c"], certops_max_failures=limit)
    assert actions.calls[0][1]["max_failures"] == limit + 1
    assert (told["refused"], told["stopped"]) == (refused, stopped)
    assert len(told["results"]) == (0 if refused else 1)


def test_what_failed_on_a_host_that_was_refused_counts_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    actions = Actions(monkeypatch, lambda _module, _options: {"changed": False, "hosts": [failed("b", "renew")]})
    actions.variables.update(certops_results=[failed("a", "renew_cli")], __certops_refused_hosts=["a", "b"])
    assert actions.step("renew", "b", certops_max_failures=1)["stopped"] == "b broke."


def test_a_module_that_could_not_be_run_is_why_it_stopped_and_no_result_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_module: str, _options: dict[str, Any]) -> dict[str, Any]:
        raise AnsibleError("There is no such Python.")

    before = [{"esxi_host": "b", "step": "renew", "status": "changed", "failed": False}]
    told = Actions(monkeypatch, broken, certops_results=before).step("reconnect", "a")
    assert (told["stopped"], told["results"]) == ("There is no such Python.", before)
    partly = {"failed": True, "msg": "It broke.", "hosts": [failed("a", "reconnect", vsphere_fault="NoHost")]}
    told = Actions(monkeypatch, lambda *_call: partly).step("reconnect", "a", certops_reconnect_fallback_hosts=["a"])
    assert (told["stopped"], told["refused"], len(told["results"])) == ("It broke.", [], 1)


def test_a_defect_is_told_as_one_and_nothing_that_was_done_before_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(host("esx01.example.com", ends=20), canary=0)
    actions = Actions(monkeypatch, all_well, certops_plan=made)
    actions.turn()
    del made["policy"]["max_failures"]
    told = actions.turn()
    assert told["stopped"].startswith("An internal error in certops.vsphere")
    assert [one["step"] for one in unpack(told["run"]["results"])] == ["renew"]
    assert told["run"]["to_look_at"] is True
    with pytest.raises(KeyError):
        Actions(monkeypatch, all_well, certops_plan={"hosts": [{}]}).step("renew", "a")


def test_verifying_tells_who_is_not_as_it_should_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_module: str, _options: dict[str, Any]) -> dict[str, Any]:
        return {"ansible_facts": {"certops": estate(host("a", status="offline"), host("b")).to_facts()}}

    actions = Actions(monkeypatch, read, certops_verified=[{"esxi_host": "c", "verified": True}])
    told = actions.step("verify", "a", "b")
    assert [(one["esxi_host"], one["verified"]) for one in told["verified"]] == [("c", True), ("a", False), ("b", True)]
    assert told["stopped"].startswith("Verification failed for a: ")
    assert told["stopped"].endswith(" No further hosts were started. Look at these hosts, and run again.")
    assert unpack(told["after"])["hosts"]
    assert "ansible_facts" not in told, "nothing that was observed becomes a fact"
    assert actions.step("verify", "a", certops_max_failures=1)["stopped"] == ""
    for bad, why in (
        ({"failed": True, "msg": "No answer."}, "No answer."),
        ({"ansible_facts": {"certops": {"hosts": 5}}}, "The facts have schema version"),
    ):
        told = Actions(monkeypatch, lambda *_call, bad=bad: bad).step("verify", "a")
        assert told["stopped"].startswith(why)
        assert (told["verified"], told["after"]) == ([], "")


def test_turn_after_turn_goes_through_the_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(host("esx01.example.com", ends=20), host("esx02.example.com", ends=30), remove_orphans=True)
    actions = Actions(monkeypatch, all_well, certops_plan=made)
    told = [actions.turn() for _turn in range(made["counts"]["turns"])]
    assert [one["turn"]["number"] for one in told] == list(range(1, made["counts"]["turns"] + 1))
    assert [module for module, _options in actions.calls] == [
        *("esxi_cert_regenerate", "esxi_reconnect", "vasa_provider_reregister", "cert_expiry_facts"),
        *("esxi_cert_regenerate", "esxi_reconnect", "vasa_provider_reregister", "vasa_provider_orphans", "cert_expiry_facts"),
    ]
    assert actions.calls[-2][1] == {"hostname": "vc1", "planned_orphans": ["gone"]}
    assert (told[0]["run"]["to_look_at"], told[-1]["run"]["to_look_at"]) == (True, False)
    assert len(unpack(told[-1]["run"]["results"])) == 2 * 3
    assert [one["esxi_host"] for one in unpack(told[-1]["run"]["verified"])] == ["esx01.example.com", "esx02.example.com"]
    assert unpack(told[-1]["run"]["after"])["hosts"]
    over = actions.turn()
    assert (over["turn"], over["stopped"], over["why"]) == (None, "", "all turns of the plan were taken")


def test_after_a_failure_what_was_begun_is_finished_and_the_rest_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def second_fails(module: str, options: dict[str, Any]) -> dict[str, Any]:
        done = all_well(module, options)
        if module == "esxi_cert_regenerate":
            bad = failed("esx02.example.com", "renew")
            kept = [one for one in done["hosts"] if one["esxi_host"] != "esx02.example.com"]
            return {"changed": True, "hosts": [*kept, bad], "failed": True, "msg": "esx02 broke."}
        return done

    made = plan(host("esx01.example.com", ends=20), host("esx02.example.com", ends=30, cluster="c2"), canary=0)
    actions = Actions(monkeypatch, second_fails, certops_plan=made)
    told = [actions.turn() for _turn in range(4)]
    assert [one["stopped"] for one in told] == ["esx02 broke.", "", "", ""]
    assert [one["turn"] and one["turn"]["steps"] for one in told] == [["renew"], ["reconnect"], ["reregister"], None]
    assert {tuple(options["esxi_hosts"]) for _module, options in actions.calls[1:]} == {("esx01.example.com",)}
    assert all(options.get("in_flight", True) for _module, options in actions.calls[1:])
    look = actions.turn(closing=True)
    assert (look["turn"]["steps"], look["turn"]["esxi_hosts"]) == (["verify"], ["esx01.example.com"])
    assert actions.calls[-1][1]["wait_for_sps_seconds"] == 0


@pytest.mark.parametrize("also_fails", [False, True])
def test_closing_finishes_what_is_in_flight_and_reads_back_in_one_go(monkeypatch: pytest.MonkeyPatch, also_fails: bool) -> None:
    def fails(module: str, options: dict[str, Any]) -> dict[str, Any]:
        done = all_well(module, options)
        if module == "esxi_cert_regenerate":
            bad = failed("esx02.example.com", "renew")
            kept = [one for one in done["hosts"] if one["esxi_host"] != "esx02.example.com"]
            return {"changed": True, "hosts": [*kept, bad], "failed": True, "msg": "esx02 broke.", "warnings": ["One."]}
        if module == "esxi_reconnect" and also_fails:
            return {"changed": False, "hosts": [failed("esx01.example.com", "reconnect")], "failed": True, "msg": "esx01 broke."}
        return {**done, "warnings": [f"{module} was slow."], "diff": [{"before": module}]}

    made = plan(host("esx01.example.com", ends=20), host("esx02.example.com", ends=30, cluster="c2"), canary=0)
    actions = Actions(monkeypatch, fails, certops_plan=made)
    assert actions.turn()["run"]["failure"] == "", "a turn tells by what it stopped"
    closed = actions.turn(closing=True)
    finished = ["esxi_reconnect"] if also_fails else ["esxi_reconnect", "vasa_provider_reregister"]
    assert [module for module, _options in actions.calls[1:]] == [*finished, "cert_expiry_facts"]
    assert (closed["stopped"], closed["turn"]["steps"]) == ("", ["verify"])
    assert closed["run"]["failure"].startswith("esx02 broke. esx01 broke." if also_fails else "esx02 broke.")
    assert [one["step"] for one in unpack(closed["run"]["results"])][2:] == (
        ["reconnect"] if also_fails else ["reconnect", "reregister"]
    )
    # What Ansible shows of each of them.
    assert len(closed["warnings"]) == (1 if also_fails else 3)
    assert closed["changed"] is not also_fails


def test_what_no_single_call_does_is_left_to_a_role_which_leaves_its_results_as_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    made = plan(
        host("esx01.example.com", ends=20), host("esx02.example.com"), canary=0, method="cli", ssh_hosts=["esx01.example.com"]
    )
    actions = Actions(monkeypatch, all_well, certops_plan=made)
    told = actions.turn()
    role: Optional[dict[str, Any]] = told["run"]["role"]
    assert role == {
        "name": "renew_cli",
        "esxi_hosts": ["esx01.example.com"],
        "max_failures": 0,
        "ssh_hosts": {"esx01.example.com": "esx01.example.com"},
        "results": [],
    }
    assert actions.calls == []
    actions.variables["certops_results"] = [
        {"esxi_host": "esx01.example.com", "step": step, "status": "changed", "failed": False, "changed": True, "after": None}
        for step in ("renew_cli", "reconnect_pinned")
    ]
    assert actions.turn()["turn"]["steps"] == ["renew"]
    assert [one["step"] for one in unpack(actions.variables["__certops_run"]["run"]["results"])] == [
        "renew_cli",
        "reconnect_pinned",
        "renew",
    ]


def test_whom_vcenter_refused_is_left_to_its_own_cli(monkeypatch: pytest.MonkeyPatch) -> None:
    def refusing(module: str, options: dict[str, Any]) -> dict[str, Any]:
        return {"changed": False, "hosts": [failed(name, "reconnect", vsphere_fault="NoHost") for name in options["esxi_hosts"]]}

    made = plan(host("esx01.example.com", **LOST), ssh_hosts=["esx01.example.com"])
    actions = Actions(monkeypatch, refusing, certops_plan=made)
    told = actions.turn()
    assert (told["stopped"], told["turn"]["steps"]) == ("", ["reconnect"])
    assert told["run"]["role"] == {}
    assert unpack(told["run"]["results"]) == []
    told = actions.turn()
    assert (told["turn"]["steps"], told["run"]["role"]["name"]) == (["renew_cli", "reconnect_pinned"], "renew_cli")
