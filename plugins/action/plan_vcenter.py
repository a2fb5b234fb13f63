# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a vCenter, and decide what is due: the role observe, and the beginning of the role renew_iofilter."""

from __future__ import annotations

import os
from typing import Any, Mapping

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide, foretell
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import announcement
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.modules import cert_expiry_facts
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import NOTHING_CHANGED
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.module_work import ModuleAction, observed
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.of_playbook import looked_through, planned_before
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.policy_variables import policy_from
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.said import said
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.esxi_hosts import sort_by_vcenter
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.vcenter_share import (
    AUTO,
    ESXI,
    Share,
    is_sliced,
    refuse_doubtful,
    share_of,
)

SPEC: dict[str, dict[str, Any]] = {"begins_run": {"type": "bool", "default": False}}
# The variables that give the options of cert_expiry_facts.
VARIABLES: Mapping[str, str] = {
    "probe": "certops_probe",
    "client_certificates": "certops_read_client_certificates",
    "vmca_root_fingerprint": "certops_vmca_root_fingerprint",
}
ADDRESS = "certops_vcenter_hostname"


class ActionModule(ModuleAction):
    """What Ansible runs on the controller for the module of this name."""

    CONSEQUENCE = NOTHING_CHANGED

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Make the plan, and return it. Raises CertopsError, or AnsibleError for a variable that has no value."""
        _validated, given = self.validate_argument_spec(argument_spec=SPEC)
        begins = bool(given["begins_run"])
        made = (planned_before(task_vars) if begins else {}) or self._made(task_vars)
        return self._begun(task_vars, made) if begins and not made.get("failed") else dict(made)

    def _begun(self, task_vars: dict[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
        """Tell what is about to be done, or why nothing may be."""
        plan = made["plan"]
        failures = judged_names(task_vars, plan).failures
        if failures:
            problem = messages.HOST_NAMES_UNCLEAR(vcenter=plan["vcenter"], problems=" ".join(failures))
            return {**made, "failed": True, "msg": str(problem), "error_code": problem.code}
        return {**made, **said(announcement(plan))}

    def _made(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        policy = self._policy(task_vars)
        # Only who has ESXi hosts in the inventory has their own CLI renew them.
        own = {"ssh": bool(task_vars["groups"].get(ESXI)), "vsan": True}
        options = {**self.connection(task_vars), **self.given(task_vars, VARIABLES), **own}
        answer = self.run_module(task_vars, "cert_expiry_facts", cert_expiry_facts.DEFINITION, options, "observe")
        facts, shown = observed(answer)
        if answer.get("failed"):
            return shown
        estate = Estate.from_facts(facts)
        make = foretell if self._task.check_mode else decide
        plan = make(estate, policy, estate.observed_at).to_facts()
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
        return str(self.variable(task_vars, ADDRESS, task_vars["inventory_hostname"]))
