# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Times as the collection writes them: ISO 8601, UTC, with a Z; and the days that are left."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

SECONDS_A_DAY = 86400


def to_text(moment: datetime) -> str:
    """An aware time as ISO 8601 in UTC, to the second."""
    # Not strftime, which leaves out the leading zeros of a year before 1000 on some systems.
    return moment.astimezone(timezone.utc).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def from_text(text: str) -> datetime:
    """An ISO 8601 time as an aware UTC time; one without a zone is read as UTC.

    Raises ValueError where it is no such time.
    """
    moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc)
    except OverflowError as error:
        raise ValueError(f"{text.strip()!r} is outside of the years 1 to 9999 in UTC") from error


def ends_within(ends: datetime, days: float, now: datetime) -> bool:
    """Whether something is over in so many days, or is by now. No moment beyond the years that Python knows is made for it."""
    return ends - now <= timedelta(days=days)


def days_between(now: datetime, then: datetime) -> float:
    """Days from now until then, negative when it has passed, to one tenth of a day, rounded down."""
    return int((then - now).total_seconds() / SECONDS_A_DAY * 10 // 1) / 10
