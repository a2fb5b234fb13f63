# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Storage providers, and SPS"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import AccessDenied, CertopsError, DeadlineExceeded
from .._estate.sps_state import SERVICES_GROUP

_HANGING = (
    "Storage policies, CSI volumes and new provisioning may be affected until SPS runs: look at vmware-sps in the appliance's"
    " management interface and at sps.log, and start nothing else on this vCenter."
)
ENDPOINT_WITHOUT_CERTIFICATE = ErrorMessage(
    CertopsError,
    code="endpoint_without_certificate",
    sentence="{esxi_host} served no certificate",
    remedy=(
        "Check iofiltervpd on the host, the firewall ruleset iofiltervp and DNS; reconnect the host where it still serves an"
        " old certificate."
    ),
)
PROVIDERS_NOT_READ = ErrorMessage(
    CertopsError,
    code="providers_not_read",
    sentence="The storage providers of {vcenter} could not be read, so nothing was unregistered ({reasons})",
    remedy="Run again when SMS answers and the account has StorageViews.View.",
)
PROVIDER_ACCOUNT_MISSING = ErrorMessage(
    CertopsError,
    code="provider_account_missing",
    sentence="certops_reregister_method register needs certops_provider_username and certops_provider_password",
    remedy="Set them, or use the method sps_restart, which needs no account.",
)
PROVIDER_BLOCKED = ErrorMessage(
    CertopsError,
    code="provider_blocked",
    sentence="The provider of {esxi_host} was not touched. {blocker}",
    remedy="{blocker_remedy}",
)
SPS_NOT_READY = ErrorMessage(
    CertopsError,
    code="sps_not_ready",
    sentence="The storage profile service (SPS) of {vcenter} is {state}, so nothing was unregistered",
    remedy="Wait until it has started, or start it, and run again.",
)
SPS_IS_DISABLED = ErrorMessage(
    CertopsError,
    code="sps_is_disabled",
    sentence="The startup type of SPS of {vcenter} is DISABLED, so that vCenter would not restart it, and nothing was unregistered",
    remedy="Set it to AUTOMATIC in the appliance's management interface (service vmware-sps), and run again.",
)
SPS_RESTART_NOT_PERMITTED = ErrorMessage(
    AccessDenied,
    code="sps_restart_not_permitted",
    sentence="The account may not restart SPS of {vcenter}, so nothing was unregistered",
    remedy=f"Put it into the SSO group {SERVICES_GROUP}, itself and not by way of another group, and run again.",
)
SPS_RESTART_NOT_PROVEN = ErrorMessage(
    CertopsError,
    code="sps_restart_not_proven",
    sentence="It could not be proven that the account may restart SPS of {vcenter}, so nothing was unregistered ({reason})",
    remedy=f"See that the account is in the SSO group {SERVICES_GROUP} and that vCenter's REST API and STS answer, and run again.",
)
SPS_NOT_STARTED = ErrorMessage(
    DeadlineExceeded,
    code="sps_not_started",
    sentence="The storage profile service (SPS) of {vcenter} did not start within {seconds:g} seconds",
    remedy=_HANGING,
)
SMS_NOT_ANSWERING = ErrorMessage(
    DeadlineExceeded,
    code="sms_not_answering",
    sentence="SPS of {vcenter} is started, but the storage monitoring service (SMS) did not answer within {seconds:g} seconds",
    remedy=_HANGING,
)
SPS_STILL_RESTARTING = ErrorMessage(
    DeadlineExceeded,
    code="sps_still_restarting",
    sentence="Another restart of SPS of {vcenter} did not end within {seconds:g} seconds",
    remedy=_HANGING,
)
SPS_NOT_RESTARTED = ErrorMessage(
    DeadlineExceeded,
    code="sps_not_restarted",
    sentence="Restarting SPS of {vcenter} was refused for {seconds:g} seconds",
    remedy=_HANGING,
)
ENDPOINT_NOT_TRUSTED = ErrorMessage(
    CertopsError,
    code="endpoint_not_trusted",
    sentence=(
        "The provider of {esxi_host} was not touched, because port 9080 of the host does not answer with a certificate that"
        " can be trusted ({problem})"
    ),
    remedy=(
        "Check iofiltervpd on the host, the firewall ruleset iofiltervp and DNS; reconnect the host where it still serves an"
        " old certificate."
    ),
)
PROVIDER_OF_DISCONNECTED_HOST = ErrorMessage(
    CertopsError,
    code="provider_of_disconnected_host",
    sentence=(
        "The provider of {esxi_host} was not touched, because the host is {connection_state}, and SPS registers connected"
        " hosts only"
    ),
    remedy="Reconnect the host first.",
)
PROVIDER_NOT_BACK = ErrorMessage(
    CertopsError,
    code="provider_not_back",
    sentence="The storage provider of {esxi_host} did not come back within {seconds:g} seconds: {finding}",
    remedy="Look at the host's firewall (TCP 9080 from vCenter), at its certificate and at sps.log, and run again.",
)
PROVIDER_OF_REMOVED_HOST = ErrorMessage(
    CertopsError,
    code="provider_of_removed_host",
    sentence=(
        "{esxi_host} has no registered provider and will not get one back, because the host was removed from {vcenter} in the meantime"
    ),
    remedy="Nothing further was done to it. Run again, and take it out of the inventory if it is gone for good.",
)
PROVIDER_OF_RENAMED_HOST = ErrorMessage(
    CertopsError,
    code="provider_of_renamed_host",
    sentence=(
        "{esxi_host} has no registered provider and will not get one back under that name, because the host was renamed to"
        " {new_name} in {vcenter} in the meantime"
    ),
    remedy="SPS registers the providers of hosts by the names that vCenter has now. Run again: a new plan goes by these.",
)
