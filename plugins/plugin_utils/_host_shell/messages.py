# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection to an ESXi host"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import ShellDropped, ShellUnreachable

CLI_WITH_ASYNC = ErrorMessage(
    InputError,
    code="cli_with_async",
    sentence="esxi_cert_regenerate_cli does not run with async",
    remedy="Leave async out: it works over the task's connection.",
)
CLI_OVER_LOCAL_CONNECTION = ErrorMessage(
    InputError,
    code="cli_over_local_connection",
    sentence="esxi_cert_regenerate_cli works over the connection to the ESXi host, and the connection of this task for {esxi_host} is local",
    remedy="Use delegate_to with the inventory's name of the ESXi host, and ansible_connection ssh there.",
)
HOST_KEY_UNVERIFIED = ErrorMessage(
    InputError,
    code="host_key_unverified",
    sentence="{esxi_host} was not touched, because nothing proves that it is the one that answers: {problem}",
    remedy=(
        "Put the host's key into known_hosts and check it, or set certops_accept_unverified_host (the option accept_unverified_host) to"
        " accept whoever answers."
    ),
)
COMMAND_TOO_SLOW = ErrorMessage(
    ShellDropped,
    code="command_too_slow",
    sentence="The command {command} did not finish on {esxi_host} within {seconds:g} seconds",
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
