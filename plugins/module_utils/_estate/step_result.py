# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a step did to one host: the only shape that such a result has, from the step that made it to the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Optional

CHANGED = "changed"
UNCHANGED = "unchanged"
FAILED = "failed"
NOT_STARTED = "not_started"
# In standby when its turn came: passed over, which is no failure.
ASLEEP = "asleep"

# The step that brings providers back, by its name in a plan.
REREGISTER = "reregister"
# What brought a provider back, the gentlest first: itself; a task of SMS's, named by its method; vCenter, after it was unregistered; a restart of
# SPS; an explicit registration.
HEALED = "healed"
SYNC = "sync"
RECONNECT = "reconnect"
REFRESH = "refresh"
BY_ITSELF = "by_itself"
SPS_RESTART = "sps_restart"
REGISTER = "register"
CURES = (HEALED, SYNC, RECONNECT, REFRESH, BY_ITSELF, SPS_RESTART, REGISTER)


@dataclass(frozen=True)
class StepResult:
    """What a step did to one host. Where it failed, error is the whole message, error_code its name, and vsphere_fault what vSphere answered
    then; before and after are what was read back. cured_by: which of CURES brought a provider back, None for none, and for other steps.
    other_providers: on the first of those for which SPS was restarted, what that left of the providers of others. ha_pending: whether the host's agent
    of vSphere HA is not well, and is judged after the reconnect that follows."""

    esxi_host: str
    step: str
    status: str
    reason: str
    error: Optional[str] = None
    error_code: Optional[str] = None
    before: Any = None
    after: Any = None
    trusted_by: Optional[str] = None
    notes: tuple[str, ...] = ()
    vsphere_fault: str = ""
    cured_by: Optional[str] = None
    other_providers: Optional[Mapping[str, Any]] = None
    ha_pending: bool = False

    def to_facts(self) -> dict[str, Any]:
        """The result as a module returns it."""
        return {
            "esxi_host": self.esxi_host,
            "step": self.step,
            "status": self.status,
            "changed": self.status == CHANGED or (self.status == FAILED and _lasting(self.before) != _lasting(self.after)),
            "failed": self.status == FAILED,
            "reason": self.reason,
            "error": self.error,
            "error_code": self.error_code,
            "before": self.before,
            "after": self.after,
            "trusted_by": self.trusted_by,
            "notes": list(self.notes),
            "vsphere_fault": self.vsphere_fault,
            **({"cured_by": self.cured_by} if self.step == REREGISTER else {}),
            **({"other_providers": dict(self.other_providers)} if self.other_providers is not None else {}),
            **({"ha_pending": True} if self.ha_pending else {}),
        }


def _lasting(shown: Any) -> Any:
    """What was read, without what changes by itself as time goes by."""
    if isinstance(shown, Mapping):
        return {key: _lasting(value) for key, value in shown.items() if key != "days_left"}
    return shown
