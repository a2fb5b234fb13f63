# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role that signs is loaded before it is included, as include_role would load it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.vars.manager import VariableManager
from ansible_collections.certops.vsphere.plugins.plugin_utils._custom_ca.signing_role import role_problem

SECRET = "canary-in-a-role"
FILES = {
    "signs/tasks": "- ansible.builtin.import_tasks: more.yml\n",
    "needs/meta": "dependencies: [{role: signs}, absent]\n",
    "broken/tasks": f"- {{ansible.builtin.debug: {{msg: {SECRET}\n",
}


@pytest.fixture
def action(tmp_path: Path) -> Any:
    """What the check knows of an action: its task, in a play beside a folder of roles."""
    for folder, text in FILES.items():
        (tmp_path / "roles" / folder).mkdir(parents=True)
        (tmp_path / "roles" / folder / "main.yml").write_text(text, encoding="utf-8")
    (tmp_path / "roles" / "signs" / "tasks" / "more.yml").write_text("- ansible.builtin.meta: noop\n", encoding="utf-8")
    loader = DataLoader()
    loader.set_basedir(str(tmp_path))
    variables = VariableManager(loader=loader, inventory=InventoryManager(loader=loader, sources="localhost,"))
    play = Play.load({"hosts": "localhost", "gather_facts": False}, variable_manager=variables, loader=loader)
    task = SimpleNamespace(get_play=lambda: play, get_variable_manager=lambda: variables, collections=None)
    return SimpleNamespace(_task=task, _loader=loader)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("signs", None),
        ("absent", "Ansible cannot load its role absent (the role 'absent' was not found in"),
        ("needs", "Ansible cannot load its role needs (the role 'absent' was not found in"),
        ("broken", "Ansible cannot load its role broken ("),
    ],
)
def test_what_include_role_could_not_load_is_told_and_nothing_of_its_text(action: Any, name: str, told: Optional[str]) -> None:
    problem = role_problem(action, name)
    assert (problem is None) == (told is None)
    # ansible-core 2.21 begins it with a capital.
    assert str(problem).lower().startswith(str(told).lower())
    assert SECRET not in str(problem)
    assert "\n" not in str(problem)
