# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The note on a cluster whose host monitoring a run switched off: what it was, which process switched it, and until when that is known to need it off."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Optional

from .._common import times

# dasConfig.hostMonitoring. Unset means enabled, and it has a meaning only while HA is on.
MONITORED, UNMONITORED = "enabled", "disabled"

# The custom attribute of a cluster that the note is written in. A value may have 255 characters.
NOTE_NAME = "certops.vsphere: HA host monitoring"
_SINCE = "; switched off for certificates of its hosts at "
_OWNER = re.compile(r" by (\S+), needed until (\S+)$")


def note_of(host_monitoring: Optional[str], now: datetime) -> str:
    """What is written down before host monitoring is switched off: what it was, and since when it is off."""
    return f"{host_monitoring or 'unset'}{_SINCE}{times.to_text(now)}"


def monitoring_in(note: str) -> str:
    """What host monitoring is to be again by a note. What cannot be made out was written because it was on."""
    return UNMONITORED if note.strip().startswith(UNMONITORED) else MONITORED


def owner_in(note: str) -> Optional[str]:
    """The process that wrote a note; None where the note does not say."""
    found = _OWNER.search(note)
    return found.group(1) if found else None


def needed_until(note: str) -> Optional[datetime]:
    """Until when that process needs host monitoring off, as far as it has said; None where the note does not say."""
    found = _OWNER.search(note)
    if not found:
        return None
    try:
        return times.from_text(found.group(2))
    except ValueError:
        return None


def held(note: str, owner: str, until: datetime) -> str:
    """The same note, of a process that needs host monitoring off until then. owner: a word for it."""
    return f"{_OWNER.sub('', note)} by {owner}, needed until {times.to_text(until)}"
