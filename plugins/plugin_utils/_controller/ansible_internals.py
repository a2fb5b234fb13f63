# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The only file that takes internals of ansible-core's ActionBase and Task, and what each is taken for.

The developer guide shows `_task.args`, `_task.check_mode`, `_execute_module` and `validate_argument_spec`, which every action takes. There is no public way to:

- the connection of a task. An ESXi host is nothing that _execute_module could work on: its shell is busybox, what is copied to it may not be executed
  (execInstalledOnly), and its Python is not for others. So one-line commands are sent by `_low_level_execute_command`, and whose connection it is, and
  where it leads, is asked of `_connection` and `_play_context`.
- the value of a variable by its name: `task_vars` holds templates, which `_templar` evaluates. Were they given as arguments instead, Ansible would template the
  whole plan anew for each task that is given it.
- the environment that a task gives to programs (`_task.environment`, `_compute_environment_string`), without which another program, or a module of
  somebody else's that has no option for it, would run in another one than Ansible's own would.
- another connection for the rest of a task: a vCenter of the inventory is asked from here, also where nobody has said `ansible_connection: local`.
- which hosts a pattern means (`_loader`), whether a role could be included, and the keywords `async`, `diff` and `delegate_to` of a task.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import Any, Iterator, Mapping, Optional

from ansible.playbook.role import Role
from ansible.playbook.role.include import RoleInclude
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader, lookup_loader
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.connection_shell import ConnectionShell

LOCAL = frozenset({"local", "ansible.builtin.local"})


def connection_of(action: ActionBase) -> Any:
    """The connection plugin of an action's task."""
    return action._connection


def is_local(action: ActionBase) -> bool:
    """Whether the task works on this machine."""
    return connection_of(action).transport in LOCAL


def work_on_this_machine(action: ActionBase) -> None:
    """Have the rest of a task work here, whatever connection its host has: a vCenter has nobody to log in to. The task is this process's own copy."""
    made = connection_loader.get("ansible.builtin.local", action._play_context)
    for plugin in (made, made._shell):
        plugin.set_options(var_options={})
    action._connection = made


def is_plainly_local(action: ActionBase) -> bool:
    """Whether it does so as whoever started Ansible, in the environment in which Ansible was started."""
    environment: dict[str, Any] = {}
    action._compute_environment_string(environment)
    return is_local(action) and connection_of(action).become is None and not environment


def address_of(action: ActionBase, otherwise: str) -> str:
    """What the connection leads to: ansible_host of the host that the task is delegated to."""
    try:
        found = connection_of(action).get_option("host")
    except (KeyError, AttributeError):
        found = None
    return str(found or action._play_context.remote_addr or otherwise)


def shell_of(action: ActionBase, esxi_host: str) -> ConnectionShell:
    """The host's shell over the connection."""
    return ConnectionShell(connection_of(action), action._low_level_execute_command, address_of(action, esxi_host), esxi_host)


def evaluated(action: ActionBase, value: Any) -> Any:
    """A value with what it refers to. Raises AnsibleError where that is not defined."""
    return action._templar.template(value)


def is_template(action: ActionBase, text: str) -> bool:
    """Whether a text is to be evaluated still."""
    return bool(action._templar.is_template(text))


def hosts_matching(action: ActionBase, pattern: str, variables: Mapping[str, Any]) -> frozenset[str]:
    """The hosts of the inventory that a pattern means, as --limit takes one."""
    lookup = lookup_loader.get("ansible.builtin.inventory_hostnames", loader=action._loader, templar=action._templar)
    return frozenset(lookup.run([pattern], variables=variables))


def add_to_environment(action: ActionBase, values: Mapping[str, str]) -> None:
    """Have what the task starts from now on see these variables. The task is this process's own copy."""
    action._task.environment = [*(action._task.environment or []), dict(values)]


@contextmanager
def own_environment(action: ActionBase) -> Iterator[None]:
    """Let what is added to the task's environment meanwhile be gone at the end: it is one piece of work's own, and the task may have another."""
    given = action._task.environment
    try:
        yield
    finally:
        action._task.environment = given


def environment_of(action: ActionBase) -> dict[str, str]:
    """What the play and the task give to programs (the keyword environment), as a module would have it."""
    found: dict[str, str] = {}
    for given in action._task.environment or ():
        values = evaluated(action, given)
        found.update({str(name): str(value) for name, value in values.items()} if isinstance(values, Mapping) else {})
    return found


def is_async(action: ActionBase) -> bool:
    """Whether Ansible is not to wait for the task."""
    return bool(action._task.async_val)


def shows_diff(action: ActionBase) -> bool:
    """Whether the task is to tell what it changes."""
    return bool(action._task.diff)


def delegate_of(action: ActionBase) -> Optional[str]:
    """The host that the task is delegated to."""
    found: Optional[str] = action._task.delegate_to
    return found


def load_role(action: ActionBase, name: str) -> None:
    """Load a role as include_role beside the task would, into this process's copy of the play. Raises AnsibleError."""
    task = action._task
    play = task.get_play()
    found = RoleInclude.load(
        name, play=play, variable_manager=task.get_variable_manager(), loader=action._loader, collection_list=task.collections
    )
    Role.load(found, play, from_include=True)
