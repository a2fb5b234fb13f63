# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's shell has, and what goes wrong in it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from openssh import Shell, needs_ssh
from vsphere_sim.testing import EstateError

pytestmark = needs_ssh


@pytest.fixture
def host(shell: Shell) -> Iterator[str]:
    address: str = shell.estate.state()["vcenters"][0]["hosts"][0]["address"]
    shell.estate.clear_journal()
    yield address
    shell.estate.clear_faults()
    shell.estate.set("host", host=address, disk_full=False, clock_offset_seconds=0)


def test_programs(shell: Shell, host: str) -> None:
    vsphere_fault = shell.run(host, "esxcli system version get; esxcli system hostname get; esxcli network ip interface ipv4 get")
    assert f"Version: {shell.estate.host(host)['version']}" in vsphere_fault
    assert f"vmk0  {host}" in vsphere_fault
    assert "visorfs" in shell.run(host, "df -k")
    assert shell.run(host, "printf 'a:b\\n' | cut -d: -f2; ls -ln /etc/vmware/ssl | wc -l") == "b\n4\n"
    done = shell.try_to(host, "esxcli vsan cluster get")
    assert (done.returncode, done.stderr) == (1, "vSAN Clustering is not enabled on this host\n")
    done = shell.try_to(host, "esxcli no such thing")
    assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("program", ["python", "python3", "bash", "mount", "nc", "command"])
def test_programs_that_are_not_there(shell: Shell, host: str, program: str) -> None:
    done = shell.try_to(host, f"{program} --help")
    assert (done.returncode, done.stderr) == (127, f"sh: {program}: not found\n")


def test_what_was_copied_there_cannot_be_executed(shell: Shell, host: str) -> None:
    copied = "cp /bin/busybox /tmp/busybox; /tmp/busybox true"
    setting = "esxcli system settings advanced list -o /User/execInstalledOnly"
    done = shell.try_to(host, copied)
    assert done.returncode == 126
    assert done.stderr == "sh: /tmp/busybox: Permission denied\n"
    assert " Int Value: 1\n" in shell.run(host, setting)
    # Before 8.0 a host does not mind.
    old = next(one["address"] for one in shell.estate.state()["vcenters"][0]["hosts"] if one["version"] == "7.0.3")
    shell.run(old, copied)
    assert " Int Value: 0\n" in shell.run(old, setting)


def test_a_host_sees_its_own_files_and_processes_only(shell: Shell, host: str) -> None:
    other = shell.estate.state()["vcenters"][0]["hosts"][1]["address"]
    shell.run(host, "echo mine >/tmp/note")
    assert shell.try_to(other, "cat /tmp/note").returncode == 1
    assert shell.try_to(host, "ls /root /home /proc/1").returncode != 0
    # The process of the simulator is none of the host's.
    assert shell.try_to(host, f"kill -0 {shell.estate.pid}").returncode != 0


def test_input_output_and_status(shell: Shell, host: str) -> None:
    assert shell.run(host, "cat >/tmp/in; cat /tmp/in", given="given\n") == "given\n"
    done = shell.try_to(host, "echo out; echo err >&2; exit 7")
    assert (done.returncode, done.stdout, done.stderr) == (7, "out\n", "err\n")
    assert shell.try_to(host, "dd if=/dev/zero bs=64k count=64 2>/dev/null").stdout == "\0" * 65536 * 64


def test_a_terminal(shell: Shell, host: str) -> None:
    done = shell.try_to(host, "test -t 0 && echo a terminal; exit 5", "-tt")
    assert (done.returncode, done.stdout) == (5, "a terminal\n")


def test_the_clock(shell: Shell, host: str) -> None:
    shell.estate.set("host", host=host, clock_offset_seconds=86400 * 400)
    before = int(time.time())
    assert before <= int(shell.run(host, "date +%s")) - 86400 * 400 <= time.time()
    shell.run(host, "generate-certificates; openssl x509 -in /etc/vmware/ssl/rui.crt -noout -startdate")
    days = 400 + 3000
    shell.estate.set("host", host=host, clock_offset_seconds=0)
    ends = f"openssl x509 -in /etc/vmware/ssl/rui.crt -noout -checkend {86400 * days}"
    assert shell.run(host, ends) == "Certificate will not expire\n"
    shell.estate.set("host", host=host, clock_offset_seconds=86400 * 2000)
    assert shell.try_to(host, ends).returncode == 1


@pytest.mark.parametrize(
    "command", ["cp -p rui.crt copy", "dd if=rui.crt of=copy", "/sbin/generate-certificates", "cat rui.crt >copy"]
)
def test_a_full_disk(shell: Shell, host: str, command: str) -> None:
    shell.run(host, "true")
    shell.estate.set("host", host=host, disk_full=True)
    done = shell.try_to(host, f"cd /etc/vmware/ssl; {command}")
    assert done.returncode != 0
    assert "No space left on device" in done.stderr
    shell.estate.set("host", host=host, disk_full=False)
    shell.run(host, f"cd /etc/vmware/ssl; {command}; rm -f copy")


def test_a_full_disk_saves_nothing(shell: Shell, host: str) -> None:
    shell.run(host, "auto-backup.sh; echo changed >/etc/vmware/ssl/note")
    shell.estate.set("host", host=host, disk_full=True)
    for _again in range(2):
        done = shell.try_to(host, "auto-backup.sh")
        assert done.returncode == 1
        assert "No space left on device" in done.stderr
        assert not shell.estate.host(host)["files"]["backed_up"]
    shell.estate.set("host", host=host, disk_full=False)
    shell.run(host, "auto-backup.sh")
    assert shell.estate.host(host)["files"]["backed_up"]


def test_a_link_leads_nowhere_else(shell: Shell, host: str, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.write_text("untouched")
    shell.run(host, f"cd /etc/vmware/ssl && mv rui.crt keep && ln -s {mine} rui.crt")
    done = shell.try_to(host, "generate-certificates")
    assert done.returncode == 1
    assert "/etc/vmware/ssl/rui.crt leads out of the host" in done.stderr
    with pytest.raises(EstateError, match="leads out of the host"):
        shell.estate.set("host", host=host, certificate={"days_left": 50})
    assert mine.read_text() == "untouched"
    shell.run(host, "cd /etc/vmware/ssl && rm rui.crt && generate-certificates && rm keep")


def test_the_journal(shell: Shell, host: str) -> None:
    shell.run(host, f"generate-certificates; echo {shell.estate.host_password} >/dev/null")
    entries = {one["method"]: one for one in shell.journal()}
    assert list(entries) == ["login", "generate-certificates", "exec"]
    assert [one["mutating"] for one in entries.values()] == [False, True, True]
    assert len({one["session"] for one in entries.values()}) == 1
    assert shell.estate.host_password not in str(entries)
    shell.estate.clear_journal()
    shell.run(host, "cat /etc/vmware/ssl/rui.crt")
    assert [one["mutating"] for one in shell.journal()] == [False, False]
    shell.estate.clear_journal()
    shell.run(
        host, "touch /etc/vmware/ssl/note; rm /etc/vmware/ssl/note; mkdir -p /etc/vmware/ssl/old; touch /etc/vmware/ssl/old/a"
    )
    assert shell.journal()[-1]["mutating"]


def test_no_key_is_in_the_journal(shell: Shell, host: str) -> None:
    key = shell.run(host, "cat /etc/vmware/ssl/rui.key")
    shell.run(host, f"cat >/tmp/key <<'.'\n{key}.\n")
    assert shell.run(host, "cat /tmp/key") == key
    written = (shell.estate.directory / "journal.jsonl").read_text()
    assert key.splitlines()[5] not in written
    assert "PRIVATE KEY-----********" in written


def rule(shell: Shell, host: str, method: str, **effect: object) -> None:
    shell.estate.fault({"match": {"protocol": "ssh", "method": method, "target": host}, "effect": effect, "times": 1})


def test_a_command_fails_by_rule(shell: Shell, host: str) -> None:
    rule(shell, host, "generate-certificates", exit_status=3, stderr="no entropy\n")
    before = shell.run(host, "cat /etc/vmware/ssl/rui.crt")
    done = shell.try_to(host, "/sbin/generate-certificates")
    assert (done.returncode, done.stderr) == (3, "no entropy\n")
    assert shell.run(host, "cat /etc/vmware/ssl/rui.crt") == before
    assert not any(one["mutating"] for one in shell.journal())
    rule(shell, host, "hostd restart", exit_status=1, stderr="no\n")
    assert shell.try_to(host, "/etc/init.d/hostd restart").returncode == 1


@pytest.mark.parametrize("method", ["login", "exec", "generate-certificates"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_is_cut(shell: Shell, host: str, method: str, when: str) -> None:
    before = shell.run(host, "cat /etc/vmware/ssl/rui.crt")
    rule(shell, host, method, drop=when)
    assert shell.try_to(host, "/sbin/generate-certificates && usleep 300000").returncode == 255
    changed = shell.run(host, "cat /etc/vmware/ssl/rui.crt") != before
    assert changed == (when == "after" and method != "login")


def test_a_rule_may_be_about_one_line(shell: Shell, host: str) -> None:
    match = {"protocol": "ssh", "method": "exec", "target": host, "detail": "*rui.crt*"}
    shell.estate.fault({"match": match, "effect": {"exit_status": 9, "stderr": "this one\n"}})
    shell.run(host, "true")
    done = shell.try_to(host, "cat /etc/vmware/ssl/rui.crt")
    assert (done.returncode, done.stdout, done.stderr) == (9, "", "this one\n")


def test_a_command_is_slow(shell: Shell, host: str) -> None:
    rule(shell, host, "exec", delay_seconds=1.0)
    shell.run(host, "true")
    assert shell.estate.journal()[-1]["seconds"] >= 1.0


def test_a_login_is_refused_by_rule(shell: Shell, host: str) -> None:
    rule(shell, host, "login", exit_status=255)
    assert "Permission denied" in shell.try_to(host, "true").stderr
    shell.run(host, "true")
