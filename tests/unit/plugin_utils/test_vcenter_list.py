# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vCenters that an inventory file lists: what is taken from where, and what is refused by which sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.plugin_utils._inventory.vcenter_list import listed_vcenters

SECRET = "canary-41aa"
ACCOUNT = {"username": "operator", "password": SECRET}


def test_an_entry_goes_before_the_file_and_the_file_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("USER", "of-environment"), ("PASSWORD", SECRET), ("PORT", "8443"), ("HOST", "of-environment")):
        monkeypatch.setenv(f"VMWARE_{name}", value)
    shared = {"user": "of-file", "request_timeout_seconds": "30", "validate_certs": None}
    one, two = listed_vcenters([{"name": "vc1", "hostname": "vc1.example.com", "admin": "of-entry", "port": 444}, "vc2"], shared)
    assert (one.name, one.connection.hostname, one.connection.username, one.connection.port) == (
        "vc1",
        "vc1.example.com",
        "of-entry",
        444,
    )
    assert (two.name, two.connection.hostname, two.connection.username, two.connection.port) == ("vc2", "vc2", "of-file", 8443)
    assert one.connection.password == two.connection.password == SECRET
    assert one.connection.request_timeout_seconds == 30.0
    assert one.connection.validate_certs is True
    [only] = listed_vcenters(None, {})
    assert (only.name, only.connection.username) == ("of-environment", "of-environment")


def test_a_name_is_the_hostname_where_there_is_none() -> None:
    [one] = listed_vcenters([{"name": "vc.example.com", "pwd": SECRET}], {"username": "operator"})
    assert one.connection.hostname == "vc.example.com"


def test_a_playbook_is_told_all_but_the_account(tmp_path: Path) -> None:
    shared = {**ACCOUNT, "validate_certs": "no", "vmca_root_fingerprint": "AA"}
    [one] = listed_vcenters([{"name": "vc1", "hostname": "192.0.2.1", "proxy_host": "proxy", "proxy_port": 3128}], shared)
    assert one.variables() == {
        "ansible_host": "192.0.2.1",
        "ansible_connection": "local",
        "certops_vcenter_port": 443,
        "certops_vcenter_validate_certs": False,
        "certops_vcenter_proxy_host": "proxy",
        "certops_vcenter_proxy_port": 3128,
        "certops_vmca_root_fingerprint": "AA",
    }
    assert SECRET not in repr(one)


@pytest.mark.parametrize(
    ("vcenters", "shared", "told"),
    [
        ([], {}, "The option vcenters is not a list of vCenters"),
        ({"vc1": {"password": SECRET}}, {}, "The option vcenters is not a list of vCenters"),
        (SECRET, {}, "The option vcenters is not a list of vCenters"),
        ([[SECRET]], {}, "vCenter 1 of the list is not a dictionary"),
        (["vc1", {"password": SECRET}], ACCOUNT, "vCenter 2 of the list has no hostname"),
        ([{"name": 5, "hostname": "vc"}], ACCOUNT, "The name of vCenter 1 of the list is not text"),
        ([{"hostname": "vc", "name": " "}], ACCOUNT, "The name of vCenter 1 of the list is not text"),
        ([{"hostname": "vc", "pasword": SECRET}], ACCOUNT, "vCenter 1 of the list has no option pasword"),
        ([{"name": "vc", "password": [SECRET]}], ACCOUNT, "vCenter vc of the list has more than one value for password"),
        (["vc"], {"username": "x", "password": {"a": SECRET}}, "The file has more than one value for password"),
        (["vc", "vc"], ACCOUNT, "The list has more than one vCenter vc"),
        (
            ["vc"],
            {"password": SECRET},
            "vc: certops_vcenter_username (the option username) is not set. Set it, or the environment variable VMWARE_USER.",
        ),
        (["vc"], {"username": "x"}, "vc: certops_vcenter_password (the option password) is not set"),
        (None, ACCOUNT, "the vCenter: certops_vcenter_hostname (the option hostname) is not set"),
        (["https://vc/ui"], ACCOUNT, "certops_vcenter_hostname (the option hostname) cannot be 'https://vc/ui'"),
        (["vc"], {**ACCOUNT, "port": "443x"}, "unable to convert to int"),
        (["vc"], {**ACCOUNT, "port": 70000}, "vc: certops_vcenter_port (the option port) cannot be 70000"),
        (["vc"], {**ACCOUNT, "validate_certs": "ture"}, "unable to convert to bool"),
        (
            ["vc"],
            {**ACCOUNT, "ca_path": "/nonexistent.pem"},
            "The CA file /nonexistent.pem of certops_vcenter_ca_path (the option ca_path) is not there",
        ),
        (["vc"], {**ACCOUNT, "ca_path": "/etc/hosts"}, "holds no certificate in PEM"),
        (
            ["vc"],
            {**ACCOUNT, "proxy_host": "proxy"},
            "certops_vcenter_proxy_host and certops_vcenter_proxy_port (the options proxy_host and proxy_port) need each other",
        ),
    ],
)
def test_what_cannot_be_meant_is_one_sentence_without_a_secret(vcenters: Any, shared: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as raised:
        listed_vcenters(vcenters, shared)
    assert told in str(raised.value)
    assert SECRET not in str(raised.value)
    assert str(raised.value).endswith(".")
