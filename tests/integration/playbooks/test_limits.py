# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs with --limit: whom they take, and that one which takes nobody is no success."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import player
import pytest
import yaml
from demo_hosts import DemoHosts, demo_hosts
from processes import mutating, play
from vsphere_sim.testing import RunningEstate

PLAYBOOKS = ["renew_iofilter.yml", "audit.yml"]


def esxi(folder: Path, demo: RunningEstate, **variables: dict[str, Any]) -> Path:
    """An inventory of all ESXi hosts of the estate, beside its own; a group has two of each vCenter. variables: more of a host, by its name."""
    hosts = {host["name"]: {"vcenter": one["name"]} for one in demo.state()["vcenters"] for host in one["hosts"]}
    path = folder / "esxi.yml"
    given = {name: {**own, **variables.get(name, {})} for name, own in hosts.items()}
    path.write_text(json.dumps({"esxi": {"hosts": given}}), encoding="utf-8")
    return path


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_only_the_esxi_hosts_are_taken_that_stand_beside_their_vcenter(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, playbook: str
) -> None:
    listed = esxi(tmp_path, demo, **{hosts.offline: {"certops_skip": True}})
    limit = f"vcenters:{hosts.missing}:{hosts.offline}"
    # Whatever the scope: whoever is not named is not touched.
    played = play(
        demo,
        tmp_path,
        "-i",
        str(listed),
        "--limit",
        limit,
        "--check",
        playbook=playbook,
        certops_scope="vcenter",
        certops_fail_on="stopped",
    )
    assert played.returncode == 0, played.printed
    assert set(played.results("vc01")) == {hosts.missing}
    reasons = {one["esxi_host"]: one["reason"] for one in played.reports["vc01"]["excluded"]}
    assert reasons.pop(hosts.offline) == "certops_skip is true for it in the inventory"
    assert set(reasons.values()) == {"the run's limit does not name it"}
    # Of this vCenter the limit names none, so that all are taken, as ever.
    assert (len(played.results("vc02")), played.reports["vc02"]["excluded"]) == (4, [])


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        ("{missing}", "Type --limit '{missing},vc01'."),
        ("{missing},vc02", "Type --limit '{missing},vc02,vc01'."),
        ("{missing}:&esxi", "Type --limit '{missing},vc01'."),
        ("vc01:{missing}:!esxi", "selects vc01 and none of the ESXi hosts that it names under it"),
    ],
)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_limit_that_cannot_be_meant_fails_with_the_one_to_type(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, playbook: str, limit: str, told: str
) -> None:
    before = len(demo.journal())
    limit, told = limit.format(missing=hosts.missing), told.format(missing=hosts.missing)
    played = player.play(demo, tmp_path, "-i", str(esxi(tmp_path, demo)), "--limit", limit, playbook=playbook)
    assert played.returncode == 2
    assert told in " ".join(played.printed.split())
    assert (played.reports, len(demo.journal())) == ({}, before)


def test_who_is_excluded_is_excluded_and_the_others_are_taken(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    played = play(demo, tmp_path, "-i", str(esxi(tmp_path, demo)), "--limit", f"!vc02:!{hosts.missing}", playbook="audit.yml")
    assert played.returncode == 0, played.printed
    assert played.reports.keys() == {"vc01"}
    assert played.reports["vc01"]["excluded"] == [{"esxi_host": hosts.missing, "reason": "the run's limit excludes it"}]


def test_the_hosts_of_a_file_are_those_of_the_run(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    (tmp_path / "x.retry").write_text(f"vc01\n{hosts.missing}\n", encoding="utf-8")
    limit = f"@{tmp_path}/x.retry"
    played = player.play(
        demo, tmp_path, "-i", str(esxi(tmp_path, demo)), "--limit", limit, playbook="audit.yml", certops_skip=["misspelt"]
    )
    # It looks at some of the hosts only, so that a name of nobody is a note.
    assert played.returncode == 0, played.printed
    assert set(played.results("vc01")) == {hosts.missing}
    assert "as far as this run looks" in played.printed


def test_the_siblings_of_the_plugin_s_groups_are_limits(demo: RunningEstate, hosts: DemoHosts, tmp_path: Path) -> None:
    listed = [{"name": one.name, "hostname": one.address, "port": one.port} for one in demo.vcenters]
    given = {"plugin": "certops.vsphere.estate", "ca_path": str(demo.ca_path), "vcenters": listed}
    path = tmp_path / "x.estate.yml"
    path.write_text(yaml.safe_dump({**given, "keyed_groups": [{"key": "certops_rule", "prefix": "rule"}]}), encoding="utf-8")
    account = {"VMWARE_USER": "administrator@vsphere.local", "VMWARE_PASSWORD": demo.vcenters[0].password}
    due = {hosts.lost, *hosts.expiring, hosts.remembers_expired, hosts.missing, hosts.offline, hosts.custom_remembers_expired}
    played = play(demo, tmp_path / "due", "--limit", "due_with_vcenters", playbook="audit.yml", inventory=path, environment=account)
    assert {name for vcenter in played.reports for name in played.results(vcenter)} == due
    ruled = play(
        demo,
        tmp_path / "rule",
        "--limit",
        "rule_provider_missing_with_vcenters",
        playbook="audit.yml",
        inventory=path,
        environment=account,
    )
    assert (ruled.reports.keys(), set(ruled.results("vc01"))) == ({"vc01"}, {hosts.missing}), ruled.printed
    refused = play(demo, tmp_path / "no", "--limit", "due", playbook="audit.yml", inventory=path, environment=account)
    assert refused.returncode == 2
    assert "Type --limit 'due_with_vcenters'." in " ".join(refused.printed.split())


def test_a_run_with_a_limit_changes_nobody_else(own_demo: RunningEstate, tmp_path: Path) -> None:
    named = demo_hosts(own_demo).expiring[0]
    # A host that vCenter lost is of the same cluster.
    limit = f"vc01,{named}"
    played = player.play(
        own_demo, tmp_path, "-i", str(esxi(tmp_path, own_demo)), "--limit", limit, certops_scope="vcenter", certops_per_cluster=2
    )
    assert played.returncode == 0, played.printed
    assert played.results("vc01") == {named: "done"}
    renewing = ("CertMgrRefreshCertificates_Task", "DisconnectHost_Task", "ReconnectHost_Task")
    changed = [(method, target) for method, target in mutating(own_demo) if method in renewing]
    assert [target for _method, target in changed] == [named] * 3, changed
