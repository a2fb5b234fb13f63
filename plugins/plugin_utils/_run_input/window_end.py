# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a maintenance window ends: a duration from now ("3h"), a time of day with its zone ("04:00 Europe/Berlin"), or a moment of ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

LONGEST_HOURS = 12
_DURATION = re.compile(r"(\d+(?:\.\d+)?) ?(h|hours?|m|min|minutes?)")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d) +(\S+)")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
FORMS = 'give a duration ("3h", "90min"), or a time with its zone ("04:00 Europe/Berlin", "2026-12-02T04:00+01:00"), in quotes'


class WindowProblem(ValueError):
    """What is wrong with a value, in words."""


def window_end(value: Any, now: datetime) -> datetime:
    """When the window ends, in UTC. now: aware. Raises WindowProblem."""
    if not isinstance(value, str):
        raise WindowProblem(f"it is not text: YAML reads 22:00 without quotes as a number; {FORMS}")
    end = _moment(value.strip(), now).astimezone(timezone.utc)
    if end <= now:
        raise WindowProblem("it has passed")
    if end - now > timedelta(hours=LONGEST_HOURS):
        raise WindowProblem(
            f"it is more than {LONGEST_HOURS} hours ahead, so that it may be meant for another day: start the run later, or correct it"
        )
    return end


def _moment(text: str, now: datetime) -> datetime:
    found = _DURATION.fullmatch(text)
    if found:
        number = float(found[1])
        return now + (timedelta(hours=number) if found[2].startswith("h") else timedelta(minutes=number))
    found = _TIME.fullmatch(text)
    if found:
        zone = _zone(found[3])
        local = now.astimezone(zone).replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)
        # Tomorrow's, where today's has passed: then it is many hours ahead, unless midnight is between.
        return local if local > now else local + timedelta(days=1)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise WindowProblem(f"it cannot be read; {FORMS}") from None
    if moment.tzinfo is None:
        raise WindowProblem(f"it has no zone; {FORMS}")
    return moment


def _zone(name: str) -> tzinfo:
    found = _OFFSET.fullmatch(name)
    if found:
        shift = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(-shift if found[1] == "-" else shift)
    if name in ("UTC", "Z"):
        return timezone.utc
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise WindowProblem(f"this controller knows no time zone {name}; {FORMS}") from None
