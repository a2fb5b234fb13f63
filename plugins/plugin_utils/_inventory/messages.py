# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError

INVENTORY_POLICY_OPTION_UNKNOWN = ErrorMessage(
    InputError,
    code="inventory_policy_option_unknown",
    sentence="The policy of an inventory has no option {names}",
    remedy="Its options are: {options}.",
)
VCENTER_NAME_REPEATED = ErrorMessage(
    InputError,
    code="vcenter_name_repeated",
    sentence="The list has more than one vCenter {names}",
    remedy="Give each a name of its own.",
)
VCENTERS_NOT_A_LIST = ErrorMessage(
    InputError,
    code="vcenters_not_a_list",
    sentence="The option vcenters is not a list of vCenters",
    remedy="Give a list with one entry or more.",
)
VCENTER_NOT_A_DICTIONARY = ErrorMessage(
    InputError,
    code="vcenter_not_a_dictionary",
    sentence="vCenter {number} of the list is not a dictionary",
    remedy="Give its hostname, or a dictionary of its options.",
)
VCENTER_NAME_INVALID = ErrorMessage(
    InputError,
    code="vcenter_name_invalid",
    sentence="The name of vCenter {number} of the list is not text",
    remedy="Give the name that the inventory shall have.",
)
VCENTER_HOSTNAME_MISSING = ErrorMessage(
    InputError,
    code="vcenter_hostname_missing",
    sentence="vCenter {number} of the list has no hostname",
    remedy="Give it one.",
)
VCENTER_OPTION_UNKNOWN = ErrorMessage(
    InputError,
    code="vcenter_option_unknown",
    sentence="{vcenter} has no option {names}",
    remedy="There are: name, {options}.",
)
VCENTER_OPTION_WITH_MANY_VALUES = ErrorMessage(
    InputError,
    code="vcenter_option_with_many_values",
    sentence="{vcenter} has more than one value for {names}",
    remedy="Give one.",
)
VCENTER_OPTIONS_INVALID = ErrorMessage(
    InputError,
    code="vcenter_options_invalid",
    sentence="{vcenter}: {problems}",
    remedy="Correct the option. ansible-doc -t inventory certops.vsphere.estate has them all.",
)
INVENTORY_OPTION_UNKNOWN = ErrorMessage(
    InputError,
    code="inventory_option_unknown",
    sentence="The inventory has no option {names}",
    remedy="Correct its name. ansible-doc -t inventory certops.vsphere.estate has them all.",
)
INVENTORY_CONCURRENCY_INVALID = ErrorMessage(
    InputError,
    code="inventory_concurrency_invalid",
    sentence="The option concurrency cannot be {value}",
    remedy="Give 1 or more.",
)
VCENTER_NAME_TAKEN = ErrorMessage(
    InputError,
    code="vcenter_name_taken",
    sentence="The inventory has {vcenter} already, at {other_hostname} and not at {hostname}",
    remedy="Give each vCenter a name of its own.",
)
VCENTERS_UNREACHABLE = ErrorMessage(
    InputError,
    code="vcenters_unreachable",
    sentence="{unreachable} of {total} vCenters could not be read. {problems}",
    remedy="Fix what keeps them from being read, or set on_unreachable to warn, which goes on with the others.",
)
INVENTORY_OPTION_NOT_EVALUATED = ErrorMessage(
    InputError,
    code="inventory_option_not_evaluated",
    sentence="The option {option} cannot be evaluated as a template, and is not shown",
    remedy=(
        "Correct its template, and give the vault's password where it is encrypted; a secret with {{{{ or {{% in it is to be"
        " marked !unsafe, or encrypted."
    ),
)
INVENTORY_OPTION_NOT_TEMPLATED = ErrorMessage(
    InputError,
    code="inventory_option_not_templated",
    sentence="The option {option} cannot be evaluated ({reason})",
    remedy="Correct its template; it can use lookups and extra variables (-e), and no variables of hosts or groups.",
)
INVENTORY_FILE_INVALID = ErrorMessage(
    InputError,
    code="inventory_file_invalid",
    sentence="The file does not hold a dictionary of options",
    remedy="Give the options as a dictionary, plugin: certops.vsphere.estate among them.",
)
