# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew a certificate through vCenter, which the module does, or over the ESXi host's own shell, which is done on the controller."""

from __future__ import annotations

from typing import Any

from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.modules.esxi_cert_regenerate import DEFINITION
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.speaking import SpeakingAction


class ActionModule(SpeakingAction):
    """What Ansible runs on the controller for the module of this name."""

    STEP = "renew"
    DEFINITION = DEFINITION

    def work(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """Run the module, or do what it would over the host's shell."""
        if self._task.args.get("method", "vcenter") != "cli":
            return super().work(task_vars)
        # Only here: Ansible compiles it anew in every run, and most of them have no host whose shell does it.
        from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import RENEW_CLI
        from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.cli_renewal import renew_over_the_shell

        hosts = " ".join(map(str, self._task.args.get("esxi_hosts") or ()))
        with self.speaking(task_vars, Progress(RENEW_CLI), hosts):
            return renew_over_the_shell(self)
