# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in playbooks and roles: read once, before the server forks, and refused where the player does not know it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from processes import ROOT

PLAYBOOKS, ROLES = ROOT / "playbooks", ROOT / "roles"
OURS = "certops.vsphere."
BUILTIN = "ansible.builtin."
_PLAY = {"name", "hosts", "gather_facts", "become", "strategy", "vars", "tasks"}
_BLOCK = {"name", "block", "rescue", "when", "vars"}
_TASK = {"name", "when", "vars", "register", "become", "ignore_errors", "run_once", "loop", "loop_control"}
_INCLUDES = {"include_role", "import_role", "include_tasks", "import_tasks"}
_BUILTIN = _INCLUDES | {"set_fact", "fail", "meta"}
_INCLUDE_OPTIONS = {"name", "tasks_from", "rolespec_validate", "apply"}


class UnknownToPlayer(Exception):
    """Something that only Ansible itself does: a test of it takes a real process."""


@dataclass(frozen=True)
class Role:
    """A role, with the variables of those that it depends on beneath its own."""

    name: str
    defaults: dict[str, Any]
    variables: dict[str, Any]
    before: tuple[Role, ...]

    def tasks(self, name: str) -> list[dict[str, Any]]:
        """The tasks of one of its files."""
        return tasks_of(ROLES / self.name / "tasks" / name)


@cache
def read(path: Path) -> Any:
    """What a file has, as Ansible reads its own: texts in it may be templates."""
    return DataLoader().load_from_file(str(path), cache="none", trusted_as_template=True)


@cache
def plays(path: Path) -> list[dict[str, Any]]:
    """The plays of a playbook, and of those that it imports."""
    found: list[dict[str, Any]] = []
    for entry in read(path):
        other = entry.get(f"{BUILTIN}import_playbook")
        if other is None:
            _require(entry, _PLAY, "a play")
            found.append(entry)
        else:
            _require(entry, {"name", "vars", f"{BUILTIN}import_playbook"}, "an import of a playbook")
            # Its variables are those of the plays.
            found += [{**play, "vars": {**entry.get("vars", {}), **play.get("vars", {})}} for play in plays(path.parent / other)]
    return found


@cache
def role(name: str) -> Role:
    """A role of ours. Raises UnknownToPlayer for any other."""
    folder = ROLES / name.removeprefix(OURS)
    if not name.startswith(OURS) or not folder.is_dir():
        raise UnknownToPlayer(f"the role {name}")
    before = tuple(role(one["role"]) for one in read(folder / "meta" / "main.yml").get("dependencies", ()))
    defaults: dict[str, Any] = {}
    variables: dict[str, Any] = {}
    for one in before:
        defaults.update(one.defaults)
        variables.update(one.variables)
    return Role(folder.name, {**defaults, **_main(folder / "defaults")}, {**variables, **_main(folder / "vars")}, before)


@cache
def tasks_of(path: Path) -> list[dict[str, Any]]:
    """The tasks of a file."""
    return list(read(path if path.suffix else path.with_suffix(".yml")))


def what(task: dict[str, Any]) -> str:
    """What a task does, by its full name: "block" for a block. Raises UnknownToPlayer."""
    if "block" in task:
        _require(task, _BLOCK, "a block")
        return "block"
    names = sorted(set(task) - _TASK)
    if len(names) != 1:
        raise UnknownToPlayer(f"one of {', '.join(names)} in the task {task.get('name')}")
    (name,) = names
    short = name.removeprefix(BUILTIN)
    if not name.startswith(OURS) and not (name.startswith(BUILTIN) and short in _BUILTIN):
        raise UnknownToPlayer(f"{name} in the task {task.get('name')}")
    if short in _INCLUDES:
        if isinstance(task[name], dict):
            _require(task[name], _INCLUDE_OPTIONS, name)
        if short.startswith("import") and {"when", "loop"} & set(task):
            raise UnknownToPlayer(f"a condition of {name}")
    elif "loop" in task:
        raise UnknownToPlayer(f"a loop of {name}")
    return name


def read_all() -> None:
    """Read everything there is."""
    for path in sorted(PLAYBOOKS.glob("*.yml")):
        read(path)
    for folder in sorted(ROLES.iterdir()):
        role(OURS + folder.name)
        for path in sorted((folder / "tasks").glob("*.yml")):
            tasks_of(path)


def _main(folder: Path) -> dict[str, Any]:
    path = folder / "main.yml"
    return dict(read(path) or {}) if path.is_file() else {}


def _require(given: dict[str, Any], known: set[str], where: str) -> None:
    if not set(given) <= known:
        raise UnknownToPlayer(f"{', '.join(sorted(set(given) - known))} of {where}")
