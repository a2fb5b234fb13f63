# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a vCenter, and decide what is due; and what is told where a run begins."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide, foretell
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy, choosing
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import announcement
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.approval import differences, no_more_orphans
from ansible_collections.certops.vsphere.plugins.modules import cert_expiry_facts
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import failed_with
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.module_work import ModuleAction, observed
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.of_playbook import looked_through, planned_before
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.policy_variables import policy_from
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.said import said
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.approved_plan import APPLY, approved_plan
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.esxi_hosts import sort_by_vcenter
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.vcenter_share import (
    AUTO,
    ESXI,
    Share,
    is_sliced,
    refuse_doubtful,
    share_of,
)

# The variables that give the options of cert_expiry_facts.
VARIABLES: Mapping[str, str] = {
    "probe": "certops_probe",
    "client_certificates": "certops_read_client_certificates",
    "vmca_root_fingerprint": "certops_vmca_root_fingerprint",
}


class PlanAction(ModuleAction):
    """An action that makes plans."""

    def begin(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Make the plan of a run, or take the one that its playbook had made before, and tell what is about to be done, or why nothing may be.

        Raises as plan does.
        """
        made: Mapping[str, Any] = planned_before(task_vars) or self.plan_anew(task_vars)
        if made.get("failed"):
            return dict(made)
        plan = made["plan"]
        failures = judged_names(task_vars, plan).failures
        if failures:
            problem = messages.HOST_NAMES_UNCLEAR(vcenter=plan["vcenter"], problems=" ".join(failures))
            return {**made, **failed_with(problem)}
        # Check mode shows the whole plan at its end.
        return {**made, **({} if self._task.check_mode else said(announcement(plan, task_vars["inventory_hostname"])))}

    def plan_anew(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Make the plan, and return it. Raises CertopsError, or AnsibleError for a variable that has no value."""
        policy = self._policy(task_vars)
        # Only who has ESXi hosts in the inventory has their own CLI renew them.
        own = {"ssh": bool(task_vars["groups"].get(ESXI)), "vsan": True, "chosen_by": choosing(policy.to_facts())}
        options = {**self.connection(task_vars), **self.given(task_vars, VARIABLES), **own}
        answer = self.run_module(task_vars, "cert_expiry_facts", cert_expiry_facts.DEFINITION, options, "observe")
        facts, shown = observed(answer)
        if answer.get("failed"):
            return shown
        estate = Estate.from_facts(facts)
        make = foretell if self._task.check_mode else decide
        plan = make(estate, policy, estate.observed_at).to_facts()
        approved = approved_plan(self.variable(task_vars, APPLY), task_vars["inventory_hostname"])
        if approved is not None:
            # Nobody has approved that what was found since is removed.
            policy = policy if no_more_orphans(approved, plan) else replace(policy, remove_orphans=False)
            plan = make(estate, policy, estate.observed_at, differences(approved, plan)).to_facts()
        plan["warnings"] = [*self._unverified(options, plan["vcenter"]), *plan["warnings"]]
        return {**shown, "plan": plan}

    def _unverified(self, options: Mapping[str, Any], vcenter: str) -> list[str]:
        """What is told of a vCenter whose own certificate nobody looked at."""
        given = options.get("validate_certs", os.environ.get("VMWARE_VALIDATE_CERTS", True))
        return [] if boolean(given, strict=False) else [notice.NOT_VERIFIED.of(vcenter=vcenter)]

    def _policy(self, task_vars: Mapping[str, Any]) -> Policy:
        share, scope = self._share(task_vars), str(self.variable(task_vars, "certops_scope", AUTO))
        refuse_doubtful(
            share,
            scope,
            address=self._address(task_vars),
            sliced=is_sliced(task_vars),
            has_esxi=ESXI in task_vars["groups"],
        )
        return policy_from(lambda name: self.variable(task_vars, name), lambda name: name in task_vars, share, scope)

    def _share(self, task_vars: Mapping[str, Any]) -> Share:
        found = looked_through(task_vars).get("esxi") or sort_by_vcenter(
            task_vars["groups"].get(ESXI, []), task_vars["hostvars"], lambda name, variables: None
        )
        return share_of(found, task_vars["inventory_hostname"], self._address(task_vars))

    def _address(self, task_vars: Mapping[str, Any]) -> str:
        return str(self.hostname(task_vars))
