# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The workflow of GitHub calls what there is, on the oldest and the newest that the collection takes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Iterator

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
JOBS: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))["jobs"]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
# What make test has in it, besides the rest.
WHOLE = {"unit", "ansible-units", "targets", "integration", "sanity"}
VALUE = re.compile(r"\$\{\{ (?:matrix\.)?([\w.-]+) \}\}")


def calls() -> Iterator[tuple[str, dict[str, str]]]:
    """Each command that is run, with the versions that it is run with."""
    for job in JOBS.values():
        for versions in job.get("strategy", {}).get("matrix", {}).get("include", [{}]):
            for step in job["steps"]:
                if "run" in step:
                    yield VALUE.sub(lambda found, versions=versions: versions.get(found[1], "something"), step["run"]), versions


def made(command: str) -> set[str]:
    """The targets of make that a command has it make."""
    words = command.split(" | ")[0].split()
    return {word for word in words[1:] if "=" not in word} if words[0] == "make" else set()


def test_what_it_has_make_do_is_in_the_makefile() -> None:
    asked = set().union(*(made(command) for command, _versions in calls()))
    assert {"test", "sanity", "coverage"} <= asked <= TARGETS


def test_the_requirements_that_it_names_are_there() -> None:
    named = set(re.findall(r"TEST_REQUIREMENTS=(\S+)", " ".join(command for command, _versions in calls())))
    assert named
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_actions_are_pinned_by_digest_and_name_their_tag() -> None:
    # A tag can be moved to other code, a commit cannot.
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = [line.strip() for text in texts for line in text.splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not re.fullmatch(r"- uses: [\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []


@pytest.mark.parametrize(("ansible_core", "python"), [("==2.17.*", "3.11"), (">=2.20", "3.13")], ids=["oldest", "newest"])
@pytest.mark.parametrize("pyvmomi", ["==8.0.3.0.1", ">=9"])
def test_every_kind_of_test_is_run_on(ansible_core: str, python: str, pyvmomi: str) -> None:
    run: set[str] = set()
    for command, versions in calls():
        # Sanity looks at files, and needs no pyVmomi.
        if (versions.get("ansible-core"), versions.get("python")) == (ansible_core, python) and versions.get(
            "pyvmomi", pyvmomi
        ) == pyvmomi:
            run |= WHOLE if "test" in made(command) else made(command)
    assert run >= WHOLE


def test_the_oldest_are_those_that_the_collection_says_it_takes() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == ">=2.17.0"
    assert "pyvmomi>=8.0.3.0.1\n" in (ROOT / "requirements.txt").read_text(encoding="utf-8")
