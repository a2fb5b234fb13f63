# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's own programs in a process that has imported all of them: their command lines, their engine, and what they print.

Half of what a process of Ansible takes is imports, of which those of collections are compiled anew each time.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence

# The module and the class of each program.
PROGRAMS = {
    "ansible": ("ansible.cli.adhoc", "AdHocCLI"),
    "ansible-inventory": ("ansible.cli.inventory", "InventoryCLI"),
    "ansible-playbook": ("ansible.cli.playbook", "PlaybookCLI"),
}
# What they load when they come to it.
_LOADED_LATER = (
    "ansible.executor.playbook_executor",
    "ansible.executor.task_queue_manager",
    "ansible.plugins.callback.default",
    "ansible.plugins.callback.minimal",
    "ansible.plugins.inventory.auto",
    "ansible.plugins.inventory.host_list",
    "ansible.plugins.inventory.yaml",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.free",
    "ansible.plugins.strategy.linear",
    "ansible_collections.certops.vsphere.plugins.inventory.estate",
)


def import_programs() -> None:
    """What takes most of their time."""
    for name in (*(module for module, _name in PROGRAMS.values()), *_LOADED_LATER):
        importlib.import_module(name)


def run_program(name: str, arguments: Sequence[str]) -> int:
    """Run it with these arguments, and return its exit status."""
    from ansible.utils.display import Display

    module, command_line = PROGRAMS[name]
    _forget_collections()
    # What the server was warned of, this program has not said yet.
    for said in ("_warns", "_deprecations", "_errors"):
        getattr(Display(), said, {}).clear()
    try:
        getattr(importlib.import_module(module), command_line).cli_executor([name, *arguments])
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    return 0


def _forget_collections() -> None:
    """A program says by itself where collections are, once. What is imported of them stays."""
    from ansible.utils.collection_loader._collection_finder import _AnsibleCollectionFinder

    _AnsibleCollectionFinder._remove()
