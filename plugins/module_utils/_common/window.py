# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a batch would be finished before the maintenance window ends: by what turns of this run have taken, and by assumptions before that.

Pure. What is begun has to be brought to its end, so that the re-registration that closes a run is part of each estimate.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Iterable, Optional, Protocol, Sequence

# What the reason of a host begins with that is left to the next run.
WINDOW = "window: "
# Seconds, until a turn of this run has shown how long they are. Of one host, many of which are worked on side by side but for those of a cluster:
OF_A_HOST = {"renew": 10.0, "renew_cli": 180.0, "renew_custom_ca": 30.0, "reconnect": 60.0, "repair_trust": 10.0}
# Of a turn, whatever the number of its hosts: SPS restarts once, a vCenter is read once.
OF_A_TURN = {"reregister": 420.0, "verify": 60.0, "remove_orphan": 30.0}


class Turn(Protocol):
    """A turn that is to be taken."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Its steps."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Its hosts."""


class Measured(Protocol):
    """A turn that was taken. seconds: how long it took; None while nobody knows."""

    @property
    def steps(self) -> tuple[str, ...]:
        """Its steps."""

    @property
    def hosts(self) -> int:
        """How many hosts it had."""

    @property
    def seconds(self) -> Optional[float]:
        """How long it took."""


def seconds_of(turns: Iterable[Turn], taken: Sequence[Measured]) -> float:
    """How long some turns would take, one after the other. taken: those of this run."""
    return sum(_of_turn(turn, taken) for turn in turns)


def fits(turns: Iterable[Turn], taken: Sequence[Measured], now: datetime, end: datetime) -> bool:
    """Whether they would be through before the window ends."""
    return now + timedelta(seconds=seconds_of(turns, taken)) <= end


def why_held(end: datetime) -> str:
    """Why a host is not begun, in words."""
    return f"{WINDOW}it would not be finished before the window ends, at {end:%Y-%m-%d %H:%M} UTC (certops_window_end)"


def _of_turn(turn: Turn, taken: Sequence[Measured]) -> float:
    step = turn.steps[0]
    seen = [one for one in taken if one.steps[0] == step and one.seconds is not None and one.hosts]
    if step in OF_A_TURN:
        return max((one.seconds or 0.0 for one in seen), default=OF_A_TURN[step])
    each = max(((one.seconds or 0.0) / one.hosts for one in seen), default=OF_A_HOST[step])
    return each * len(turn.hosts)
