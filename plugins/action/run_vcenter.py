# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole run on a vCenter: read it, guard it, take what is due turn after turn, read back, and report. Or an audit, which reads and reports.

One task, since each task of Ansible's is three lines of output and copies what the vCenter's earlier ones left. What a role has to do (over SSH, or
by tasks of the operator's) ends it early, and it goes on after the role.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Callable, Mapping

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import shown
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.approval import approvable
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import failed_with, joined, without_failure
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import NOTHING_CHANGED, done_or_told
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.parent import end_with_parent
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.guarding import GuardAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.of_playbook import RUN, is_in_playbook
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.planning import PlanAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.reporting import Course, ReportAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.turns import ROLES, WINDOW_END, TurnsAction, state_of
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.approved_plan import SAVE
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.window_end import WindowProblem, window_end

SPEC: dict[str, dict[str, Any]] = {
    "audit": {"type": "bool", "default": False},
    "goes_on": {"type": "bool", "default": False},
}
# What a role that takes a step looks at, and what an earlier run of the role left.
_LEFT: Mapping[str, Any] = {
    "certops_failure": "",
    "certops_failure_code": "",
    "certops_results": [],
    "certops_verified": [],
    "certops_after": "",
    "certops_installed_certificates": {},
    RUN: {},
}


class ActionModule(PlanAction, GuardAction, TurnsAction, ReportAction):
    """What Ansible runs on the controller for the module of this name."""

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Carry it out. What goes wrong fails no task, but is part of the report, after which the playbook or the role fails with it."""
        _validated, given = self.validate_argument_spec(argument_spec=SPEC)
        # What comes of each part is a variable to the next, as it would be from task to task.
        run = _Run(dict(task_vars), bool(given["audit"]))
        if given["goes_on"]:
            before: Mapping[str, Any] = run.variables[RUN]
            if not before["role"]:
                # It is through: there may be fewer turns than were foreseen.
                return {**before, "changed": False}
            run.went_on()
        else:
            run.variables.update(_LEFT)
            self._open_window(run)
            self._plan(run)
            self._guard(run)
        self._take_turns(run)
        role = state_left(run)
        if role:
            return {
                **run.shown,
                "plan": run.plan,
                "run": run.variables[RUN]["run"],
                "role": role,
                "role_turns": _role_turns(run.plan),
            }
        return self._report(run)

    def _open_window(self, run: _Run) -> None:
        """Note when the window ends: a duration begins now."""
        given = None if run.audit else self.variable(run.variables, "certops_window_end")
        if given in (None, ""):
            return
        try:
            run.variables[WINDOW_END] = window_end(given, datetime.now(timezone.utc)).isoformat()
        except WindowProblem as problem:
            run.fail(failed_with(messages.WINDOW_END_INVALID(value=shown(given), problem=problem)))

    def _plan(self, run: _Run) -> None:
        if run.failure:
            return
        make = self.plan_anew if run.audit else self.begin
        made = _tried("reading the vCenter", lambda: make(run.variables))
        run.plan = made.get("plan") or {}
        run.variables["certops_plan"] = run.plan
        run.show({key: value for key, value in made.items() if key != "plan"})
        run.fail(made)

    def _guard(self, run: _Run) -> None:
        run.begun = not (run.audit or run.failure) and bool(run.plan["something_to_do"] or not run.plan["allowed"])
        if run.begun:
            guarded = _tried("the guard", lambda: self.guard(run.variables, run.plan))
            run.show(guarded)
            run.fail(guarded)

    def _take_turns(self, run: _Run) -> None:
        """Take turns until a role is to take one, nothing is left, or something fails; then finish what is in flight, and read back."""
        while run.begun and not run.failure:
            end_with_parent()
            turn = self.take(run.variables)
            run.variables[RUN] = turn
            run.show(turn)
            run.stop(turn)
            if turn["run"]["role"] or turn["turn"] is None:
                break
        if not state_left(run) and run.variables[RUN] and run.variables[RUN]["run"]["to_look_at"]:
            closed = self.close(run.variables, run.failure)
            run.variables[RUN] = closed
            run.show(closed)
            run.failure = joined((run.failure, closed["run"]["failure"]))
            run.code = run.code or closed["run"]["failure_code"]

    def _report(self, run: _Run) -> dict[str, Any]:
        state = state_of(run.variables)
        course = Course(state.results, state.verified, state.after, run.failure, run.code)
        alone = not is_in_playbook(run.variables)
        # An audit is told of names when all vCenters have been read.
        notes = judged_names(run.variables, run.plan).notes if run.plan and (alone or not run.audit) else ()
        made = self.report(run.variables, run.plan, course, audit=run.audit, notes=notes)
        if alone:
            return {**run.shown, **made, "plan": run.plan, "role": {}}
        # The playbook needs what all vCenters have in common; the report has the rest.
        kept = {key: value for key, value in made.items() if key not in ("results", "verified", "after")}
        unwritten = {"failed": True, "msg": made["unwritten"]} if made["unwritten"] else {}
        saved = {"approvable": approvable(run.plan)} if run.plan and self._saves(run) else {}
        return {**run.shown, **kept, **unwritten, **saved, "names": run.plan.get("names"), "role": {}}

    def _saves(self, run: _Run) -> bool:
        return bool(self._task.check_mode and not run.audit and self.variable(run.variables, SAVE))


class _Run:
    """A run as it goes from part to part. failure: why it stopped; empty while it goes on."""

    def __init__(self, variables: dict[str, Any], audit: bool) -> None:
        self.variables = variables
        self.audit = audit
        self.plan: Mapping[str, Any] = {}
        self.begun = False
        self.failure = ""
        self.code = ""
        self.shown: dict[str, Any] = {"changed": False}

    def went_on(self) -> None:
        """A role has taken its step."""
        self.plan = self.variables["certops_plan"]
        self.begun = True
        self.failure = str(self.variables.get("certops_failure") or "")
        self.code = str(self.variables.get("certops_failure_code") or "")

    def show(self, answer: Mapping[str, Any]) -> None:
        """Add what Ansible shows of a part: whether it changed anything, what it warns of, and differences."""
        shown = without_failure(answer)
        self.shown["changed"] = self.shown["changed"] or bool(shown.get("changed"))
        told = {**shown, "said": [] if answer.get("failed") else answer.get("msg")}
        for key in ("warnings", "diff", "said"):
            found = told.get(key) or []
            if found:
                self.shown[key] = [*self.shown.get(key, []), *(found if isinstance(found, list) else [found])]

    def fail(self, answer: Mapping[str, Any]) -> None:
        """Stop where a part failed."""
        if answer.get("failed"):
            self.failure = str(answer.get("msg") or "an unknown failure")
            self.code = str(answer.get("error_code") or "")

    def stop(self, turn: Mapping[str, Any]) -> None:
        """Stop where a turn says so."""
        self.failure, self.code = turn["stopped"], turn["stopped_code"]


def state_left(run: _Run) -> Mapping[str, Any]:
    """What is left to a role; empty where nothing is, or nothing may follow."""
    left: Mapping[str, Any] = {} if run.failure or not run.variables[RUN] else run.variables[RUN]["run"]["role"]
    return left


def _role_turns(plan: Mapping[str, Any]) -> int:
    """How many turns roles may take at most: those that the plan has for them, and one for each that vCenter may refuse."""
    refusable = any(host["cli_fallback"] for host in plan["hosts"])
    return sum(
        1 for turn in plan["turns"] if turn["steps"][0] in ROLES or (refusable and turn["steps"][0] in ("renew", "reconnect"))
    )


def _tried(doing: str, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What a part returns; where it cannot be done, why, as a task that failed has it."""
    try:
        return done_or_told(doing, work, consequence=NOTHING_CHANGED)
    except CertopsError as error:
        return failed_with(error)
    except AnsibleError as error:
        return {"failed": True, "msg": str(error)}
