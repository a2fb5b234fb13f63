# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row of the table: what was measured, what it was to reach, and what it did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Sequence


@dataclass(frozen=True)
class Row:
    """One figure. reached is None for one that is only told, without a target."""

    what: str
    how: str
    target: str
    result: str
    reached: Optional[bool]

    @property
    def word(self) -> str:
        """Whether the target was reached, in a word."""
        return {True: "yes", False: "**no**", None: ""}[self.reached]


def median(values: Sequence[float]) -> float:
    """The middle one of an odd number of figures, or between the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def spread(values: Sequence[float], digits: int = 1) -> str:
    """The median with the lowest and the highest, where there are several."""
    text = f"{median(values):.{digits}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{digits}f} to {max(values):.{digits}f})"
