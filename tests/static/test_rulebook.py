# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rulebook that listens to a vCenter's events: what it names exists, and nothing is started more than once an hour for a host."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyVmomi import VmomiJSONEncoder, vim

ROOT = Path(__file__).resolve().parent.parent.parent
RULEBOOK = ROOT / "extensions" / "eda" / "rulebooks" / "renew_on_alarm.yml"
CERTMGR, PROVIDER = "com.vmware.vc.certmgr.", "com.vmware.vc.sms.VasaProviderCertificate"


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


@pytest.mark.skipif(not shutil.which("ansible-rulebook"), reason="ansible-rulebook is not installed")
def test_a_host_is_renewed_once_whatever_comes(ruleset: dict[str, Any], tmp_path: Path, run) -> None:
    started = tmp_path / "started"
    playbooks = tmp_path / "ansible_collections" / "certops" / "vsphere" / "playbooks"
    playbooks.mkdir(parents=True)
    (playbooks.parent / "galaxy.yml").write_text(
        "{namespace: certops, name: vsphere, version: 0.1.0, authors: [x], readme: x}", encoding="utf-8"
    )
    for name in ("audit", "renew_iofilter"):
        line = f"{name} {{{{ certops_hosts | default(['all']) | join(',') }}}}"
        task = {"ansible.builtin.shell": f"echo '{line}' >> {started}"}
        (playbooks / f"{name}.yml").write_text(
            json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8"
        )
    events = [
        event(f"{CERTMGR}HostCertExpiringEvent", "esx1"),
        event(f"{CERTMGR}HostCertExpirationImminentEvent", "esx1"),
        event(f"{PROVIDER}HardLimitReachedEvent", "esx1"),
        event(f"{CERTMGR}HostCertExpiringEvent", "esx2"),
        event(f"{PROVIDER}HardLimitReachedEvent"),
        event(f"{PROVIDER}HardLimitReachedEvent"),
        event(f"{PROVIDER}ValidEvent"),
        event(f"{CERTMGR}HostCertUpdatedEvent", "esx3"),
        event(f"{CERTMGR}HostCertManagementModeChangedEvent", "esx4"),
    ]
    ruleset["sources"] = [{"name": "Events", "eda.builtin.generic": {"payload": [*events, {"last": True}]}}]
    # What has begun when the end comes is brought to its end.
    ending = {"shutdown": {"delay": 1, "kind": "graceful"}}
    ruleset["rules"].append({"name": "The end", "condition": "event.last is defined", "action": ending})
    (tmp_path / "rulebook.yml").write_text(yaml.safe_dump([ruleset]), encoding="utf-8")
    hosts = {"localhost": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}}
    (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    (tmp_path / "variables.yml").write_text("certops_on_alarm: renew_iofilter", encoding="utf-8")
    command = ["--rulebook", tmp_path / "rulebook.yml", "-i", tmp_path / "hosts.yml", "--vars", tmp_path / "variables.yml"]
    run("ansible-rulebook", *command, cwd=tmp_path, env={**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(tmp_path)})
    assert started.read_text(encoding="utf-8").splitlines() == [
        "renew_iofilter esx1",
        "renew_iofilter esx2",
        "audit all",
        "audit all",
    ]
