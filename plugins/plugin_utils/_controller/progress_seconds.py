# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a task, or the making of an inventory, may be silent: the variable certops_progress_seconds.

It leads to nothing else: the inventory plugin must not bring about what in_process.py does once, before the inventory is there.
"""

from __future__ import annotations

import threading
from typing import Any, Optional

VARIABLE = "certops_progress_seconds"
DEFAULT_SECONDS = 15.0
# A line comes so much earlier than it is due, so that the silence is no longer than it was said to be.
MARGIN = 0.1


def as_seconds(given: Any) -> Optional[float]:
    """What is given as a number of seconds, 0 for no lines; None where it is none that can be waited."""
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < threading.TIMEOUT_MAX else None
