# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Alarms that were raised or cleared while a run went on, as its report names them."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.alarm import Alarm
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.tests.unit.certificates import NOW
from ansible_collections.certops.vsphere.tests.unit.estates import estate, host

STATUS, FAILS = Alarm("ESXi Host Certificate Status", "red"), Alarm("Registration fails", "yellow")


def alarms(before: tuple[Alarm, ...], after: Any) -> Any:
    """What a report says of them, and its warnings."""
    planned = decide(estate(host(ends=400, alarms=before)), Policy(), NOW).to_facts()
    name = planned["hosts"][0]["esxi_host"]
    left = host(ends=400, alarms=after or ())
    facts = None if after is None else {"hosts": [left.to_facts(NOW)], "orphans": []}
    report = build(planned, results=[], verified=[], after=facts, check_mode=False, failure=None)
    assert name == left.name
    return report["alarms"], [text for text in report["warnings"] if "alarm" in text]


def test_what_came_and_what_went_is_named() -> None:
    found, warnings = alarms((STATUS,), (FAILS,))
    name = host().name
    assert found == {
        "raised": [{"esxi_host": name, "name": "Registration fails", "status": "yellow"}],
        "cured": [{"esxi_host": name, "name": "ESXi Host Certificate Status", "status": "red"}],
    }
    assert warnings == [f"vCenter raised the alarm Registration fails on {name} while the run went on (yellow)"]


def test_what_stayed_is_not_named_nor_what_was_not_read_again() -> None:
    nothing = ({"raised": [], "cured": []}, [])
    assert alarms((STATUS,), (STATUS,)) == nothing
    assert alarms((STATUS,), None) == nothing


def test_an_alarm_goes_through_facts() -> None:
    shown = EsxiHost("esx01", "host-1", alarms=(STATUS, Alarm("x")))
    assert EsxiHost.from_facts(shown.to_facts(NOW)).alarms == shown.alarms
