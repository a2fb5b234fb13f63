#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write what pages have from the code: make_pages.py. Prints each file that it changed."""

from __future__ import annotations

from pathlib import Path

import option_rows
import public_surface

ROOT = Path(__file__).resolve().parent.parent


SURFACE = ROOT / "docs" / "maintaining" / "public_surface.md"


def behind() -> dict[Path, str]:
    """The files that are not as the code has them, by their paths, as they should be."""
    # The page of public names is made from declarations that are not whole before they were written.
    return _differing(option_rows.made()) or _differing({SURFACE: public_surface.page()})


def _differing(made: dict[Path, str]) -> dict[Path, str]:
    return {path: text for path, text in made.items() if not path.is_file() or path.read_text(encoding="utf-8") != text}


def main() -> None:
    """Write them."""
    while changed := behind():
        for path, text in changed.items():
            path.write_text(text, encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
