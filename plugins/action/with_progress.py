# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a module of somebody else's, and say while it runs that it does."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.module_utils._common.fault_dump import in_words
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.speaking import SpeakingAction

SPEC: dict[str, dict[str, Any]] = {
    "module": {"type": "str", "required": True},
    "options": {"type": "dict", "default": {}},
    "step": {"type": "str", "required": True},
    "doing": {"type": "str", "default": ""},
    "total": {"type": "int", "default": 0},
    "done": {"type": "int", "default": 0},
    "failed": {"type": "int", "default": 0},
}


class ActionModule(SpeakingAction):
    """What Ansible runs on the controller for the module of this name."""

    _supports_async = False

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Run it, and return what it did."""
        _validated, given = self.validate_argument_spec(argument_spec=SPEC)
        told = Progress(given["step"], given["total"], given["done"], given["failed"], given["doing"])
        with self.speaking(task_vars, told):
            result: dict[str, Any] = self._execute_module(
                module_name=given["module"], module_args=given["options"], task_vars=task_vars
            )
        if result.get("failed"):
            result["vsphere_fault"] = in_words(str(result.get("msg") or "It gave no reason"))
        return result
