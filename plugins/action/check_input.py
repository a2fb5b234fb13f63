# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look through an inventory before the first call of a run: one action on the controller, however many hosts there are."""

from __future__ import annotations

from typing import Any, ClassVar, Mapping

from ansible_collections.certops.vsphere.plugins.filter.inventory import sort_by_vcenter
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.names import UnknownNames
from ansible_collections.certops.vsphere.plugins.plugin_utils.controller_action import ControllerAction

SPEC: dict[str, dict[str, Any]] = {}
VCENTERS, ESXI = "vcenters", "esxi"


class ActionModule(ControllerAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC: ClassVar[Mapping[str, dict[str, Any]]] = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Look through it."""
        return {"esxi": _looked_through(self.variables)}


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
