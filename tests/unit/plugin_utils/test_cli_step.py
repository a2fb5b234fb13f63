# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host after the other that its own CLI renews: who begins, with which options, and what is made of the results of both tasks."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.action.take_step import ActionModule
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import Done, Order
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell import cli_step
from ansible_collections.certops.vsphere.tests.unit.rollout_world import plan_of, planned

NAMES = ("a1", "a2", "a3")
MADE = {"esxi_host": "a1", "step": "renew_cli", "status": "changed", "failed": False, "certificate_pem": "PEM", "backup": "/old"}
BACK = {"esxi_host": "a1", "step": "reconnect", "status": "changed", "failed": False}
BROKEN = {"esxi_host": "a1", "step": "renew_cli", "status": "failed", "failed": True, "error": "a1 broke.", "backup": None}


class Played:
    """The two tasks of a host; shell: what comes of the one over its shell; vcenter: of the reconnect."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, shell: Any = None, vcenter: Optional[Done] = None, check: bool = False
    ) -> None:
        self.given: dict[str, Any] = {}
        self.orders: list[Order] = []
        self._shell, self._vcenter, self._check = shell, vcenter, check
        monkeypatch.setattr(cli_step, "renew_over_the_shell", self._renew)
        monkeypatch.setattr(ActionModule, "speaking", lambda *_given: nullcontext())
        monkeypatch.setattr(ActionModule, "carry_out", self._carry_out)
        monkeypatch.setattr(
            ActionModule, "validate_argument_spec", lambda action, argument_spec: (None, {"step": action._task.args["step"]})
        )

    def _renew(self, action: Any) -> Any:
        self.given = action._task.args
        if isinstance(self._shell, Exception):
            raise self._shell
        return self._shell

    def _carry_out(self, _variables: Any, order: Order) -> Any:
        self.orders.append(order)
        done = self._vcenter or Done({"changed": True, "hosts": [BACK]}, [*order.results, BACK], [])
        return Done(done.answer, [*order.results, *done.results[len(done.results) - len(done.answer.get("hosts", ())) :]], [])

    def task(self, step: str, host: str = "a1", **variables: Any) -> dict[str, Any]:
        """Run one of them."""
        action = object.__new__(ActionModule)
        action._task = SimpleNamespace(check_mode=self._check, args={"step": step})
        action._templar = SimpleNamespace(template=lambda value: value)
        known = {"__certops_cli_host": host, "ansible_loop": {"allitems": list(NAMES)}, "certops_connection": {"hostname": "vc1"}}
        result: dict[str, Any] = action.work({**known, **variables})
        return result


def test_a_host_is_given_what_the_roles_variables_and_the_plan_say(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {"changed": True, "hosts": [MADE], "diff": ["d"]})
    plan = plan_of(planned("a1", "cli"))
    plan["hosts"][0]["moid"] = "host-1"
    told = played.task(
        "renew_cli", certops_plan=plan, certops_cli_switch_ssh=True, certops_force=False, certops_cli_host_timeout_seconds=7
    )
    assert told == {"changed": True, "diff": ["d"], "made": [MADE]}
    assert played.given == {
        "hostname": "vc1",
        "esxi_host": "a1",
        "switch_ssh": True,
        "force": False,
        "host_timeout_seconds": 7,
        "planned_moid": "host-1",
    }


def test_what_vcenter_refused_is_renewed_whatever_its_own_files_say(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch, {"changed": True, "hosts": [MADE]})
    plan = plan_of(planned("a1", "due"))
    plan["hosts"][0]["moid"] = "host-1"
    played.task("renew_cli", certops_plan=plan, certops_force=False)
    assert played.given["force"] is True


def test_a_host_whose_cluster_is_short_of_others_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    told = played.task("renew_cli", certops_plan=plan_of(planned("a1", "cli"), planned("a9", "gone")))
    [held] = told["made"]
    assert (held["status"], played.given) == ("not_started", {})
    assert "a9 of the same cluster is away" in held["reason"]
    told = played.task("reconnect_pinned", __certops_cli_made=told, certops_results=[BACK])
    assert (told["results"], told["taken_back"], told["stopped"], played.orders) == ([BACK, held], [], "", [])


@pytest.mark.parametrize("shell", [AnsibleError("No such option."), {"failed": True, "msg": "No such option."}])
def test_what_is_wrong_with_its_options_is_the_hosts_result(monkeypatch: pytest.MonkeyPatch, shell: Any) -> None:
    told = Played(monkeypatch, shell).task("renew_cli")
    [failed] = told["made"]
    assert (failed["status"], failed["step"], failed["error"]) == ("failed", "renew_cli", "No such option.")
    assert not told.get("failed")


def test_vcenter_takes_it_back_with_what_it_made_and_keeps_no_certificate_in_the_results(monkeypatch: pytest.MonkeyPatch) -> None:
    played = Played(monkeypatch)
    told = played.task("reconnect_pinned", __certops_cli_made={"made": [MADE]}, certops_results=[{**BACK, "esxi_host": "b1"}])
    assert [(one["esxi_host"], one["step"]) for one in told["results"]] == [
        ("b1", "reconnect"),
        ("a1", "renew_cli"),
        ("a1", "reconnect_pinned"),
    ]
    assert "certificate_pem" not in told["results"][1]
    assert (told["taken_back"], told["stopped"], told["changed"]) == (["a1"], "", True)
    assert [(order.step, order.esxi_hosts, order.certificates) for order in played.orders] == [("reconnect", ["a1"], {"a1": "PEM"})]
    without = Played(monkeypatch, check=True)
    without.task("reconnect_pinned", __certops_cli_made={"made": [{**MADE, "certificate_pem": None}]})
    assert without.orders[0].certificates == {}


@pytest.mark.parametrize(
    ("registered", "error"),
    [({"made": [BROKEN]}, "a1 broke."), ({"failed": True, "msg": "No such user."}, "No such user."), ({}, "An unknown failure.")],
)
@pytest.mark.parametrize("limit", [0, 1])
def test_after_too_many_failures_the_others_do_not_begin(
    monkeypatch: pytest.MonkeyPatch, registered: dict[str, Any], error: str, limit: int
) -> None:
    played = Played(monkeypatch)
    told = played.task(
        "reconnect_pinned", "a2" if "made" not in registered else "a1", __certops_cli_made=registered, certops_max_failures=limit
    )
    assert played.orders == []
    first, *others = told["results"]
    assert (first["status"], first["error"]) == ("failed", error)
    assert told["stopped"] == ("" if limit else error)
    assert [(one["status"], one["reason"]) for one in others] == [
        ("not_started", "not started, because 1 host(s) before it failed")
    ] * (0 if limit else 1 if first["esxi_host"] == "a2" else 2)


def test_ssh_that_was_left_on_fails_the_host_after_it_was_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Played(monkeypatch).task(
        "reconnect_pinned", "a1", __certops_cli_made={"made": [MADE, {**BROKEN, "error": "SSH is on."}]}
    )
    assert told["stopped"] == "SSH is on."
    assert [one["step"] for one in told["results"] if one["esxi_host"] == "a1"] == ["renew_cli", "renew_cli", "reconnect_pinned"]


def test_a_vcenter_that_gives_no_result_of_the_host_is_why_it_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent(Played):
        def _carry_out(self, _variables: Any, order: Order) -> Any:
            return Done({"failed": True}, list(order.results), [], stopped="vc1 does not answer.")

    told = Silent(monkeypatch).task("reconnect_pinned", "a3", __certops_cli_made={"made": [{**MADE, "esxi_host": "a3"}]})
    assert (told["results"][1]["step"], told["results"][1]["error"]) == ("reconnect_pinned", "vc1 does not answer.")
    assert (told["stopped"], told["taken_back"]) == ("vc1 does not answer.", [])
