# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew a certificate through vCenter, which the module does, or over the ESXi host's own shell, which is done here."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import CertopsError, InputError
from ansible_collections.certops.vsphere.plugins.module_utils.core.judge import RENEW_CLI
from ansible_collections.certops.vsphere.plugins.module_utils.entry import whole_spec
from ansible_collections.certops.vsphere.plugins.module_utils.operations.regenerate_on_host import (
    HostOutcome,
    Order,
    regenerate_on_host,
)
from ansible_collections.certops.vsphere.plugins.module_utils.steps_entry import tell
from ansible_collections.certops.vsphere.plugins.modules.esxi_cert_regenerate import SPEC, TIMEOUT_SECONDS, check
from ansible_collections.certops.vsphere.plugins.plugin_utils.connection_shell import ConnectionShell
from ansible_collections.certops.vsphere.plugins.plugin_utils.host_keys import unverified
from ansible_collections.certops.vsphere.plugins.plugin_utils.libraries import require_libraries
from ansible_collections.certops.vsphere.plugins.plugin_utils.notifier import VCenterNotifier
from ansible_collections.certops.vsphere.plugins.plugin_utils.speaking import SpeakingAction


class ActionModule(SpeakingAction):
    """What Ansible runs on the controller for the module of this name."""

    STEP = "renew"

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Run the module, or do what it would over the host's shell."""
        if self._task.args.get("method", "vcenter") != "cli":
            return super().work(task_vars)
        try:
            with self.speaking(task_vars, RENEW_CLI, " ".join(map(str, self._task.args.get("esxi_hosts") or ()))):
                return self._over_the_shell()
        except CertopsError as error:
            return {"failed": True, "changed": False, "msg": str(error), **error.result}

    def _over_the_shell(self) -> dict[str, Any]:
        require_libraries("cryptography")
        _validated, options = self.validate_argument_spec(whole_spec(SPEC, TIMEOUT_SECONDS))
        check(options)
        esxi_host = _one_host(options)
        self._refuse_unfit_task(options, esxi_host)
        shell = ConnectionShell(self._connection, self._low_level_execute_command, self._address(esxi_host), esxi_host)
        order = Order(
            esxi_host=esxi_host,
            renew_before_days=options["renew_before_days"],
            force=options["force"],
            reload=options["reload"],
            timeout_seconds=options["timeout_seconds"],
            check_mode=bool(self._task.check_mode),
        )
        with VCenterNotifier(options, esxi_host) as notifier:
            outcome = regenerate_on_host(shell, order, notifier)
        return self._told(outcome, options)

    def _refuse_unfit_task(self, options: Mapping[str, Any], esxi_host: str) -> None:
        """Raises InputError where the task's connection cannot be what is needed."""
        if self._task.async_val:
            raise InputError("method cli does not run with async", cure="Leave async out: it works over the task's connection.")
        if self._connection.transport in ("local", "ansible.builtin.local"):
            raise InputError(
                f"method cli works over the connection to the ESXi host, and the connection of this task for {esxi_host} is local",
                cure="Use delegate_to with the inventory's name of the ESXi host, and ansible_connection ssh there.",
            )
        problem = unverified(self._connection)
        if problem and not options["accept_unverified_host"]:
            raise InputError(
                f"{esxi_host} was not touched, because nothing proves that it is the one that answers: {problem}",
                cure=(
                    "Put the host's key into known_hosts and check it, or set accept_unverified_host"
                    " (certops_accept_unverified_host) to accept whoever answers."
                ),
            )

    def _address(self, esxi_host: str) -> str:
        """What the connection leads to: ansible_host of the host that the task is delegated to."""
        try:
            found = self._connection.get_option("host")
        except (KeyError, AttributeError):
            found = None
        return str(found or self._play_context.remote_addr or esxi_host)

    def _told(self, outcome: HostOutcome, options: Mapping[str, Any]) -> dict[str, Any]:
        facts = outcome.to_facts()
        problem = unverified(self._connection)
        if problem:
            facts["basis"] = "first_use"
            facts["notes"] = [*facts["notes"], f"whoever answered was believed, as accept_unverified_host says: {problem}"]
        told = tell([outcome.result], options["max_failures"])
        answer: dict[str, Any] = {"changed": told.changed, "hosts": [facts]}
        if told.diff and self._task.diff:
            answer["diff"] = told.diff
        if told.failure is not None:
            answer.update(failed=True, msg=told.failure)
        if told.warnings:
            answer["warnings"] = told.warnings
        return answer


def _one_host(options: Mapping[str, Any]) -> str:
    names = options["esxi_hosts"]
    if len(names) != 1 or not str(names[0]).strip() or any(sign in str(names[0]) for sign in "*?["):
        raise InputError(
            f"method cli works on one ESXi host, the one of the task's connection, and was given {', '.join(map(str, names)) or 'none'}",
            cure="Give its one name as vCenter knows it, without a pattern.",
        )
    if options["timeout_seconds"] <= 0:
        raise InputError(f"The option timeout_seconds cannot be {options['timeout_seconds']:g}", cure="Give more than 0.")
    return str(names[0])
