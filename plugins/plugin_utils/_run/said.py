# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sentence for whoever looks on: a line where lines are printed, and part of the task's result where a document is."""

from __future__ import annotations

from typing import Any, Sequence

from ansible.utils.display import Display
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.callbacks import writes_lines

display = Display()


def said(sentence: str) -> dict[str, Any]:
    """Say it. What is returned is for the task's result."""
    if not writes_lines():
        return {"msg": sentence}
    display.display(sentence)
    return {}


def lines_said(lines: Sequence[str]) -> dict[str, Any]:
    """Say several, after an empty line. What is returned is for the task's result."""
    if not writes_lines():
        return {"lines": list(lines)}
    # All at once: those of several tasks would be mixed.
    display.display("\n".join(["", *lines]))
    return {}
