# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's shell over the connection of an Ansible task."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Any, Callable, Iterator

from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import (
    Output,
    ShellUnreachable,
    shorten,
)
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell import messages

_RETRIES = "reconnection_retries"


class _Overdue(Exception):
    """A command did not end in time."""


class ConnectionShell:
    """Runs one line after the other. execute is ActionBase._low_level_execute_command."""

    def __init__(self, connection: Any, execute: Callable[..., dict[str, Any]], address: str, esxi_host: str) -> None:
        self._connection = connection
        self._execute = execute
        self._address = address
        self._esxi_host = esxi_host
        self._been_in = False
        # Ansible's plugins would send a command again after each lost connection (ANSIBLE_SSH_RETRIES), also while the first one is still at
        # work on the host. Here a command is sent once, and what became of a lost one is looked up by whoever sent it.
        with contextlib.suppress(Exception):
            connection.get_option(_RETRIES)
            connection.set_option(_RETRIES, 0)

    @property
    def address(self) -> str:
        """What the connection leads to."""
        return self._address

    def run(self, command: str, seconds: float) -> Output:
        """Run one line. Raises ShellUnreachable before the first that was run, ShellDropped after it."""
        try:
            with _at_most(seconds):
                # No terminal: with one, output would come mixed, and a lost connection would end what runs on the host.
                answer = self._execute(command, sudoable=False)
        except _Overdue:
            self.renew()
            raise messages.COMMAND_TOO_SLOW(esxi_host=self._esxi_host, command=_program(command), seconds=seconds) from None
        except AnsibleAuthenticationFailure as error:
            raise self._unreachable(error) from error
        except AnsibleConnectionFailure as error:
            if not self._been_in:
                raise self._unreachable(error) from error
            raise messages.SHELL_CONNECTION_LOST(
                esxi_host=self._esxi_host, command=_program(command), reason=shorten(str(error))
            ) from error
        except AnsibleError as error:
            raise messages.SHELL_CONNECTION_UNUSABLE(esxi_host=self._esxi_host, reason=shorten(str(error))) from error
        self._been_in = True
        return Output(int(answer.get("rc") or 0), str(answer.get("stdout") or ""), str(answer.get("stderr") or ""))

    def renew(self) -> None:
        """Forget the connection, so that a dead one is not used again."""
        with contextlib.suppress(Exception):
            self._connection.reset()

    def _unreachable(self, error: Exception) -> ShellUnreachable:
        return messages.SSH_LOGIN_FAILED(esxi_host=self._esxi_host, address=self._address, reason=shorten(str(error)))


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """Interrupt what runs after so many seconds. A timeout that the task itself has stays in force."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_signal: int, _frame: Any) -> None:
        raise _Overdue

    left = signal.getitimer(signal.ITIMER_REAL)[0]
    if 0 < left <= seconds:
        # The task's own timeout comes first, and is for its owner to handle.
        yield
        return
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        rest = signal.setitimer(signal.ITIMER_REAL, 0)[0]
        signal.signal(signal.SIGALRM, before)
        if left > 0:
            signal.setitimer(signal.ITIMER_REAL, max(left - (seconds - rest), 0.01))


def _program(command: str) -> str:
    return command.split(";", 1)[0].strip()[:80]
