# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host of the role renew_cli: its own CLI makes its certificate, over its connection; vCenter takes it back with that, from the controller.

The role goes through its hosts, since Ansible has a connection to an ESXi host only in a task that is delegated to it. Whether a host begins, with
which options, and what came of it is decided here.
"""

from __future__ import annotations

from typing import Any, Mapping

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.by_cli import (
    errors_among,
    not_begun,
    not_begun_after,
    taken_back,
)
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RECONNECT, RECONNECT_PINNED, RENEW_CLI
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.step_options import from_the_run
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import FAILED, NOT_STARTED, StepResult
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import without_failure
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import (
    CLI_VARIABLES,
    Order,
    StepAction,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.cli_renewal import renew_over_the_shell

# The host that it is about, as the role's loop names it, with all hosts of the loop; and what the task before registered.
HOST, LOOP, MADE = "__certops_cli_host", "ansible_loop", "__certops_cli_made"
_TO_BE_RENEWED = "its certificate is to be renewed by its own CLI"
_TO_BE_TAKEN_BACK = "it has a certificate of its own making"
_NO_REASON = "An unknown failure."


def make(action: StepAction, task_vars: dict[str, Any]) -> dict[str, Any]:
    """Have the host make its certificate. The results are handed on as `made`, and keep the certificate; the task does not fail."""
    esxi_host = str(task_vars[HOST])
    plan, results = action.plan(task_vars), action.results(task_vars)
    held = not_begun(plan, results, esxi_host)
    if held is not None:
        return {"changed": False, "made": [held]}
    check_mode = bool(action._task.check_mode)
    run = from_the_run(RENEW_CLI, [esxi_host], plan, results, check_mode=check_mode)
    given = action.given(task_vars, CLI_VARIABLES)
    own: dict[str, Any] = {"esxi_host": esxi_host, "planned_moid": run["planned_moids"].get(esxi_host)}
    if run["force"]:
        own["force"] = True
    # The task is this worker's own copy.
    action._task.args = {**action.connection(task_vars), **given, **own}
    with action.speaking(task_vars, Progress(RENEW_CLI, begun=(esxi_host,)), esxi_host):
        try:
            answer = renew_over_the_shell(action)
        except AnsibleError as error:
            answer = {"failed": True, "msg": str(error)}
    told = without_failure(answer, "hosts")
    return {"changed": False, **told, "made": answer.get("hosts") or [_not_made(esxi_host, answer)]}


def take_back(action: StepAction, task_vars: dict[str, Any]) -> dict[str, Any]:
    """Have vCenter take the host back with what it made, and put the results of both together."""
    esxi_host = str(task_vars[HOST])
    names = [str(name) for name in (task_vars.get(LOOP) or {}).get("allitems") or [esxi_host]]
    registered = task_vars.get(MADE) or {}
    # Without it Ansible itself had no connection to the host, or none could be put together from its variables.
    made = registered.get("made") or [_not_made(esxi_host, registered)]
    results = [*action.results(task_vars), *({key: one[key] for key in one if key != "certificate_pem"} for one in made)]
    shown: Mapping[str, Any] = {}
    if made[0]["status"] not in (FAILED, NOT_STARTED):
        pem = made[0].get("certificate_pem")
        order = Order(
            step=RECONNECT,
            esxi_hosts=[esxi_host],
            certificates={esxi_host: pem} if pem else {},
            plan=action.plan(task_vars),
            results=results,
        )
        done = action.carry_out(task_vars, order)
        shown = without_failure(done.answer)
        new = done.results[len(results) :] or [
            StepResult(
                *(esxi_host, RECONNECT_PINNED, FAILED, _TO_BE_TAKEN_BACK),
                error=done.stopped or _NO_REASON,
                error_code=done.answer.get("error_code"),
            ).to_facts()
        ]
        results += [{**one, "step": RECONNECT_PINNED} for one in new]
    errors = errors_among(results, names)
    stops = len(errors) > int(action.variable(task_vars, "certops_max_failures", 0))
    if stops:
        results += not_begun_after(len(errors), names[names.index(esxi_host) + 1 :])
    back = taken_back(results, names)
    return {"changed": False, **shown, "results": results, "taken_back": back, "stopped": " ".join(errors) if stops else ""}


def _not_made(esxi_host: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a host whose CLI was not got at."""
    error = str(answer.get("msg") or _NO_REASON)
    return StepResult(esxi_host, RENEW_CLI, FAILED, _TO_BE_RENEWED, error=error, error_code=answer.get("error_code")).to_facts()
