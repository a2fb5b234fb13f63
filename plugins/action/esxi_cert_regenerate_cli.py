# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Have an ESXi host make its own certificate: all of it is done here, over the connection of the task."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CLI
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.speaking import SpeakingAction
from ansible_collections.certops.vsphere.plugins.plugin_utils._host_shell.cli_renewal import renew_over_the_shell


class ActionModule(SpeakingAction):
    """What Ansible runs on the controller for the module of this name."""

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Do what the module would, over the host's shell."""
        esxi_host = str(self._task.args.get("esxi_host") or "")
        with self.speaking(task_vars, Progress(RENEW_CLI, begun=(esxi_host,)), esxi_host):
            return renew_over_the_shell(self)
