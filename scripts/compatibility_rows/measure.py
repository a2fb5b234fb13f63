#!/usr/bin/env python
# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the unit tests, the contract tests and a renewal with one library changed at a time, and write the table of docs/compatibility.md.

Called by `make compatibility`; names of combinations as arguments choose some, and the rows of the others stay as they are; --near
runs fewer unit tests. Environments are
kept in .cache/compatibility; where one is there it is used again, so that an older "newest" is what the row says. Ends with 1 where a test failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Mapping, Optional, Sequence

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests" / "support")]

import pythons  # noqa: E402  # where they are has to be said first
from marked_part import marks, with_part  # noqa: E402

DOCUMENT = ROOT / "docs" / "compatibility.md"
MARKS = marks("make compatibility")
PLACE = ROOT / ".cache" / "compatibility"
LIBRARIES = ("ansible-core", "pyvmomi", "cryptography")
COLLECTIONS = ("community.vmware", "vmware.vmware")
# What all others are compared with: the newest ansible-core that the oldest Python takes, and of the rest the newest.
BASE = {"ansible-core": "==2.19.*"}
UNIT = ("tests/unit",)
# With --near only those of the packages that use what is another version, which takes a third of the time; the row says so.
NEAR = {
    "pyvmomi": ("tests/unit/wire", "tests/unit/vsphere"),
    "cryptography": ("tests/unit/x509", "tests/unit/custom_ca", "tests/unit/journal"),
    "ansible-core": ("tests/unit/plugin_utils", "tests/unit/plugins", "tests/unit/run_input"),
}
# What operations believe of vSphere, over pyVmomi; and the modules of others, which are clients of the same simulated vCenter.
CONTRACT = ("tests/sim/test_port.py",)
STRANGERS = ("tests/sim/test_strangers.py",)
RENEWAL = ("tests/integration/environments/test_one_renewal.py",)
HEADS = ("combination", "Python", *LIBRARIES, *COLLECTIONS, "unit tests", "contract tests", "one renewal", "run on")
LONGEST_SECONDS = 3600


@dataclass(frozen=True)
class Combination:
    """An environment. libraries: what is another version than in BASE; carrier: the `ansible` package whose collections are taken."""

    name: str
    libraries: Mapping[str, str] = field(default_factory=dict)
    python: str = pythons.OLDEST_PYTHON
    carrier: Optional[str] = None


def _cores() -> list[Combination]:
    taken = {
        "2.17": ("3.11", "3.12"),
        "2.18": ("3.11", "3.12", "3.13"),
        "2.19": ("3.12", "3.13"),
        "2.20": ("3.12", "3.13"),
        "2.21": ("3.12", "3.13"),
    }
    return [
        Combination(f"ansible-core-{core}-python-{python}", {"ansible-core": f"=={core}.*"}, python)
        for core, versions in taken.items()
        for python in versions
    ]


COMBINATIONS = (
    Combination("base"),
    *(Combination(f"pyvmomi-{version}", {"pyvmomi": f"=={version}.*"}) for version in ("8.0.3.0.1", "9.0")),
    *(Combination(f"cryptography-{version}", {"cryptography": f"=={version}.*"}) for version in ("41", "44", "46")),
    *_cores(),
    Combination("collections-of-ansible-10", carrier="ansible>=10,<11"),
    Combination("collections-of-the-newest-ansible", python="3.12", carrier="ansible"),
)


def environment(combination: Combination) -> Optional[Path]:
    """The programs of an environment; None where this machine has no such Python."""
    folder = PLACE / combination.name
    if (folder / "venv" / "ready").exists():
        return folder / "venv" / "bin"
    python = pythons.find(combination.python)
    if python is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return pythons.environment(python, folder, {**BASE, **combination.libraries}, "run.txt")


def collections(combination: Combination) -> Path:
    """Where the collections of others are: those of the tests, or those that another `ansible` package carries."""
    if combination.carrier is None:
        return ROOT / ".collections"
    folder = PLACE / combination.name / "collections"
    if not folder.exists():
        requirements = PLACE / combination.name / "carrier.txt"
        requirements.write_text(f"{combination.carrier}\n", encoding="utf-8")
        command = [sys.executable, str(ROOT / "scripts" / "fetch_collections.py"), "--requirements", str(requirements)]
        command += ["--dest", str(folder), "--python-version", combination.python, *COLLECTIONS]
        subprocess.run(command, check=True)
    return folder


def outcome(programs: Path, others: Path, tests: Sequence[str]) -> tuple[str, str]:
    """What pytest counts, and what it printed where a test failed."""
    command = [str(programs / "python"), "-m", "pytest", "-q", "-p", "no:xdist", "-o", f"cache_dir={PLACE / 'pytest'}", *tests]
    variables = {
        **os.environ,
        "PATH": os.pathsep.join([str(programs), os.defpath]),
        "PYTHONPATH": "",
        "HYPOTHESIS_PROFILE": os.environ.get("HYPOTHESIS_PROFILE", "few"),
        "CERTOPS_COLLECTIONS": str(others),
        "CI": "",
    }
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False)
    counted = re.search(r"^(?:=+ )?(\d+ (?:passed|failed|error).*?) in ", done.stdout, re.MULTILINE)
    words = counted.group(1) if counted else f"pytest ended with {done.returncode}"
    numbers = ", ".join(one for one in re.sub(r", \d+ (?:deselected|warnings?)", "", words).split(", "))
    # The tests' own summary of what was skipped: a number and a reason in each line.
    skipped = re.findall(r"^ *\d+  (\S.*)$", done.stdout.partition("tests were skipped:\n")[2], re.MULTILINE)
    numbers += f" ({'; '.join(skipped)})" if skipped else ""
    return numbers, "" if done.returncode == 0 else f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def versions(programs: Path) -> list[str]:
    """The versions of Python and the libraries in an environment."""
    program = "import platform, sys\nfrom importlib.metadata import version\nprint(platform.python_version(), *map(version, sys.argv[1:]))"
    asked = subprocess.run([str(programs / "python"), "-c", program, *LIBRARIES], capture_output=True, text=True, check=True)
    return asked.stdout.split()


def version_of(collection: str, others: Path) -> str:
    """The version of a collection that was fetched."""
    manifest = others / "ansible_collections" / collection.replace(".", "/") / "MANIFEST.json"
    found = re.search(r'"version": "([^"]+)"', manifest.read_text(encoding="utf-8"))
    return found.group(1) if found else "unknown"


def unit_tests(combination: Combination, *, near: bool) -> tuple[str, ...]:
    """The unit tests to run: what another ansible package carries changes nothing of the collection's own code but who takes snapshots."""
    if combination.carrier is not None:
        return ("tests/unit/plugin_utils/test_run_actions.py",)
    return tuple(path for library in combination.libraries for path in NEAR[library]) if near and combination.libraries else UNIT


def measured(combination: Combination, *, near: bool) -> tuple[list[str], str]:
    """The row of a combination, and what failed."""
    programs = environment(combination)
    if programs is None:
        return [f"there is no Python {combination.python} here", *[""] * (len(HEADS) - 3), date.today().isoformat()], ""
    others = collections(combination)
    unit = unit_tests(combination, near=near)
    contract = CONTRACT if combination.carrier is None else STRANGERS
    told = [outcome(programs, others, tests) for tests in (unit, contract, RENEWAL)]
    counts = [counted for counted, _printed in told]
    if unit != UNIT:
        counts[0] += " (of the packages that use it)"
    shown = [*versions(programs), *(version_of(one, others) for one in COLLECTIONS), *counts]
    return [*shown, date.today().isoformat()], "\n".join(printed for _counted, printed in told if printed)


def rows_of(text: str) -> dict[str, list[str]]:
    """The rows of a table, by their first cell."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


def table(rows: Mapping[str, Sequence[str]]) -> str:
    """The table, in the order of COMBINATIONS."""
    lines = ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    for combination in COMBINATIONS:
        if combination.name in rows:
            lines.append("| " + " | ".join([f"`{combination.name}`", *rows[combination.name]]) + " |")
    return "\n".join(lines)


def main(names: Sequence[str]) -> int:
    """Measure these combinations, or all."""
    near, names = "--near" in names, [name for name in names if name != "--near"]
    unknown = set(names) - {one.name for one in COMBINATIONS}
    if unknown:
        print(f"There is no combination {', '.join(sorted(unknown))}; there are {', '.join(one.name for one in COMBINATIONS)}.")
        return 1
    red = 0
    for combination in COMBINATIONS:
        if names and combination.name not in names:
            continue
        row, failed = measured(combination, near=near)
        print(f"{combination.name}: {' | '.join(row)}", flush=True)
        if failed:
            red += 1
            print(failed, flush=True)
        # Row by row: a run takes hours, and may be ended.
        text = DOCUMENT.read_text(encoding="utf-8")
        before = text.partition(MARKS[0])[2].partition(MARKS[1])[0]
        DOCUMENT.write_text(with_part(text, MARKS, table({**rows_of(before), combination.name: row})), encoding="utf-8")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
