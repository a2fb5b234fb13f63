# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Commands over a task's connection: what came back, who was not let in, what was cut off, what did not end."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any, Callable

import pytest
from ansible.errors import AnsibleAuthenticationFailure, AnsibleConnectionFailure, AnsibleError
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError
from ansible_collections.certops.vsphere.plugins.module_utils._esxi_shell.shell import ShellDropped, ShellUnreachable
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell import connection_shell
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.connection_shell import ConnectionShell


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


def test_what_a_command_answered_is_returned() -> None:
    found = shell({"rc": 3, "stdout": "out", "stderr": "err\nor"})[0].run("false", 5)
    assert (found.exit_status, found.stdout, found.stderr, found.ok) == (3, "out", "err\nor", False)
    assert found.said == "exit status 3 (err or)"


@pytest.mark.parametrize("error", [AnsibleConnectionFailure("no route"), AnsibleAuthenticationFailure("wrong password")])
def test_who_is_not_let_in_is_told_so(error: Exception) -> None:
    with pytest.raises(ShellUnreachable, match=r"SSH login to \S+ \(192\.0\.2\.7\) failed: ") as caught:
        shell(error)[0].run("true", 5)
    assert "lockdown mode" in caught.value.remedy


def test_a_connection_that_ends_later_was_dropped() -> None:
    one, _connection = shell(ok(), AnsibleConnectionFailure("closed"))
    one.run("true", 5)
    with pytest.raises(ShellDropped, match="ended while hostd restart ran"):
        one.run("hostd restart", 5)


def test_a_command_that_does_not_end_is_left_and_its_connection_with_it() -> None:
    # It would never end by itself.
    one, connection = shell(signal.pause)
    with pytest.raises(ShellDropped, match=r"The command hang did not finish on .* within 0\.2 seconds"):
        one.run("hang", 0.2)
    assert connection.resets == 1


TIMER, ALARM = signal.ITIMER_REAL, signal.SIGALRM


class Timer:
    """The timer of a process, on which a time passes that a test says. It stands in the place of the module signal."""

    ITIMER_REAL, SIGALRM = TIMER, ALARM

    def __init__(self, left: float) -> None:
        self.left = left
        self.handler: Any = "the task's"

    def getitimer(self, _which: int) -> tuple[float, float]:
        """What is left until it rings."""
        return self.left, 0.0

    def setitimer(self, _which: int, seconds: float) -> tuple[float, float]:
        """Set it; returns what was left."""
        before, self.left = self.left, seconds
        return before, 0.0

    def signal(self, _signal: int, handler: Any) -> Any:
        """Who is called; returns who was."""
        before, self.handler = self.handler, handler
        return before

    def passes(self, seconds: float) -> Callable[[], dict[str, Any]]:
        """A command that takes so long."""

        def run() -> dict[str, Any]:
            self.left -= seconds
            return ok("done")

        return run


@pytest.mark.parametrize(("left", "rest"), [(0.5, 0.25), (50.0, 49.75), (10.0, 9.75), (0.0, 0.0)])
def test_the_timeout_of_the_task_itself_stays_in_force(left: float, rest: float, monkeypatch: pytest.MonkeyPatch) -> None:
    timer = Timer(left)
    monkeypatch.setattr(connection_shell, "signal", timer)
    assert shell(timer.passes(0.25))[0].run("true", 10).stdout == "done"
    assert (timer.left, timer.handler) == (rest, "the task's")


def test_a_timeout_of_the_task_that_is_over_meanwhile_rings_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    timer = Timer(10.25)
    monkeypatch.setattr(connection_shell, "signal", timer)
    shell(timer.passes(10.5))[0].run("true", 10)
    # Zero would switch it off.
    assert 0 < timer.left < 0.1


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
