# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""python -m benchmarks [MEASUREMENT ...]: all of them, which also writes docs/maintaining/benchmarks.md, or only some."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Callable

from . import document, simulator
from .row import Row
from .rows import calls, checking, growth, mass_expiry, reading, renewing, sessions, starting
from .sizes import SMALL, Sizes

MEASUREMENTS: dict[str, Callable[[Path, Sizes], list[Row]]] = {
    "reading": reading.measure,
    "calls": calls.measure,
    "growth": growth.measure,
    "checking": checking.measure,
    "renewing": renewing.measure,
    "expiry": mass_expiry.measure,
    "starting": starting.measure,
    "sessions": sessions.measure,
    "simulator": simulator.measure,
}


def main() -> int:
    """Measure, print and write. A target that is missed is written, and fails nothing."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measure the collection on a simulated estate.")
    parser.add_argument("measurements", nargs="*", help=f"only these of {', '.join(MEASUREMENTS)}; nothing is written then")
    parser.add_argument("--small", action="store_true", help="small estates, by which no time can be told")
    given = parser.parse_args()
    unknown = set(given.measurements) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    rows: list[Row] = []
    print(document.table(rows), flush=True)
    for name in given.measurements or MEASUREMENTS:
        print(f"measuring: {name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="certops-bench-") as folder:
            found = MEASUREMENTS[name](Path(folder), SMALL if given.small else Sizes())
        print("\n".join(map(document.line, found)), flush=True)
        rows += found
    if not given.measurements and not given.small:
        document.write(rows)
        print(f"written: {document.DOCUMENT}", file=sys.stderr)
    return 0


sys.exit(main())
