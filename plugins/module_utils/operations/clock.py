# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The time of day. Everything that decides by it takes it as an argument; this is where it comes from."""

from __future__ import annotations

from datetime import datetime

from ..timing.waiting import SYSTEM_CLOCK


def utc_now() -> datetime:
    """Now, aware and in UTC, to the second."""
    return SYSTEM_CLOCK.now()
