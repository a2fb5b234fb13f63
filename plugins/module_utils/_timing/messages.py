# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import DeadlineExceeded

WAIT_TIMED_OUT = ErrorMessage(
    DeadlineExceeded,
    code="wait_timed_out",
    sentence="The wait ended after {seconds:g} seconds without a result",
    remedy="Look at the tasks of the vCenter, and run again.",
)
