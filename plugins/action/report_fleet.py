# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report of all vCenters of a play: write its files, and say of each vCenter whether it fails: the end of our playbooks."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.names import unescaped
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet import NotRead
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import PLAN, VCENTERS, judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.of_playbook import is_in_playbook, left_by_run
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_files import report_folder, write_all, write_one
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.said import lines_said
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import (
    FAIL_ON,
    KEEP_REPORTS,
    REPORT_DIR,
    VariablesAction,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.approved_plan import SAVE, save_plan

SPEC: dict[str, dict[str, Any]] = {}
REPORT, FAILURE, FAILURE_CODE = "certops_report", "certops_failure", "certops_failure_code"


class ActionModule(ControllerAction, VariablesAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write it, and say in a few lines what all of it came to. In a playbook of ours it fails where certops_fail_on says so."""
        in_playbook = is_in_playbook(self.variables)
        of_vcenters = {name: self.variables["hostvars"].raw_get(name) for name in self.variables["ansible_play_hosts_all"]}
        plans = {name: left_by_run(of_one).get("approvable") for name, of_one in of_vcenters.items()} if in_playbook else {}
        to_save = {name: plan for name, plan in plans.items() if plan}
        if to_save:
            save_plan(self.variable(self.variables, SAVE), to_save)
        if in_playbook:
            of_vcenters = {name: _of_run(of_one) for name, of_one in of_vcenters.items()}
        reports = {name: given_report(found) for name, of_one in of_vcenters.items() if (found := _report(of_one)) is not None}
        # Those that the run came to no report of.
        silent = {name: _why_silent(name, of_one) for name, of_one in of_vcenters.items() if name not in reports}
        failures = {name: str(report["failure"] or "") for name, report in reports.items()}
        failures.update({name: why.failure for name, why in silent.items()})
        notes: tuple[str, ...] = ()
        if any(report["audit"] for report in reports.values()):
            judged = judged_names(self.variables)
            failures.update(_misnamed(reports, " ".join(judged.failures)))
            notes = judged.notes if in_playbook else ()
        told = [_with_notes(report, notes) for report in reports.values()]
        folder = report_folder(self.variable(self.variables, "certops_report_dir", REPORT_DIR))
        left_out = [name for name in self.variables["groups"].get(VCENTERS, ()) if name not in of_vcenters] if in_playbook else []
        keep = int(self.variable(self.variables, "certops_keep_reports", KEEP_REPORTS))
        fail_on = str(self.variable(self.variables, "certops_fail_on", FAIL_ON))
        for report in told if notes else ():
            write_one(folder, report, fail_on)
        given = self.variable(self.variables, "certops_textfile_dir")
        textfiles = report_folder(given) if given else None
        written = write_all(folder, told, silent, fail_on, left_out=left_out, keep=keep, textfiles=textfiles)
        said = lines_said([*(f"note: {note}" for note in notes), *written.pop("summary")])
        found = {**written, **said, "failures": {name: failure for name, failure in failures.items() if failure}}
        # What fails is shown with all that it returns.
        return {"failed": True, "msg": written["gate"], **said} if in_playbook and written["gate"] else found


def _misnamed(read: Mapping[str, Mapping[str, Any]], problems: str) -> dict[str, str]:
    """What an audit fails with where a name means nobody, or several: it goes through all the same, and reports first."""
    return {
        name: str(messages.HOST_NAMES_UNCLEAR(vcenter=report["vcenter"], problems=problems))
        for name, report in read.items()
        if problems
    }


def _with_notes(report: Mapping[str, Any], notes: tuple[str, ...]) -> Mapping[str, Any]:
    """A report with what could be told of names only when all vCenters had been read."""
    return {**report, "warnings": [*map(unescaped, notes), *report["warnings"]]} if notes else report


def _of_run(of_vcenter: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a playbook's run left of a vCenter, by the names of what the roles leave."""
    run = left_by_run(of_vcenter)
    failure, code = (
        (run.get("failure"), run.get("failure_code")) if run else (of_vcenter.get(FAILURE), of_vcenter.get(FAILURE_CODE))
    )
    return {REPORT: run.get("report"), FAILURE: failure, FAILURE_CODE: code}


def _why_silent(name: str, of_vcenter: Mapping[str, Any]) -> NotRead:
    """Why the run came to no report of a vCenter."""
    if of_vcenter.get(FAILURE):
        return NotRead(str(of_vcenter[FAILURE]), str(of_vcenter.get(FAILURE_CODE) or "") or None)
    ended = messages.RUN_ENDED_BEFORE_READING(vcenter=name)
    return NotRead(str(ended), ended.code)


def _report(of_vcenter: Mapping[str, Any]) -> Optional[Mapping[str, Any]]:
    """A vCenter's report of this run: one of another plan is an earlier playbook's. None where it came to none."""
    report, plan = of_vcenter.get(REPORT), of_vcenter.get(PLAN)
    if not isinstance(report, Mapping) or not report:
        return None
    of_another = isinstance(plan, Mapping) and plan.get("decided_at") != report.get("decided_at")
    return None if of_another else report
