# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ansible's own ssh connection, and a module that starts SSH through vCenter."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from openssh import Shell, needs_ssh
from vsphere_sim.testing import RunningEstate

from ..test_strangers import ANSIBLE, Stranger, needs_ansible

pytestmark = [needs_ssh, pytest.mark.skipif(not ANSIBLE.exists(), reason="Ansible is not here")]
ESTATE = {"inventory_esxi": True, "hosts": 3}


def ansible(running: RunningEstate, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Ansible ad hoc, by the simulator's inventory and nothing else."""
    configuration = home / "ansible.cfg"
    configuration.write_text("")
    return subprocess.run(
        [str(ANSIBLE), "-i", str(running.inventory), *arguments],
        env={
            **os.environ,
            "ANSIBLE_CONFIG": str(configuration),
            "ANSIBLE_HOME": str(home),
            "ANSIBLE_NOCOLOR": "1",
            # No connection outlives the test.
            "ANSIBLE_SSH_ARGS": "-F none -o ControlMaster=no",
        },
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
        check=False,
    )


def test_raw(shell: Shell, tmp_path: Path) -> None:
    done = ansible(shell.estate, tmp_path, "esxi", "-m", "ansible.builtin.raw", "-a", "hostname; exit 0")
    assert done.returncode == 0, done.stdout + done.stderr
    hosts = [host["name"] for host in shell.estate.state()["vcenters"][0]["hosts"]]
    assert all(f"{host} | CHANGED" in done.stdout for host in hosts)
    assert {one["target"] for one in shell.journal()} == set(hosts)


def test_a_failing_command(shell: Shell, tmp_path: Path) -> None:
    done = ansible(shell.estate, tmp_path, "esxi", "-m", "ansible.builtin.raw", "-a", "/etc/init.d/hostd what")
    assert done.returncode != 0
    assert "non-zero return code" in done.stdout


def test_there_is_no_python(shell: Shell, tmp_path: Path) -> None:
    done = ansible(shell.estate, tmp_path, "esxi", "-m", "ansible.builtin.ping", "-e", "ansible_python_interpreter=python3")
    assert done.returncode != 0
    assert "pong" not in done.stdout


@needs_ansible
def test_a_module_switches_it_off_and_on(shell: Shell, tmp_path: Path) -> None:
    assert Path(sys.prefix, "bin", "ansible-playbook").exists()
    stranger = Stranger(shell.estate, tmp_path)
    host = stranger.hosts[0]["name"]
    service = {"esxi_hostname": host, "service_name": "TSM-SSH"}
    stranger.play(tmp_path, {"community.vmware.vmware_host_service_manager": {**service, "state": "stop"}})
    assert "Connection refused" in shell.try_to(host, "true").stderr
    (started,) = stranger.play(tmp_path, {"community.vmware.vmware_host_service_manager": {**service, "state": "start"}})
    assert started["changed"]
    shell.run(host, "true")
