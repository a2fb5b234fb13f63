# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data against its shape: what is wrong is told with its place, and a report's shape is that of its schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.shape import (
    by_name,
    flag,
    listed,
    maybe,
    misfit,
    moment,
    number,
    one_of,
    record,
    text,
    whole,
)
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.given_data import REPORT
from ansible_collections.certops.vsphere.tests.unit.fleets import every_result, hostile

ROOT = Path(__file__).resolve().parents[3]
SCHEMA = json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("shape", "value", "told"),
    [
        (text, "a", None),
        (text, 1, "it is not text"),
        (flag, False, None),
        (flag, 0, "it is neither true nor false"),
        (number, 1.5, None),
        (number, True, "it is no number"),
        (number, float("nan"), "it is no number"),
        (number, float("inf"), "it is no number"),
        (number, 10**400, "it is no number"),
        (whole, 3, None),
        (whole, 3.0, "it is not a whole number"),
        (whole, True, "it is not a whole number"),
        (moment, "2026-03-01T00:00:00Z", None),
        (moment, "tomorrow", "it is not an ISO 8601 time"),
        (moment, 5, "it is not text"),
        (one_of("ok", "done"), "done", None),
        (one_of("ok", "done"), "well", "it is none of: ok, done"),
        (one_of("ok", "done"), ["ok"], "it is none of: ok, done"),
        (maybe(text), None, None),
        (maybe(text), 1, "it is not text"),
        (listed(text), ("a", "b"), None),
        (listed(text), "ab", "it is no list"),
        (listed(text), ["a", 1], "[1] is not text"),
        (by_name(whole), {"a": 1}, None),
        (by_name(whole), {"a": "1"}, "a is not a whole number"),
        (by_name(whole), {1: 1}, "it is not text"),
        (record({"a": text}), {"a": "", "b": 1}, None),
        (record({"a": text}), {}, "a is missing"),
        (record({"a": text}), [], "it is not a dictionary"),
        (record({}, {"a": text}), {}, None),
        (record({}, {"a": text}), {"a": 1}, "a is not text"),
        (record({"a": listed(record({"b": text}))}), {"a": [{"b": ""}, {}]}, "a[1].b is missing"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(shape: Any, value: Any, told: Any) -> None:
    assert misfit(shape, value) == told


def test_every_report_that_is_made_fits() -> None:
    for report in [*every_result()["vcenters"], *hostile()["vcenters"]]:
        assert misfit(REPORT, report) is None


def required(part: dict[str, Any]) -> list[tuple[str, ...]]:
    """Every path to a key that the schema requires; a list's entries have no part in it."""
    if "$ref" in part:
        return required(SCHEMA["$defs"][part["$ref"].rpartition("/")[2]])
    if "items" in part:
        return required(part["items"])
    found: list[tuple[str, ...]] = []
    for option in part.get("anyOf", ()):
        found += required(option)
    for key in part.get("required", ()):
        found += [(key,), *((key, *inner) for inner in required(part["properties"][key]))]
    return found


def places(value: Any, path: tuple[str, ...]) -> list[dict[str, Any]]:
    """The dictionaries that have the last key of a path."""
    if isinstance(value, list):
        return [place for inner in value for place in places(inner, path)]
    if value is None:
        return []
    return [value] if len(path) == 1 else places(value[path[0]], path[1:])


@pytest.mark.parametrize("path", required(SCHEMA["$defs"]["vcenter"]), ids=".".join)
def test_what_the_schema_requires_of_a_report_is_asked_for(path: tuple[str, ...]) -> None:
    report = json.loads(json.dumps(every_result()["vcenters"][0]))
    report["left_behind"] = [
        {"esxi_host": "a", "provider_uid": "1", "name": "IOFILTER Provider a", "url": "https://a", "status": None}
    ]
    report["clusters"] = [
        {
            "name": "c1",
            "datacenter": "dc1",
            "ha_enabled": True,
            "host_monitoring": "enabled",
            "host_monitoring_after": None,
            "esxi_hosts": ["a"],
            "to_be_suspended": False,
            "to_be_restored": False,
            "lifecycle_managed": None,
            "vsan": {"enabled": True, "objects": {"healthy": 5}, "syncing": None},
        }
    ]
    report["vm_restarts"] = [{"virtual_machine": "web01", "esxi_host": None, "at": "2026-03-01T02:00:00Z"}]
    report["excluded"] = [{"esxi_host": "b", "reason": "certops_skip names it"}]
    changed = {"provider_uid": "u", "name": "array", "before": "online", "after": "offline"}
    report["other_providers"] = [{"before": {"online": 1}, "after": {"offline": 1}, "changed": [changed]}]
    alarm = {"esxi_host": "a", "name": "b", "status": "red"}
    report["alarms"] = {"raised": [alarm], "cured": [dict(alarm)]}
    report["blockers"] = report["blockers"] or [host["blockers"][0] for host in report["hosts"] if host["blockers"]][:1]
    report["hosts"][0]["before"]["certificates"] = report["hosts"][0]["certificates"]
    assert misfit(REPORT, report) is None
    found = places(report, path)
    assert found
    del found[0][path[-1]]
    assert f"{path[-1]} is missing" in str(misfit(REPORT, report))
