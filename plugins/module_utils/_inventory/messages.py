# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vCenters of an inventory"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import InputError

VCENTER_LISTED_TWICE = ErrorMessage(
    InputError,
    code="vcenter_listed_twice",
    sentence="{vcenter} and {other_vcenter} are one vCenter, with the instance UUID {instance_uuid}",
    remedy="Take one of them out of the list: a run would work on the same ESXi hosts twice at the same time.",
)
