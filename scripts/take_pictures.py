#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take the pictures that README shows, of the demonstration's report and of a vCenter's table: take_pictures.py [--dest FOLDER].

The playbook renews the simulated estate of the demonstration once. A headless Chromium, which `make test` installs, shows what it left: the
page as it is, and the lines of the terminal in the colours that Ansible gave them.
"""

from __future__ import annotations

import argparse
import html
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import demo

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "support"))

import chromium  # noqa: E402  # where it is has to be said first

VCENTER = "vc01"
WIDTH, PAGE_HEIGHT = 1200, 1240
# What Ansible's colours are in a picture, by the numbers of their escape sequences.
COLOURS = {"31": "#c00", "32": "#080", "33": "#960", "34": "#04a", "35": "#a0a", "36": "#088", "90": "#555"}
ESCAPE = re.compile(r"\x1b\[([\d;]*)m")
TERMINAL = f"""<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 12px 16px; width: {WIDTH - 32}px; background: #fff; color: #222; }}
div {{ min-height: 1.45em; overflow: hidden; white-space: pre; text-overflow: ellipsis; font: 12px/1.45 "DejaVu Sans Mono", monospace; }}
</style>%s"""


def renewed(folder: Path) -> list[str]:
    """Renew the estate of the demonstration; what the terminal showed. The report is in the folder `report`."""
    with demo.simulator(folder) as simulated:
        given = [
            "-e",
            "certops_protection=confirmed",
            "-e",
            "certops_fail_on=stopped",
            "-e",
            f"certops_report_dir={folder / 'report'}",
        ]
        command = ["ansible-playbook", str(demo.PLAYBOOK), "-i", str(simulated.folder / "inventory.yml"), *given]
        environment = {**demo.environment(folder), "ANSIBLE_FORCE_COLOR": "1"}
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False
        )
    if done.returncode:
        sys.exit(f"The playbook ended with {done.returncode}:\n{done.stdout}")
    return done.stdout.splitlines()


def table(lines: list[str]) -> list[str]:
    """The lines that one vCenter's table consists of: from its heading to the next empty line or task."""
    plain = [ESCAPE.sub("", line) for line in lines]
    start = next(number for number, line in enumerate(plain) if line.startswith(f"{VCENTER} ("))
    end = next(
        number
        for number, line in enumerate(plain)
        if number > start and (not line.strip() or line.startswith(("vc02", "TASK", "PLAY", "changed: ", "ok: ")))
    )
    return lines[start:end]


def coloured(lines: list[str]) -> str:
    """Lines of a terminal as HTML."""
    shown = []
    for line in lines:
        parts, colour = [], None
        for position, part in enumerate(ESCAPE.split(line)):
            if position % 2:
                colour = next((COLOURS[number] for number in part.split(";") if number in COLOURS), None)
            else:
                text = html.escape(part)
                parts.append(f'<span style="color: {colour}">{text}</span>' if colour and text else text)
        shown.append(f"<div>{''.join(parts)}</div>")
    return TERMINAL % "".join(shown)


def main() -> None:
    """Renew, look, and write the pictures."""
    parser = argparse.ArgumentParser(description="Take the pictures that README shows.")
    parser.add_argument("--dest", type=Path, default=ROOT / "docs" / "images", help="the folder for them (default: %(default)s)")
    dest = parser.parse_args().dest
    if chromium.program() is None:
        sys.exit(chromium.MISSING)
    dest.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="certops-pictures-") as name:
        folder = Path(name)
        lines = renewed(folder)
        (folder / "table.html").write_text(coloured(table(lines)), encoding="utf-8")
        with chromium.browser(folder) as page:
            page.scheme("light")
            page.ask("Emulation.setScrollbarsHidden", hidden=True)
            page.size(WIDTH, PAGE_HEIGHT)
            page.open(folder / "report" / "report.html")
            page.picture(dest / "report.png")
            page.open(folder / "table.html")
            page.size(WIDTH, int(page.run("Math.ceil(document.body.getBoundingClientRect().height)")))
            page.picture(dest / "table.png")
    for picture in sorted(dest.glob("*.png")):
        print(
            f"{picture.relative_to(Path.cwd()) if picture.is_relative_to(Path.cwd()) else picture}: {picture.stat().st_size / 1000:.0f} kB"
        )


if __name__ == "__main__":
    main()
