# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host trusts the storage monitoring service (SMS), as far as that was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional


@dataclass(frozen=True)
class SmsTrust:
    """trusts: None where it cannot be determined. reason: in words. missing: the fingerprints (SHA-256) of what hosts that trust SMS have, and it has not."""

    trusts: Optional[bool]
    reason: str
    missing: tuple[str, ...] = ()

    def to_facts(self) -> dict[str, Any]:
        """As facts show it."""
        return {"trusts": self.trusts, "reason": self.reason, "missing": list(self.missing)}

    @classmethod
    def from_facts(cls, facts: Optional[Mapping[str, Any]]) -> Optional[SmsTrust]:
        """What facts describe; None where it was not looked at."""
        if facts is None:
            return None
        trusts = facts.get("trusts")
        return cls(
            None if trusts is None else bool(trusts),
            str(facts.get("reason") or ""),
            tuple(str(one) for one in facts.get("missing") or ()),
        )
