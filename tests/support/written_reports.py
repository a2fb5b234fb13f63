# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reports as a run leaves them in a folder, held to their schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def written(folder: Path) -> dict[str, Any]:
    """The report of all vCenters, which is what its schema says."""
    document: dict[str, Any] = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, SCHEMA)
    return document
