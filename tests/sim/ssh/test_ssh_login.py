# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may log in to a host, and when."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from openssh import Shell, estate_with_ssh, needs_ssh
from pyVim.connect import Disconnect

from ..conftest import connect, wait_for

pytestmark = needs_ssh


@pytest.fixture
def host(shell: Shell) -> Iterator[str]:
    """The address of a host, as everybody may use it."""
    address: str = shell.estate.state()["vcenters"][0]["hosts"][0]["address"]
    shell.estate.clear_journal()
    yield address
    shell.estate.set(
        "host", host=address, lockdown_mode="lockdownDisabled", exception_users=[], services={"TSM-SSH": True}, ssh_reachable=True
    )


def refuses(address: str) -> bool:
    try:
        socket.create_connection((address, 22), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_by_key(shell: Shell, host: str) -> None:
    assert shell.run(host, "hostname") == f"{host}\n"
    assert shell.estate.ssh_key is not None
    assert shell.estate.ssh_key.stat().st_mode & 0o777 == 0o600
    login = shell.journal()[0]
    assert (login["method"], login["outcome"], login["detail"], login["target"]) == ("login", "ok", "publickey", host)


def test_by_password(shell: Shell, host: str, tmp_path: Path) -> None:
    done = shell.by_password(host, shell.estate.host_password, tmp_path)
    assert done.stdout == f"{host}\n", done.stderr
    refused = shell.by_password(host, "wrong", tmp_path)
    assert refused.returncode == 255
    assert "Permission denied" in refused.stderr
    wait_for("both logins", lambda: [one["outcome"] for one in shell.journal() if one["method"] == "login"] == ["ok", "refused"])
    assert shell.estate.host_password not in (shell.estate.directory / "journal.jsonl").read_text()


def test_an_unknown_host_key_is_noticed(shell: Shell, host: str, tmp_path: Path) -> None:
    other = shell.estate.state()["vcenters"][0]["hosts"][1]["address"]
    lines = shell.estate.known_hosts.read_text().splitlines() if shell.estate.known_hosts else []
    theirs = next(line for line in lines if line.startswith(f"{other} ")).partition(" ")[2]
    (tmp_path / "known_hosts").write_text(f"{host} {theirs}\n")
    wrong = type(shell.estate)(shell.estate.directory, shell.estate.process)
    wrong.known_hosts = tmp_path / "known_hosts"
    refused = Shell(wrong).try_to(host, "true")
    assert refused.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in refused.stderr


def test_lockdown(shell: Shell, host: str) -> None:
    shell.estate.set("host", host=host, lockdown_mode="lockdownNormal")
    assert "Permission denied" in shell.try_to(host, "true").stderr
    shell.estate.set("host", host=host, exception_users=["root"])
    shell.run(host, "true")


def test_the_port_refuses_while_the_service_is_off(shell: Shell, host: str) -> None:
    client = connect(shell.estate)
    services = client.hosts()[host].configManager.serviceSystem
    services.StopService("TSM-SSH")
    assert refuses(host)
    services.StartService("TSM-SSH")
    shell.run(host, "true")
    Disconnect(client.instance)


def test_an_open_session_outlives_the_service(shell: Shell, host: str) -> None:
    command = "esxcli system version get >/dev/null; while [ ! -e /tmp/go ]; do usleep 50000; done; echo still here"
    vsphere_fault: list[str] = []
    waiting = threading.Thread(target=lambda: vsphere_fault.append(shell.try_to(host, command).stdout))
    waiting.start()
    wait_for("the session", lambda: [one for one in shell.journal() if one["method"].startswith("esxcli")])
    shell.estate.set("host", host=host, services={"TSM-SSH": False})
    assert refuses(host)
    shell.estate.set("host", host=host, services={"TSM-SSH": True})
    shell.run(host, "touch /tmp/go")
    waiting.join()
    assert vsphere_fault == ["still here\n"]


def test_a_host_stops_and_starts_it_by_itself(shell: Shell, host: str) -> None:
    for command in ("stop_ssh", "start_ssh"):
        shell.run(host, "vim-cmd hostsvc/start_ssh")
        assert shell.run(host, f"vim-cmd hostsvc/stop_ssh; vim-cmd hostsvc/{command}; echo still here") == "still here\n"
        assert shell.estate.host(host)["services"]["TSM-SSH"]["running"] is (command == "start_ssh")
        assert refuses(host) is (command == "stop_ssh")
        shell.estate.set("host", host=host, services={"TSM-SSH": True})


def test_a_reboot_ends_the_session(shell: Shell, host: str) -> None:
    assert shell.try_to(host, "reboot; sleep 20").returncode == 255
    assert refuses(host)


def test_unreachable(shell: Shell, host: str) -> None:
    shell.estate.set("host", host=host, ssh_reachable=False)
    assert refuses(host)


def test_off_until_somebody_starts_it(tmp_path: Path) -> None:
    with estate_with_ssh(tmp_path, ssh="off", hosts=2) as shell:
        host = shell.estate.state()["vcenters"][0]["hosts"][0]["address"]
        assert refuses(host)
        shell.estate.set("host", host=host, services={"TSM-SSH": True})
        shell.run(host, "true")


def test_a_scenario_has_it(tmp_path: Path) -> None:
    scenario = {"ssh": True, "vcenters": [{"clusters": [{"hosts": [{}, {"ssh": False, "configured_name": "esx.example"}]}]}]}
    with estate_with_ssh(tmp_path, ssh=False, hosts=None, healthy=None, scenario=scenario) as shell:
        first, second = (one["address"] for one in shell.estate.state()["vcenters"][0]["hosts"])
        assert shell.run(first, "hostname") == f"{first}\n"
        assert refuses(second)
        shell.estate.set("host", host=second, services={"TSM-SSH": True})
        assert shell.run(second, "hostname") == "esx.example\n"
