# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions and filters on the controller"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError

REPORT_FOLDER_NOT_WRITABLE = ErrorMessage(
    InputError,
    code="report_folder_not_writable",
    sentence="The report cannot be written into {folder} ({reason})",
    remedy="Give a folder of the controller that its user may write to, with certops_report_dir (or certops_textfile_dir, where it is that one).",
)
VERIFICATION_FAILED = ErrorMessage(
    CertopsError,
    code="verification_failed",
    sentence="Verification failed for {esxi_host}: {problems}",
    remedy="No further hosts were started. Look at these hosts, and run again.",
)
GROUP_VCENTERS_MISSING = ErrorMessage(
    InputError,
    code="group_vcenters_missing",
    sentence="The inventory has no group vcenters, so there is nothing to look at",
    remedy="Give an inventory with -i whose group vcenters has a host for each vCenter.",
)
GROUP_VCENTERS_SLICED_AWAY = ErrorMessage(
    InputError,
    code="group_vcenters_sliced_away",
    sentence=(
        "The group vcenters has no host here, and the group esxi has some, as in a slice of an inventory that mixes them: nothing would be done"
        " for them"
    ),
    remedy="Slice an inventory that has only the group vcenters, or set certops_scope to vcenter for all of it.",
)
GROUP_VCENTERS_EMPTY = ErrorMessage(
    InputError,
    code="group_vcenters_empty",
    sentence="The group vcenters of the inventory has no host, so there is nothing to look at",
    remedy="Give it a host for each vCenter.",
)
REPORT_FOLDER_MISSING = ErrorMessage(
    InputError,
    code="report_folder_missing",
    sentence="The report has no folder to be written into",
    remedy="Give one of the controller with certops_report_dir.",
)
FILTER_ARGUMENTS_WRONG = ErrorMessage(
    InputError,
    code="filter_arguments_wrong",
    sentence="The arguments of the filter are wrong ({reason})",
    remedy="See ansible-doc -t filter {filter_name}.",
)
