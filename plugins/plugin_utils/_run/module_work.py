# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has a module of the collection do its work for the task of a role, with the role's variables as its options."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import Definition
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import to_file
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import is_local
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.in_process import prepare
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.speaking import SpeakingAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.task_variables import VariablesAction

# What the role connection leaves to the others; where no role is, it is put together here.
CONNECTION = "certops_connection"
HOSTNAME = "certops_vcenter_hostname"
# The options that say how a vCenter is reached, by the variables that give them.
_WAY: Mapping[str, str] = {
    **{
        option: f"certops_vcenter_{option}"
        for option in (
            *("port", "username", "password", "validate_certs", "ca_path"),
            *("proxy_host", "proxy_port", "proxy_username", "proxy_password"),
        )
    },
    "request_timeout_seconds": "certops_request_timeout_seconds",
    "journal": "certops_journal",
}


class ModuleAction(SpeakingAction, VariablesAction):
    """An action that looks at variables, has a module work, and speaks meanwhile."""

    _supports_async = False

    def connection(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """The options that say how the vCenter is reached."""
        if CONNECTION in task_vars:
            return dict(self.variable(task_vars, CONNECTION))
        given = {option: value for option, value in self.given(task_vars, _WAY).items() if value is not None}
        hostname = self.hostname(task_vars)
        # The modules of other collections verify no name that ends with a dot.
        return {"hostname": hostname.removesuffix(".") if isinstance(hostname, str) else hostname, **given}

    def hostname(self, task_vars: Mapping[str, Any]) -> Any:
        """The vCenter's name or address."""
        name = next((one for one in (HOSTNAME, "ansible_host") if one in task_vars), "inventory_hostname")
        return self.variable(task_vars, name)

    def given(self, task_vars: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, Any]:
        """The options that variables give, where these are there. variables: their names by the options."""
        return {option: self.variable(task_vars, name) for option, name in variables.items() if name in task_vars}

    def run_module(
        self, task_vars: dict[str, Any], module: str, definition: Definition, options: dict[str, Any], step: str
    ) -> dict[str, Any]:
        """What a module of the collection returns. step: what the lines about progress call it."""
        # The task is this worker's own copy.
        self._task.args = options
        prepared = prepare(self, definition, task_vars)
        with self.speaking(task_vars, Progress(step), told=is_local(self)) as path:
            if prepared is not None:
                return prepared.carry_out(to_file(str(path) if path else None))
            result: dict[str, Any] = self._execute_module(
                module_name=f"certops.vsphere.{module}", module_args=options, task_vars=task_vars
            )
        return result


def observed(answer: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What cert_expiry_facts read, and the rest of what it returned.

    No task of a role returns the facts: Ansible would copy them for each of the vCenter's tasks, and keep them in a cache of facts.
    """
    facts = (answer.get("ansible_facts") or {}).get("certops") or {}
    return facts, {key: value for key, value in answer.items() if key != "ansible_facts"}
