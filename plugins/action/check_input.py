# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look through an inventory before the first call of a run: one action on the controller, however many hosts there are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar, Mapping

from ansible.errors import AnsibleError
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.ansible_internals import (
    evaluated,
    hosts_matching,
    is_template,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import refuse_unwritable
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.esxi_hosts import ADDRESSES, sort_by_vcenter
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.known import known_variables
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.limit import Limit
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.names import UnknownNames
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.values import Values

SPEC: dict[str, dict[str, Any]] = {"reports": {"type": "bool", "default": False}, "signs": {"type": "bool", "default": False}}
REPORT_DIR, TEXTFILE_DIR = "certops_report_dir", "certops_textfile_dir"
# Lists of hosts. The first may be empty, which is none of them.
CHOSEN, SKIPPED = "certops_hosts", "certops_skip"
# What a variable has in place of a value that only shows while roles run.
LATER = object()
VCENTERS, ESXI = "vcenters", "esxi"


class ActionModule(ControllerAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC: ClassVar[Mapping[str, dict[str, Any]]] = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Look through it. Raises InputError with what the user can mend."""
        self._refuse_an_empty_inventory(self.variables)
        changes = bool(options["signs"] and not self._task.check_mode)
        values = Values(known_variables().options, signs=options["signs"], changes=changes)
        folders, named = self._look_at_values(values, self.variables)
        found = _looked_through(self.variables, values)
        limited = self._limited(found, self.variables)
        problem = values.problem()
        if problem is not None:
            raise problem
        for folder in folders if options["reports"] else ():
            refuse_unwritable(Path(os.path.realpath(os.path.expanduser(folder))))
        skipped = bool(found["skipped"]) or any(hosts["skipped"] for hosts in found["vcenters"].values())
        return {"esxi": {**found, **limited}, "names_given": named or skipped}

    def _look_at_values(self, values: Values, variables: Mapping[str, Any]) -> tuple[set[str], bool]:
        """Look at the options of the vCenters of the run. Returned are the folders of their reports, and whether hosts are named."""
        declared, hostvars = known_variables().options, variables["hostvars"]
        names = [name for name, option in declared.items() if not option.get("required")]
        own = hostvars.raw_get(variables["inventory_hostname"])
        # What outranks the inventory, and is the same for all: hostvars know nothing of a play.
        of_play = {
            name: self._evaluated(variables, name)
            for name in names
            if name in variables and variables[name] != own.get(name, LATER)
        }
        here = set(variables["ansible_play_hosts_all"])
        folders, named = set(), False
        for vcenter in (one for one in variables["groups"][VCENTERS] if one in here):
            given = hostvars[vcenter]
            for name in names:
                value = of_play[name] if name in of_play else self._evaluated(given, name) if name in given else LATER
                named = named or ((name in of_play or name in given) and (name == CHOSEN or (name == SKIPPED and bool(value))))
                if value is not LATER:
                    values.look(vcenter, name, value)
                elif name == REPORT_DIR and name not in given:
                    value = declared[name]["default"]
                if name in (REPORT_DIR, TEXTFILE_DIR) and isinstance(value, str) and value:
                    folders.add(value)
        return folders, named

    def _evaluated(self, variables: Mapping[str, Any], name: str) -> Any:
        """A variable's value; LATER where it takes what only roles have, such as their defaults."""
        try:
            value = evaluated(self, variables[name])
            if isinstance(value, str) and is_template(self, value):
                return LATER
        except AnsibleError:
            return LATER
        return value if value is None or isinstance(value, (str, int, float, list, tuple, Mapping)) else LATER

    def _refuse_an_empty_inventory(self, variables: Mapping[str, Any]) -> None:
        groups = variables["groups"]
        if VCENTERS not in groups:
            raise messages.GROUP_VCENTERS_MISSING()
        if groups[VCENTERS]:
            return
        if groups.get(ESXI) and evaluated(self, variables.get("certops_scope")) != "vcenter":
            raise messages.GROUP_VCENTERS_SLICED_AWAY()
        raise messages.GROUP_VCENTERS_EMPTY()

    def _limited(self, found: Mapping[str, Any], variables: Mapping[str, Any]) -> dict[str, Any]:
        """What the run's limit means, where it has one."""
        text, groups = variables.get("ansible_limit"), variables["groups"]
        if not text:
            return {}
        limit = Limit(
            text=text,
            left=frozenset(variables["ansible_play_hosts_all"]),
            vcenters=groups[VCENTERS],
            vcenter_of=_vcenter_of(found, groups, variables["hostvars"]),
            groups=frozenset(groups),
            matching=lambda pattern: hosts_matching(self, pattern, variables),
        )
        return {"limit": limit.judge().to_facts()}


def _vcenter_of(found: Mapping[str, Any], groups: Mapping[str, Any], hostvars: Mapping[str, Any]) -> dict[str, Any]:
    """Each ESXi host of the inventory with the inventory's name of its vCenter, None where that is none of it."""
    whose: dict[str, Any] = dict.fromkeys(groups.get(ESXI, []))
    for vcenter in groups[VCENTERS]:
        variables = hostvars[vcenter]
        for called in (vcenter, *(str(variables[key]) for key in ADDRESSES if variables.get(key) is not None)):
            whose.update(dict.fromkeys(found["vcenters"].get(called, {}).get("names", ()), vcenter))
    return whose


def _looked_through(variables: Mapping[str, Any], values: Values) -> dict[str, Any]:
    """The ESXi hosts, sorted by their vCenters. Raises InputError with what the user can mend."""
    hostvars, groups = variables["hostvars"], variables["groups"]
    own = hostvars[variables["inventory_hostname"]]
    # Ansible has no public way to tell an extra variable from another.
    extra = getattr(getattr(hostvars, "_variable_manager", None), "extra_vars", {})
    unknown = UnknownNames(known_variables(), extra, play=[name for name in variables if name not in own])

    def look(name: str, of_host: Mapping[str, Any]) -> None:
        unknown.look(name, of_host)
        values.look_at_esxi(name, of_host)

    found = sort_by_vcenter(groups.get(ESXI, []), hostvars, look)
    for name in groups.get(VCENTERS, []):
        unknown.look(name, hostvars[name])
    problem = unknown.problem()
    if problem is not None:
        raise problem
    return found
