# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever runs on the controller runs as who started Ansible, and whatever runs on an ESXi host as who logged in: a play's become is not theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent.parent.parent
FILES = [*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/handlers/*.yml"), *ROOT.glob("playbooks/*.yml")]
# They start nothing: what they do is done within Ansible itself.
WITHIN = {
    *("set_fact", "set_stats", "fail", "assert", "debug", "add_host", "meta"),
    *("include_role", "import_role", "include_tasks", "import_tasks", "import_playbook"),
}
KEYWORDS = {
    *(
        "name",
        "when",
        "ignore_errors",
        "vars",
        "register",
        "loop",
        "loop_control",
        "module_defaults",
        "become",
        "environment",
        "delegate_to",
        "failed_when",
        "ignore_errors",
    ),
    *("changed_when", "retries", "delay", "until", "timeout", "no_log", "run_once", "check_mode", "async", "poll", "args"),
}


def tasks(nodes: list[Any], scope: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The tasks of a list, each with what it runs and the keywords and variables that are in force there."""
    for node in nodes:
        inner = {
            "become": node.get("become", scope.get("become")),
            "vars": {**scope.get("vars", {}), **(node.get("vars") or {})},
            "delegated": "delegate_to" in node,
        }
        parts = [part for part in ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always") if part in node]
        for part in parts:
            yield from tasks(node[part], inner)
        if parts or "hosts" in node:
            continue
        [action] = set(node) - KEYWORDS
        yield node.get("name", action), action.removeprefix("ansible.builtin."), inner


def in_force(path: Path) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Those of a file that start something, with the variables of their role."""
    of_role = path.parent.parent / "vars" / "main.yml"
    inherited = yaml.safe_load(of_role.read_text(encoding="utf-8")) if path.parent.name == "tasks" and of_role.is_file() else {}
    found = tasks(yaml.safe_load(path.read_text(encoding="utf-8")) or [], {"vars": inherited})
    return [(name, action, scope) for name, action, scope in found if action not in WITHIN]


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_what_starts_anything_says_that_it_becomes_nobody(path: Path) -> None:
    for name, _action, scope in in_force(path):
        # The keyword is stronger than the configuration and a play's, the variable than an inventory's.
        assert scope["become"] is False, f"{path.name}: {name} inherits become"
        assert scope["vars"].get("ansible_become") is False, f"{path.name}: {name} takes ansible_become from the inventory"


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_what_is_not_delegated_to_an_esxi_host_works_on_the_controller(path: Path) -> None:
    for name, _action, scope in in_force(path):
        connection = None if scope["delegated"] else "local"
        assert scope["vars"].get("ansible_connection") == connection, (
            f"{path.name}: {name} takes ansible_connection from the inventory"
        )


@pytest.mark.parametrize("path", [path for path in FILES if path.parent.name == "playbooks"], ids=lambda path: path.name)
def test_every_play_says_so(path: Path) -> None:
    plays = [play for play in yaml.safe_load(path.read_text(encoding="utf-8")) if "hosts" in play]
    assert [play["name"] for play in plays if play.get("become") is not False] == []
