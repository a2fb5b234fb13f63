# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the inventory's ESXi hosts come to the vCenters that they name, each looked at once."""

from __future__ import annotations

import json
from collections import Counter, UserString
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.hostvars import HostVars as HostVarsOfAnsible
from ansible.vars.manager import VariableManager
from ansible_collections.certops.vsphere.plugins.plugin_utils._run_input.esxi_hosts import sort_by_vcenter


def by_vcenter(names: Iterable[str], hostvars: Mapping[str, Any]) -> dict[str, Any]:
    """The hosts, sorted; nobody else looks at their variables."""
    return sort_by_vcenter(list(names), hostvars, lambda _name, _variables: None)


class HostVars(Mapping[str, Any]):
    """hostvars, which counts how often each host is looked at."""

    def __init__(self, variables: dict[str, dict[str, Any]]) -> None:
        self._variables = variables
        self.looks: Counter[str] = Counter()

    def __getitem__(self, name: str) -> Any:
        self.looks[name] += 1
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


class Vaulted(UserString):
    """What is vaulted, before ansible-core 2.19: no str, but one can be made of it. It cannot be hashed."""

    __hash__ = None  # type: ignore[assignment]


class MadeUp(HostVars):
    """hostvars as Ansible's are: whoever asks for localhost by one of its names gets one."""

    def __contains__(self, name: object) -> bool:
        return name == "127.0.0.1" or super().__contains__(name)


def test_a_host_that_ansible_makes_up_is_no_vcenter() -> None:
    assert by_vcenter(["a"], MadeUp({"a": {"vcenter": "127.0.0.1"}}))["missing"] == ["127.0.0.1"]


def test_each_host_is_looked_at_once_and_comes_to_its_vcenter() -> None:
    hostvars = HostVars(
        {
            "a": {"vcenter": "vc01", "ansible_host": "192.0.2.1", "ansible_user": "root", "ansible_password": "secret"},
            "b": {"vcenter": "vc02", "certops_skip": "yes", "certops_method": "cli", "certops_ssh": "no", "ansible_user": "root"},
            "c": {"vcenter": "vc01", "ansible_host": "192.0.2.3", "certops_skip": True, "certops_ssh": True},
            "d": {"vcenter": ["vc01", "vc02"]},
            "e": {},
        }
    )
    found = by_vcenter(list(hostvars), hostvars)
    assert hostvars.looks == dict.fromkeys("abcde", 1)
    assert found["in_doubt"] == ["d"]
    assert found["vcenters"] == {
        "vc01": {
            "names": ["a", "c"],
            "addresses": {"a": "192.0.2.1", "c": "192.0.2.3"},
            "skipped": ["c"],
            "with_ssh": ["a", "c"],
            "methods": {},
        },
        "vc02": {"names": ["b"], "addresses": {}, "skipped": ["b"], "with_ssh": [], "methods": {"b": "cli"}},
    }
    assert "secret" not in str(found)


@pytest.mark.parametrize(
    ("variables", "skipped", "with_ssh"),
    [
        ({"certops_skip": ["a"]}, False, False),
        ({"certops_skip": "no"}, False, False),
        ({"certops_skip": "TRUE"}, True, False),
        ({"certops_skip": 1, "certops_ssh": " Yes "}, True, True),
        ({"certops_skip": "on", "ansible_connection": "local", "ansible_user": "root"}, True, False),
        ({"ansible_connection": "ssh", "ansible_ssh_private_key_file": "/k"}, False, True),
        ({"ansible_ssh_user": "root"}, False, True),
        ({"certops_ssh": "yes", "ansible_connection": "local"}, False, True),
    ],
)
def test_what_a_host_says_of_itself(variables: dict[str, Any], skipped: bool, with_ssh: bool) -> None:
    hosts = by_vcenter(["a"], {"a": {"vcenter": "vc01", **variables}})["vcenters"]["vc01"]
    assert (hosts["skipped"] == ["a"], hosts["with_ssh"] == ["a"]) == (skipped, with_ssh)


def ansibles(folder: Path, **extra: Any) -> Mapping[str, Any]:
    """Ansible's own hostvars of an inventory in which ESXi hosts say in several places that they are to be skipped."""
    hosts = {"a": {"certops_skip": True}, "b": None, "c": None, "d": {"certops_skip": "{{ resting }}", "resting": "yes"}, "e": None}
    groups = {
        "esxi": {"hosts": hosts, "vars": {"vcenter": "vc01"}},
        "old": {"hosts": {"c": None}},
        "vcenters": {"hosts": {"vc01": None}},
    }
    (folder / "inventory.yml").write_text(json.dumps({"all": {"children": groups}}), encoding="utf-8")
    for place, skip in (("host_vars/b.yml", "on"), ("group_vars/old.yml", "true"), ("group_vars/all.yml", "[esx-z*]")):
        (folder / place).parent.mkdir(exist_ok=True)
        (folder / place).write_text(f"certops_skip: {skip}\n", encoding="utf-8")
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources=[str(folder / "inventory.yml")])
    manager = VariableManager(loader=loader, inventory=inventory)
    manager._extra_vars = extra
    return HostVarsOfAnsible(inventory, manager, loader)


@pytest.mark.parametrize("extra", [{}, {"certops_skip": ["e"]}, {"certops_skip": "", "certops_force": True}])
def test_an_extra_variable_does_not_unsay_that_a_host_is_to_be_skipped(extra: dict[str, Any], tmp_path: Path) -> None:
    hostvars = ansibles(tmp_path, **extra)
    assert by_vcenter(list("abcde"), hostvars)["vcenters"]["vc01"]["skipped"] == ["a", "b", "c", "d"]
    # And it counts as ever for all others.
    assert hostvars["a"]["certops_skip"] == extra.get("certops_skip", True)


def test_an_extra_variable_may_skip_all(tmp_path: Path) -> None:
    assert by_vcenter(list("abcde"), ansibles(tmp_path, certops_skip=True))["vcenters"]["vc01"]["skipped"] == list("abcde")


@pytest.mark.parametrize(
    ("others", "missing"),
    [
        ({}, ["vc01", "vc02"]),
        ({"vc01": {}}, ["vc02"]),
        ({"a vcenter": {"ansible_host": "vc01"}, "another": {"certops_vcenter_hostname": "vc02"}}, []),
        ({"vc01": {"ansible_host": None}, "odd": {"ansible_host": ["vc02"]}}, ["vc02"]),
        ({"vaulted": {"ansible_host": Vaulted("vc01")}}, ["vc02"]),
    ],
    ids=["none", "by its name", "by its addresses", "addresses that are none", "by a vaulted address"],
)
def test_vcenters_that_the_inventory_does_not_have_are_named(others: dict[str, Any], missing: list[str]) -> None:
    # What an ESXi host has for its own address is none of a vCenter.
    hosts = {"a": {"vcenter": "vc02", "ansible_host": "vc01"}, "b": {"vcenter": "vc01"}, "c": {"vcenter": ["vc03"]}}
    assert by_vcenter(iter(hosts), {**hosts, **others})["missing"] == missing


def test_who_is_skipped_and_has_no_vcenter_of_this_inventory_is_skipped_whoever_knows_it() -> None:
    hostvars = {
        "a": {"certops_skip": True, "ansible_host": "192.0.2.1"},
        "b": {"vcenter": "vc0l", "certops_skip": "yes"},
        "c": {"vcenter": ["vc01"], "certops_skip": True},
        "d": {"vcenter": "vc01", "certops_skip": True, "ansible_host": "192.0.2.4"},
        "e": {"ansible_host": "192.0.2.5"},
        "vc01": {},
    }
    found = by_vcenter(list("abcde"), hostvars)
    assert (found["skipped"], found["addresses"]) == (["a", "c", "b"], {"a": "192.0.2.1"})
    assert (found["vcenters"]["vc01"]["skipped"], found["missing"], found["in_doubt"]) == (["d"], ["vc0l"], ["c"])


@pytest.mark.parametrize("vcenter", ["VC01.example.com", "vc01.example.com.", "192.0.2.9."])
def test_a_vcenter_that_is_spelt_in_another_way_is_the_inventorys(vcenter: str) -> None:
    hosts: dict[str, Any] = {"a": {"vcenter": vcenter, "ansible_host": "192.0.2.1"}, "b": {"vcenter": "vc01.example.com"}}
    found = by_vcenter(["a", "b"], {**hosts, "vc01.example.com": {"ansible_host": "192.0.2.9"}})
    own = "192.0.2.9" if vcenter.startswith("192") else "vc01.example.com"
    assert "a" in found["vcenters"][own]["names"]
    assert found["vcenters"][own]["addresses"] == {"a": "192.0.2.1"}
    assert (set(found["vcenters"]), found["missing"]) == ({own, "vc01.example.com"}, [])


def test_no_other_host_is_looked_at_where_every_vcenter_is_there() -> None:
    hostvars = HostVars({"a": {"vcenter": "vc01"}, "vc01": {}, "vc02": {}})
    assert by_vcenter(["a"], hostvars)["missing"] == []
    assert hostvars.looks == {"a": 1}
