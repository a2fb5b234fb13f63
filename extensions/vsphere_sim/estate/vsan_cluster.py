# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The vSAN of a cluster: its objects, what it resynchronises, and what it loses where hosts go away meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional

HEALTHY = "healthy"
INACCESSIBLE = "inaccessible"
BYTES_OF_AN_OBJECT = 4 * 1024**3
# How long what changed while a host was away is resynchronised, and how many objects that are.
RESYNC_SECONDS = 8.0
RESYNCED_OBJECTS = 3


@dataclass
class VsanCluster:
    """objects: how many there are in each state. syncing: how many are resynchronised. witness: the id of a host that stands elsewhere.

    resync_seconds: how long a host that is back has to resynchronise. away: hosts of it, and its witness, that vCenter has disconnected.
    members: the ids of all of them. cut_off: those whose vSAN network is cut off from that of the others. with_witness: hosts that were away while the
    witness was, which nobody should do.
    """

    cluster: str
    objects: dict[str, int] = field(default_factory=lambda: {HEALTHY: 20})
    syncing: int = 0
    witness: Optional[str] = None
    resync_seconds: float = RESYNC_SECONDS
    away: set[str] = field(default_factory=set)
    members: list[str] = field(default_factory=list)
    cut_off: set[str] = field(default_factory=set)
    with_witness: set[str] = field(default_factory=set)

    def lost(self, moid: str) -> None:
        """A host goes away. Where objects have no other copy that is whole, one cannot be had any more, for good."""
        whole = self.objects.get(HEALTHY, 0)
        if (self.syncing or self.away or self.cut_off or set(self.objects) - {HEALTHY}) and whole:
            self.objects = {**self.objects, HEALTHY: whole - 1, INACCESSIBLE: self.objects.get(INACCESSIBLE, 0) + 1}
        self.away.add(moid)
        if self.witness in self.away:
            self.with_witness |= self.away - {self.witness}

    def back(self, moid: str) -> bool:
        """A host is back. Whether it has something to resynchronise: a witness has no data."""
        self.away.discard(moid)
        if moid == self.witness:
            return False
        self.syncing += RESYNCED_OBJECTS
        return True

    def seen_by(self, moid: str) -> list[str]:
        """Whom a member sees, itself among them. vCenter's connection to them has nothing to do with it."""
        return [one for one in self.members if (one in self.cut_off) == (moid in self.cut_off)]

    def synchronised(self) -> None:
        """What one host had to resynchronise is through."""
        self.syncing = max(0, self.syncing - RESYNCED_OBJECTS)

    def described(self) -> dict[str, Any]:
        """It for GET /state."""
        return {
            "cluster": self.cluster,
            "objects": dict(self.objects),
            "syncing": self.syncing,
            "witness": self.witness,
            "away": sorted(self.away),
            "cut_off": sorted(self.cut_off),
            "with_witness": sorted(self.with_witness),
        }
