# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do the work of the module of this name, and say meanwhile how far it has got.

A vCenter of the inventory need not be named again: without the option hostname it is the host of the task, reached as the playbooks reach it. Asked for
by itself (ansible -m), such a vCenter is shown as a table, which a person can read.
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.modules.cert_expiry_facts import DEFINITION
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import work_on_this_machine
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import AUDIT, VCENTERS
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.planning import PlanAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.shown_report import show
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import SHOWN_HOSTS

# What Ansible calls the play of a command of its own.
AD_HOC = "Ansible Ad-Hoc"


class ActionModule(PlanAction):
    """What Ansible runs on the controller for the module of this name."""

    _supports_async = True
    STEP = "observe"
    DEFINITION = DEFINITION

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Read the vCenter."""
        given = self._task.args
        if "hostname" in given or VCENTERS not in task_vars.get("group_names", ()):
            return super().work(task_vars)
        work_on_this_machine(self)
        if task_vars.get("ansible_play_name") == AD_HOC and not given:
            return self._shown(task_vars)
        self._task.args = {**self.connection(task_vars), **given}
        return super().work(task_vars)

    def _shown(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """What an audit shows. The facts themselves nobody could read, and nobody comes after who would take them."""
        made = self.plan_anew({**task_vars, AUDIT: True, "certops_protection": "none"})
        if made.get("failed"):
            return made
        nothing_done: Mapping[str, Any] = {"results": [], "verified": [], "after": None, "check_mode": False, "failure": None}
        report = build(made["plan"], **nothing_done, audit=True, inventory_name=task_vars["inventory_hostname"])
        return {"changed": False, "counts": report["counts"], **show(report, SHOWN_HOSTS)}
