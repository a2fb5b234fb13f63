# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the report of a vCenter."""

from __future__ import annotations

from typing import Any, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.shown_report import show

SPEC: dict[str, dict[str, Any]] = {
    "report": {"type": "raw", "required": True},
    "most_hosts": {"type": "int", "default": 50},
}


class ActionModule(ControllerAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Show it."""
        return show(given_report(options["report"]), options["most_hosts"])
