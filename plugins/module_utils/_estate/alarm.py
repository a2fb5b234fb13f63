# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An alarm that vCenter raised on an ESXi host, and what became of such between two looks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

from .._certificates.certificate import needed


@dataclass(frozen=True)
class Alarm:
    """name: of the alarm's definition, as vCenter shows it. status: red or yellow."""

    name: str
    status: Optional[str] = None

    def to_facts(self) -> dict[str, Any]:
        """The alarm as facts show it."""
        return {"name": self.name, "status": self.status}

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> Alarm:
        """The alarm that facts describe. Raises ValueError, KeyError or TypeError where they do not."""
        status = facts.get("status")
        return cls(needed(facts, "name"), None if status is None else str(status))
