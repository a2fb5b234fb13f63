# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy that an inventory shows what is due by: the one that the playbooks go by, as far as it bears on single hosts."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory import messages

# How many at a time, how the vCenter is protected and the like are the run's, and change nothing of what a host needs.
OF_HOSTS = (
    *("renew_before_days", "force", "refresh_display", "hosts", "skip", "method", "clock_tolerance_seconds", "custom_ca"),
    *("reregister_in_thumbprint_mode", "repair_host_trust"),
)
# An inventory is told whether there is one; how it signs is the playbook's, and may hold a passphrase.
CUSTOM_CA = "custom_ca"
PREFIX = "certops_"


def check_policy(options: Any) -> dict[str, Any]:
    """The options of a policy as they were given. Raises InputError for one that is none of an inventory's, or no value for it."""
    given = {} if options is None else options
    if isinstance(given, Mapping):
        strange = sorted(str(key) for key in given if key not in OF_HOSTS)
        if strange:
            raise messages.INVENTORY_POLICY_OPTION_UNKNOWN(names=", ".join(strange), options=", ".join(OF_HOSTS))
    Policy.from_options(given)
    return {str(key): value for key, value in given.items() if value is not None}


def with_extra_variables(
    options: Mapping[str, Any], variables: Mapping[str, Any], evaluate: Callable[[Any], Any]
) -> dict[str, Any]:
    """The policy that a playbook started with these extra variables goes by, since they outrank what the inventory says.

    One that can only be evaluated while a playbook runs, because it names its groups or hosts, says nothing yet.
    """
    whole = dict(options)
    for key in OF_HOSTS:
        if f"{PREFIX}{key}" in variables:
            try:
                value = evaluate(variables[f"{PREFIX}{key}"])
                whole[key] = bool(value) if key == CUSTOM_CA else value
            except AnsibleError:
                continue
    return whole


def as_variables(options: Mapping[str, Any]) -> dict[str, Any]:
    """The policy as the variables that the roles take, so that a playbook decides by the same."""
    return {f"{PREFIX}{key}": value for key, value in options.items() if key != CUSTOM_CA}
