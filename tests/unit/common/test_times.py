# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as text, and the days that are left."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.times import days_between, ends_within, from_text, to_text
from ansible_collections.certops.vsphere.tests.unit.estates import FIRST, LAST, NOW
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "2026-03-01T02:00:00Z"),
        (NOW.astimezone(timezone(timedelta(hours=5, minutes=30))), "2026-03-01T02:00:00Z"),
        (NOW.replace(microsecond=999999), "2026-03-01T02:00:00Z"),
        (datetime(2028, 2, 29, 23, 59, 59, tzinfo=timezone.utc), "2028-02-29T23:59:59Z"),
        (FIRST, "0001-01-01T00:00:00Z"),
        (LAST, "9999-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_written_in_utc(moment: datetime, text: str) -> None:
    assert to_text(moment) == text


@pytest.mark.parametrize(
    "text",
    [
        *("2026-03-01T02:00:00Z", " 2026-03-01T02:00:00+00:00 ", "2026-03-01T02:00:00", "2026-03-01T03:00:00+01:00"),
        *("2026-03-01T02:00:00.000000Z", "2026-02-28T21:00:00-05:00"),
    ],
)
def test_one_time_is_read_however_it_is_written(text: str) -> None:
    assert from_text(text) == NOW
    assert from_text(text).tzinfo is timezone.utc


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30T00:00:00Z", "0001-01-01T00:00:00+10:00", "9999-12-31T23:59:59-10:00"])
def test_what_is_no_time_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        from_text(text)


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_every_time_is_read_as_it_was_written(moment: datetime) -> None:
    assert from_text(to_text(moment)) == moment.replace(microsecond=0)


@given(st.text(max_size=30))
def test_a_text_is_a_time_or_a_value_error(text: str) -> None:
    try:
        assert from_text(text).tzinfo is timezone.utc
    except ValueError:
        pass


@pytest.mark.parametrize(
    ("seconds", "days"),
    [(0, 0.0), (86400, 1.0), (86399, 0.9), (8640, 0.1), (8639, 0.0), (-1, -0.1), (-86400, -1.0), (-86401, -1.1)],
)
def test_days_are_rounded_down_so_that_what_has_ended_is_never_zero(seconds: int, days: float) -> None:
    assert days_between(NOW, NOW + timedelta(seconds=seconds)) == days


def test_days_are_the_same_over_a_change_of_the_clocks() -> None:
    # The clocks of Zurich go forward on 29 March 2026: the day has 23 hours there and 24 in UTC.
    before = from_text("2026-03-28T12:00:00+01:00")
    after = from_text("2026-03-29T13:00:00+02:00")
    assert days_between(before, after) == 1.0


def test_what_ends_within_some_days_has_ended_or_does_then() -> None:
    assert [ends_within(NOW + timedelta(days=days), 2, NOW) for days in (-1, 2, 2 + 1e-6)] == [True, True, False]
    # Where the calendar begins and ends there is no day before or after.
    assert ends_within(FIRST, 45, FIRST)
    assert ends_within(LAST, 45, LAST)
    assert not ends_within(LAST, 45, FIRST)
