# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A CA of the operator's, and what it signs"""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, InputError

CUSTOM_CA_UNUSABLE = ErrorMessage(
    InputError,
    code="custom_ca_unusable",
    sentence="Nothing was changed on {vcenter}: certops_custom_ca cannot be used ({reason})",
    remedy="See docs/custom_ca.md for what it can be.",
)
REQUEST_NOT_SIGNED = ErrorMessage(
    CertopsError,
    code="request_not_signed",
    sentence="The certificate request of {esxi_host} was not signed: the CA of certops_custom_ca (method {method}) failed, {reason}",
    remedy="Nothing was changed on the host. Check the CA, and run again.",
)
