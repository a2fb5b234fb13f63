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


def looked_through(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What check_input found, once for all vCenters; empty outside of a playbook of ours."""
    found = variables.get(LOOKED_THROUGH) if variables.get(IN_PLAYBOOK) else None
    return found if isinstance(found, Mapping) else {}


def planned_before(variables: Mapping[str, Any]) -> Mapping[str, Any]:
    """What was registered of this vCenter's plan, where the playbook had all vCenters read first because hosts are named; empty elsewhere."""
    found = variables.get(PLANNED) if looked_through(variables).get("names_given") else None
    return found if isinstance(found, Mapping) else {}
