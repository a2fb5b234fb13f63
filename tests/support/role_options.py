# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles can be told."""

from __future__ import annotations

from typing import Any

import yaml
from processes import ROOT


def options() -> dict[str, dict[str, Any]]:
    """Every variable that a role documents."""
    found: dict[str, dict[str, Any]] = {}
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for point in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found.update(point.get("options") or {})
    return found
