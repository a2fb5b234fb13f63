# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report that is rehearsed: read, and compared with what this version writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.shape import misfit
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet import SCHEMA_VERSION
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import REPORT
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing import messages


@dataclass(frozen=True)
class GivenReport:
    """vcenters: the reports of those that have hosts. left_out: by the names of the others why they are not rehearsed."""

    path: str
    written_at: str
    vcenters: tuple[Mapping[str, Any], ...]
    left_out: Mapping[str, str]


def read_report(given: Any) -> GivenReport:
    """The report of a path, report.json or that of a single vCenter. Raises InputError."""
    if not given:
        raise messages.REHEARSAL_WITHOUT_REPORT()
    path = Path(str(given)).expanduser()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = f"it cannot be read ({error.strerror})" if isinstance(error, OSError) else "it is no JSON"
        raise messages.REHEARSAL_REPORT_UNUSABLE(path=path, problem=why) from error
    document = _whole(content)
    problem = _problem(document)
    if problem is not None:
        raise messages.REHEARSAL_REPORT_UNUSABLE(path=path, problem=problem)
    left_out = {str(one["vcenter"]): "it could not be read" for one in document["unavailable"]}
    left_out.update({str(one["inventory_name"]): "it has no host" for one in document["vcenters"] if not one["hosts"]})
    rehearsed = tuple(one for one in document["vcenters"] if one["hosts"])
    if not rehearsed:
        raise messages.REHEARSAL_REPORT_UNUSABLE(path=path, problem="it has no ESXi host")
    return GivenReport(str(path), str(document["written_at"]), rehearsed, left_out)


def _whole(content: Any) -> Any:
    """The report of a single vCenter as one of all of them."""
    if isinstance(content, Mapping) and "vcenters" not in content and "inventory_name" in content:
        return {
            "schema_version": content.get("schema_version"),
            "written_at": content.get("decided_at"),
            "vcenters": [content],
            "unavailable": [],
        }
    return content


def _problem(document: Any) -> Optional[str]:
    if not isinstance(document, Mapping) or not isinstance(document.get("vcenters"), list):
        return "it is no report of this collection"
    version = document.get("schema_version")
    if version != SCHEMA_VERSION:
        return f"it has schema_version {str(version)[:20]}, and this version of the collection reads {SCHEMA_VERSION}"
    if any(isinstance(one, Mapping) and "setup" not in one for one in document["vcenters"]):
        return "an older version wrote it, which left out what a twin is built from"
    unavailable = document.get("unavailable")
    if not isinstance(unavailable, list) or any(not isinstance(one, Mapping) or "vcenter" not in one for one in unavailable):
        return "its list of vCenters that could not be read is none"
    return next((problem for one in document["vcenters"] if (problem := misfit(REPORT, one)) is not None), None)
