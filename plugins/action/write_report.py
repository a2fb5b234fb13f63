# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what a run leaves into a folder of the controller: no module, no connection, in check mode too, and never a change."""

from __future__ import annotations

from typing import Any, ClassVar, Mapping

from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet import NotRead
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.gate import FAIL_ON, STOPPED
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_files import report_folder, write_all, write_one

SPEC: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "report": {"type": "raw"},
    "reports": {"type": "list", "elements": "raw"},
    "unavailable": {"type": "dict", "default": {}},
    "fail_on": {"type": "str", "choices": list(FAIL_ON), "default": STOPPED},
}


class ActionModule(ControllerAction):
    """What Ansible runs on the controller for the module of this name."""

    SPEC = SPEC
    RULES: ClassVar[Mapping[str, Any]] = {"mutually_exclusive": [("report", "reports")], "required_one_of": [("report", "reports")]}

    def work(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Make the files and write them."""
        folder, fail_on = report_folder(options["path"]), options["fail_on"]
        if options["report"] is not None:
            return write_one(folder, given_report(options["report"]), fail_on)
        unavailable = {str(name): NotRead(str(failure)) for name, failure in options["unavailable"].items()}
        return write_all(folder, [given_report(one) for one in options["reports"]], unavailable, fail_on)
