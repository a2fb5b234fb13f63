# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before a run changes anything"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError

RUN_NOT_ALLOWED = ErrorMessage(
    InputError,
    code="run_not_allowed",
    sentence="Pre-flight checks failed for {vcenter}; nothing was changed. {blockers}",
    remedy="{blocker_remedy}",
)
HOST_NAMES_UNCLEAR = ErrorMessage(
    InputError,
    code="host_names_unclear",
    sentence="Nothing was changed on {vcenter}. {problems}",
    remedy=(
        "A host is known by its name in vCenter, the short form of it, its addresses and its inventory name; a pattern may match any of"
        " these. Correct the entry, and run again."
    ),
)
REGISTERING_ACCOUNT_MISSING = ErrorMessage(
    InputError,
    code="registering_account_missing",
    sentence=(
        "Nothing was changed on {vcenter}: certops_reregister_method is register, and certops_provider_username or"
        " certops_provider_password is not set"
    ),
    remedy="Use the method sps_restart, which needs no account. Whether vCenter accepts an account for IOFilter providers is unproven.",
)
METRICS_TWICE = ErrorMessage(
    InputError,
    code="metrics_twice",
    sentence="The metrics of {vcenter} are in {file} too, and node_exporter would drop one of the two in silence",
    remedy="Remove that file: with certops_textfile_dir each vCenter has one file there, whichever job writes it.",
)
SNAPSHOT_COLLECTION_MISSING = ErrorMessage(
    InputError,
    code="snapshot_collection_missing",
    sentence=(
        "Nothing was changed on {vcenter}: certops_protection is snapshot, which needs the module vm_snapshot of the collection vmware.vmware,"
        " and that is not installed, or in a version before it had one"
    ),
    remedy=(
        'Install it with "ansible-galaxy collection install --upgrade vmware.vmware", or take a snapshot yourself and set'
        " certops_protection to confirmed."
    ),
)
SNAPSHOT_PLACE_MISSING = ErrorMessage(
    InputError,
    code="snapshot_place_missing",
    sentence=(
        "Nothing was changed on {vcenter}: certops_protection is snapshot, which needs to know where the vCenter's own virtual"
        " machine is"
    ),
    remedy=(
        "Set certops_vcenter_vm_folder to its folder (DATACENTER/vm/...), certops_vcenter_vm to its name, and"
        " certops_vcenter_vm_managed_by to the inventory name of the vCenter that manages it, one of the group vcenters."
    ),
)
SNAPSHOT_FAILED = ErrorMessage(
    CertopsError,
    code="snapshot_failed",
    sentence="Nothing was changed on {vcenter}: no snapshot could be taken of {machine}. {reason}",
    remedy=(
        "Check certops_vcenter_vm, certops_vcenter_vm_folder and certops_vcenter_vm_managed_by, and what the account may do there,"
        " or take a snapshot yourself and set certops_protection to confirmed."
    ),
)
WINDOW_END_INVALID = ErrorMessage(
    InputError,
    code="window_end_invalid",
    sentence="Nothing was changed, because certops_window_end cannot be {value}: {problem}",
    remedy="Correct it, and run again.",
)
RUN_ENDED_BEFORE_READING = ErrorMessage(
    CertopsError,
    code="run_ended_before_reading",
    sentence="The run ended before {vcenter} was read",
    remedy="Run again; where it happens again, the output above the report says what ended the run.",
)
