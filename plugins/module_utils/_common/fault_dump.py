# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module of another collection says of a failure, in words: some give the whole fault as pyVmomi prints it."""

from __future__ import annotations

import re

from .errors import sentence

# (vim.fault.NoPermission) { dynamicType = <unset>, ..., msg = 'Permission ... denied.', ..., privilegeId = 'VirtualMachine.State.CreateSnapshot' }
_FAULT = re.compile(r"[(](?:vim|vmodl)[.]fault[.](\w+)[)] [{].*?msg = .(.*?).,.*", re.DOTALL)
_PRIVILEGE = re.compile(r"privilegeId = .([A-Za-z.]+)")


def in_words(told: str) -> str:
    """The sentence of a failure: instead of a dump the fault's name, what it says, and the privilege that was missing."""
    words = _FAULT.sub(r"\1: \2", told).strip()
    missing = _PRIVILEGE.search(told)
    return sentence(f"{words.rstrip('.')} ({missing[1]})" if missing else words)
