# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew a certificate over an ESXi host's own shell, on the controller, by the connection of a task."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import Traces, foreseen
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import TRACEBACKS, spelt, without
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import planned_hosts, to_module_result
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import (
    HostOutcome,
    Order,
    regenerate_on_host,
)
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import TlsEndpoints
from ansible_collections.certops.vsphere.plugins.modules.esxi_cert_regenerate import DEFINITION, check
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.connection_shell import ConnectionShell
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.host_keys import unverified
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.in_process import LOCAL
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.libraries import require_libraries
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.notifier import VCenterNotifier


def renew_over_the_shell(action: Any) -> dict[str, Any]:
    """What the module returns with method=cli, for a task's action (ActionBase) of the module's name."""
    validated, options = action.validate_argument_spec(DEFINITION.whole_spec)
    secrets = set(validated._no_log_values)
    secrets.update(spelt(options, secrets))
    consequence = "Look at the host, and at its backups (/etc/vmware/ssl/certops-backup-*), before running again."
    with Traces() as traces:
        try:
            answer = foreseen("this task", lambda: _renew(action, options), consequence=consequence)
        except CertopsError as error:
            answer = {"failed": True, "changed": False, "msg": str(error), "error_code": error.code}
    if traces:
        answer[TRACEBACKS] = traces
    return without(secrets, answer)


def _renew(action: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Do it, with validated options. Raises CertopsError."""
    require_libraries("cryptography")
    check(options)
    esxi_host = _one_host(options)
    task, connection = action._task, action._connection
    address = _address(connection, action._play_context, esxi_host)
    problem = _refuse_unfit_task(task, connection, options, esxi_host, address)
    shell = ConnectionShell(connection, action._low_level_execute_command, address, esxi_host)
    if problem is None:
        # A connection that is still open from before, and would be shared, may have been opened without a look at the key.
        shell.renew()
    order = Order(
        esxi_host=esxi_host,
        renew_before_days=options["renew_before_days"],
        force=options["force"],
        reload=options["reload"],
        timeout_seconds=options["timeout_seconds"],
        check_mode=bool(task.check_mode),
    )
    with VCenterNotifier(options, esxi_host) as notifier:
        notifier.require_planned(planned_hosts(options))
        outcome = regenerate_on_host(shell, order, notifier, TlsEndpoints())
    return _told(outcome, options, problem, bool(task.diff))


def _refuse_unfit_task(task: Any, connection: Any, options: Mapping[str, Any], esxi_host: str, address: str) -> Optional[str]:
    """Why nothing proves who answers, where that was accepted. Raises InputError where the task's connection cannot be what is needed."""
    if task.async_val:
        raise messages.CLI_WITH_ASYNC()
    if connection.transport in LOCAL:
        raise messages.CLI_OVER_LOCAL_CONNECTION(esxi_host=esxi_host)
    problem = unverified(connection, (esxi_host, address))
    if problem and not options["accept_unverified_host"]:
        raise messages.HOST_KEY_UNVERIFIED(esxi_host=esxi_host, problem=problem)
    return problem


def _address(connection: Any, play_context: Any, esxi_host: str) -> str:
    """What the connection leads to: ansible_host of the host that the task is delegated to."""
    try:
        found = connection.get_option("host")
    except (KeyError, AttributeError):
        found = None
    return str(found or play_context.remote_addr or esxi_host)


def _told(outcome: HostOutcome, options: Mapping[str, Any], problem: Optional[str], diff: bool) -> dict[str, Any]:
    facts = outcome.to_facts()
    if problem:
        facts["trusted_by"] = "first_use"
        facts["notes"] = [*facts["notes"], notice.BELIEVED.of(problem=problem)]
    told = to_module_result([outcome.result], options["max_failures"])
    answer: dict[str, Any] = {"changed": told.changed, "hosts": [facts]}
    if told.diff and diff:
        answer["diff"] = told.diff
    if told.failure is not None:
        answer.update(failed=True, msg=told.failure, error_code=told.values["error_code"])
    if told.warnings:
        answer["warnings"] = told.warnings
    return answer


def _one_host(options: Mapping[str, Any]) -> str:
    names = options["esxi_hosts"]
    if len(names) != 1 or not str(names[0]).strip() or any(sign in str(names[0]) for sign in "*?["):
        raise messages.CLI_ON_SEVERAL_HOSTS(esxi_hosts=", ".join(map(str, names)) or "none")
    if options["timeout_seconds"] <= 0:
        raise messages.CLI_TIMEOUT_INVALID(value=options["timeout_seconds"])
    return str(names[0])
