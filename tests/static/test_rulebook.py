# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook that listens to a vCenter's events: what it names exists. What it does is in tests/integration/test_rulebook.py."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyVmomi import VmomiJSONEncoder, vim

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


def test_an_event_has_what_the_rules_look_at() -> None:
    assert event(f"{CERTMGR}HostCertExpiringEvent", "esx")["host"]["name"] == "esx"
    assert event(f"{CERTMGR}HostCertExpiringEvent")["eventTypeId"] == f"{CERTMGR}HostCertExpiringEvent"
    assert not (event(f"{CERTMGR}HostCertExpiringEvent").get("host") or {}).get("name")
