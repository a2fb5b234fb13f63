# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook that listens to a vCenter's events: what it names exists. What it does is in tests/integration/environments/test_rulebook.py."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyVmomi import VmomiJSONEncoder, vim
from vsphere_sim.vim import descriptions

ROOT = Path(__file__).resolve().parent.parent.parent
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "renew_on_alarm.yml"
CERTMGR = "com.vmware.vc.certmgr."


@pytest.fixture
def ruleset() -> dict[str, Any]:
    """The rulebook's one set of rules."""
    [only] = yaml.safe_load(RULEBOOK.read_text(encoding="utf-8"))
    found: dict[str, Any] = only
    return found


def event(kind: str, host: str | None = None) -> dict[str, Any]:
    """An event as the source makes it: vmware.vmware writes what pyVmomi has as JSON."""
    made = vim.event.EventEx(key=1, chainId=1, createdTime=datetime.now(timezone.utc), userName="", eventTypeId=kind)
    if host:
        made.host = vim.event.HostEventArgument(name=host, host=vim.HostSystem("host-1"))
    written: dict[str, Any] = json.loads(
        json.dumps(made, cls=VmomiJSONEncoder.VmomiJSONEncoder, sort_keys=True, strip_dynamic=True)
    )
    return written


def test_every_event_that_is_asked_for_has_a_rule_and_the_other_way_round(ruleset: dict[str, Any]) -> None:
    asked = [next(value for key, value in source.items() if key != "name") for source in ruleset["sources"]]
    assert [source["event_type"] for source in asked] == ["system", "user"]
    told = {name for rule in ruleset["rules"] for name in re.findall(r"com\.vmware\.[\w.]+", rule["condition"])}
    for source in asked:
        assert set(source["event_type_ids"]) == told


def test_a_vcenter_has_every_event_that_is_asked_for(ruleset: dict[str, Any]) -> None:
    known = {one.fullFormat.partition("|")[0] for one in descriptions.events().eventInfo if one.key is vim.event.EventEx}
    asked = next(value for key, value in ruleset["sources"][0].items() if key != "name")["event_type_ids"]
    assert [one for one in asked if one not in known] == []


def test_nothing_is_started_more_than_once_an_hour_for_what_it_is_about(ruleset: dict[str, Any]) -> None:
    starting = [rule for rule in ruleset["rules"] if "run_playbook" in rule["action"]]
    assert [rule["throttle"] for rule in starting] == [
        {"once_within": "1 hour", "group_by_attributes": ["event.host.name"]},
        {"once_within": "1 hour", "group_by_attributes": ["event.eventTypeId"]},
    ]


def test_the_playbooks_exist(ruleset: dict[str, Any]) -> None:
    names = [rule["action"]["run_playbook"]["name"] for rule in ruleset["rules"] if "run_playbook" in rule["action"]]
    assert names == ["certops.vsphere.{{ certops_on_alarm | default('audit') }}", "certops.vsphere.audit"]
    assert {"audit", "renew_iofilter"} <= {path.stem for path in (ROOT / "playbooks").glob("*.yml")}


@pytest.mark.parametrize(
    ("name", "passes"),
    [
        *(("esx01.example.com", True), ("ESX-01_a", True), ("fe80::1%vmk0", True), ("192.0.2.7", True)),
        *(("{{ 1 + 1 }}", False), ("{% raw %}", False), ("{#x#}", False), ("esx01\n", False), ("a b", False), ("$(id)", False)),
        *(("", False), ("esx01,all", False), ("!vault", False), ("zürich", False)),
    ],
)
def test_no_text_of_an_event_that_could_be_a_template_becomes_a_variable(ruleset: dict[str, Any], name: str, passes: bool) -> None:
    given = [rule for rule in ruleset["rules"] if "extra_vars" in rule["action"].get("run_playbook", {})]
    for rule in given:
        assert rule["action"]["run_playbook"]["extra_vars"] == {"certops_hosts": ["{{ event.host.name }}"]}
        wanted = re.findall(r'event\.host\.name is match\("(.*?)"\)', rule["condition"])
        refused = re.findall(r'event\.host\.name is not search\("(.*?)"\)', rule["condition"])
        assert " or " not in rule["condition"]
        assert len(wanted) == len(refused) == 1
        assert (bool(re.match(wanted[0], name)) and not re.search(refused[0], name)) is passes
    assert len(given) == 1


def test_what_a_rule_for_a_host_refuses_is_one_for_the_whole_vcenter(ruleset: dict[str, Any]) -> None:
    of_host, of_all = (set(re.findall(r"com\.vmware\.[\w.]+", rule["condition"])) for rule in ruleset["rules"][:2])
    assert of_host < of_all
    assert "event.host" not in ruleset["rules"][1]["condition"]


def test_an_event_has_what_the_rules_look_at() -> None:
    assert event(f"{CERTMGR}HostCertExpiringEvent", "esx")["host"]["name"] == "esx"
    assert event(f"{CERTMGR}HostCertExpiringEvent")["eventTypeId"] == f"{CERTMGR}HostCertExpiringEvent"
    assert not (event(f"{CERTMGR}HostCertExpiringEvent").get("host") or {}).get("name")
