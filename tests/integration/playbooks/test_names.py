# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host is known by all of its names: vCenter knows it by its whole name, the inventory by a short one and by its address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from player import play
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate


def _host(name: str, days: int) -> dict[str, Any]:
    return {"name": name, "certificate": {"days_left": days}, "provider": {}}


SCENARIO = {
    "vcenters": [
        {
            "name": "vc01",
            "clusters": [
                {
                    "name": "prod",
                    "hosts": [
                        _host("ESX-A01.corp.example", 20),
                        _host("esx-a02.corp.example", 900),
                        _host("esx-a03.corp.example", 20),
                    ],
                }
            ],
        },
        {
            "name": "vc02",
            "clusters": [{"name": "lab", "hosts": [_host("esx-b01.corp.example", 20), _host("esx-a01.lab.example", 20)]}],
        },
    ]
}


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """Two vCenters that know their hosts by whole names. No test changes them."""
    with estate(tmp_path_factory.mktemp("names"), scenario=SCENARIO, host_names="fqdn", speed=100) as running:
        yield running
        assert mutating(running) == []


def inventory(fleet: RunningEstate, folder: Path, vcenters: int = 2, **skipped: str) -> Path:
    """An inventory that knows hosts by short names and addresses, and says of some that they are to be skipped, under other vCenters."""
    path = folder / "inventory.yml"
    whole = yaml.safe_load(fleet.inventory.read_text(encoding="utf-8"))
    groups = whole["all"]["children"] if "all" in whole else whole
    hosts = {}
    for number, one in enumerate(fleet.state()["vcenters"][:vcenters], start=1):
        for host in one["hosts"]:
            label = host["name"].lower().partition(".corp")[0]
            hosts[label] = {"vcenter": f"vc0{number}", "ansible_host": host["address"]}
    for label, vcenter in skipped.items():
        hosts.setdefault(label.replace("_", "-"), {"vcenter": vcenter})["certops_skip"] = True
    groups["esxi"] = {"hosts": hosts}
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    return path


def test_who_is_skipped_by_another_name_is_excluded_and_every_vcenter_is_read_once(fleet: RunningEstate, tmp_path: Path) -> None:
    since = fleet.journal()[-1]["seq"] if fleet.journal() else 0
    listed = inventory(fleet, tmp_path, esx_a01="vc01")
    # In Ansible an extra variable replaces what the inventory says of a host; here it is to spare more, and nobody less.
    played = play(
        fleet, tmp_path, "--check", inventory=listed, certops_hosts=["*.corp.example", "esx-a02"], certops_skip=["esx-b*"]
    )
    assert played.returncode == 0, played.printed
    assert played.results("vc01") == {"esx-a02.corp.example": "ok", "esx-a03.corp.example": "would change"}
    assert played.reports["vc01"]["excluded"] == [
        {"esxi_host": "ESX-A01.corp.example", "reason": "certops_skip is true for it in the inventory"}
    ]
    assert played.results("vc02") == {}
    read = [call for call in fleet.journal(since) if call["method"] == "Login" and call["username"].startswith("admin")]
    assert len([call for call in read if call["vcenter"] == "vc02"]) == 1, "what was decided by is what was judged"


def test_only_hosts_that_are_named_are_asked_on_port_9080(fleet: RunningEstate, tmp_path: Path) -> None:
    for number, (playbook, arguments) in enumerate((("audit.yml", ()), ("renew_iofilter.yml", ("--check",)))):
        since = fleet.journal()[-1]["seq"] if fleet.journal() else 0
        played = play(fleet, tmp_path / str(number), *arguments, playbook=playbook, certops_hosts=["esx-a03", "esx-b01"])
        assert played.returncode == 0, played.printed
        asked = {call["target"] for call in fleet.journal(since) if call["method"] == "handshake :9080"}
        assert asked == {"esx-a03.corp.example", "esx-b01.corp.example"}, playbook


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"certops_skip": ["esx-a0l"]}, "certops_skip names esx-a0l, and no ESXi host of vc01, vc02 matches."),
        ({"certops_hosts": ["esx-a01", "esx-a03"]}, "certops_hosts names esx-a01, which may be ESX-A01.corp.example of vc01, "),
    ],
    ids=["nobody", "several"],
)
@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["run", "check"])
def test_a_name_of_nobody_or_of_several_fails_the_run_before_anything_is_changed(
    fleet: RunningEstate, tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, Any], told: str
) -> None:
    played = play(fleet, tmp_path, *arguments, **variables)
    assert played.returncode != 0, played.printed
    for vcenter in ("vc01", "vc02"):
        failure = played.reports[vcenter]["failure"]
        assert told in failure
        assert failure.startswith("Nothing was changed on ")
    assert mutating(fleet) == []


def test_who_is_skipped_and_is_nobody_fails_the_run_and_an_audit(fleet: RunningEstate, tmp_path: Path) -> None:
    listed = inventory(fleet, tmp_path, vcenters=1, misspelt="vc0l", gone="vc01")
    told = "certops_skip is true for gone, misspelt of the inventory, and no ESXi host of vc01, vc02 matches."
    for playbook in ("renew_iofilter.yml", "audit.yml"):
        played = play(fleet, tmp_path / playbook, playbook=playbook, inventory=listed, certops_scope="vcenter")
        assert played.returncode != 0, played.printed
        assert told in played.printed
        assert set(played.reports) == {"vc01", "vc02"}
    assert mutating(fleet) == []


def test_it_is_a_note_where_the_run_has_not_all_vcenters_or_cannot_read_all(fleet: RunningEstate, tmp_path: Path) -> None:
    note = "certops_skip names esx-z01, and no ESXi host of vc01 matches, as far as this run looks"
    limited = play(fleet, tmp_path / "limited", "--check", "--limit", "vc01", certops_skip=["esx-z01"])
    assert limited.returncode == 0, limited.printed
    assert note in limited.reports["vc01"]["warnings"]
    assert note in limited.printed
    listed = tmp_path / "inventory.yml"
    listed.write_text(
        fleet.inventory.read_text(encoding="utf-8").replace(fleet.vcenter("vc02").address, "127.255.255.254"), encoding="utf-8"
    )
    for playbook in ("renew_iofilter.yml", "audit.yml"):
        unavailable = play(fleet, tmp_path / playbook, "--check", playbook=playbook, inventory=listed, certops_skip=["esx-z01"])
        assert "127.255.255.254" in unavailable.printed
        assert note in unavailable.reports["vc01"]["warnings"], playbook
        assert unavailable.results("vc01")["esx-a03.corp.example"] == ("due" if playbook == "audit.yml" else "would change")
