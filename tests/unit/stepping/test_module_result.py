# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns of its hosts' results: where it fails, with the code of the first failure."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import AccessDenied, CertopsError, DeadlineExceeded
from ansible_collections.certops.vsphere.plugins.module_utils._entry.steps_entry import to_module_result
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CONNECTED, EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import CHANGED, StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.step import failed


def broken(name: str, error: CertopsError) -> StepResult:
    """A host whose renewal failed."""
    return failed(EsxiHost(name, f"id-{name}", cluster="c1", connection_state=CONNECTED), "renew", error, reason="it expires soon")


DONE = StepResult("esx01", "renew", CHANGED, "it expires soon")
BUSY = broken("esx02", DeadlineExceeded("esx02 is busy", code="host_busy", remedy="Wait."))
REFUSED = broken("esx03", AccessDenied("esx03 refused", code="no_permission", remedy="Give it.", vsphere_fault="NoPermission"))


def test_a_module_that_fails_has_the_code_of_its_first_host_and_each_host_its_own() -> None:
    told = to_module_result([DONE, BUSY, REFUSED], 1)
    assert told.failure == "esx02 is busy. Wait. esx03 refused: vSphere said NoPermission. Give it."
    assert told.values["error_code"] == "host_busy"
    assert [one["error_code"] for one in told.values["hosts"]] == [None, "host_busy", "no_permission"]


def test_a_module_that_does_not_fail_has_no_code() -> None:
    told = to_module_result([DONE, BUSY], 1)
    assert (told.failure, "error_code" in told.values, told.warnings) == (None, False, ["esx02 is busy. Wait."])
