# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Providers of others (arrays, vSAN, external ones): never touched, but a restart of SPS concerns them too, and what it leaves of them is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Mapping, Optional, Sequence

from .._common.errors import CertopsError, DeadlineExceeded, TransientError
from .._common.unforeseen import foreseen
from .._estate.provider import OtherProvider
from .._stepping.port import VSphere
from .._timing.waiting import Deadline, wait_until
from .provider_work import LOOK_AT_PROVIDERS

# How long those that were online are given to be so again, after SMS has answered.
SETTLING_SECONDS = 30.0
NO_STATUS = "no status"
GONE = "gone"


@dataclass(frozen=True)
class OthersOutcome:
    """How many there were of each status, before and after, and which are another now; None for what could not be read."""

    before: Optional[Mapping[str, int]]
    after: Optional[Mapping[str, int]]
    changed: Sequence[Mapping[str, Any]]

    def to_facts(self) -> dict[str, Any]:
        """As a module returns it."""
        return {
            "before": dict(self.before) if self.before is not None else None,
            "after": dict(self.after) if self.after is not None else None,
            "changed": [dict(one) for one in self.changed],
        }


def read_others(vsphere: VSphere) -> Optional[list[OtherProvider]]:
    """All of them; None where they cannot be read, which is no failure of the step."""
    try:
        return foreseen("reading the other storage providers", vsphere.other_providers, consequence=LOOK_AT_PROVIDERS)
    except CertopsError:
        return None


def compared(vsphere: VSphere, before: Optional[Sequence[OtherProvider]], deadline: Deadline) -> OthersOutcome:
    """What a restart of SPS left of them, after a while in which they may come back."""
    if not before:
        return OthersOutcome(_counts(before), _counts(before), ())
    found: Optional[list[OtherProvider]] = None

    def look() -> Optional[bool]:
        nonlocal found
        try:
            found = vsphere.other_providers()
        except TransientError:
            return None
        return None if _changes(before, found) else True

    limit = Deadline(min(SETTLING_SECONDS, deadline.left_seconds), vsphere.clock)
    try:
        foreseen("reading the other storage providers", lambda: wait_until(look, limit), consequence=LOOK_AT_PROVIDERS)
    except (DeadlineExceeded, CertopsError):
        pass  # What was seen last counts.
    return OthersOutcome(_counts(before), _counts(found), _changes(before, found) if found is not None else ())


def _counts(found: Optional[Sequence[OtherProvider]]) -> Optional[dict[str, int]]:
    return None if found is None else dict(sorted(Counter(one.status or NO_STATUS for one in found).items()))


def _changes(before: Sequence[OtherProvider], after: Sequence[OtherProvider]) -> list[dict[str, Any]]:
    """Those that were there, and are of another status now, or gone. One that is online now and was not is no loss."""
    now = {one.provider_uid: one.status or NO_STATUS for one in after}
    return [
        {
            "provider_uid": one.provider_uid,
            "name": one.name,
            "before": one.status or NO_STATUS,
            "after": now.get(one.provider_uid, GONE),
        }
        for one in before
        if now.get(one.provider_uid, GONE) not in (one.status or NO_STATUS, "online")
    ]
