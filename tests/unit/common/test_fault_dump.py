# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What another collection's module says of a failure, in words."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.fault_dump import in_words

DUMP = """Failed to take a snapshot: (vim.fault.NoPermission) {
   dynamicType = <unset>,
   dynamicProperty = (vmodl.DynamicProperty) [],
   msg = 'Permission to perform this operation was denied.',
   faultCause = <unset>,
   object = 'vim.VirtualMachine:vm-7',
   privilegeId = 'VirtualMachine.State.CreateSnapshot'
}"""


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            DUMP,
            "Failed to take a snapshot: NoPermission: Permission to perform this operation was denied"
            " (VirtualMachine.State.CreateSnapshot).",
        ),
        ("(vmodl.fault.SystemError) {\n   msg = 'It broke',\n   reason = ''\n}", "SystemError: It broke."),
        ("Unable to find the virtual machine", "Unable to find the virtual machine."),
        ("It is not there. Look for it!", "It is not there. Look for it!"),
        ("", ""),
    ],
)
def test_a_dump_is_told_in_words(told: str, words: str) -> None:
    assert in_words(told) == words
