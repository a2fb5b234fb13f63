# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts and policies that were given, and what is decided by them"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import CertopsError, InputError

FACTS_NOT_A_DICTIONARY = ErrorMessage(
    InputError,
    code="facts_not_a_dictionary",
    sentence="The facts are not a dictionary",
    remedy="Read them again with certops.vsphere.cert_expiry_facts of this version of the collection.",
)
FACTS_OF_ANOTHER_VERSION = ErrorMessage(
    InputError,
    code="facts_of_another_version",
    sentence="The facts have schema version {version!r} and not {known_version}",
    remedy="Read them again with certops.vsphere.cert_expiry_facts of this version of the collection.",
)
FACTS_UNREADABLE = ErrorMessage(
    InputError,
    code="facts_unreadable",
    sentence="The facts cannot be read ({reason})",
    remedy="Read them again with certops.vsphere.cert_expiry_facts of this version of the collection.",
)
POLICY_NOT_A_DICTIONARY = ErrorMessage(
    InputError,
    code="policy_not_a_dictionary",
    sentence="The policy is not a dictionary",
    remedy="Give it as one with any of: {options}.",
)
POLICY_OPTION_UNKNOWN = ErrorMessage(
    InputError,
    code="policy_option_unknown",
    sentence="The policy has no option {names}",
    remedy="Its options are: {options}.",
)
POLICY_VALUE_INVALID = ErrorMessage(
    InputError,
    code="policy_value_invalid",
    sentence="certops_{option} (the policy's option {option}) cannot be {value}",
    remedy="{expectation}.",
)
FIRST_HOSTS_IN_STANDBY = ErrorMessage(
    CertopsError,
    code="first_hosts_in_standby",
    sentence="{esxi_hosts} went into standby before anything was begun, and was to go first",
    remedy="Nothing was changed. Run again: another host goes first then.",
)
