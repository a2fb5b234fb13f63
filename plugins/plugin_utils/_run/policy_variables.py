# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy that the variables of a vCenter describe."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Callable, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import PREFIX
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.vcenter_share import Share

# What the policy takes of a variable, where that is not the variable's own value.
_TAKEN_AS: Mapping[str, Callable[[Any], Any]] = {
    # On a vCenter true skips all of its hosts.
    "skip": lambda value: (["*"] if value else []) if isinstance(value, bool) else value,
    "custom_ca": bool,
}
ALL_HOSTS = ("*",)


def policy_from(value_of: Callable[[str], Any], has: Callable[[str], bool], share: Share, scope: str) -> Policy:
    """The policy. Each option is the variable of its name with certops_ before it; one that is not set has the policy's default.

    value_of: a variable's value by its name; has: whether it is set. share, scope: what the inventory gives. Raises InputError for a value that
    is none for its option.
    """
    of_inventory = share.to_policy(scope)
    options: dict[str, Any] = {"hosts": ALL_HOSTS}
    for one in fields(Policy):
        name = f"{PREFIX}{one.name}"
        if one.name not in of_inventory and has(name):
            options[one.name] = _TAKEN_AS.get(one.name, _as_it_is)(value_of(name))
    return Policy.from_options({**options, **of_inventory})


def _as_it_is(value: Any) -> Any:
    return value
