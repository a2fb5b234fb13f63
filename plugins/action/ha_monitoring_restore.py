# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do the work of the module of this name, and say meanwhile how far it has got."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.modules.ha_monitoring_restore import DEFINITION
from ansible_collections.certops.vsphere.plugins.plugin_utils._controller.speaking import SpeakingAction


class ActionModule(SpeakingAction):
    """What Ansible runs on the controller for the module of this name."""

    STEP = "guard"
    DEFINITION = DEFINITION
