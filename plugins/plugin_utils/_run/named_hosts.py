# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the names in certops_hosts and certops_skip mean over all vCenters of a run.

A list of hosts is meant for the whole fleet: whether a name means nobody is told over all vCenters that were read by now.
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.entries import Judged, judge_entries
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_names
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.of_playbook import (
    PLANNED,
    is_in_playbook,
    left_by_run,
    looked_through,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.vcenter_share import is_sliced

VCENTERS = "vcenters"
PLAN = "certops_plan"
# A variable of the playbook that audits.
AUDIT = "certops_audit"


def judged_names(variables: Mapping[str, Any], own_plan: Optional[Mapping[str, Any]] = None) -> Judged:
    """Judge them. variables: of a task of one of the vCenters. own_plan: of this vCenter, where the variables do not have it yet.

    Raises InputError for a plan that is none of this version's.
    """
    me, here = variables["inventory_hostname"], list(variables["ansible_play_hosts_all"])
    of_inventory = variables["groups"].get(VCENTERS, [])
    vcenters = [name for name in here if name in of_inventory] or [me]
    names = {name: own_plan.get("names") if own_plan is not None and name == me else _names(variables, name) for name in vcenters}
    limit = looked_through(variables).get("esxi", {}).get("limit", {})
    # What a limit or a slice leaves of the vCenters can tell of no name that it means nobody.
    whole = not is_sliced(variables) and not limit.get("narrows") and set(of_inventory) <= set(here)
    return judge_entries(given_names(names), whole=whole)


def _names(variables: Mapping[str, Any], vcenter: str) -> Any:
    """What the plan of another vCenter says of names; None where it has none that is of this run."""
    of_vcenter = variables["hostvars"].raw_get(vcenter)
    if not is_in_playbook(variables):
        return _of_plan(of_vcenter.get(PLAN))
    if variables.get(AUDIT):
        return left_by_run(of_vcenter).get("names")
    # While a run goes on, what an earlier playbook left of the others is no part of it.
    before = of_vcenter.get(PLANNED) if looked_through(variables).get("names_given") else None
    return _of_plan(before.get("plan")) if isinstance(before, Mapping) else None


def _of_plan(plan: Any) -> Any:
    return plan.get("names") if isinstance(plan, Mapping) else None
