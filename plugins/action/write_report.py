# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what a run leaves into a folder of the controller: no module, no connection, in check mode too, and never a change."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, ClassVar, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.packed import unpack
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_csv import to_csv
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_junit import to_junit
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_metrics import to_metrics
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_page import to_page
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.gate import FAIL_ON, STOPPED, verdict
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import given_report
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.controller_action import ControllerAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import vcenter_file, write
from ansible_collections.certops.vsphere.plugins.plugin_utils._page import page_template

PAGE = "report.html"
# The files of all vCenters, and what makes each of the document.
FILES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "report.json": fleet.to_json,
    "report.csv": to_csv,
    PAGE: lambda document: to_page(document, page_template.read()),
    "certops.prom": to_metrics,
    "junit.xml": to_junit,
}
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
        if not options["path"]:
            raise messages.REPORT_FOLDER_MISSING()
        folder = Path(options["path"]).absolute()
        files, gate = _made(options, folder)
        write(folder, files)
        return {"path": str(folder), "files": sorted(files), "gate": gate or ""}


def _made(options: Mapping[str, Any], folder: Path) -> tuple[dict[str, str], Optional[str]]:
    """The files by their names, and why a pipeline is not to go on."""
    if options["report"] is not None:
        report = given_report(unpack(options["report"]))
        name = vcenter_file(report["inventory_name"])
        alone = fleet.build([report], {}, datetime.now(timezone.utc))
        return {name: fleet.to_json(report)}, verdict(alone, options["fail_on"], str(folder / name))
    unavailable = {str(name): str(failure) for name, failure in options["unavailable"].items()}
    document = fleet.build([given_report(unpack(one)) for one in options["reports"]], unavailable, datetime.now(timezone.utc))
    gate = verdict(document, options["fail_on"], str(folder / PAGE))
    return {name: make(document) for name, make in FILES.items()}, gate
