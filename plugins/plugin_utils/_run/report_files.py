# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of reports: that of one vCenter, and those of all vCenters of a run, each with the verdict of certops_fail_on."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Callable, Mapping, Optional, Sequence

from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_csv import to_csv
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_junit import to_junit
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_metrics import to_metrics
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_page import to_page
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.gate import verdict
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.summary import summary
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller import messages
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import vcenter_file, write
from ansible_collections.certops.vsphere.plugins.plugin_utils._page import page_template
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.report_history import keep_older
from ansible_collections.certops.vsphere.plugins.plugin_utils._run.textfiles import write_textfiles

PAGE = "report.html"
# The files of all vCenters, and what makes each of the document.
FILES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "report.json": fleet.to_json,
    "report.csv": to_csv,
    PAGE: lambda document: to_page(document, page_template.read()),
    "certops.prom": to_metrics,
    "junit.xml": to_junit,
}


def report_folder(given: Any) -> Path:
    """The folder of a path: a relative one is below where Ansible was started. Raises InputError where nothing is given."""
    if not given:
        raise messages.REPORT_FOLDER_MISSING()
    return Path(os.path.realpath(os.path.expanduser(str(given))))


def write_one(folder: Path, report: Mapping[str, Any], fail_on: str) -> dict[str, Any]:
    """Write the report of a vCenter. Returned are path, files and gate, as the module write_report has them. Raises InputError."""
    name = vcenter_file(report["inventory_name"])
    alone = fleet.build([report], {}, datetime.now(timezone.utc))
    gate = verdict(alone, fail_on, str(folder / name))
    return _written(folder, {name: fleet.to_json(report)}, gate or "")


def write_all(
    folder: Path,
    reports: Sequence[Mapping[str, Any]],
    unavailable: Mapping[str, fleet.NotRead],
    fail_on: str,
    *,
    left_out: Sequence[str] = (),
    keep: int = 0,
    textfiles: Optional[Path] = None,
) -> dict[str, Any]:
    """Write the reports of all vCenters. unavailable: why one could not be read, by its name. Returned as of write_one, with the lines of the summary.

    left_out: as of fleet.build. keep: how many older reports are kept. textfiles: where the metrics of each vCenter go as well.
    """
    document = fleet.build(reports, unavailable, datetime.now(timezone.utc), left_out)
    gate = verdict(document, fail_on, str(folder / PAGE))
    keep_older(folder, list(FILES), keep)
    written = _written(folder, {name: make(document) for name, make in FILES.items()}, gate or "")
    if textfiles is not None:
        write_textfiles(textfiles, document)
    return {**written, "summary": summary(document, str(folder / PAGE))}


def _written(folder: Path, files: Mapping[str, str], gate: str) -> dict[str, Any]:
    write(folder, files)
    return {"path": str(folder), "files": sorted(files), "gate": gate}
