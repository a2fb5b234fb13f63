# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the controller's time zone and the day of the year: the same facts make the same plan."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import SYSTEM_CLOCK
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.providers import expiry_date
from ansible_collections.certops.vsphere.tests.unit.certificates import make, parsed
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, estate, estates, host
from hypothesis import given, settings
from hypothesis import strategies as st

# East of the date line, half hours, quarters, both hemispheres' summers, and none.
ZONES = [
    *("UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"),
    *("Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Tehran"),
]
# Minutes before and after clocks are changed, leap days, ends of years, and days that some zone left out.
MOMENTS = [
    *(datetime(2026, 3, 29, 0, 59, 59), datetime(2026, 3, 29, 1, 0), datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)),
    *(datetime(2026, 3, 8, 6, 59), datetime(2026, 3, 8, 7, 1), datetime(2026, 11, 1, 5, 30), datetime(2026, 11, 1, 6, 30)),
    *(datetime(2028, 2, 28, 23, 59, 59), datetime(2028, 2, 29, 12, 0), datetime(2028, 3, 1, 0, 0), datetime(2100, 2, 28, 23, 59)),
    *(
        datetime(2026, 12, 31, 23, 59, 59),
        datetime(2027, 1, 1, 0, 0),
        datetime(2038, 1, 19, 3, 14, 8),
        datetime(2011, 12, 30, 10, 0),
    ),
]
POLICY = Policy(protection="confirmed")


@contextmanager
def controller_in(zone: str) -> Iterator[None]:
    """The clock on this controller's wall is that of a zone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TZ", zone)
        time.tzset()
        yield
    time.tzset()


def shifted(moment: datetime) -> Estate:
    """An estate observed at that moment, with hosts around every limit."""
    now = moment.replace(tzinfo=timezone.utc)
    facts = json.loads(json.dumps(estate(*(host(f"esx{number:02}", ends=ends) for number, ends in enumerate(ENDS))).to_facts()))
    return Estate.from_facts(_moved(facts, now - NOW))


ENDS = (-1.0, -1 / 86400, 0.0, 1 / 86400, 0.04, 44.96, 45.0, 45 + 1 / 86400, 45.04, 46.0, 366.0)


def _moved(facts: Any, by: timedelta) -> Any:
    """The same facts at another time: every time in them moved."""
    if isinstance(facts, dict):
        return {key: _moved(value, by) for key, value in facts.items()}
    if isinstance(facts, list):
        return [_moved(value, by) for value in facts]
    if isinstance(facts, str) and facts.endswith("Z") and facts[:1].isdigit():
        moved = datetime.fromisoformat(facts.replace("Z", "+00:00")) + by
        return moved.strftime("%Y-%m-%dT%H:%M:%SZ")
    return facts


def decided(one: Estate) -> list[tuple[str, str, tuple[str, ...], float]]:
    """What is decided of each host, without its dates."""
    made = decide(one, POLICY, one.observed_at)
    shown = {entry["esxi_host"]: entry["days_left"] for entry in made.to_facts()["hosts"]}
    return [(planned.host.name, planned.verdict.rule, planned.steps, shown[planned.host.name]) for planned in made.hosts]


EXPECTED = decided(estate(*(host(f"esx{number:02}", ends=ends) for number, ends in enumerate(ENDS))))


def test_the_limits_are_to_the_second() -> None:
    rules = {name: rule for name, rule, _steps, _days in EXPECTED}
    assert [rules[f"esx{number:02}"] for number in range(len(ENDS))] == [
        *("expired", "expired", "expired", "expiring", "expiring", "expiring", "expiring"),
        *("healthy", "healthy", "healthy", "healthy"),
    ]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.strftime("%Y-%m-%dT%H%M"))
def test_the_plan_is_the_same_on_every_day_and_in_every_zone(moment: datetime, zone: str) -> None:
    with controller_in(zone):
        assert decided(shifted(moment)) == EXPECTED


@settings(max_examples=100)
@given(estates(), st.sampled_from(ZONES))
def test_every_estate_has_one_plan_and_one_table_in_every_zone(one: Estate, zone: str) -> None:
    def shown() -> Any:
        made = decide(Estate.from_facts(one.to_facts()), POLICY, NOW).to_facts()
        return made, lines(build(made, results=[], verified=[], after=one.to_facts(), check_mode=True, failure=None))

    here = shown()
    with controller_in(zone):
        assert shown() == here


@given(st.datetimes(datetime(1950, 1, 1), datetime(2200, 1, 1)), st.sampled_from(ZONES), st.sampled_from(ZONES))
def test_a_time_of_any_zone_is_read_as_the_moment_that_it_is(wall: datetime, written: str, zone: str) -> None:
    moment = wall.replace(microsecond=0, tzinfo=ZoneInfo(written))
    with controller_in(zone):
        assert expiry_date(moment.astimezone(timezone.utc).strftime("%Y-%m-%d %H:%M:%S")) == moment.astimezone(timezone.utc)
        facts = {**estate().to_facts(), "observed_at": moment.astimezone(timezone.utc).isoformat()}
        assert Estate.from_facts(facts).observed_at == moment.astimezone(timezone.utc)
        if moment.utcoffset() is not None and (moment.utcoffset() or timedelta()).total_seconds() % 60 == 0:
            assert Estate.from_facts({**facts, "observed_at": moment.isoformat()}).observed_at == moment.astimezone(timezone.utc)


@pytest.mark.parametrize("zone", ZONES)
def test_now_and_a_certificates_dates_are_utc_in_every_zone(zone: str) -> None:
    before = datetime.now(timezone.utc).replace(microsecond=0)
    with controller_in(zone):
        now = SYSTEM_CLOCK.now()
        read = parsed(make(ends=400))
    assert before <= now <= datetime.now(timezone.utc)
    assert now.utcoffset() == timedelta()
    assert read.expires_at == NOW + timedelta(days=400)


@pytest.mark.parametrize(
    ("offset", "blocked"), [(0.0, False), (300.0, False), (-300.0, False), (300.1, True), (-600.0, True), (600.0, True)]
)
def test_a_clock_that_is_off_blocks_and_changes_nothing_else(offset: float, blocked: bool) -> None:
    one = shifted(MOMENTS[0])
    off = replace(one, vcenter=replace(one.vcenter, clock_offset_seconds=offset))
    made = decide(off, POLICY, off.observed_at)
    assert made.allowed is not blocked
    assert [blocker.code for blocker in made.blockers] == (["clock_offset"] if blocked else [])
    assert [planned.verdict for planned in made.hosts] == [
        planned.verdict for planned in decide(one, POLICY, one.observed_at).hosts
    ]
