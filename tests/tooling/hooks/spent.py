# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the system does not count as this process's, and what it does without being its."""

from __future__ import annotations

# Seconds of CPU of each piece of work that a server did for this process.
ELSEWHERE: list[float] = []
# Processes that this one started for all.
OF_ALL: set[int] = set()
