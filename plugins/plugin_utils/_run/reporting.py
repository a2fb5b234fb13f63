# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a vCenter: built of what its run came to, shown, written, and left to the next job in short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

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
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_files import report_folder, write_one
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.shown_report import show
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import (
    FAIL_ON,
    REPORT_DIR,
    SHOWN_HOSTS,
    VariablesAction,
)


@dataclass(frozen=True)
class Course:
    """What a run came to. after: as one text, empty where nothing was read. failure: why it stopped; empty where it did not."""

    results: Sequence[Mapping[str, Any]] = ()
    verified: Sequence[Mapping[str, Any]] = ()
    after: str = ""
    failure: str = ""
    failure_code: str = ""

    def as_result(self) -> dict[str, Any]:
        """As a task returns it."""
        return {
            "results": list(self.results),
            "verified": list(self.verified),
            "after": self.after,
            "failure": self.failure,
            "failure_code": self.failure_code,
        }


class ReportAction(VariablesAction):
    """An action that reports of a vCenter."""

    def report(
        self,
        variables: Mapping[str, Any],
        plan: Optional[Mapping[str, Any]],
        course: Course,
        *,
        audit: bool,
        notes: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Show it and write it. That it cannot be written fails nothing, which would leave everything else, but is told by what is returned.

        plan: None or empty where the vCenter could not be read.
        """
        if not plan:
            # It is counted all the same: who adds up the outcomes of several jobs finds every vCenter.
            left = _outcome(variables, {}, course.failure, course.failure_code)
            return {**course.as_result(), "report": {}, "gate": "", "unwritten": "", **left}
        report = build(
            given_plan(plan),
            results=given_results(course.results),
            verified=given_verdicts(course.verified),
            after=given_facts_after(unpack(course.after) if course.after else None),
            check_mode=bool(self._task.check_mode),
            failure=course.failure or None,
            failure_code=course.failure_code or None,
            audit=audit,
            inventory_name=variables["inventory_hostname"],
            notes=notes,
        )
        shown = show(report, int(self.variable(variables, "certops_shown_hosts", SHOWN_HOSTS)))
        try:
            folder = report_folder(self.variable(variables, "certops_report_dir", REPORT_DIR))
            gate = write_one(folder, report, str(self.variable(variables, "certops_fail_on", FAIL_ON)))["gate"]
            unwritten = ""
        except CertopsError as error:
            gate, unwritten = "", str(error)
        return {
            **course.as_result(),
            **shown,
            "failure": report["failure"] or "",
            "failure_code": report["failure_code"] or "",
            "report": report,
            "gate": gate,
            "unwritten": unwritten,
            **_outcome(variables, report, unwritten),
        }


def _outcome(variables: Mapping[str, Any], report: Mapping[str, Any], failure: str, failure_code: str = "") -> dict[str, Any]:
    """What AWX keeps as the job's artifacts, and gives to the next job of a workflow as extra variables."""
    name = variables["inventory_hostname"]
    data = {outcome.variable(name): outcome.build(report, name, failure or None, failure_code or None)}
    # Played twice, the last counts.
    return {"ansible_stats": {"data": data, "per_host": False, "aggregate": False}}
