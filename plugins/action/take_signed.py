# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take what a role of the operator's has signed for one host; after the last of them, install it on all."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import without_failure
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import Order, StepAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.given import ROLE
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_round import SigningRound
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.step import CustomCaStep

SPEC: dict[str, dict[str, Any]] = {
    "so_far": {"type": "dict", "required": True},
    "esxi_host": {"type": "str", "required": True},
    "failed": {"type": "bool", "default": False},
}


class ActionModule(StepAction):
    """What Ansible runs on the controller for the module of this name."""

    _supports_async = False

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Take it, and return what came of the step so far."""
        _validated, given = self.validate_argument_spec(argument_spec=SPEC)
        so_far, esxi_host = given["so_far"], given["esxi_host"]
        # The step is over: too many others failed before this host.
        if esxi_host not in so_far["awaiting"]:
            return {**so_far, "changed": False}
        signing = SigningRound.from_facts(so_far["signing"])
        left_out = bool(so_far.get("left_out"))
        if given["failed"]:
            failure: Any = self.variable(task_vars, "ansible_failed_result", {})
            signing = signing.failed(esxi_host, _reason(failure), ROLE)
            # It begins with none, and each task that fails leaves one. Whoever is left out has to fail, however many hosts may.
            if failure == {}:
                left_out = True
                signing = signing.with_results([], stopped=" ".join(signing.errors))
        else:
            signing = signing.given(esxi_host, str(self.variable(task_vars, "certops_signed_pem", "")), ROLE)
        order = Order(
            step=RENEW_CUSTOM_CA,
            esxi_hosts=list(signing.requests),
            max_failures=signing.max_failures,
            plan=self.plan(task_vars),
            results=self.results(task_vars),
        )
        done = CustomCaStep(self, task_vars, order).go_on(signing)
        shown = without_failure(done.answer)
        return {**shown, "results": done.results, "stopped": done.stopped, "left_out": left_out}


def _reason(failure: Any) -> str:
    """What the task said that failed in the role; of an include that found nothing Ansible leaves no result."""
    if failure == {}:
        return "a file or a role that it includes is not there"
    return str(failure.get("msg") or "") if isinstance(failure, Mapping) else ""
