# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vCenter tells of an event, and ansible-rulebook starts a playbook for that host: once an hour, and for no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

import pytest
import rulebook
import yaml
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate, sound

pytestmark = pytest.mark.skipif(rulebook.missing() is not None, reason=str(rulebook.missing()))

CERTMGR, PROVIDER = "com.vmware.vc.certmgr.", "com.vmware.vc.sms.VasaProviderCertificate"
# vCenter counts what nobody did as the system's.
SOMEBODY = "VSPHERE.LOCAL\\Administrator"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningEstate]:
    """A vCenter with hosts that are all due."""
    with estate(tmp_path / "estate", vcenters=1, hosts=4, due=1, seed=3, speed=100) as made:
        yield made


def inventory(running: RunningEstate, folder: Path, **variables: Any) -> Path:
    """The estate's inventory, as somebody who leaves a rulebook alone would have it."""
    content = yaml.safe_load(running.inventory.read_text(encoding="utf-8"))
    content["all"]["children"]["vcenters"].setdefault("vars", {}).update(certops_report_dir=str(folder / "report"), **variables)
    path = folder / "hosts.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def happens(running: RunningEstate, kind: str, host: Optional[str] = None, username: str = "") -> None:
    """The vCenter has one event more."""
    running.set("event", type=kind, username=username, **({"host": host} if host else {"vcenter": running.vcenters[0].name}))


def names(running: RunningEstate) -> list[str]:
    """The hosts of the vCenter."""
    return [host["name"] for host in running.state()["vcenters"][0]["hosts"]]


def reported(folder: Path) -> list[tuple[str, str]]:
    """The hosts of the last report, with their clusters."""
    report = json.loads((folder / "report" / "report.json").read_text(encoding="utf-8"))
    return [(host["esxi_host"], host["cluster"]) for host in report["vcenters"][0]["hosts"]]


def test_an_event_of_a_host_starts_an_audit_of_it_once_an_hour(running: RunningEstate, tmp_path: Path) -> None:
    first, second, *others = names(running)
    with rulebook.listening(running, tmp_path / "listening", inventory(running, tmp_path), certops_alarm_seconds=1) as started:
        happens(running, f"{CERTMGR}HostCertExpiringEvent", first)
        started.wait_for(1)
        report = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
        happens(running, f"{CERTMGR}HostCertExpiringEvent", first)
        happens(running, f"{CERTMGR}HostCertExpirationImminentEvent", first)
        happens(running, f"{PROVIDER}SoftLimitReachedEvent", first)
        # What comes after them is done after them, and nothing between. An event that names no host is about them all.
        happens(running, f"{PROVIDER}HardLimitReachedEvent")
        happens(running, f"{PROVIDER}HardLimitReachedEvent")
        happens(running, f"{CERTMGR}HostCertExpiringEvent", second)
        started.wait_for(3)
        assert started.tables() == [("audit", [first]), ("audit", sorted([first, second, *others])), ("audit", [second])]
    assert [(host["esxi_host"], host["result"]) for host in report["vcenters"][0]["hosts"]] == [(first, "due")]
    assert mutating(running) == []


def test_the_text_of_an_event_is_no_template(tmp_path: Path) -> None:
    hostile = "{{ 1 + 1 }}"
    hosts = [{"name": hostile, "certificate": {"days_left": 20}}, {"certificate": {"days_left": 20}}]
    scenario = {"vcenters": [{"name": "vc01", "version": "8.0.3", "clusters": [{"name": "{{ 2 + 2 }}", "hosts": hosts}]}]}
    with estate(tmp_path / "estate", scenario=scenario, speed=100) as running:
        given = inventory(running, tmp_path)
        with rulebook.listening(running, tmp_path / "listening", given, certops_alarm_seconds=1) as started:
            happens(running, f"{CERTMGR}HostCertExpiringEvent", hostile)
            started.wait_for(1)
            # An audit of the whole vCenter, with nothing of the event in it.
            assert set(reported(tmp_path)) == {(name, "{{ 2 + 2 }}") for name in names(running)}
            happens(running, f"{CERTMGR}HostCertExpiringEvent", names(running)[1])
            started.wait_for(2)
        assert reported(tmp_path) == [(names(running)[1], "{{ 2 + 2 }}")]
        assert mutating(running) == []


def test_where_it_is_to_renew_an_event_has_that_host_renewed_and_no_other(running: RunningEstate, tmp_path: Path) -> None:
    first, second, *others = names(running)
    before = {host["name"]: host["certificate"] for host in running.state()["vcenters"][0]["hosts"]}
    given = inventory(running, tmp_path, certops_protection="confirmed")
    variables = {"certops_alarm_seconds": 1, "certops_on_alarm": "renew_iofilter"}
    with rulebook.listening(running, tmp_path / "listening", given, **variables) as started:
        happens(running, f"{PROVIDER}HardLimitReachedEvent", first, SOMEBODY)
        started.wait_for(1)
        happens(running, f"{CERTMGR}HostCertExpiringEvent", first, SOMEBODY)
        # Nothing is started for a type that is not asked for, nor for the one that says that all is well.
        happens(running, f"{CERTMGR}HostCertUpdatedEvent", second, SOMEBODY)
        happens(running, f"{PROVIDER}ValidEvent", second, SOMEBODY)
        happens(running, f"{CERTMGR}HostCertManagementModeChangedEvent", second, SOMEBODY)
        started.wait_for(2)
        assert started.tables() == [("run", [first]), ("audit", sorted([first, second, *others]))]
    now = {host["name"]: host for host in running.state()["vcenters"][0]["hosts"]}
    assert [name for name, host in now.items() if host["certificate"] != before[name]] == [first]
    assert sound(now[first])
