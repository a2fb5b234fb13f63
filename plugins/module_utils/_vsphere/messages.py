# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls to vCenter"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import AccessDenied, CertopsError, DeadlineExceeded, NotOffered, SessionExpired, TransientError

REST_SESSION_MISSING = ErrorMessage(
    NotOffered,
    code="rest_session_missing",
    sentence="{action} returned no session",
    remedy="vCenter 6.7 or newer is needed, with its REST API running (the service vmware-vapi-endpoint).",
)
VCENTER_CERTIFICATE_UNUSABLE = ErrorMessage(
    CertopsError,
    code="vcenter_certificate_unusable",
    sentence="{certificate} of {vcenter} cannot be used: {problem}",
    remedy="Look at it in vCenter's certificate management.",
)
REST_FAILED_IN_PASSING = ErrorMessage(
    TransientError,
    code="rest_failed_in_passing",
    sentence="{action} failed",
    remedy="Run again in some minutes.",
)
REST_SESSION_REFUSED = ErrorMessage(
    SessionExpired,
    code="rest_session_refused",
    sentence="{action} was refused",
    remedy="Check the username and the password.",
)
REST_PERMISSION_DENIED = ErrorMessage(
    AccessDenied,
    code="rest_permission_denied",
    sentence="{action} was refused",
    remedy="Give the account's role what it needs for this.",
)
REST_NOT_OFFERED = ErrorMessage(
    NotOffered,
    code="rest_not_offered",
    sentence="{action} is not offered",
    remedy="This vCenter's version does not have it.",
)
REST_TIMED_OUT = ErrorMessage(
    DeadlineExceeded,
    code="rest_timed_out",
    sentence="{action} did not finish within the time limit of vCenter or of this request",
    remedy="It may still be running: check the state of the service before you try again.",
)
GROUPS_NOT_TOLD = ErrorMessage(
    NotOffered,
    code="groups_not_told",
    sentence="{action} returned nothing: {problem}",
    remedy="Give the username as USER@DOMAIN, and look at the account's groups in vCenter (Administration, Single Sign On).",
)
STS_REFUSED = ErrorMessage(
    CertopsError,
    code="sts_refused",
    sentence="{action} was refused",
    remedy="Check the username and the password.",
)
REST_FAILED = ErrorMessage(
    CertopsError,
    code="rest_failed",
    sentence="{action} failed",
    remedy="Look at the state of the service in vCenter's management interface.",
)
CERTIFICATE_MANAGER_HIDDEN = ErrorMessage(
    CertopsError,
    code="certificate_manager_hidden",
    sentence="vCenter shows no certificate manager of {esxi_host}",
    remedy="Give the account Certificate.Manage and System.View on the host.",
)
SERVICES_NOT_NOTIFIABLE = ErrorMessage(
    CertopsError,
    code="services_not_notifiable",
    sentence="The services of {esxi_host} cannot be notified that its certificate changed",
    remedy="Restart them on the host (hostd, or the host itself).",
)
HOST_TASKS_HIDDEN = ErrorMessage(
    CertopsError,
    code="host_tasks_hidden",
    sentence="The tasks of {esxi_host} cannot be seen",
    remedy="Give the account System.View on the host.",
)
NOT_A_VCENTER = ErrorMessage(
    CertopsError,
    code="not_a_vcenter",
    sentence="{server} is {kind}, not a vCenter Server",
    remedy="Give the hostname of the vCenter that has the ESXi hosts.",
)
SMS_SESSION_MISSING = ErrorMessage(
    CertopsError,
    code="sms_session_missing",
    sentence="{vcenter} returned no session cookie, so SMS cannot be queried",
    remedy="Check that it is a vCenter with SPS.",
)
PRIVILEGES_INCOMPLETE = ErrorMessage(
    CertopsError,
    code="privileges_incomplete",
    sentence="{action} failed, because the answer left out {missing} of {asked} objects ({example} among them)",
    remedy="Run again; if it stays so, look at the vCenter's log (vpxd.log).",
)
TASK_HIDDEN = ErrorMessage(
    CertopsError,
    code="task_hidden",
    sentence="{action} cannot be followed, because vCenter no longer shows its task",
    remedy="Look at the task in vCenter before running again.",
)
TASK_UNREADABLE = ErrorMessage(
    CertopsError,
    code="task_unreadable",
    sentence="{action} cannot be followed: {reason}",
    remedy="Look at the task in vCenter before running again.",
)
TASK_FAILED_WITHOUT_REASON = ErrorMessage(
    CertopsError,
    code="task_failed_without_reason",
    sentence="{action} failed",
    remedy="Look at the task in vCenter before running again.",
)
TASK_NOT_ENDED = ErrorMessage(
    DeadlineExceeded,
    code="task_not_ended",
    sentence="{action} did not end within {seconds:g} seconds",
    remedy="It may still be going on. Look at the task in vCenter before running again.",
)
SERVICE_SYSTEM_HIDDEN = ErrorMessage(
    CertopsError,
    code="service_system_hidden",
    sentence="vCenter shows no service system of {esxi_host}",
    remedy="Give the account System.View and Host.Config.NetService on the host.",
)
