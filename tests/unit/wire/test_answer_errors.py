# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an answer that is none, and of one that the installed pyVmomi is too old for."""

from __future__ import annotations

import pyVmomi
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import RepeatableError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.faults import CALL_ERRORS, translate
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer, UnreadableByPyvmomi

READING = "Reading the inventory of vc01"


def test_what_is_no_answer_is_as_a_lost_one() -> None:
    error = NotAnAnswer("a page of HTML")
    assert isinstance(error, CALL_ERRORS)
    told = translate(error, READING, server="vc01")
    assert isinstance(told, TransientError)
    assert str(told) == (
        "Reading the inventory of vc01 failed: unexpected response from vc01 (a page of HTML)."
        " Look at the proxy or load balancer before the vCenter, and whether its services run; then run again."
    )


def test_an_answer_that_pyvmomi_is_too_old_for_says_which_to_install() -> None:
    error = UnreadableByPyvmomi("QueryProviderInfo", "the value 'newer' of VasaProviderStatus", "99.2.0.0")
    assert isinstance(error, CALL_ERRORS)
    told = translate(error, READING, server="vc01")
    # What was changed is looked up; what is read is not read again.
    assert isinstance(told, RepeatableError)
    assert not isinstance(told, TransientError)
    assert str(told) == (
        f"Reading the inventory of vc01 failed, because pyVmomi {pyVmomi.version_info_str} is older than vc01 (API version 99.2.0.0)"
        " and does not know the value 'newer' of VasaProviderStatus in the answer to QueryProviderInfo."
        " Install a pyvmomi that is as new as the vCenter: pip install 'pyvmomi>=99.2'."
    )


def test_a_pyvmomi_that_is_not_older_is_not_said_to_be() -> None:
    for version in ("", pyVmomi.version_info_str, "6.7.3"):
        told = str(translate(UnreadableByPyvmomi("QueryOptions", "the type 'X'", version), READING, server="vc01"))
        assert "older" not in told
        assert "does not know the type 'X' in the answer to QueryOptions. Install the newest pyvmomi" in told
