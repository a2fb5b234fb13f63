# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the objects of a vSAN cluster are: whether one more host of it may be away for a moment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Mapping, Optional, Sequence

HEALTHY = "healthy"
# States of an object that say nothing about whether it can be had (VsanObjectHealthState: a reconfiguration, a policy that is not met).
UNRELATED = "nonavailabilityrelated"
_GIBIBYTE = 1024**3


def missing_members(names: Sequence[str]) -> Optional[str]:
    """Why no host of a cluster should go away while the others do not see these, in words; None for nobody."""
    return f"the other hosts do not see {', '.join(names)} in vSAN (its network is cut, or they are down)" if names else None


@dataclass(frozen=True)
class VsanHealth:
    """What the vSAN health service tells of a cluster.

    objects: how many are in each state of VsanObjectHealthState. syncing, syncing_bytes: how many objects are resynchronised, and how much is left
    of that; None where this vCenter does not tell. witnesses: the ids of hosts that are its witnesses, and stand elsewhere.
    """

    objects: Mapping[str, int] = field(default_factory=dict)
    syncing: Optional[int] = None
    syncing_bytes: Optional[int] = None
    witnesses: tuple[str, ...] = ()

    @property
    def at_risk(self) -> dict[str, int]:
        """The objects that could not be had, or not rebuilt, without another host: by their states."""
        return {
            state: number
            for state, number in sorted(self.objects.items())
            if number > 0 and state != HEALTHY and not state.lower().startswith(UNRELATED)
        }

    @property
    def problem(self) -> Optional[str]:
        """Why no host of the cluster should go away now, in words; None where nothing is seen that speaks against it."""
        found = []
        if self.at_risk:
            number, states = sum(self.at_risk.values()), ", ".join(f"{state}: {number}" for state, number in self.at_risk.items())
            found.append(f"{number} of {sum(self.objects.values())} objects of vSAN are not healthy ({states})")
        if self.syncing:
            left = "" if self.syncing_bytes is None else f", {self.syncing_bytes / _GIBIBYTE:.1f} GiB left"
            found.append(f"vSAN resynchronises {self.syncing} objects{left}")
        return "; ".join(found) or None

    def to_facts(self) -> dict[str, Any]:
        """It as facts show it."""
        return {
            "objects": dict(self.objects),
            "syncing": self.syncing,
            "syncing_bytes": self.syncing_bytes,
            "witnesses": list(self.witnesses),
            "problem": self.problem,
        }

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> VsanHealth:
        """What facts describe. Raises ValueError, TypeError or AttributeError where they do not."""
        syncing, left = facts.get("syncing"), facts.get("syncing_bytes")
        return cls(
            objects={str(state): int(number) for state, number in dict(facts.get("objects") or {}).items()},
            syncing=None if syncing is None else int(syncing),
            syncing_bytes=None if left is None else int(left),
            witnesses=tuple(str(one) for one in facts.get("witnesses") or ()),
        )
