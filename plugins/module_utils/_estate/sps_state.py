# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The storage profile service (SPS) as vCenter's REST API shows it."""

from __future__ import annotations

from typing import NamedTuple, Optional

# The SSO group whose members may restart services of the appliance: of the appliance's own interfaces KB 376424 and 411535 say so, of
# vcenter/services it is believed.
SERVICES_GROUP = "SystemConfiguration.Administrators"
STARTED = "STARTED"
# The states that pass by themselves.
PASSING = ("STARTING", "STOPPING")
DISABLED = "DISABLED"


class SpsState(NamedTuple):
    """state: STARTING, STARTED, STOPPING or STOPPED; health: HEALTHY, HEALTHY_WITH_WARNINGS or DEGRADED; startup_type: AUTOMATIC, MANUAL or
    DISABLED (Automation API reference, vcenter/services). None for what the vCenter does not show."""

    state: Optional[str] = None
    health: Optional[str] = None
    startup_type: Optional[str] = None
