# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a vCenter is reached: the options"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import InputError

CONNECTION_OPTION_MISSING = ErrorMessage(
    InputError,
    code="connection_option_missing",
    sentence="certops_vcenter_{option} (the option {option}) is not set",
    remedy="Set it, or the environment variable {variable}.",
)
HOSTNAME_WITH_ACCOUNT = ErrorMessage(
    InputError,
    code="hostname_with_account",
    sentence="certops_vcenter_{option} (the option {option}) contains an account before the @, which is not read there",
    remedy="Give the name or the address alone, and the account as {account_options}.",
)
HOSTNAME_INVALID = ErrorMessage(
    InputError,
    code="hostname_invalid",
    sentence="certops_vcenter_{option} (the option {option}) cannot be {value!r}",
    remedy="Give a name or an address, without a scheme, a port or a path.",
)
PORT_INVALID = ErrorMessage(
    InputError,
    code="port_invalid",
    sentence="certops_vcenter_port (the option port) cannot be {port}",
    remedy="Give a TCP port; vCenter's is 443.",
)
CONNECTION_TIMEOUT_INVALID = ErrorMessage(
    InputError,
    code="connection_timeout_invalid",
    sentence="The option {option} cannot be {value:g}",
    remedy="Give a number above 0.",
)
PROXY_INCOMPLETE = ErrorMessage(
    InputError,
    code="proxy_incomplete",
    sentence="certops_vcenter_proxy_host and certops_vcenter_proxy_port (the options proxy_host and proxy_port) need each other",
    remedy="Give both or neither.",
)
PROXY_PORT_INVALID = ErrorMessage(
    InputError,
    code="proxy_port_invalid",
    sentence="certops_vcenter_proxy_port (the option proxy_port) cannot be {port}",
    remedy="Give the proxy's TCP port.",
)
PROXY_ACCOUNT_WITHOUT_PROXY = ErrorMessage(
    InputError,
    code="proxy_account_without_proxy",
    sentence="certops_vcenter_proxy_username (the option proxy_username) is set without certops_vcenter_proxy_host",
    remedy="Give the proxy, or leave the account out.",
)
PROXY_ACCOUNT_INCOMPLETE = ErrorMessage(
    InputError,
    code="proxy_account_incomplete",
    sentence=(
        "certops_vcenter_proxy_username and certops_vcenter_proxy_password (the options proxy_username and proxy_password) need each other"
    ),
    remedy="Give both or neither.",
)
PROXY_USERNAME_INVALID = ErrorMessage(
    InputError,
    code="proxy_username_invalid",
    sentence="certops_vcenter_proxy_username (the option proxy_username) contains a colon, which HTTP does not allow",
    remedy="Give the name alone.",
)
CA_FILE_MISSING = ErrorMessage(
    InputError,
    code="ca_file_missing",
    sentence="The CA file {path} of certops_vcenter_ca_path (the option ca_path) {problem}",
    remedy="Give the path of a PEM file on the controller.",
)
CA_FILE_UNUSABLE = ErrorMessage(
    InputError,
    code="ca_file_unusable",
    sentence="The CA file {path} of certops_vcenter_ca_path (the option ca_path) {problem}",
    remedy="Give a PEM file with the certificates of the CAs that issued vCenter's.",
)
JOURNAL_UNWRITABLE = ErrorMessage(
    InputError,
    code="journal_unwritable",
    sentence="The journal {path} cannot be written: {problem}",
    remedy="Give the path of a file in a folder that is there and can be written to on the controller, or leave certops_journal (the option journal) out.",
)
