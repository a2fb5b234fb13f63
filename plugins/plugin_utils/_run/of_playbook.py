# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the plays of one of our playbooks leave to each other. A role in a play of somebody's own finds none of it, whatever playbook ran before:
the inventory may have changed since."""

from __future__ import annotations

from typing import Any, Mapping

# A variable of the plays, and what their first task registered.
IN_PLAYBOOK = "__certops_in_playbook"
LOOKED_THROUGH = "__certops_looked_through"
# What the role observe registered.
PLANNED = "__certops_planned"
# What the action run_vcenter is registered as.
RUN = "__certops_run"


def is_in_playbook(variables: Mapping[str, Any]) -> bool:
    """Whether it is a task of a playbook of ours, or of a role that this includes."""
    return bool(variables.get(IN_PLAYBOOK))


def left_by_run(of_vcenter: Mapping[str, Any]) -> Mapping[str, Any]:
    """What run_vcenter left of a vCenter, by its variables, in a playbook of ours; empty where it came to nothing."""
    found = of_vcenter.get(RUN)
    return found if isinstance(found, Mapping) and "report" in found else {}


def looked_through(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What check_input found, once for all vCenters; empty outside of a playbook of ours."""
    found = variables.get(LOOKED_THROUGH) if is_in_playbook(variables) else None
    return found if isinstance(found, Mapping) else {}


def planned_before(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was registered of this vCenter's plan, where the playbook had all vCenters read first because hosts are named; empty elsewhere."""
    found = variables.get(PLANNED) if looked_through(variables).get("names_given") else None
    return found if isinstance(found, Mapping) else {}
