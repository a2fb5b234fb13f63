# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Only a connection that is known to check host keys counts as one: as ssh itself resolves what Ansible's own plugin gives it."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any, Optional, Sequence

import pytest
from ansible.playbook.play_context import PlayContext
from ansible.plugins.loader import connection_loader
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.host_keys import unverified

NAMES = ("esx01.example.com", "192.0.2.7")
needs_ssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="there is no ssh (on Debian: the package openssh-client)")


def ssh(variables: Optional[dict[str, Any]] = None, plugin: str = "ssh") -> Any:
    """Ansible's own plugin with what an inventory says, and no file of whoever runs the tests."""
    context = PlayContext()
    context.remote_addr = NAMES[1]
    connection = connection_loader.get(plugin, context, os.devnull)
    # ansible-test switches the check off in the environment.
    given = {"ansible_host": NAMES[1], "ansible_ssh_args": "-F none", "ansible_host_key_checking": True, **(variables or {})}
    connection.set_options(var_options=given)
    return connection


@needs_ssh
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"ansible_ssh_args": "-F none -C -o ControlMaster=auto -o ControlPersist=60s"},
        {"ansible_ssh_common_args": "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=/etc/hosts_known"},
        {"ansible_ssh_common_args": "-o StrictHostKeyChecking=ask"},
        # The first one counts for ssh, and a key that no file has is refused.
        {"ansible_ssh_args": "-F none -o StrictHostKeyChecking=yes", "ansible_host_key_checking": False},
        {"ansible_ssh_common_args": "-o StrictHostKeyChecking=yes -o UserKnownHostsFile=/dev/null"},
        {"ansible_ssh_extra_args": "-o HostKeyAlias=ESX01.example.com."},
        {"ansible_ssh_extra_args": "-o HostKeyAlias=esx01"},
        {"ansible_ssh_extra_args": "-o VerifyHostKeyDNS=ask"},
        {"ansible_port": 2222, "ansible_user": "root", "ansible_ssh_private_key_file": "/root/key"},
    ],
)
def test_what_checks_host_keys_is_let_through(variables: dict[str, Any]) -> None:
    assert unverified(ssh(variables), NAMES) is None


@needs_ssh
@pytest.mark.parametrize("value", ["no", "off", "false", "NO", "accept-new", '"no"'])
@pytest.mark.parametrize("how", ["-o StrictHostKeyChecking={}", "-ostricthostkeychecking={}", "-o 'StrictHostKeyChecking {}'"])
@pytest.mark.parametrize("where", ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"])
def test_whatever_ssh_takes_for_no_check_is_told(value: str, how: str, where: str) -> None:
    if '"' in value and "'" not in how:
        value = f"'{value}'"
    before = "-F none " if where == "ansible_ssh_args" else ""
    found = unverified(ssh({where: before + how.format(value)}), NAMES)
    assert found is not None
    assert "StrictHostKeyChecking is" in found


@needs_ssh
@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ansible_host_key_checking": False}, "StrictHostKeyChecking is false"),
        ({"ansible_ssh_host_key_checking": "no"}, "StrictHostKeyChecking is false"),
        ({"ansible_ssh_common_args": "-o UserKnownHostsFile=/dev/null"}, "keeps no host key (UserKnownHostsFile is /dev/null)"),
        ({"ansible_ssh_common_args": "-o VerifyHostKeyDNS=yes"}, "VerifyHostKeyDNS"),
        ({"ansible_ssh_common_args": "-o NoHostAuthenticationForLocalhost=yes"}, "NoHostAuthenticationForLocalhost"),
        ({"ansible_ssh_common_args": "-o HostKeyAlias=esx02.example.com"}, "HostKeyAlias is esx02.example.com"),
        ({"ansible_ssh_common_args": "-o 'KnownHostsCommand=/usr/bin/ssh-keyscan %H'"}, "KnownHostsCommand"),
        ({"ansible_ssh_common_args": "-o NoSuchOption=1"}, "-G ended with 255: command-line: line 0: Bad configuration option"),
        ({"ansible_ssh_executable": "/nowhere/ssh"}, "it cannot be determined whether ssh checks host keys"),
        ({"ansible_ssh_executable": "/bin/true"}, "StrictHostKeyChecking is not told"),
    ],
)
def test_what_is_not_known_to_check_is_told(variables: dict[str, Any], told: str) -> None:
    assert told in str(unverified(ssh(variables), NAMES))


@needs_ssh
def test_files_of_ssh_config_count(tmp_path: Path) -> None:
    (tmp_path / "known").write_text("", encoding="utf-8")
    included, config = tmp_path / "included", tmp_path / "config"
    config.write_text(f"Include {included}\n", encoding="utf-8")
    for text, safe in (
        ("Host *\n StrictHostKeyChecking off\n", False),
        ("Host 192.0.2.7\n  stricthostkeychecking=FALSE\n", False),
        ("Host 192.0.2.8\n  StrictHostKeyChecking no\n", True),
        (f'Match exec "test -e {tmp_path}/known"\n  StrictHostKeyChecking accept-new\n', False),
    ):
        included.write_text(text, encoding="utf-8")
        assert (unverified(ssh({"ansible_ssh_args": f"-F {config}"}), NAMES) is None) is safe, text


@needs_ssh
def test_it_is_asked_of_the_program_that_ansible_would_start(tmp_path: Path) -> None:
    program = tmp_path / "my-ssh"
    program.write_text('#!/bin/sh\necho "$@" > "$0.log"\nexec ssh -o StrictHostKeyChecking=no "$@"\n', encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    found = unverified(ssh({"ansible_ssh_executable": str(program), "ansible_host": "192.0.2.9"}), NAMES)
    assert "StrictHostKeyChecking is false" in str(found)
    asked = (tmp_path / "my-ssh.log").read_text(encoding="utf-8").split()
    assert (asked[0], asked[-1]) == ("-G", "192.0.2.9")


@needs_ssh
@pytest.mark.skipif(shutil.which("sshpass") is None, reason="there is no sshpass (on Debian: the package sshpass)")
def test_a_password_is_not_waited_for_and_no_pipe_is_left_open() -> None:
    before = len(os.listdir("/proc/self/fd"))
    connection = ssh({"ansible_password": "secret", "ansible_ssh_password_mechanism": "sshpass"})
    assert unverified(connection, NAMES) is None
    assert len(os.listdir("/proc/self/fd")) == before


def test_no_plugin_but_ansibles_own_is_known_to_check() -> None:
    assert "of the connection plugin local it is not known" in str(unverified(ssh(plugin="local"), NAMES))
    assert "of the connection plugin object it is not known" in str(unverified(object(), NAMES))


def test_what_ssh_prints_is_taken_printably_and_the_first_of_it_counts() -> None:
    def printed(*lines: str) -> Any:
        def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(command, 0, "\n".join(lines), "")

        return unverified(ssh(), NAMES, run)

    assert printed("StrictHostKeyChecking ask", "userknownhostsfile ~/.ssh/known_hosts", "stricthostkeychecking false") is None
    assert "is \\x1b[2J)" in str(printed("stricthostkeychecking \x1b[2J"))
    assert "UserKnownHostsFile is empty" in str(printed("stricthostkeychecking ask"))
