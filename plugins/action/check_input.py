# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look through an inventory before the first call of a run: one action on the controller, however many hosts there are."""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.filter.inventory import sort_by_vcenter
from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.names import UnknownNames

SPEC: dict[str, dict[str, Any]] = {}
VCENTERS, ESXI = "vcenters", "esxi"


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core has no type hints
    """What Ansible runs on the controller for the module of this name."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        self.validate_argument_spec(argument_spec=SPEC)
        try:
            return {**result, "changed": False, "esxi": _looked_through(task_vars or {})}
        except InputError as error:
            return {**result, "failed": True, "msg": str(error)}


def _looked_through(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The ESXi hosts, sorted by their vCenters. Raises InputError with what the user can mend."""
    hostvars, groups = variables["hostvars"], variables["groups"]
    own = hostvars[variables["inventory_hostname"]]
    # Ansible has no public way to tell an extra variable from another.
    extra = getattr(getattr(hostvars, "_variable_manager", None), "extra_vars", {})
    unknown = UnknownNames(known_variables(), extra, play=[name for name in variables if name not in own])
    found = sort_by_vcenter(groups.get(ESXI, []), hostvars, unknown.look)
    for name in groups.get(VCENTERS, []):
        unknown.look(name, hostvars[name])
    problem = unknown.problem()
    if problem is not None:
        raise problem
    return found
