# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refuse to start where a vCenter could be harmed, and have a snapshot of it made where the policy says so: the role guard."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.own_faults import NOTHING_CHANGED
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.guarding import GuardAction

SPEC: dict[str, dict[str, Any]] = {}


class ActionModule(GuardAction):
    """What Ansible runs on the controller for the module of this name."""

    CONSEQUENCE = NOTHING_CHANGED

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Refuse, or protect. Raises CertopsError with why nothing may be begun."""
        self.validate_argument_spec(argument_spec=SPEC)
        return self.guard(task_vars, self.variable(task_vars, "certops_plan"))
