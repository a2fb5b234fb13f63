# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of modules, and the libraries that they need"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import InputError

CONCURRENCY_INVALID = ErrorMessage(
    InputError,
    code="concurrency_invalid",
    sentence="certops_concurrency (the option concurrency) cannot be {value}",
    remedy="Give 1 or more.",
)
MAX_FAILURES_INVALID = ErrorMessage(
    InputError,
    code="max_failures_invalid",
    sentence="certops_max_failures (the option max_failures) cannot be {value}",
    remedy="Give 0 or more.",
)
RENEW_BEFORE_DAYS_INVALID = ErrorMessage(
    InputError,
    code="renew_before_days_invalid",
    sentence="certops_renew_before_days (the option renew_before_days) cannot be {value:g}",
    remedy="Give a number of days from 0 to {most_days}.",
)
PER_CLUSTER_INVALID = ErrorMessage(
    InputError,
    code="per_cluster_invalid",
    sentence="certops_per_cluster (the option per_cluster) cannot be {value}",
    remedy="Give 1 or more.",
)
WAIT_INVALID = ErrorMessage(
    InputError,
    code="wait_invalid",
    sentence="certops_reregister_{option} (the option {option}) cannot be {value:g}",
    remedy="Give a number of seconds of 0 or more; 0 skips this way of bringing providers back.",
)
CERTIFICATE_OF_UNNAMED_HOST = ErrorMessage(
    InputError,
    code="certificate_of_unnamed_host",
    sentence="A certificate was given for {esxi_hosts}, which esxi_hosts does not name",
    remedy="Use the names that vCenter shows in both.",
)
PENDING_RECONNECT_WITHOUT_CHECK_MODE = ErrorMessage(
    InputError,
    code="pending_reconnect_without_check_mode",
    sentence="The option pending_reconnect is for check mode only",
    remedy="Leave it out: whether hosts are back is there to be looked at.",
)
MAX_FINDINGS_INVALID = ErrorMessage(
    InputError,
    code="max_findings_invalid",
    sentence="The option max_findings is less than 1",
    remedy="Give how many findings are to be returned at most.",
)
SINCE_AFTER_UNTIL = ErrorMessage(
    InputError,
    code="since_after_until",
    sentence="The option since is later than the option until",
    remedy="Give them the other way round.",
)
MOMENT_INVALID = ErrorMessage(
    InputError,
    code="moment_invalid",
    sentence="The option {option} cannot be used: {problem}",
    remedy="Give a time in ISO 8601, in UTC or with its zone.",
)
PROVIDER_ACCOUNT_EMPTY = ErrorMessage(
    InputError,
    code="provider_account_empty",
    sentence="certops_{option} (the option {option}) is empty",
    remedy="Take the method sps_restart, which needs none.",
)
PENDING_RENEWAL_WITHOUT_CHECK_MODE = ErrorMessage(
    InputError,
    code="pending_renewal_without_check_mode",
    sentence="The option pending_renewal is for check mode only",
    remedy="Leave it out: the certificates are there to be looked at.",
)
PENDING_TRUST_REPAIR_WITHOUT_CHECK_MODE = ErrorMessage(
    InputError,
    code="pending_trust_repair_without_check_mode",
    sentence="The option pending_trust_repair is for check mode only",
    remedy="Leave it out: whether the hosts trust SMS is there to be looked at.",
)
LIBRARY_MISSING = ErrorMessage(
    InputError,
    code="library_missing",
    sentence="The Python library {library} cannot be imported by {python} ({reason})",
    remedy=(
        "Install it there ({python} -m pip install '{requirement}'), or let ansible_python_interpreter name the Python that runs Ansible, if"
        " that has it."
    ),
)
CLI_TIMEOUT_INVALID = ErrorMessage(
    InputError,
    code="cli_timeout_invalid",
    sentence="The option host_timeout_seconds cannot be {value:g}",
    remedy="Give more than 0.",
)
CLI_HOST_INVALID = ErrorMessage(
    InputError,
    code="cli_host_invalid",
    sentence="The option esxi_host cannot be {value!r}",
    remedy="Give the one name by which vCenter knows the host, without a pattern.",
)
SWITCH_SSH_WITHOUT_VCENTER = ErrorMessage(
    InputError,
    code="switch_ssh_without_vcenter",
    sentence="switch_ssh was set without a vCenter, which is to switch SSH on",
    remedy="Give hostname, username and password, or leave switch_ssh out.",
)
CLI_RUN_AS_MODULE = ErrorMessage(
    InputError,
    code="cli_run_as_module",
    sentence="esxi_cert_regenerate_cli was run as a module, without its action plugin",
    remedy="Call it as a task of its own.",
)
