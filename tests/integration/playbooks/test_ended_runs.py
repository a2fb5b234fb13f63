# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A playbook that somebody ends in the middle of a step: the host that is away is brought back, SSH is off, and nobody stays logged in."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openssh import needs_ssh
from processes import BIN, ROOT, wait
from ssh_hosts import NO_MASTER, broken_by
from vsphere_sim.testing import RunningEstate, estate

# Long enough for a step of this estate, and for a machine that is busy.
SOON_SECONDS = 60
ACCOUNT = {key: f"{{{{ certops_vcenter_{key} }}}}" for key in ("username", "password", "ca_path")}
TASK: dict[str, Any] = {
    "certops.vsphere.esxi_reconnect": {
        "hostname": "{{ ansible_host }}",
        **ACCOUNT,
        "esxi_hosts": ["*"],
        "port": "{{ certops_vcenter_port | default(443) }}",
    },
    "vars": {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"},
}


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """A vCenter, on which it takes a second to take a host away and three to bring it back."""
    with estate(tmp_path_factory.mktemp("one"), hosts=1, healthy=True, speed=2) as running:
        yield running


def away(running: RunningEstate) -> bool:
    """Whether somebody has begun to disconnect the host."""
    return any(call["method"] == "DisconnectHost_Task" for call in running.journal())


def in_order(running: RunningEstate) -> bool:
    """Whether the host is connected, and nobody is logged in."""
    [vcenter] = running.state()["vcenters"]
    connected = [host["connection_state"] for host in vcenter["hosts"]] == ["connected"]
    return connected and vcenter["sessions"] == vcenter["rest_sessions"] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_is_finished_and_logged_out(one: RunningEstate, tmp_path: Path, number: signal.Signals) -> None:
    book = tmp_path / "book.yml"
    book.write_text(json.dumps([{"hosts": "vcenters", "gather_facts": False, "tasks": [TASK]}]), encoding="utf-8")
    one.clear_journal()
    command = [str(BIN / "ansible-playbook"), str(book), "-i", str(one.inventory)]
    with open(tmp_path / "printed", "wb") as printed:
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)
    wait(lambda: away(one), (tmp_path / "printed").read_text(encoding="utf-8"), SOON_SECONDS)
    process.send_signal(number)
    assert process.wait(SOON_SECONDS) != 0
    [host] = [found["name"] for found in one.state()["vcenters"][0]["hosts"]]
    said = (tmp_path / "printed").read_text(encoding="utf-8")
    assert f"\nvc01: reconnect was interrupted. In flight, and being finished: {host}.\n" in said
    assert said.count("Nothing further is started. Run it again:") == 1
    wait(lambda: in_order(one), "the host was left away, or a session open", SOON_SECONDS)
    assert [call["outcome"] for call in one.journal() if call["method"] == "ReconnectHost_Task"] == ["ok"]


BY_CLI: dict[str, Any] = {"ansible.builtin.include_role": {"name": "certops.vsphere.renew_cli"}, "vars": {"certops_force": True}}


@needs_ssh
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ssh_is_switched_off_and_no_host_is_left_without_its_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    for name, value in NO_MASTER.items():
        monkeypatch.setenv(name, value)
    with estate(tmp_path / "estate", hosts=1, healthy=True, speed=50, ssh="off", inventory_esxi=True) as running:
        [host] = [one["name"] for one in running.state()["vcenters"][0]["hosts"]]
        running.fault(broken_by("generate-certificates", host, delay_seconds=3))
        task = {**BY_CLI, "vars": {**BY_CLI["vars"], "certops_step_hosts": [host]}}
        book = tmp_path / "book.yml"
        book.write_text(json.dumps([{"hosts": "vcenters", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
        command = [str(BIN / "ansible-playbook"), str(book), "-i", str(running.inventory)]
        with open(tmp_path / "printed", "wb") as printed:
            process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT)
        said = (tmp_path / "printed").read_text(encoding="utf-8")
        wait(lambda: any(call["method"].startswith("generate-certificates") for call in running.journal()), said, SOON_SECONDS)
        assert running.host(host)["services"]["TSM-SSH"]["running"]
        process.send_signal(number)
        assert process.wait(SOON_SECONDS) != 0
        assert f"{host}: renew_cli was interrupted. In flight, and being finished: {host}.\n" in (tmp_path / "printed").read_text(
            "utf-8"
        )
        wait(lambda: not running.host(host)["services"]["TSM-SSH"]["running"], "SSH was left on", SOON_SECONDS)
        wait(lambda: running.state()["vcenters"][0]["sessions"] == 0, "a session was left open", SOON_SECONDS)
        after = running.host(host)
        shown = after["certificate"]["sha256_fingerprint"]
        assert (after["served"]["sha256_fingerprint"], after["served_443"]["sha256_fingerprint"]) == (shown, shown)
        # It went no further than this host's own step.
        assert "ReconnectHost_Task" not in [call["method"] for call in running.journal()]
