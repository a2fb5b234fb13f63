# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report of a vCenter: show it, write it, and leave its outcome to the next job: the role cert_report, and the end of the role renew_iofilter."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import unpack
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import outcome
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import (
    given_facts_after,
    given_plan,
    given_results,
    given_verdicts,
)
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import joined
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_files import report_folder, write_one
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.shown_report import show
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import VariablesAction

# What the role renew_iofilter registered of its last look, and of its last turn.
CLOSED, TURN = "__certops_closed", "__certops_run"
SPEC: dict[str, dict[str, Any]] = {"of_run": {"type": "bool", "default": False}}


class ActionModule(ControllerAction, VariablesAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Report. That it cannot be written is no failure of the task, which leaves everything else, but is told by what it returns."""
        course = self._of_run() if options["of_run"] else self._of_steps()
        plan = self.variable(self.variables, "certops_plan")
        if not plan:
            # It is counted all the same: who adds up the outcomes of several jobs finds every vCenter.
            return {
                **course,
                "report": {},
                "gate": "",
                "unwritten": "",
                **self._outcome({}, course["failure"], course["failure_code"]),
            }
        report = self._report(plan, course)
        shown = show(report, int(self.variable(self.variables, "certops_shown_hosts", 50)))
        try:
            gate = write_one(
                report_folder(self.variable(self.variables, "certops_report_dir")),
                report,
                str(self.variable(self.variables, "certops_fail_on")),
            )["gate"]
            unwritten = ""
        except CertopsError as error:
            gate, unwritten = "", str(error)
        failure = report["failure"] or ""
        return {
            **course,
            **shown,
            "failure": failure,
            "failure_code": report["failure_code"] or "",
            "report": report,
            "gate": gate,
            "unwritten": unwritten,
            **self._outcome(report, unwritten),
        }

    def _of_run(self) -> dict[str, Any]:
        """What a run came to, as the action take_turn left it; what a role did after its last turn it left as facts."""
        registered = (self.variables.get(name) for name in (CLOSED, TURN))
        run = next((found["run"] for found in registered if isinstance(found, Mapping) and "run" in found), None)
        if run is None:
            return self._of_steps()
        results = self.variable(self.variables, "certops_results") if run["role"] else unpack(run["results"])
        return {
            "results": results,
            "verified": unpack(run["verified"]),
            "after": run["after"],
            "failure": joined((self._failure(), run["failure"])),
            "failure_code": self._failure_code() or run["failure_code"],
        }

    def _of_steps(self) -> dict[str, Any]:
        """What the roles of single steps left. Of an audit there is nothing but the plan."""
        if self.yes(self.variables, "certops_audit"):
            return {
                "results": [],
                "verified": [],
                "after": "",
                "failure": "" if self.variable(self.variables, "certops_plan") else self._failure(),
                "failure_code": self._failure_code(),
            }
        return {
            "results": self.variable(self.variables, "certops_results") or [],
            "verified": self.variable(self.variables, "certops_verified") or [],
            "after": self.variable(self.variables, "certops_after") or "",
            "failure": self._failure(),
            "failure_code": self._failure_code(),
        }

    def _failure(self) -> str:
        return str(self.variable(self.variables, "certops_failure") or "")

    def _failure_code(self) -> str:
        return str(self.variable(self.variables, "certops_failure_code") or "")

    def _report(self, plan: Any, course: Mapping[str, Any]) -> dict[str, Any]:
        return build(
            given_plan(plan),
            results=given_results(course["results"]),
            verified=given_verdicts(course["verified"]),
            after=given_facts_after(unpack(course["after"]) if course["after"] else None),
            check_mode=bool(self._task.check_mode),
            failure=course["failure"] or None,
            failure_code=course["failure_code"] or None,
            audit=self.yes(self.variables, "certops_audit"),
            inventory_name=self.variables["inventory_hostname"],
            notes=judged_names(self.variables, plan).notes,
        )

    def _outcome(self, report: Mapping[str, Any], failure: str, failure_code: str = "") -> dict[str, Any]:
        """What AWX keeps as the job's artifacts, and gives to the next job of a workflow as extra variables."""
        name = self.variables["inventory_hostname"]
        data = {outcome.variable(name): outcome.build(report, name, failure or None, failure_code or None)}
        # Played twice, the last counts.
        return {"ansible_stats": {"data": data, "per_host": False, "aggregate": False}}
