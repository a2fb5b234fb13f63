# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaskManager: what vCenter does now, and did in the last minutes."""

from __future__ import annotations

from typing import Any, Optional

from pyVmomi import vim

from ..estate.servant import EstateServant
from ..estate.sessions import Session
from ..soap.servant import readable


class TaskManager(EstateServant):
    """Recent tasks."""

    kind = vim.TaskManager

    @readable("recentTask")
    def recent(self, session: Optional[Session]) -> list[Any]:
        return self.vcenter.recent_tasks.references(self.vcenter.now())

    @readable("maxCollector")
    def max_collector(self, session: Optional[Session]) -> int:
        return 32
