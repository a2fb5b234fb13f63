# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report of a vCenter: show it, write it, and leave its outcome to the next job: the role cert_report."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.reporting import Course, ReportAction

SPEC: dict[str, dict[str, Any]] = {}


class ActionModule(ControllerAction, ReportAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Report of what the roles of single steps left. Of an audit there is nothing but the plan."""
        plan, audit = self.variable(self.variables, "certops_plan"), self.yes(self.variables, "certops_audit")
        failure = "" if audit and plan else str(self.variable(self.variables, "certops_failure") or "")
        code = str(self.variable(self.variables, "certops_failure_code") or "")
        course = Course(failure=failure, failure_code=code)
        if not audit:
            course = Course(
                self.variable(self.variables, "certops_results") or [],
                self.variable(self.variables, "certops_verified") or [],
                self.variable(self.variables, "certops_after") or "",
                failure,
                code,
            )
        notes = judged_names(self.variables, plan).notes if plan else ()
        return self.report(self.variables, plan, course, audit=audit, notes=notes)
