# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How vCenter, hosts and clusters are set up, as a report tells it for a rehearsal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
from ansible_collections.certops.vsphere.plugins.module_utils._common.shape import misfit
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import Cluster
from ansible_collections.certops.vsphere.plugins.module_utils._estate.sms_trust import SmsTrust
from ansible_collections.certops.vsphere.plugins.module_utils._estate.vsan import VsanHealth
from ansible_collections.certops.vsphere.plugins.module_utils._reporting import fleet
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import REPORT
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, POLICY, VCENTER, estate, host
from ansible_collections.certops.vsphere.tests.unit.fleets import report

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def sound(made: dict[str, Any]) -> dict[str, Any]:
    """A report that is as the schema and its own shape have it."""
    jsonschema.validate(fleet.build([made], {}, NOW), SCHEMA)
    assert misfit(REPORT, made) is None
    return made


def test_a_vcenter_tells_its_version_settings_sps_links_and_clock() -> None:
    setup = sound(report(host()))["setup"]
    assert setup["certificate_settings"]["mode"] == "vmca"
    assert {key: value for key, value in setup.items() if key != "certificate_settings"} == {
        "version": "8.0.3",
        "sps_state": "STARTED",
        "sps_startup_type": "AUTOMATIC",
        "linked_nodes": [VCENTER],
        "clock_offset_seconds": 0.5,
    }
    unread = {"certificate_settings": None, "linked_nodes": None, "version": None}
    setup = sound(report(host(), changes=unread))["setup"]
    assert {key: setup[key] for key in unread} == unread


def test_a_host_tells_what_state_it_is_in() -> None:
    given = host(
        in_maintenance_mode=True,
        partial_maintenance=("quickPatchPartialMM",),
        standby_mode="none",
        lockdown_mode="lockdownNormal",
        sms_trust=SmsTrust(False, "it lacks it"),
        datacenter="Prod%2fTest",
    )
    [shown] = sound(report(given))["hosts"]
    assert shown["setup"] == {
        "datacenter": "Prod/Test",
        "in_maintenance_mode": True,
        "partial_maintenance": ["quickPatchPartialMM"],
        "in_quarantine_mode": None,
        "standby_mode": "none",
        "lockdown_mode": "lockdownNormal",
        "issuer": "vmca",
        "own_provider_certificate": False,
        "trusts_sms": False,
    }


def test_a_cluster_tells_its_vsan_and_whether_an_image_manages_it() -> None:
    known = Cluster("c1", "domain-c1", vsan_enabled=True, vsan_health=VsanHealth({"healthy": 5}, syncing=2), lifecycle_managed=True)
    without = Cluster("c2", "domain-c2", vsan_enabled=False)
    seen = estate(host(cluster_moid="domain-c1"))
    plan = decide(type(seen)(seen.observed_at, seen.vcenter, seen.hosts, clusters=(known, without)), POLICY, NOW).to_facts()
    made = sound(build(plan, results=[], verified=[], after=None, check_mode=False, failure=None))
    assert [(one["lifecycle_managed"], one["vsan"]) for one in made["clusters"]] == [
        (True, {"enabled": True, "objects": {"healthy": 5}, "syncing": 2}),
        (None, {"enabled": False, "objects": {}, "syncing": None}),
    ]


def test_vcenter_s_own_certificates_tell_since_when_they_are_valid() -> None:
    own = sound(report(host()))["vcenter_certificates"]
    assert {one["role"]: one["not_before"] for one in own}["vmca_root"] == "2023-06-05T02:00:00Z"
