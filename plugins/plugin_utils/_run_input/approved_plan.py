# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of an approved plan: one for all vCenters of a run, written in check mode, and read when it is applied."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Mapping, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._common.shape import misfit
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.approval import APPROVED
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.report_folder import write
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input import messages

SAVE, APPLY = "certops_save_plan", "certops_apply_plan"
SCHEMA_VERSION = 1


def approved_plan(given: Any, vcenter: str) -> Optional[Mapping[str, Any]]:
    """What was approved of a vCenter, by the inventory's name of it; None where no file is given. Raises InputError."""
    if not given:
        return None
    path = Path(str(given)).expanduser()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise messages.PLAN_FILE_UNUSABLE(path=path, problem=getattr(error, "strerror", None) or error) from error
    known = isinstance(content, Mapping) and content.get("schema_version") == SCHEMA_VERSION
    problem = misfit(APPROVED, content.get("vcenters")) if known else "certops_save_plan of this version did not write it"
    if problem is not None:
        raise messages.PLAN_FILE_UNUSABLE(path=path, problem=problem)
    found: Optional[Mapping[str, Any]] = content["vcenters"].get(vcenter)
    if found is None:
        raise messages.PLAN_FILE_UNUSABLE(path=path, problem=f"it has nothing of {vcenter}")
    return found


def save_plan(given: Any, vcenters: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what is to be approved. Raises InputError."""
    path = Path(str(given)).expanduser().absolute()
    write(
        path.parent,
        {path.name: json.dumps({"schema_version": SCHEMA_VERSION, "vcenters": vcenters}, indent=1, sort_keys=True) + "\n"},
    )
