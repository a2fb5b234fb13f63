# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codes of all blockers that the product can make, as they stand in its source: what tables and pages are compared with."""

from __future__ import annotations

import ast
from pathlib import Path

MODULE_UTILS = Path(__file__).resolve().parent.parent.parent.parent / "plugins" / "module_utils"


def codes() -> set[str]:
    """The codes of all blockers."""
    found: set[str] = set()
    for path in MODULE_UTILS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            # What speaks against a provider's return becomes a blocker of that name.
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Blocker", "Obstacle"):
                found |= _codes_of(node.args[0])
    return found


def _codes_of(written: ast.expr) -> set[str]:
    if isinstance(written, ast.Constant):
        return {str(written.value)}
    if ast.unparse(written) == "found.code":
        return set()
    # The certificate modes besides vmca (vpxd.certmgmt.mode).
    assert ast.unparse(written) == "f'mode_{mode}'", "a blocker's code is not to be told from the source"
    return {"mode_custom", "mode_thumbprint"}
