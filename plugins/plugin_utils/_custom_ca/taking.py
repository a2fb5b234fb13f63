# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which way a step is taken: by its module, or by a CA of the operator's, for which it takes two modules and the CA between them."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CUSTOM_CA
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.step_work import Done, Order, StepAction


def taken(action: StepAction, task_vars: dict[str, Any], order: Order) -> Done:
    """Take the step, and tell what came of it. Whatever goes wrong is in `stopped`."""
    if order.step != RENEW_CUSTOM_CA:
        return action.carry_out(task_vars, order)
    # Only here: Ansible compiles it anew in every run, and most of them have no such CA.
    from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.step import CustomCaStep

    return CustomCaStep(action, task_vars, order).begin()
