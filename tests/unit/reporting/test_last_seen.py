# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a host's certificate expires is told by the last that was seen of it, and said to be perhaps old where that was before the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost, Served
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.fleet_junit import to_junit
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.last_seen import LastSeen, last_seen, provider_last_seen
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines
from ansible_collections.certops.vsphere.tests.unit.estates import HOST, NOW, certificate, estate, host, plan

OLD, NEW = certificate(20), certificate(1825)
OLD_ENDS, NEW_ENDS = "2026-03-21T02:00:00Z", "2031-02-28T02:00:00Z"
PLANNED = {"expires_at": OLD_ENDS, "days_left": 20.0}
WAS = LastSeen(OLD_ENDS, 20.0, may_be_old=True)
RENEWED = LastSeen(NEW_ENDS, 1825.0, may_be_old=True)


def step(name: str, before: Any = None, after: Any = None) -> dict[str, Any]:
    """A step's result."""
    return {"step": name, "before": before, "after": after}


def state(shown: Any, connection: str = "connected") -> dict[str, Any]:
    """A host's state, as a reconnect tells it."""
    return {"connection_state": connection, "certificate": shown.to_facts(NOW) if shown else None}


def read(**changes: Any) -> dict[str, Any]:
    """A host's facts at the end."""
    lost: EsxiHost = replace(host(ends=20), certificate=None, served=None, connection_state="disconnected")
    return replace(lost, **changes).to_facts(NOW)


RENEW = step("renew", OLD.to_facts(NOW), NEW.to_facts(NOW))


@pytest.mark.parametrize(
    ("results", "after", "expected"),
    [
        # Nothing was started, and nothing read at the end: what the plan has was seen in the same run.
        ([], None, replace(WAS, may_be_old=False)),
        ([], read(certificate=NEW), replace(RENEWED, may_be_old=False)),
        ([RENEW], read(certificate=NEW), replace(RENEWED, may_be_old=False)),
        # Left disconnected: vCenter shows none.
        ([RENEW, step("reconnect", state(NEW), state(None, "disconnected"))], read(), RENEWED),
        ([RENEW, step("reconnect", state(NEW), {"connection_state": None})], None, RENEWED),
        ([step("reconnect", state(OLD), state(None, "disconnected"))], read(), WAS),
        # A reconnect renews an expired host, and is the last that was seen of it.
        ([step("reconnect", state(OLD), state(NEW))], None, RENEWED),
        # What its port 9080 serves is seen, where it can be trusted.
        (
            [RENEW],
            read(served=Served(certificate=NEW, trusted=True, trusted_by="trusted_root")),
            replace(RENEWED, may_be_old=False),
        ),
        ([RENEW], read(served=Served(certificate=OLD, problems=("it is a stranger's",))), RENEWED),
        # A step that failed, and one that was not started.
        ([step("renew", OLD.to_facts(NOW), OLD.to_facts(NOW))], None, WAS),
        ([step("renew")], None, WAS),
        # What SMS remembers is no host's certificate.
        ([step("reregister", {"registered": True, "certificate": NEW.to_facts(NOW)}, {"registered": False})], None, WAS),
        # A host that was seen by nobody is not shown at the end either.
        ([], read(), WAS),
    ],
)
def test_the_last_that_was_seen_counts(results: list[Any], after: Any, expected: LastSeen) -> None:
    assert last_seen(PLANNED, results, after, only_looking=False) == expected


def test_nothing_is_old_where_nothing_was_seen_or_changed() -> None:
    assert last_seen({"expires_at": None, "days_left": None}, [], read(), only_looking=False) == LastSeen(
        None, None, may_be_old=False
    )
    predicted = [step("renew", OLD.to_facts(NOW), {"renewed": True})]
    assert last_seen(PLANNED, predicted, None, only_looking=True) == replace(WAS, may_be_old=False)


def test_report_table_and_junit_say_it() -> None:
    results = [
        {"esxi_host": HOST, "status": "changed", "error": None, **RENEW},
        {
            "esxi_host": HOST,
            "status": "failed",
            "error": "It broke.",
            **step("reconnect", state(NEW), state(None, "disconnected")),
        },
    ]
    lost = replace(host(ends=20), certificate=None, served=None, connection_state="disconnected")
    made = build(
        plan(host(ends=20)).to_facts(),
        results=results,
        verified=[],
        after=estate(lost).to_facts(),
        check_mode=False,
        failure="It broke.",
    )
    shown = made["hosts"][0]
    assert (shown["expires_at"], shown["days_left"], shown["expires_at_may_be_old"]) == (NEW_ENDS, 1825.0, True)
    assert shown["before"]["expires_at"] == OLD_ENDS
    assert any("2031-02-28 (1825 d, or newer)" in str(line) for line in lines(made))
    assert f"ends: {NEW_ENDS}, or later" in to_junit({"vcenters": [made], "unavailable": []})


UNREGISTERED = step("reregister", {"registered": True, "status": "online"}, {"registered": False})


@pytest.mark.parametrize(
    ("results", "after", "only_looking", "expected"),
    [
        ([], None, False, "offline"),
        ([RENEW], None, False, "offline"),
        # It was unregistered, and its host is gone by the end: what the plan saw is not so any more.
        ([RENEW, UNREGISTERED], None, False, None),
        ([step("reregister", None, {"registered": True, "status": "online"})], None, False, "online"),
        ([step("reregister", None, None)], None, False, "offline"),
        # What a prediction says was not seen.
        ([step("reregister", None, {"registered": True, "status": "online"})], None, True, "offline"),
        # The reading at the end comes last.
        ([UNREGISTERED], {"provider": {"status": "online"}}, False, "online"),
        ([RENEW], {"provider": None}, False, None),
    ],
)
def test_a_provider_is_told_as_it_was_seen_last(results: Any, after: Any, only_looking: bool, expected: Any) -> None:
    assert provider_last_seen({"provider_status": "offline"}, results, after, only_looking=only_looking) == expected
