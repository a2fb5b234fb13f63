# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read a vCenter, and decide what is due: the role observe."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import NOTHING_CHANGED
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.planning import PlanAction

SPEC: dict[str, dict[str, Any]] = {}


class ActionModule(PlanAction):
    """What Ansible runs on the controller for the module of this name."""

    CONSEQUENCE = NOTHING_CHANGED

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Make the plan, and return it."""
        self.validate_argument_spec(argument_spec=SPEC)
        return self.plan_anew(task_vars)
