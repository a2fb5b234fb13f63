# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse to start where a vCenter could be harmed, and have a snapshot of it made where the policy says so."""

from __future__ import annotations

from typing import Any, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common.fault_dump import in_words
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA, REREGISTER
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import told
from ansible_collections.certops.vsphere.plugins.modules import ha_monitoring_restore, sps_restart_right
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import add_to_environment
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.installed_collection import installed_module
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.given import VARIABLE, require_usable
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_role import role_problem
from ansible_collections.certops.vsphere.plugins.plugin_utils._run import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.module_work import ModuleAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.named_hosts import VCENTERS, judged_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.said import said

# The module of another collection that makes snapshots. Only whoever wants one needs it.
SNAPSHOT = "vmware.vmware.vm_snapshot"
# Where the vCenter's own virtual machine is.
VM, FOLDER, MANAGED_BY = "certops_vcenter_vm", "certops_vcenter_vm_folder", "certops_vcenter_vm_managed_by"
ACCOUNT = ("certops_provider_username", "certops_provider_password")
# The options of the snapshot's module that variables of the managing vCenter give.
_OPTIONS = {
    "port": "certops_vcenter_port",
    "username": "certops_vcenter_username",
    "password": "certops_vcenter_password",
    "validate_certs": "certops_vcenter_validate_certs",
    "proxy_host": "certops_vcenter_proxy_host",
    "proxy_port": "certops_vcenter_proxy_port",
}


class GuardAction(ModuleAction):
    """An action that says whether a run may begin."""

    def guard(self, task_vars: dict[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
        """Refuse, or protect. Raises CertopsError with why nothing may be begun; what a module failed with is returned."""
        vcenter = plan["vcenter"]
        if not plan["allowed"]:
            *others, last = plan["blockers"]
            blockers = [*map(told, others), last["message"]]
            raise messages.RUN_NOT_ALLOWED(vcenter=vcenter, blockers=" ".join(blockers), blocker_remedy=last["remedy"])
        failures = judged_names(task_vars, plan).failures
        if failures:
            raise messages.HOST_NAMES_UNCLEAR(vcenter=vcenter, problems=" ".join(failures))
        if not plan["something_to_do"]:
            return {"changed": False}
        # Found by the module too, but only when hosts have been renewed.
        if plan["policy"]["reregister_method"] == "register" and not all(self.variable(task_vars, name) for name in ACCOUNT):
            raise messages.REGISTERING_ACCOUNT_MISSING(vcenter=vcenter)
        # Found by the step too, but only when hosts have been asked for requests.
        if any(RENEW_CUSTOM_CA in one["steps"] for one in plan["hosts"]):
            require_usable(self.variable(task_vars, VARIABLE), vcenter, lambda name: role_problem(self, name))
        restored = self._restore_monitoring(task_vars, plan)
        if restored.get("failed"):
            return restored
        protected = self._snapshot(task_vars, plan) if plan["policy"]["protection"] == "snapshot" else {"changed": False}
        unproven = self._prove_restart_right(task_vars, plan)
        # What was switched on again is told also where the rest has nothing to tell.
        return (
            unproven
            if unproven is not None
            else {**restored, **protected, "changed": bool(restored["changed"] or protected["changed"])}
        )

    def _restore_monitoring(self, task_vars: dict[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
        """Set host monitoring of clusters to what it was before an earlier run switched it off and was killed. Nothing else is begun before."""
        clusters = [cluster["name"] for cluster in plan["clusters"] if cluster["to_be_restored"]]
        if not clusters:
            return {"changed": False}
        definition = ha_monitoring_restore.DEFINITION
        answer = self.run_module(task_vars, "ha_monitoring_restore", definition, self.connection(task_vars), "guard")
        if answer.get("failed"):
            return answer
        sentences = _told_of_monitoring(answer.get("clusters") or (), check_mode=self._task.check_mode)
        return {**answer, **said(f"{task_vars['inventory_hostname']}: {' '.join(sentences)}")} if sentences else answer

    def _prove_restart_right(self, task_vars: dict[str, Any], plan: Mapping[str, Any]) -> Optional[dict[str, Any]]:
        """Prove that SPS may be restarted where the plan did not, before a host is renewed whose provider comes back by that alone.

        The task's failure where it cannot be proven; None where it is, or need not be."""
        by_restart = plan["policy"]["reregister_method"] != "register" and any(REREGISTER in one["steps"] for one in plan["hosts"])
        if not by_restart or plan["may_restart_sps"]:
            return None
        answer = self.run_module(task_vars, "sps_restart_right", sps_restart_right.DEFINITION, self.connection(task_vars), "guard")
        return answer if answer.get("failed") else None

    def _snapshot(self, task_vars: dict[str, Any], plan: Mapping[str, Any]) -> dict[str, Any]:
        vcenter = plan["vcenter"]
        if not installed_module(SNAPSHOT):
            raise messages.SNAPSHOT_COLLECTION_MISSING(vcenter=vcenter)
        folder = self.variable(task_vars, FOLDER)
        managed_by = self.variable(task_vars, MANAGED_BY, task_vars["inventory_hostname"])
        if not folder or managed_by not in task_vars["groups"].get(VCENTERS, ()):
            raise messages.SNAPSHOT_PLACE_MISSING(vcenter=vcenter)
        name = self.variable(task_vars, VM) or self.hostname(task_vars)
        machine = f"the virtual machine {name} (folder {folder} of {managed_by})"
        snapshot = f"certops {plan['decided_at']}"
        managing = task_vars["hostvars"][managed_by]
        options = {
            **_account(managing, managed_by),
            "name": name,
            "folder": folder,
            "state": "present",
            "snapshot_name": snapshot,
            "description": "Taken before ESXi host certificates were renewed. Remove it when all is well.",
            "quiesce": False,
            "memory_dump": False,
        }
        ca_path = managing.get("certops_vcenter_ca_path")
        if ca_path is not None:
            # The module takes no CA file; Python's ssl and requests take it from here.
            add_to_environment(self, {"SSL_CERT_FILE": ca_path, "REQUESTS_CA_BUNDLE": ca_path})
        with self.speaking(task_vars, Progress("guard", doing=f"taking a snapshot of {machine}")):
            result: dict[str, Any] = self._execute_module(module_name=SNAPSHOT, module_args=options, task_vars=task_vars)
        if result.get("failed"):
            reason = in_words(str(result.get("msg") or "It gave no reason"))
            raise messages.SNAPSHOT_FAILED(vcenter=vcenter, machine=machine, reason=reason)
        which, done = (
            ("A snapshot", "would be taken, and would stay")
            if self._task.check_mode
            else (f'The snapshot "{snapshot}"', "was taken, and stays")
        )
        sentence = f"{which} of {machine} {done}: remove it in vCenter when all is well, since a snapshot grows for as long as it is there."
        return {**result, **said(f"{task_vars['inventory_hostname']}: {sentence}")}


def _told_of_monitoring(clusters: Sequence[Mapping[str, Any]], *, check_mode: bool) -> list[str]:
    """What became of host monitoring that an earlier run switched off, in sentences."""
    restored = ", ".join(f"{one['name']} ({one['host_monitoring']})" for one in clusters if not one["in_use"])
    in_use = ", ".join(str(one["name"]) for one in clusters if one["in_use"])
    verb = "would be" if check_mode else "was"
    return [
        *(
            [f"host monitoring of vSphere HA {verb} set to what it was before an earlier run switched it off: {restored}."]
            if restored
            else []
        ),
        *([f"host monitoring of vSphere HA is left off where another run is at work: {in_use}."] if in_use else []),
    ]


def _account(managing: Mapping[str, Any], name: str) -> dict[str, Any]:
    """How the vCenter is reached that manages the virtual machine. managing: its variables; name: the inventory's for it."""
    hostname = managing.get("certops_vcenter_hostname", managing.get("ansible_host", name))
    given = {option: managing[variable] for option, variable in _OPTIONS.items() if variable in managing}
    return {"port": 443, "validate_certs": True, **given, "hostname": hostname}
