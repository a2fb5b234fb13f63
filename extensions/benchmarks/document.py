# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table, on the terminal and in docs/maintaining/benchmarks.md."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path

from marked_part import marks, with_part

from .commands import COLLECTIONS, ROOT
from .row import Row

DOCUMENT = ROOT / "docs" / "maintaining" / "benchmarks.md"
BEGIN, END = MARKS = marks("make bench")
LIBRARIES = ("ansible-core", "pyvmomi", "cryptography")
PEERS = ("community.vmware", "vmware.vmware")


def machine() -> str:
    """What it was measured on, and how busy others kept it."""
    load = os.getloadavg()
    found = [f"{name} {version(name)}" for name in LIBRARIES]
    for name in PEERS:
        manifest = COLLECTIONS / "ansible_collections" / Path(*name.split(".")) / "MANIFEST.json"
        found.append(f"{name} {json.loads(manifest.read_text(encoding='utf-8'))['collection_info']['version']}")
    return (
        f"{date.today().isoformat()}; {os.cpu_count()} cores ({platform.machine()}, {platform.system()}); Python {platform.python_version()}, "
        f"{', '.join(found)}; load of the machine at the end {load[0]:.1f} (1 minute), {load[2]:.1f} (15 minutes)."
    )


def table(rows: Iterable[Row]) -> str:
    """The rows as a table in Markdown."""
    return "\n".join(["| what | how | target | result | reached |", "|---|---|---|---|---|", *map(line, rows)])


def line(row: Row) -> str:
    """A row as a line of the table."""
    return f"| {row.what} | {row.how} | {row.target} | {row.result} | {row.word} |"


def rewritten(text: str, rows: Iterable[Row], measured_on: str) -> str:
    """The document with this table between its markers. Raises ValueError where it has none."""
    return with_part(text, MARKS, f"Measured on {measured_on}\n\n{table(rows)}")


def write(rows: Iterable[Row]) -> None:
    """Write the document."""
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text(encoding="utf-8"), rows, machine()), encoding="utf-8")
