# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew a certificate over an ESXi host's own shell, on the controller, by the connection of a task."""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._common import notice
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._common.unforeseen import Traces, foreseen
from ansible_collections.certops.vsphere.plugins.module_utils._entry.entry import TRACEBACKS, spelt, without
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import to_module_result
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate_on_host import (
    HostOutcome,
    Order,
    failed_on,
    predicted,
    regenerate_on_host,
)
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.ssh_access import SshAccess
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.port import TlsEndpoints
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.signals import ending_later
from ansible_collections.certops.vsphere.plugins.modules.esxi_cert_regenerate_cli import WHOLE_SPEC, check
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import (
    address_of,
    connection_of,
    is_async,
    is_local,
    shell_of,
    shows_diff,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.libraries import require_libraries
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.module_answer import failed_with
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.host_keys import unverified
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.hosts_vcenter import HostsVCenter


def renew_over_the_shell(action: Any) -> dict[str, Any]:
    """What esxi_cert_regenerate_cli returns, for a task's action (ActionBase) with its options."""
    validated, options = action.validate_argument_spec(WHOLE_SPEC)
    secrets = set(validated._no_log_values)
    secrets.update(spelt(options, secrets))
    consequence = "Look at the host, and at its backups (/etc/vmware/ssl/certops-backup-*), before running again."
    with Traces() as traces:
        try:
            answer = foreseen("this task", lambda: _renew(action, options), consequence=consequence)
        except CertopsError as error:
            answer = {"changed": False, **failed_with(error)}
    if traces:
        answer[TRACEBACKS] = traces
    return without(secrets, answer)


def _renew(action: Any, options: Mapping[str, Any]) -> dict[str, Any]:
    """Do it, with validated options. Raises CertopsError."""
    require_libraries("cryptography")
    check(options)
    esxi_host = str(options["esxi_host"])
    problem = _refuse_unfit_task(action, options, esxi_host)
    shell = shell_of(action, esxi_host)
    if problem is None:
        # A connection that is still open from before, and would be shared, may have been opened without a look at the key.
        shell.renew()
    order = Order(
        esxi_host=esxi_host,
        renew_before_days=options["renew_before_days"],
        force=options["force"],
        reload=options["reload"],
        timeout_seconds=options["host_timeout_seconds"],
        check_mode=bool(action._task.check_mode),
    )
    # Told to end, a host is brought to an end first, and its SSH is switched off.
    with ending_later() as ending, HostsVCenter(options, esxi_host) as vcenter:
        vcenter.require_planned(options["planned_moid"])
        access = vcenter.ssh_access(shell) if options["switch_ssh"] else None
        outcomes = _worked(
            order, access, lambda: regenerate_on_host(shell, order, vcenter, TlsEndpoints(), before_change=ending.end_if_told)
        )
    return _told(outcomes, problem, shows_diff(action))


def _worked(order: Order, access: Optional[SshAccess], work: Callable[[], HostOutcome]) -> list[HostOutcome]:
    """The outcome of the work, and that of switching SSH off where it failed. Raises CertopsError where SSH could not be switched on."""
    if access is None or not access.is_off():
        return [work()]
    if order.check_mode:
        return [predicted(order, "SSH is off and would be switched on, so the host itself was not asked")]
    outcome, left_on = access.while_on(work)
    return [outcome] if left_on is None else [outcome, failed_on(order.esxi_host, "SSH was to be switched off again", left_on)]


def _refuse_unfit_task(action: Any, options: Mapping[str, Any], esxi_host: str) -> Optional[str]:
    """Why nothing proves who answers, where that was accepted. Raises InputError where the task's connection cannot be what is needed."""
    if is_async(action):
        raise messages.CLI_WITH_ASYNC()
    if is_local(action):
        raise messages.CLI_OVER_LOCAL_CONNECTION(esxi_host=esxi_host)
    problem = unverified(connection_of(action), (esxi_host, address_of(action, esxi_host)))
    if problem and not options["accept_unverified_host"]:
        raise messages.HOST_KEY_UNVERIFIED(esxi_host=esxi_host, problem=problem)
    return problem


def _told(outcomes: Sequence[HostOutcome], problem: Optional[str], diff: bool) -> dict[str, Any]:
    shown = [outcome.to_facts() for outcome in outcomes]
    if problem:
        shown[0].update(trusted_by="first_use", notes=[*shown[0]["notes"], notice.BELIEVED.of(problem=problem)])
    told = to_module_result([outcome.result for outcome in outcomes], 0)
    answer: dict[str, Any] = {"changed": told.changed, "hosts": shown}
    if told.diff and diff:
        answer["diff"] = told.diff
    if told.failure is not None:
        answer.update(failed=True, msg=told.failure, error_code=told.values["error_code"])
    return answer
