# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The turns of a run, one after the other: what vCenter does is done here, and what a role does is left to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import Any, Mapping, Optional, Sequence

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import pack, unpack
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rollout import Course, Taken, members_of, next_turn
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RECONNECT, RENEW, RENEW_CLI, RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import Turn, title
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import joined, without_failure
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import done_or_told
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import Done, Order, StepAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.taking import taken
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.of_playbook import RUN
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.said import said

# The role that takes a step which cannot be taken here: over SSH, or by tasks of the operator's.
ROLES = {RENEW_CLI: "renew_cli", RENEW_CUSTOM_CA: "renew_custom_ca"}
# When this run's window ends, as text, for its first turn.
WINDOW_END = "__certops_window_end"
# What goes from one task of such a role to the next, and is nobody else's.
_OF_ROLES = ("awaiting", "requests", "signing", "certificates")
# What the hosts' own CLI may do where vCenter refuses it.
REFUSING = (RENEW, RECONNECT)
# How many turns finish what a failure left in flight: to renew, to reconnect, to complete lists of CAs, to re-register.
FINISHING = 4
CONSEQUENCE = "How far the last step got is not known: look at its hosts in vCenter before running again."


@dataclass(frozen=True)
class State:
    """How far the run has come, as it goes from task to task. results are packed: a task is given none of them then.

    certificates: by host what a CA of the operator's issued in the last turn that had it issue any. refused: by the step, see Course.
    """

    results: Sequence[Mapping[str, Any]]
    verified: Sequence[Mapping[str, Any]]
    taken: tuple[Taken, ...]
    after: str
    certificates: Mapping[str, str]
    refused: Mapping[str, Sequence[str]] = field(default_factory=dict)
    window_end: Optional[datetime] = None

    def to_facts(self) -> dict[str, Any]:
        """As it is handed on."""
        return {
            "results": pack(list(self.results)),
            "verified": pack(list(self.verified)),
            "taken": [one.to_facts() for one in self.taken],
            "after": self.after,
            "certificates": pack(dict(self.certificates)),
            "refused": {step: list(names) for step, names in self.refused.items()},
            "window_end": None if self.window_end is None else self.window_end.isoformat(),
            "failure": "",
            "failure_code": "",
        }


class TurnsAction(StepAction):
    """An action that takes turns. How far the run had come is in the variable RUN, as the turn before returned it."""

    def take(self, task_vars: dict[str, Any], failure: str = "") -> dict[str, Any]:
        """Take the next turn, and return how far the run has come by then. failure: why the run stopped; empty where it did not."""
        return self._taken(task_vars, state_of(task_vars), failure)

    def close(self, task_vars: dict[str, Any], failure: str = "") -> dict[str, Any]:
        """Finish what a failure left in flight, then read back what was worked on. What goes wrong in that is in the run's failure."""
        done: list[dict[str, Any]] = []
        before, told, code = state_of(task_vars), [failure], ""
        for _turn in range(FINISHING if failure else 0):
            done.append(self._taken(task_vars, before, joined(told)))
            told.append(done[-1]["stopped"])
            code = code or done[-1]["stopped_code"]
            before = state_of({RUN: done[-1]})
            if done[-1]["stopped"]:
                break
        done.append(self._taken(task_vars, before, joined(told), closing=True))
        told.append(done[-1]["stopped"])
        code = code or done[-1]["stopped_code"]
        answer = {**done[-1], "changed": any(one["changed"] for one in done)}
        for key in ("hosts", "warnings", "diff"):
            every = [entry for one in done for entry in one.get(key) or ()]
            if every:
                answer[key] = every
        return {
            **answer,
            "run": {**answer["run"], "failure": joined(told), "failure_code": code},
            "stopped": "",
            "stopped_code": "",
        }

    def _taken(self, task_vars: dict[str, Any], before: State, failure: str, closing: bool = False) -> dict[str, Any]:
        """Take one turn; what stops it is in what is returned."""
        try:
            return done_or_told("this turn", lambda: self._turn(task_vars, before, failure, closing), consequence=CONSEQUENCE)
        # What was done before is still told then, and what was begun is finished.
        except (CertopsError, AnsibleError) as error:
            run = {**before.to_facts(), "role": {}, "to_look_at": bool(before.taken)}
            code = error.code if isinstance(error, CertopsError) else ""
            return {
                "changed": False,
                "run": run,
                "turn": None,
                "why": str(error),
                "stopped": str(error),
                "stopped_code": code,
            }

    def _turn(self, task_vars: dict[str, Any], before: State, failure: str, closing: bool) -> dict[str, Any]:
        plan = self.variable(task_vars, "certops_plan", {})
        found = next_turn(plan, self._course(before, failure, closing), datetime.now(timezone.utc))
        state = replace(before, results=[*before.results, *found.results], taken=found.taken)
        turn, stopped, code = found.turn, found.stopped, found.stopped_code
        role: dict[str, Any] = {}
        shown: dict[str, Any] = {"changed": False}
        if turn is not None and not self._task.check_mode:
            # Check mode shows all turns at its end.
            told = said(f"{task_vars['inventory_hostname']}: {title(turn.to_facts(), plan['counts']['turns'])}")
        else:
            told = {}
        if turn is not None and self._by_role(task_vars, turn.steps[0]):
            role = _role(plan, ROLES[turn.steps[0]], turn.hosts, turn.max_failures, state.results)
        elif turn is not None:
            done = taken(self, task_vars, self._order(plan, turn, state, failure))
            state = _after(state, turn, done)
            stopped, code = done.stopped, done.stopped_code
            shown = without_failure(done.answer, *_OF_ROLES)
        look = next_turn(plan, self._course(state, failure or stopped, closing=True), datetime.now(timezone.utc))
        return {
            **shown,
            **told,
            "run": {
                **state.to_facts(),
                "role": role,
                "to_look_at": look.turn is not None or bool(role),
            },
            "turn": None if turn is None else turn.to_facts(),
            "why": found.why,
            "stopped": stopped,
            "stopped_code": code,
        }

    def _by_role(self, task_vars: Mapping[str, Any], step: str) -> bool:
        """Whether a role takes a step."""
        if step == RENEW_CUSTOM_CA:
            return bool(self.variable(task_vars, "certops_custom_ca", {}).get("method") == "role")
        return step in ROLES

    def _course(self, state: State, failure: str, closing: bool) -> Course:
        check_mode = bool(self._task.check_mode)
        return Course(state.results, state.taken, state.verified, failure, check_mode, closing, state.refused, state.window_end)

    def _order(self, plan: Mapping[str, Any], turn: Turn, state: State, failure: str) -> Order:
        step = turn.steps[0]
        # What finishes a run after a failure, or was refused before, is given no other way.
        another_way = turn.number and step in REFUSING and not turn.refused
        fallback = {one.name for one in members_of(plan) if one.fallback} if another_way else set()
        # vCenter may have a certificate of another CA on record only when the host is reconnected against it.
        pinned = state.certificates if step == RECONNECT and turn.in_flight else None
        return Order(
            step=step,
            esxi_hosts=turn.hosts,
            max_failures=turn.max_failures,
            in_flight=turn.in_flight,
            fallback=[name for name in turn.hosts if name in fallback],
            certificates=pinned,
            plan=plan,
            results=state.results,
            verified=state.verified,
            failure=failure,
            only_these=turn.only_these,
        )


def state_of(task_vars: Mapping[str, Any]) -> State:
    """How far the run had come. What a role did it left as facts."""
    run = (task_vars.get(RUN) or {}).get("run") or {}
    left_as_facts = not run or run["role"]
    results = task_vars.get("certops_results") or [] if left_as_facts else unpack(run["results"])
    verified = unpack(run["verified"]) if run else task_vars.get("certops_verified") or []
    certificates = unpack(run["certificates"]) if run else {}
    if left_as_facts:
        certificates = {**certificates, **(task_vars.get("certops_installed_certificates") or {})}
    end = run.get("window_end") or task_vars.get(WINDOW_END)
    taken_before = tuple(Taken.from_facts(one) for one in run.get("taken") or ())
    return State(
        results,
        verified,
        taken_before,
        run.get("after") or "",
        certificates,
        run.get("refused") or {},
        datetime.fromisoformat(end) if end else None,
    )


def _after(state: State, turn: Turn, done: Done) -> State:
    """How far the run has come with what came of a turn."""
    step = turn.steps[0]
    refused = {step: [*state.refused.get(step, ()), *done.refused]} if done.refused else {}
    return replace(
        state,
        results=done.results,
        verified=done.verified,
        after=state.after if done.after is None else done.after,
        certificates=state.certificates if done.certificates is None else done.certificates,
        refused={**state.refused, **refused},
    )


def _role(
    plan: Mapping[str, Any], name: str, hosts: Sequence[str], max_failures: int, results: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What is left to a role, and what it is told. results: of all steps so far, to which it adds."""
    ssh = {host["esxi_host"]: host["ssh_host"] for host in plan["hosts"] if host["ssh_host"]}
    return {
        "name": name,
        "esxi_hosts": list(hosts),
        "max_failures": max_failures,
        "ssh_hosts": ssh,
        "results": [dict(one) for one in results],
    }
