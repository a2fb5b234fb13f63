# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's modules, by what they work on."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
# Documentation only: action plugins that ask no vCenter.
NO_MODULES = (
    *("__init__", "check_input", "guard_vcenter", "plan_vcenter", "rehearse", "report_fleet", "report_vcenter", "run_vcenter"),
    *("show_report", "take_signed", "take_step", "with_progress", "write_report"),
)
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py") if path.stem not in NO_MODULES)
# What looks at the machine that it runs on has no vCenter to connect to, and is no step.
LOCAL = ("sps_log_info",)
