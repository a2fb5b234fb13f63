# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions and filters on the controller"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import ShellDropped, ShellUnreachable

CLI_WITH_ASYNC = ErrorMessage(
    InputError,
    code="cli_with_async",
    sentence="method cli does not run with async",
    remedy="Leave async out: it works over the task's connection.",
)
CLI_OVER_LOCAL_CONNECTION = ErrorMessage(
    InputError,
    code="cli_over_local_connection",
    sentence="method cli works over the connection to the ESXi host, and the connection of this task for {esxi_host} is local",
    remedy="Use delegate_to with the inventory's name of the ESXi host, and ansible_connection ssh there.",
)
HOST_KEY_UNVERIFIED = ErrorMessage(
    InputError,
    code="host_key_unverified",
    sentence="{esxi_host} was not touched, because nothing proves that it is the one that answers: {problem}",
    remedy=(
        "Put the host's key into known_hosts and check it, or set accept_unverified_host (certops_accept_unverified_host) to"
        " accept whoever answers."
    ),
)
CLI_ON_SEVERAL_HOSTS = ErrorMessage(
    InputError,
    code="cli_on_several_hosts",
    sentence="method cli works on one ESXi host, the one of the task's connection, and was given {esxi_hosts}",
    remedy="Give its one name as vCenter knows it, without a pattern.",
)
CLI_TIMEOUT_INVALID = ErrorMessage(
    InputError,
    code="cli_timeout_invalid",
    sentence="The option timeout_seconds cannot be {value:g}",
    remedy="Give more than 0.",
)
COMMAND_TOO_SLOW = ErrorMessage(
    ShellDropped,
    code="command_too_slow",
    sentence="{esxi_host} did not end the command {command} within {seconds:g} seconds",
    remedy="Look at the host: it may hang.",
)
SHELL_CONNECTION_LOST = ErrorMessage(
    ShellDropped,
    code="shell_connection_lost",
    sentence="The connection to {esxi_host} ended while {command} ran: {reason}",
    remedy="Look at the host, and run again.",
)
SHELL_CONNECTION_UNUSABLE = ErrorMessage(
    CertopsError,
    code="shell_connection_unusable",
    sentence="{esxi_host} cannot be worked on over its connection: {reason}",
    remedy="Check the connection's variables in the inventory (ansible_connection, ansible_user and the like).",
)
SSH_LOGIN_FAILED = ErrorMessage(
    ShellUnreachable,
    code="ssh_login_failed",
    sentence="SSH login to {esxi_host} ({address}) failed: {reason}",
    remedy=(
        "Check that SSH runs on the host, that its key stands in known_hosts, the user and key or password in the inventory,"
        " and lockdown mode, which lets only exception users in."
    ),
)
REPORT_FOLDER_NOT_WRITABLE = ErrorMessage(
    InputError,
    code="report_folder_not_writable",
    sentence="The report cannot be written into {folder} ({reason})",
    remedy="Give a folder of the controller that its user may write to, with certops_report_dir.",
)
VERIFICATION_FAILED = ErrorMessage(
    CertopsError,
    code="verification_failed",
    sentence="Verification failed for {esxi_host}: {problems}",
    remedy="No further hosts were started. Look at these hosts, and run again.",
)
GROUP_VCENTERS_MISSING = ErrorMessage(
    InputError,
    code="group_vcenters_missing",
    sentence="The inventory has no group vcenters, so there is nothing to look at",
    remedy="Give an inventory with -i whose group vcenters has a host for each vCenter.",
)
GROUP_VCENTERS_SLICED_AWAY = ErrorMessage(
    InputError,
    code="group_vcenters_sliced_away",
    sentence=(
        "The group vcenters has no host here, and the group esxi has some, as in a slice of an inventory that mixes them: they"
        " would be passed over"
    ),
    remedy="Slice an inventory that has only the group vcenters, or set certops_scope to vcenter for all of it.",
)
GROUP_VCENTERS_EMPTY = ErrorMessage(
    InputError,
    code="group_vcenters_empty",
    sentence="The group vcenters of the inventory has no host, so there is nothing to look at",
    remedy="Give it a host for each vCenter.",
)
REPORT_FOLDER_MISSING = ErrorMessage(
    InputError,
    code="report_folder_missing",
    sentence="The report has no folder to be written into",
    remedy="Give one of the controller with certops_report_dir.",
)
FILTER_ARGUMENTS_WRONG = ErrorMessage(
    InputError,
    code="filter_arguments_wrong",
    sentence="The arguments of the filter are wrong ({reason})",
    remedy="See ansible-doc -t filter {filter_name}.",
)
