#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Break one line of the collection after another in a copy of it, and see that a test is red: a test that cannot fail proves nothing.

Called by `make test-broken`. Words as arguments choose some, by promise or path; then nothing is written. Ends with 1 where a test stayed green.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from marked_part import marks, with_part

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "matrix" / "rows"))

from broken_lines import BROKEN, Broken  # noqa: E402  # where it is has to be said first

DOCUMENT = ROOT / "docs" / "maintaining" / "safety.md"
MARKS = marks("make test-broken")
# What pytest ends with where tests ran and some of them failed (pytest's documentation, "Exit codes").
TESTS_FAILED = 1


def copy_to(folder: Path) -> None:
    """The files of the project as they are, and ways to its environment, which nothing writes to."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        source, target = ROOT / name, folder / name
        if source.is_symlink() or source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    for name in (".venv-test", ".collections"):
        (folder / name).symlink_to(ROOT / name)


def red(folder: Path, broken: Broken) -> list[str]:
    """The tests that failed with this line broken. Raises ValueError where the line is not there, or no test ran."""
    path = folder / broken.path
    whole = path.read_text(encoding="utf-8")
    if whole.count(broken.old) != 1:
        raise ValueError(f"{broken.path} has {whole.count(broken.old)} times what is to be broken: {broken.old.strip()!r}")
    path.write_text(whole.replace(broken.old, broken.new), encoding="utf-8")
    try:
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "--tb=no",
            broken.tests,
            *(["-k", broken.only] if broken.only else []),
        ]
        environment = {**os.environ, "CERTOPS_MATRIX": "all"}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    finally:
        path.write_text(whole, encoding="utf-8")
    failed = re.findall(r"^FAILED \S*::(\w+)", done.stdout, flags=re.MULTILINE)
    if done.returncode != TESTS_FAILED and (done.returncode or failed):
        raise ValueError(f"pytest ended with {done.returncode} for {broken.what!r}:\n{done.stdout}{done.stderr}")
    return failed


def table(rows: list[tuple[Broken, str]]) -> str:
    """What was broken and what was red, in Markdown."""
    lines = [f"| {broken.promise} | {broken.what} | `{test}` |" for broken, test in rows]
    return "\n".join(["| promise | broken | red |", "|---|---|---|", *lines])


def main(words: list[str]) -> int:
    """Break them, and say of each what was red."""
    chosen = [one for one in BROKEN if not words or any(word in (one.promise, one.path) for word in words)]
    rows: list[tuple[Broken, str]] = []
    with tempfile.TemporaryDirectory(prefix="certops-broken-") as name:
        folder = Path(name)
        copy_to(folder)
        for broken in chosen:
            failed = red(folder, broken)
            print(
                f"{'red' if failed else 'GREEN':5}  {broken.promise}: {broken.what} ({', '.join(failed) or broken.tests})",
                flush=True,
            )
            rows += [(broken, test) for test in failed[:1]]
    print(f"{len(rows)} of {len(chosen)} broken lines were seen by a test")
    if len(rows) < len(chosen):
        return 1
    if not words:
        DOCUMENT.write_text(with_part(DOCUMENT.read_text(encoding="utf-8"), MARKS, table(rows)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
