# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Inventories, variables, options and clocks as they should not be: a sentence, or a sound result; and nothing is changed for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import player
import pytest
from demo_hosts import DemoHosts
from processes import BIN, ROOT, module, play, run
from vsphere_sim.testing import RunningEstate


def ini(folder: Path, text: str) -> str:
    """An inventory beside the estate's own."""
    path = folder / "more.ini"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("playbook", ["renew_iofilter.yml", "audit.yml"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The inventory has no group vcenters"),
        ("[vcentres]\nvc01\n[esxi]\nesx01 vcenter=vc01\n", "The inventory has no group vcenters"),
        ("[vcenters]\n", "The group vcenters of the inventory has no host"),
        ("[vcenters]\n[esxi]\nesx01 vcenter=vc01\n", "The group vcenters has no host here, and the group esxi has some"),
        (
            "[all:vars]\ncertops_scope=vcenter\n[vcenters]\n[esxi]\nesx01 vcenter=vc01\n",
            "The group vcenters of the inventory has no host",
        ),
    ],
    ids=["no inventory", "another group", "an empty group", "ESXi hosts only", "ESXi hosts that do not count"],
)
def test_an_inventory_without_a_vcenter_is_no_success_in_silence(tmp_path: Path, playbook: str, text: str, told: str) -> None:
    command = [str(BIN / "ansible-playbook"), str(ROOT / "playbooks" / playbook), "-i", ini(tmp_path, text)]
    done = run(command, cwd=None)
    assert done.returncode == 2, done.stdout
    assert told in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize(
    ("playbook", "arguments", "word"),
    [("audit.yml", (), "due"), ("renew_iofilter.yml", ("--check",), "would change")],
    ids=["audit", "check mode"],
)
def test_how_the_inventory_would_log_in_to_a_vcenter_is_of_no_account(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, playbook: str, arguments: tuple[str, ...], word: str
) -> None:
    how = "ansible_connection=ssh ansible_port=1 ansible_user=nobody ansible_become=true ansible_become_method=ansible.builtin.su"
    inventory = ini(tmp_path, f"[vcenters:vars]\n{how}\n[vcenters]\nvc01 {how}\n")
    played = play(demo, tmp_path, "-i", inventory, "--limit", "vc01", *arguments, playbook=playbook, certops_fail_on="stopped")
    assert played.returncode == 0, played.printed
    assert played.results("vc01")[hosts.offline] == word


def test_a_host_under_two_vcenters_stops_the_run_instead_of_widening_it(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path
) -> None:
    path = tmp_path / "esxi.yml"
    path.write_text(json.dumps({"esxi": {"hosts": {hosts.offline: {"vcenter": ["vc01", "vc02"]}}}}), encoding="utf-8")
    played = player.play(demo, tmp_path, "-i", str(path), "--check", "--limit", "vc01")
    assert played.returncode == 2
    assert f"The variable vcenter of {hosts.offline} is not the name of one vCenter." in played.printed


# What AWX gives every job of a workflow, and so every slice: the workflow of a sliced job has the name of the job's template.
SLICE = {"awx_workflow_job_name": "Renew", "awx_job_template_name": "Renew"}


@pytest.mark.parametrize(
    ("text", "variables", "returncode", "told"),
    [
        ("[esxi]\n{offline} vcenter=vc01\nesx99 vcenter=vc99\n", {}, 2, "it has ESXi hosts of vc99, and no such vCenter"),
        ("[esxi]\ne9 vcenter=vc99\ne7 vcenter=vc97\ne8 vcenter=vc98\n", {}, 2, "it has ESXi hosts of vc97, and no such vCenter"),
        ("[esxi]\n{offline} vcenter=vc01\nesx99 vcenter=vc99\n", {"certops_scope": "inventory"}, 0, "{offline}"),
        ("[esxi]\n{offline} vcenter=vc01\nesx99 vcenter=vc99\n", {"certops_scope": "vcenter"}, 0, "{missing}"),
        ("[esxi]\n{offline} vcenter={address}\n{missing} vcenter=vc02\n", {}, 0, "{offline}"),
        ("[esxi]\n", {}, 0, "{missing}"),
        ("[esxi]\n", SLICE, 2, "because this is a job slice, which gets one in so many of all hosts"),
        ("[esxi]\n{offline} vcenter=vc01\n", SLICE, 2, "because this is a job slice, which gets one in so many of all hosts"),
        ("[esxi]\nesx99 vcenter=vc99\n", {**SLICE, "certops_scope": "inventory"}, 2, "because this is a job slice"),
        ("[esxi]\n{offline} vcenter=vc01\n", {**SLICE, "certops_scope": "vcenter"}, 0, "{missing}"),
        ("[esxi]\n", {**SLICE, "awx_workflow_job_name": "Nightly"}, 0, "{missing}"),
        ("", SLICE, 0, "{missing}"),
    ],
)
def test_an_inventory_that_was_cut_between_vcenters_and_their_hosts_changes_no_scope(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, text: str, variables: dict[str, str], returncode: int, told: str
) -> None:
    names = {"offline": hosts.offline, "missing": hosts.missing, "address": demo.vcenter("vc01").address}
    inventory = ini(tmp_path, text.format(**names))
    played = player.play(
        demo,
        tmp_path,
        "-i",
        inventory,
        "--limit",
        "vc01",
        playbook="audit.yml",
        certops_probe=False,
        certops_fail_on="stopped",
        **variables,
    )
    assert (played.returncode, told.format(**names) in " ".join(played.printed.split())) == (returncode, True), played.printed
    assert bool(played.reports) is (returncode == 0)


@pytest.mark.parametrize("word", ["true", "yes"])
def test_a_host_that_is_to_be_skipped_is_skipped_however_that_is_written(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, word: str
) -> None:
    inventory = ini(
        tmp_path, f"[esxi]\n{hosts.offline} vcenter=vc01 certops_skip={word}\n{hosts.missing} vcenter=vc01 certops_skip=no\n"
    )
    played = player.play(demo, tmp_path, "-i", inventory, "--check", "--limit", "vc01", playbook="audit.yml")
    assert played.returncode == 0, played.printed
    assert played.results("vc01") == {hosts.missing: "due"}


@pytest.mark.parametrize(
    ("variables", "left"),
    [
        ({"certops_skip": "{missing}, {lost}"}, True),
        ({"certops_hosts": "{offline}"}, True),
        ({"certops_renew_before_days": "30", "certops_canary": "0", "certops_force": "no"}, False),
    ],
)
def test_a_policy_of_texts_is_understood(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, variables: dict[str, Any], left: bool
) -> None:
    text = json.dumps(variables)
    for name in ("missing", "lost", "offline"):
        text = text.replace(f"{{{name}}}", getattr(hosts, name))
    played = player.play(
        demo, tmp_path, "--check", "--limit", "vc01", playbook="audit.yml", certops_fail_on="stopped", **json.loads(text)
    )
    assert played.returncode == 0, played.printed
    assert (hosts.missing not in played.results("vc01")) is left


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"certops_renew_before_days": "sixty"}, "certops_renew_before_days"),
        ({"certops_renew_before_days": -1}, "it must be a number from 0 to 36500"),
        ({"certops_batch": 0}, "it must be a number from 1 to 100000"),
        ({"protection": "yes"}, "confirmed, snapshot, none"),
        ({"certops_vcenter_port": 70000}, "certops_vcenter_port cannot be 70000 (it must be a number from 1 to 65535"),
        (
            {"certops_vcenter_hostname": "https://vc01/ui"},
            "certops_vcenter_hostname (the option hostname) cannot be 'https://vc01/ui'.",
        ),
        ({"certops_vcenter_hostname": ""}, "certops_vcenter_hostname cannot be '' (it must not be empty"),
        ({"certops_reregister_method": "register"}, "Use the method sps_restart"),
    ],
)
def test_a_variable_that_cannot_be_meant_is_told_before_anything_is_changed(
    demo: RunningEstate, tmp_path: Path, variables: dict[str, Any], told: str
) -> None:
    played = player.play(demo, tmp_path, "--limit", "vc01", **{"protection": "confirmed", **variables})
    assert played.returncode == 2
    assert told.lower() in " ".join(played.printed.split()).lower()
    assert "Traceback" not in played.printed


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("esxi_cert_regenerate", {"esxi_hosts": ["nobody", "*"]}, "knows no ESXi host nobody."),
        ("esxi_cert_regenerate", {"esxi_hosts": [""]}, "has an empty name in it."),
        ("esxi_cert_regenerate", {"esxi_hosts": ["*"], "renew_before_days": "nan"}, "renew_before_days) cannot be nan."),
        ("esxi_cert_regenerate", {"esxi_hosts": ["*"], "concurrency": 0}, "concurrency) cannot be 0."),
        ("esxi_reconnect", {"esxi_hosts": ["*"], "max_failures": -1}, "max_failures) cannot be -1."),
        ("esxi_reconnect", {"esxi_hosts": ["*"], "per_cluster": 0}, "per_cluster) cannot be 0."),
        ("esxi_reconnect", {"esxi_hosts": ["*"], "pending_reconnect": ["x"]}, "pending_reconnect is for check mode only."),
        ("esxi_reconnect", {"esxi_hosts": ["*"], "host_timeout_seconds": -5}, "host_timeout_seconds cannot be -5."),
        ("esxi_reconnect", {"esxi_hosts": ["*"], "certificates": {"nobody": "AA:" * 19 + "AA"}}, "which esxi_hosts does not name"),
        ("vasa_provider_reregister", {"esxi_hosts": ["nobody"]}, "knows no ESXi host nobody."),
        ("vasa_provider_reregister", {"esxi_hosts": ["*"], "pending_renewal": ["x"]}, "is for check mode only."),
        (
            "vasa_provider_reregister",
            {"esxi_hosts": ["*"], "method": "register", "provider_username": "", "provider_password": ""},
            "provider_username) is empty.",
        ),
        ("cert_expiry_facts", {"proxy_host": "127.0.0.1", "proxy_port": 70000}, "proxy_port) cannot be 70000."),
    ],
)
def test_an_option_that_cannot_be_meant_is_one_sentence(demo: RunningEstate, name: str, options: dict[str, Any], told: str) -> None:
    answer = module(demo, name, **options)
    assert answer.returncode != 0
    assert told in answer.message
    assert "exception" not in answer.result
    assert "Traceback" not in answer.printed


@pytest.mark.parametrize("name", ["esxi_cert_regenerate", "esxi_reconnect", "vasa_provider_reregister"])
def test_no_hosts_are_nothing_to_do_and_a_host_named_twice_is_one(demo: RunningEstate, hosts: DemoHosts, name: str) -> None:
    assert player.module(demo, name, esxi_hosts=[]).result["hosts"] == []
    healthy = hosts.healthy[0]
    twice = player.module(demo, name, check=True, esxi_hosts=[healthy, f"{healthy}.", healthy])
    assert [host["esxi_host"] for host in twice.result["hosts"]] == [healthy]


def test_a_clock_that_is_off_blocks_everything_and_the_time_zone_nothing(
    demo: RunningEstate, hosts: DemoHosts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans = []
    for zone in ("UTC", "Pacific/Kiritimati", "America/St_Johns"):
        monkeypatch.setenv("TZ", zone)
        played = player.play(demo, tmp_path / zone.replace("/", "-"), "--limit", "vc01", playbook="audit.yml")
        assert played.returncode == 0, played.printed
        plans.append(
            {host["esxi_host"]: (host["rule"], host["steps"], host["expires_at"]) for host in played.reports["vc01"]["hosts"]}
        )
    assert plans[0] == plans[1] == plans[2]
    assert plans[0][hosts.lost][1] == ["reconnect", "reregister"]
    for seconds, side in ((600, "ahead of"), (-600, "behind")):
        demo.set("vcenter", vcenter="vc01", clock_offset_seconds=seconds)
        stopped = player.play(demo, tmp_path / side, "--limit", "vc01")
        assert stopped.returncode == 2
        assert f"seconds {side} this controller's" in str(stopped.reports["vc01"]["failure"])
        assert {host["rule"] for host in stopped.reports["vc01"]["hosts"]} == {rule for rule, _steps, _ends in plans[0].values()}
    demo.set("vcenter", vcenter="vc01", clock_offset_seconds=0)
