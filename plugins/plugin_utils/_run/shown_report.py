# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the report of a vCenter: in colour where Ansible has colours, and as lines of its own, which are not quoted as a result's are.

Display hands what a task's worker says to Ansible's main process; there it is printed, logged and seen by ansible-runner, and so by AWX.
"""

from __future__ import annotations

import os
from typing import Any, Mapping

from ansible import constants
from ansible.utils.color import stringc
from ansible.utils.display import Display
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import table
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet import (
    BROKEN,
    DUE,
    HELD,
    PASSED_OVER,
    SETTLED,
    UNSEEN,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.callbacks import writes_lines

# The user's own colours (ANSIBLE_COLOR_*), by what they mean in Ansible's output.
COLOURS = {
    BROKEN: "COLOR_ERROR",
    UNSEEN: "COLOR_UNREACHABLE",
    HELD: "COLOR_WARN",
    PASSED_OVER: "COLOR_SKIP",
    DUE: "COLOR_CHANGED",
    SETTLED: "COLOR_OK",
}

display = Display()


def _terminal() -> int:
    """How wide a line may be on the terminal, whose last column some of them wrap; 0 where there is none."""
    return max(os.get_terminal_size(1).columns - 1, 0) if os.isatty(1) else 0


# Ansible's workers have no terminal of their own any more. It loads this before it starts one, to ask how the task is to be run.
COLUMNS = _terminal()


def show(report: Mapping[str, Any], most_hosts: int) -> dict[str, Any]:
    """Show it; where its lines would spoil a document, return them. most_hosts: as of the module show_report."""
    most = max(most_hosts, 0)
    lines = table.toned(report, most, COLUMNS)
    # Where it is kept or read by a program, a host is a line.
    plain = table.lines(report, most)
    if not writes_lines():
        return {"lines": plain}
    # All at once, after an empty line: those of several vCenters would be mixed.
    display.display("\n".join(["", *map(_coloured, lines)]), screen_only=True)
    display.display("\n".join(plain), log_only=True)
    return {}


def _coloured(line: table.Line) -> str:
    """A line with its colours, where there are any: stringc goes by the terminal, ANSIBLE_FORCE_COLOR, ANSIBLE_NOCOLOR and NO_COLOR."""
    return "".join(stringc(text, getattr(constants, COLOURS[tone])) if tone else text for text, tone in line)
