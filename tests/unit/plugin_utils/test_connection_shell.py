# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands over a task's connection: what came back, who was not let in, what was cut off, what did not end."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.certops.vsphere.plugins.module_utils.core.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils.esxi_shell.shell import ShellDropped, ShellUnreachable
from ansible_collections.certops.vsphere.plugins.plugin_utils.connection_shell import ConnectionShell


class Connection:
    """A connection that counts how often it was reset."""

    resets = 0

    def reset(self) -> None:
        """Forget it."""
        self.resets += 1


def shell(*answers: Any) -> tuple[ConnectionShell, Connection]:
    """A shell whose commands give these answers, or raise them, or call them."""
    waiting = list(answers)

    def execute(_command: str, sudoable: bool) -> dict[str, Any]:
        assert not sudoable
        answer = waiting.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer

    connection = Connection()
    return ConnectionShell(connection, execute, "192.0.2.7", "esx01"), connection


def ok(text: str = "") -> dict[str, Any]:
    """A command that succeeded."""
    return {"rc": 0, "stdout": text, "stderr": ""}


def slow(seconds: float) -> Callable[[], dict[str, Any]]:
    """A command that takes so long."""

    def run() -> dict[str, Any]:
        time.sleep(seconds)
        return ok("late")

    return run


def test_what_a_command_answered_is_returned() -> None:
    found = shell({"rc": 3, "stdout": "out", "stderr": "err\nor"})[0].run("false", 5)
    assert (found.exit_status, found.stdout, found.stderr, found.ok) == (3, "out", "err\nor", False)
    assert found.said == "exit status 3 (err or)"


@pytest.mark.parametrize("error", [AnsibleConnectionFailure("no route"), AnsibleAuthenticationFailure("wrong password")])
def test_who_is_not_let_in_is_told_so(error: Exception) -> None:
    with pytest.raises(ShellUnreachable, match=r"lets nobody in over its connection to 192\.0\.2\.7") as caught:
        shell(error)[0].run("true", 5)
    assert "lockdown mode" in caught.value.cure


def test_a_connection_that_ends_later_was_dropped() -> None:
    one, _connection = shell(ok(), AnsibleConnectionFailure("closed"))
    one.run("true", 5)
    with pytest.raises(ShellDropped, match="ended while hostd restart ran"):
        one.run("hostd restart", 5)


def test_a_command_that_does_not_end_is_left_and_its_connection_with_it() -> None:
    one, connection = shell(slow(30))
    begun = time.monotonic()
    with pytest.raises(ShellDropped, match=r"did not end the command hang within 0\.2 seconds"):
        one.run("hang", 0.2)
    assert time.monotonic() - begun < 5
    assert connection.resets == 1


def test_the_timeout_of_the_task_itself_stays_in_force() -> None:
    rung = []
    before = signal.signal(signal.SIGALRM, lambda *_args: rung.append(True))
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        assert shell(ok("done"))[0].run("true", 10).stdout == "done"
        assert 0 < signal.getitimer(signal.ITIMER_REAL)[0] <= 0.5
        deadline = time.monotonic() + 5
        while not rung and time.monotonic() < deadline:
            time.sleep(0.01)
        assert rung
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_longer_timeout_of_the_task_goes_on_from_where_it_was() -> None:
    before = signal.signal(signal.SIGALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 50)
    try:
        shell(slow(0.2))[0].run("true", 10)
        assert 40 < signal.getitimer(signal.ITIMER_REAL)[0] < 49.9
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_what_the_connection_plugin_cannot_do_is_told() -> None:
    with pytest.raises(CertopsError, match="cannot be worked on over its connection: sshpass is missing"):
        shell(AnsibleError("sshpass is missing"))[0].run("true", 5)


def test_a_command_is_sent_once_whatever_is_configured(tmp_path: Path) -> None:
    # The real plugin of Ansible's, and a program that ends as ssh does when the connection is lost.
    program = tmp_path / "ssh"
    program.write_text('#!/bin/sh\necho "$@" >> "$0.log"\ncase "$*" in *generate*) exit 255;; esac\n', encoding="utf-8")
    program.chmod(0o700)
    context = PlayContext()
    context.remote_addr = "192.0.2.7"
    connection = connection_loader.get("ssh", context, os.devnull)
    given = {"ansible_host": "192.0.2.7", "ansible_ssh_executable": str(program), "ansible_ssh_args": "", "ansible_ssh_retries": 3}
    connection.set_options(var_options=given)
    assert connection.get_option("reconnection_retries") == 3

    def execute(command: str, sudoable: bool) -> dict[str, Any]:
        status, out, err = connection.exec_command(command, sudoable=sudoable)
        return {"rc": status, "stdout": out.decode(), "stderr": err.decode()}

    one = ConnectionShell(connection, execute, "192.0.2.7", "esx01")
    assert one.run("true", 20).ok
    with pytest.raises(ShellDropped, match="ended while /sbin/generate-certificates ran"):
        one.run("/sbin/generate-certificates", 20)
    sent = (tmp_path / "ssh.log").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition("192.0.2.7 ")[2] for line in sent] == ["true", "/sbin/generate-certificates"]
