# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection of a task: the only file that takes private parts of ansible-core's ActionBase.

An action has no public way to its connection: the developer guide shows _execute_module, which starts a module in a Python on the other side.
An ESXi host is not that other side: its shell is busybox, what is copied to it may not be executed (execInstalledOnly), and its Python is
not for others. So one-line commands are sent by _low_level_execute_command, and whose connection it is, and where it leads, is asked of _connection.
Whether the work of a module may be done here is asked of the same connection, and of the environment that the task gives (_compute_environment_string).
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.connection_shell import ConnectionShell

LOCAL = frozenset({"local", "ansible.builtin.local"})


def connection_of(action: ActionBase) -> Any:
    """The connection plugin of an action's task."""
    return action._connection


def is_local(action: ActionBase) -> bool:
    """Whether the task works on this machine."""
    return connection_of(action).transport in LOCAL


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
