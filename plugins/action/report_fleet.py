# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report of all vCenters of a play: write its files, and say of each vCenter whether it fails: the end of our playbooks."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet import NotRead
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import PLAN, judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_files import report_folder, write_all
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import VariablesAction

SPEC: dict[str, dict[str, Any]] = {}
REPORT, FAILURE, FAILURE_CODE = "certops_report", "certops_failure", "certops_failure_code"


class ActionModule(ControllerAction, VariablesAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Write it."""
        of_vcenters = {name: self.variables["hostvars"].raw_get(name) for name in self.variables["ansible_play_hosts_all"]}
        reports = {name: given_report(found) for name, of_one in of_vcenters.items() if (found := _report(of_one)) is not None}
        # Those that the run came to no report of.
        silent = {name: _why_silent(name, of_one) for name, of_one in of_vcenters.items() if name not in reports}
        fail_on = str(self.variable(self.variables, "certops_fail_on"))
        folder = report_folder(self.variable(self.variables, "certops_report_dir"))
        textfiles = self.variable(self.variables, "certops_textfile_dir")
        written = write_all(folder, list(reports.values()), silent, fail_on, report_folder(textfiles) if textfiles else None)
        failures = {**{name: str(report["failure"] or "") for name, report in reports.items()}}
        failures.update({name: why.failure for name, why in silent.items()})
        if any(report["audit"] for report in reports.values()):
            failures.update(self._misnamed(reports))
        return {**written, "failures": {name: failure for name, failure in failures.items() if failure}}

    def _misnamed(self, read: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """What an audit fails with where a name means nobody, or several: it goes through all the same, and reports first."""
        problems = " ".join(judged_names(self.variables).failures)
        return {
            name: str(messages.HOST_NAMES_UNCLEAR(vcenter=report["vcenter"], problems=problems))
            for name, report in read.items()
            if problems
        }


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
