# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page's parts, which lie beside this file so that they can be read and checked as what they are."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_page import Template

FOLDER = Path(__file__).resolve().parent


def read() -> Template:
    """The template of report.html."""
    html, style, script = ((FOLDER / f"report.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
    return Template(html, style, script)
