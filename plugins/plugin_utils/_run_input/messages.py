# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run is given: variables and limits"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError

LIMIT_WITHOUT_HOSTS = ErrorMessage(
    InputError,
    code="limit_without_hosts",
    sentence="The limit {limit} selects no vCenter of the group vcenters, so nothing would be done",
    remedy=(
        "Name vCenters in it: a vCenter by itself selects all of its ESXi hosts, a vCenter with some of its ESXi hosts selects only these."
    ),
)
LIMIT_WITHOUT_VCENTER = ErrorMessage(
    InputError,
    code="limit_without_vcenter",
    sentence="The limit {limit} selects ESXi hosts and none of their vCenters, so nothing would be done",
    remedy="Type --limit '{limit_to_type}'.",
)
LIMIT_WITH_UNMANAGED_HOSTS = ErrorMessage(
    InputError,
    code="limit_with_unmanaged_hosts",
    sentence="The limit {limit} names {esxi_hosts}, and the inventory does not say which of its vCenters manages each",
    remedy="Give each ESXi host the variable vcenter, or limit the run to vCenters.",
)
LIMIT_LACKS_UNKNOWN_VCENTERS = ErrorMessage(
    InputError,
    code="limit_lacks_unknown_vcenters",
    sentence="The limit {limit} names {esxi_hosts}, and not the vCenter of each, so that nothing would be done to it",
    remedy="Name these vCenters in it too.",
)
LIMIT_LACKS_VCENTERS = ErrorMessage(
    InputError,
    code="limit_lacks_vcenters",
    sentence="The limit {limit} names {esxi_hosts}, and not the vCenter of each, so that nothing would be done to it",
    remedy="Type --limit '{limit_to_type}'.",
)
LIMIT_WITHOUT_HOSTS_OF_VCENTER = ErrorMessage(
    InputError,
    code="limit_without_hosts_of_vcenter",
    sentence=(
        "The limit {limit} selects {vcenter} and none of the ESXi hosts that it names under it, and a vCenter by itself would select all of"
        " its hosts"
    ),
    remedy="Take the vCenter out of the limit, or name it without ESXi hosts, to have all of them taken.",
)
VARIABLE_UNKNOWN = ErrorMessage(
    InputError,
    code="variable_unknown",
    sentence="Nothing was started, because this collection has no variable {names}",
    remedy=(
        "Correct the name, or take the variable out; docs/variables.md has them all. One of your own needs a name that does"
        " not begin with certops_."
    ),
)
VARIABLE_SET_BY_THE_RUN = ErrorMessage(
    InputError,
    code="variable_set_by_the_run",
    sentence="Nothing was started, because the run itself sets {names}, which an extra variable would replace",
    remedy="Take it out of the extra variables.",
)
VARIABLE_VALUE_INVALID = ErrorMessage(
    InputError,
    code="variable_value_invalid",
    sentence="Nothing was started: {problems}",
    remedy=(
        "Correct it where it is set; left out, a variable has its default. A question of an AWX survey that is left empty sets an empty text."
    ),
)
VCENTER_OF_HOST_INVALID = ErrorMessage(
    InputError,
    code="vcenter_of_host_invalid",
    sentence="The variable vcenter of {esxi_hosts} is not the name of one vCenter",
    remedy="Give each ESXi host the vCenter that manages it now, as the inventory calls it.",
)
INVENTORY_CUT = ErrorMessage(
    InputError,
    code="inventory_cut",
    sentence=(
        "Nothing was changed on {vcenter}: this inventory does not contain both the vCenters and their ESXi hosts, {reason}. With"
        " certops_scope {scope} some hosts would be missed, or all hosts of a vCenter taken in place of those that the inventory names"
    ),
    remedy=(
        "Set certops_scope to vcenter, which takes all the hosts that a vCenter knows, and slice an inventory that has only the"
        " group vcenters; or run a job for each vCenter, on the whole inventory with a limit."
    ),
)
PLAN_FILE_UNUSABLE = ErrorMessage(
    InputError,
    code="plan_file_unusable",
    sentence="Nothing was changed, because the approved plan {path} cannot be used: {problem}",
    remedy="Give the file that check mode wrote with certops_save_plan for these vCenters.",
)
