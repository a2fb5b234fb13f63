# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A service of an ESXi host, as vCenter shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

# Whoever wants it running starts it: nothing of vSphere's does.
MANUAL = "off"


@dataclass(frozen=True)
class HostService:
    """policy: when vSphere starts and stops it by itself - on (with the host), automatic (with its port), off (never)."""

    running: bool
    policy: str

    @property
    def against_policy(self) -> bool:
        """Whether it runs because somebody started it, and for as long as nobody stops it."""
        return self.running and self.policy == MANUAL

    def to_facts(self) -> dict[str, Any]:
        """The service as facts show it."""
        return {"running": self.running, "policy": self.policy}

    @classmethod
    def from_facts(cls, facts: Optional[Mapping[str, Any]]) -> Optional[HostService]:
        """The service that facts describe; None for none."""
        return None if facts is None else cls(bool(facts.get("running")), str(facts.get("policy") or ""))
