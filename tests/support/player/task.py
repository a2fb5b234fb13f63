# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out the task of an action of ours: the action as Ansible would make it, with a connection to this machine."""

from __future__ import annotations

import json
import traceback
from typing import Any, Mapping

from ansible._internal._errors import _error_utils
from ansible._internal._templating import _transform
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins import loader as plugin_loader
from ansible.template import Templar

from player.content import PLAYBOOKS, UnknownToPlayer


class Surroundings:
    """What all tasks of a run share."""

    def __init__(self, check_mode: bool, diff: bool) -> None:
        self.check_mode = check_mode
        self.diff = diff
        self.loader = DataLoader()
        self.loader.set_basedir(str(PLAYBOOKS))
        self._play_context = PlayContext()
        self._play_context.check_mode = check_mode
        self._play_context.diff = diff
        self._connection = plugin_loader.connection_loader.get("ansible.builtin.local", self._play_context)
        for plugin in (self._connection, self._connection._shell):
            plugin.set_options(var_options={})

    def templar(self, variables: Mapping[str, Any]) -> Any:
        """What evaluates templates with these variables."""
        return Templar(self.loader, variables)

    def action(self, name: str, options: Mapping[str, Any], variables: Mapping[str, Any]) -> Any:
        """The action of a task."""
        task = Task()
        task.action = name
        task.args = dict(options)
        task.check_mode = self.check_mode
        task.diff = self.diff
        task.environment = []
        made = plugin_loader.action_loader.get(
            name,
            task=task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self.loader,
            templar=self.templar(variables),
            shared_loader_obj=plugin_loader,
        )
        if made is None:
            raise UnknownToPlayer(f"the action {name}")
        return made


def carry_out(around: Surroundings, name: str, options: Mapping[str, Any], variables: dict[str, Any]) -> dict[str, Any]:
    """What the task of an action returns."""
    action = around.action(name, options, variables)
    try:
        result = action.run(task_vars=dict(variables))
    except Exception as error:
        result = failure_of(error)
    finally:
        action.cleanup()
    # As it comes to Ansible's main process.
    plain: dict[str, Any] = json.loads(json.dumps(result, default=_as_text))
    plain.setdefault("changed", False)
    return plain


def _as_text(summary: Any) -> str:
    """A warning of a module that ran in a process of its own, as a text."""
    return str(_transform.warning_summary(summary))


def failure_of(error: Exception) -> dict[str, Any]:
    """What a task returns that could not be carried out. A defect of ours shows where it is."""
    if not _is_ansibles(error):
        traceback.print_exception(error)
    found: dict[str, Any] = _error_utils.result_dict_from_exception(error)
    return {"failed": True, "changed": False, "msg": str(found["msg"])}


def _is_ansibles(error: Exception) -> bool:
    return type(error).__module__.startswith("ansible.errors") or "AnsibleError" in {kind.__name__ for kind in type(error).__mro__}
