# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what a run leaves into a folder of the controller: no module, no connection, in check mode too, and never a change."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Mapping, Optional

from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.module_utils.core import fleet
from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import InputError, reason
from ansible_collections.certops.vsphere.plugins.module_utils.core.fleet_csv import to_csv
from ansible_collections.certops.vsphere.plugins.module_utils.core.fleet_junit import to_junit
from ansible_collections.certops.vsphere.plugins.module_utils.core.fleet_metrics import to_metrics
from ansible_collections.certops.vsphere.plugins.module_utils.core.fleet_page import to_page
from ansible_collections.certops.vsphere.plugins.module_utils.core.gate import FAIL_ON, NONE, verdict
from ansible_collections.certops.vsphere.plugins.plugin_utils import page_template
from ansible_collections.certops.vsphere.plugins.plugin_utils.report_folder import vcenter_file, write

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
    "report": {"type": "dict"},
    "reports": {"type": "list", "elements": "dict"},
    "unread": {"type": "dict", "default": {}},
    "fail_on": {"type": "str", "choices": list(FAIL_ON), "default": NONE},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # ansible-core has no type hints
    """What Ansible runs on the controller for the module of this name."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: Optional[str] = None, task_vars: Optional[dict[str, Any]] = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, options = self.validate_argument_spec(
            argument_spec=SPEC, mutually_exclusive=[("report", "reports")], required_one_of=[("report", "reports")]
        )
        folder = Path(options["path"]).absolute()
        try:
            files, gate = _made(options, folder)
            write(folder, files)
        except InputError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False, "path": str(folder), "files": sorted(files), "gate": gate or ""}


def _made(options: Mapping[str, Any], folder: Path) -> tuple[dict[str, str], Optional[str]]:
    """The files by their names, and why a pipeline is not to go on. Raises InputError where the reports are none of this version."""
    try:
        report = options["report"]
        if report is not None:
            return {vcenter_file(report["inventory_name"]): fleet.to_json(report)}, None
        unread = {str(name): str(failure) for name, failure in options["unread"].items()}
        document = fleet.build(options["reports"], unread, datetime.now(timezone.utc))
        gate = verdict(document, options["fail_on"], str(folder / PAGE))
        return {name: make(document) for name, make in FILES.items()}, gate
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(
            f"The report is not what this version of the collection made ({reason(error)})",
            cure="Make it with the filter certops.vsphere.report.",
        ) from error
