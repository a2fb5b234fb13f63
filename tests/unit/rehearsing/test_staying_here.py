# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing of a rehearsal leaves this machine: neither by its inventory, nor by its environment, nor by what nobody thought of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing import loopback, rehearsal
from ansible_collections.certops.vsphere.plugins.plugin_utils._rehearsing.twin_inventory import (
    Elsewhere,
    inventory_of,
    refuse_elsewhere,
)

GIVEN = {"vc01": {"certops_canary": 2}, "vc02": {}}


def control(address: str = "127.16.0.1", other: str = "127.16.0.2") -> dict[str, Any]:
    """What a simulated estate says of itself."""
    return {
        "username": "administrator@vsphere.local",
        "password": "simulated",
        "vcenters": [{"name": "vc01", "address": address, "port": 8443}, {"name": "vc02", "address": other}],
    }


def hosts(inventory: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The vCenters of an inventory with their variables."""
    found: dict[str, dict[str, Any]] = inventory["all"]["children"]["vcenters"]["hosts"]
    return found


def test_the_inventory_has_the_twin_s_addresses_and_what_was_given() -> None:
    made = hosts(inventory_of(control(), "/tmp/ca.pem", GIVEN))
    assert made["vc01"] == {
        "certops_canary": 2,
        "ansible_host": "127.16.0.1",
        "ansible_connection": "local",
        "certops_vcenter_hostname": "127.16.0.1",
        "certops_vcenter_port": 8443,
        "certops_vcenter_username": "administrator@vsphere.local",
        "certops_vcenter_password": "simulated",
        "certops_vcenter_ca_path": "/tmp/ca.pem",
        "certops_vcenter_validate_certs": True,
    }
    assert made["vc02"]["certops_vcenter_port"] == 443


def test_a_site_s_ca_is_the_simulated_one() -> None:
    made = hosts(inventory_of(control(), "/tmp/ca.pem", GIVEN, {"vc02": ["sign", "ca.pem"]}))
    assert "certops_custom_ca" not in made["vc01"]
    assert made["vc02"]["certops_custom_ca"] == {"method": "command", "argv": ["sign", "ca.pem"]}


def test_what_leads_somewhere_is_the_twin_s_own_whatever_was_given() -> None:
    given = {
        name: dict.fromkeys(("ansible_host", "certops_vcenter_hostname", "certops_vcenter_password"), "10.0.0.1") for name in GIVEN
    }
    assert "10.0.0.1" not in json.dumps(inventory_of(control(), "/tmp/ca.pem", given))


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "192.0.2.1", "::", "0.0.0.0", "localhost", "vcenter.example.com", "127.0.0.1.example.com", ""]
)
def test_an_address_that_is_not_this_machine_s_is_refused_when_the_inventory_is_made_and_before_it_is_used(address: str) -> None:
    with pytest.raises(Elsewhere, match="of vc02 is"):
        inventory_of(control(other=address), "/tmp/ca.pem", GIVEN)
    for key in ("ansible_host", "certops_vcenter_hostname"):
        made = inventory_of(control(), "/tmp/ca.pem", GIVEN)
        hosts(made)["vc01"][key] = address
        with pytest.raises(Elsewhere, match=f"{key} of vc01 is"):
            refuse_elsewhere(made, GIVEN)


def test_a_variable_that_nobody_gave_is_refused() -> None:
    made = inventory_of(control(), "/tmp/ca.pem", GIVEN)
    hosts(made)["vc02"]["certops_vcenter_proxy_host"] = "127.0.0.1"
    with pytest.raises(Elsewhere, match="certops_vcenter_proxy_host of vc02 was given by nobody"):
        refuse_elsewhere(made, GIVEN)


def test_of_the_environment_nothing_is_kept_that_leads_somewhere_or_is_secret() -> None:
    given = {
        **dict.fromkeys(
            ("VMWARE_HOST", "VMWARE_PASSWORD", "ANSIBLE_CONFIG", "ANSIBLE_INVENTORY", "https_proxy", "VCENTER_PASSWORD"), "x"
        ),
        "PATH": "/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": "/lib",
    }
    assert rehearsal.environment(given) == {"PATH": "/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "PYTHONPATH": "/lib"}


HOOK = loopback.TwinOnly("127.16.0.0/16")


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("192.0.2.1", 443))),
        ("socket.connect", (None, ("127.17.0.1", 443))),
        ("socket.connect", (None, ("2001:db8::1", 443, 0, 0))),
        ("socket.connect", (None, ("esx01.example.com", 9080))),
        ("socket.sendto", (None, ("192.0.2.1", 53))),
        ("socket.sendmsg", (None, ("192.0.2.1", 53))),
        ("socket.getaddrinfo", ("esx01.example.com", 9080, 0, 0, 0)),
        ("socket.getaddrinfo", (b"192.0.2.1", 9080, 0, 0, 0)),
        ("socket.gethostbyname", ("esx01.example.com",)),
    ],
)
def test_the_process_of_the_run_reaches_nothing_else(event: str, arguments: tuple[Any, ...]) -> None:
    with pytest.raises(OSError, match="rehearsal"):
        HOOK(event, arguments)


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", (None, ("127.16.0.1", 443))),
        ("socket.connect", (None, "/run/socket")),
        ("socket.connect", (None, (0, 0))),
        ("socket.sendmsg", (None, None)),
        ("socket.getaddrinfo", (b"127.16.3.1", 443, 0, 0, 0)),
        ("socket.getaddrinfo", (None, 443, 0, 0, 0)),
        ("open", ("/etc/hosts", "r", 0)),
    ],
)
def test_the_twin_is_reached(event: str, arguments: tuple[Any, ...]) -> None:
    HOOK(event, arguments)


@pytest.mark.parametrize("network", ["10.0.0.0/16", "0.0.0.0/0", "localhost"])
def test_a_twin_is_on_this_machine(network: str) -> None:
    with pytest.raises(ValueError, match=network.partition("/")[0]):
        loopback.TwinOnly(network)


def test_a_name_leads_to_the_twin_of_its_host_or_nowhere() -> None:
    asked: list[Any] = []

    def resolve(host: Any, port: int) -> None:
        asked.append(host)

    resolver = loopback.TwinNames({"esx01.example.com": "127.16.1.1", "10.1.2.3": "127.16.1.2"}, resolve)
    for host in ("ESX01.example.com.", b"esx01.example.com", "10.1.2.3", "127.16.0.1", "vcenter.example.com", None):
        resolver(host, 443)
    # What is none of its names goes on to Python's own, before which the hook stands.
    assert asked == ["127.16.1.1", "127.16.1.1", "127.16.1.2", "127.16.0.1", "vcenter.example.com", None]


PROBE = """
import os, socket, sys
sys.path.insert(0, {folder!r})
import loopback
sys.addaudithook(loopback.TwinOnly("127.16.0.0/16"))
pid = os.fork()
for name in ("192.0.2.1", "127.0.0.1", "esx01.example.com"):
    # A name that is not looked up before is looked up by connect itself, whose audit event comes after that.
    others = () if name[0] == "e" else (socket.socket().connect, socket.socket().connect_ex)
    for connect in (socket.create_connection, *others):
        try:
            connect((name, 443))
        except OSError as error:
            os.write(1, ("rehearsal" in str(error) and "refused," or str(error)).encode())
if pid:
    os.waitpid(pid, 0)
"""


def test_what_python_itself_calls_is_held_back_in_forked_processes_too() -> None:
    folder = str(Path(loopback.__file__).parent)
    done = subprocess.run([sys.executable, "-c", PROBE.format(folder=folder)], capture_output=True, text=True, check=True)
    assert done.stdout == "refused," * 14
