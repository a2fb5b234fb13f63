# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take one step on the hosts that a role was given."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RECONNECT_PINNED, RENEW_CLI, RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.turn import VERIFY
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import without_failure
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import WORKS, Done, Order, StepAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.taking import taken

# The role renew_cli goes through its hosts with these two.
OF_ONE_HOST = (RENEW_CLI, RECONNECT_PINNED)
SPEC: dict[str, dict[str, Any]] = {"step": {"type": "str", "choices": [*WORKS, RENEW_CUSTOM_CA, *OF_ONE_HOST], "required": True}}
# Who is renewed by its own CLI where vCenter refuses, by the step.
FALLBACK = {"renew": "certops_renew_fallback_hosts", "reconnect": "certops_reconnect_fallback_hosts"}


class ActionModule(StepAction):
    """What Ansible runs on the controller for the module of this name."""

    _supports_async = False

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Take it, and return what came of it."""
        _validated, given = self.validate_argument_spec(argument_spec=SPEC)
        step = given["step"]
        if step in OF_ONE_HOST:
            # Only here: Ansible compiles it anew in every run, and most of them have no host whose shell does it.
            from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.cli_step import make, take_back

            return make(self, task_vars) if step == RENEW_CLI else take_back(self, task_vars)
        hosts = self.names(task_vars, "certops_step_hosts")
        fallback = self.names(task_vars, FALLBACK[step]) if step in FALLBACK else []
        results = self.results(task_vars)
        # What was refused at first, and failed on the host since, counts here too.
        turned_away = self.names(task_vars, "__certops_refused_hosts")
        failures = sum(1 for one in results if one["failed"] and one["esxi_host"] in turned_away)
        order = Order(
            step=step,
            esxi_hosts=hosts,
            max_failures=max(int(self.variable(task_vars, "certops_max_failures", 0)) - failures, 0),
            in_flight=self.yes(task_vars, "certops_hosts_in_flight"),
            fallback=[name for name in fallback if name in hosts],
            plan=self.plan(task_vars),
            results=results,
            verified=self.variable(task_vars, "certops_verified", []) or [],
            failure=str(self.variable(task_vars, "certops_failure", "") or ""),
        )
        before = str(self.variable(task_vars, "certops_after", "") or "")
        if not hosts and step not in (VERIFY, RENEW_CUSTOM_CA):
            return {"changed": False, **_kept(Done({}, list(order.results), list(order.verified)), before)}
        done = taken(self, task_vars, order)
        shown = without_failure(done.answer)
        return {**shown, **_kept(done, before)}


def _kept(done: Done, after: str) -> dict[str, Any]:
    """What the role keeps. after: what an earlier step read of the vCenter, as one text."""
    return {
        "results": done.results,
        "verified": done.verified,
        "after": after if done.after is None else done.after,
        "refused": done.refused,
        "stopped": done.stopped,
    }
