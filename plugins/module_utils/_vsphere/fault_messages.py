# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What vSphere may answer: faults that are known by name

Each is raised with the fault's own words beside it.
"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import AccessDenied, CertopsError, NotOffered, SessionExpired, TransientError

# Of a task: a login of ours that is refused has LOGIN_REFUSED.
INVALID_LOGIN = ErrorMessage(
    AccessDenied,
    code="invalid_login",
    sentence="{action} was refused",
    remedy=(
        "That is about vCenter's own account on the host (vpxuser) and its password there, and not about yours: connect the"
        " host in the vSphere Client, which asks for the host's root password and renews that account."
    ),
)
ALREADY_BEING_MANAGED = ErrorMessage(
    CertopsError,
    code="already_being_managed",
    sentence="{action} was refused, because another vCenter manages the host",
    remedy="Find out which vCenter the host belongs to. If it is this one, connect it in the vSphere Client, which takes it over.",
)
UNRECOGNIZED_HOST = ErrorMessage(
    CertopsError,
    code="unrecognized_host",
    sentence="{action} was refused, because vCenter does not recognise the host as the one that it knows",
    remedy=(
        "Another vCenter took it over meanwhile, or its identity changed: find out which, and connect it in the vSphere Client if it"
        " belongs here."
    ),
)
INVALID_STATE = ErrorMessage(
    CertopsError,
    code="invalid_state",
    sentence="{action} failed",
    remedy="Look at the state of the host in vCenter and run again.",
)
SSL_VERIFY_FAULT = ErrorMessage(
    CertopsError,
    code="ssl_verify_fault",
    sentence="{action} failed",
    remedy="Nothing was accepted. Find out who answers at the host's address before going on.",
)
CERTIFICATE_NOT_TRUSTED = ErrorMessage(
    CertopsError,
    code="certificate_not_trusted",
    sentence="{action} failed",
    remedy="Add the CA that issued it to vCenter's trusted roots (KB 402809).",
)
INVALID_CERTIFICATE = ErrorMessage(
    CertopsError,
    code="invalid_certificate",
    sentence="{action} failed",
    remedy="Check the host's certificate, its name and its clock.",
)
INCORRECT_USERNAME_PASSWORD = ErrorMessage(
    CertopsError,
    code="incorrect_username_password",
    sentence="{action} failed",
    remedy="Check the provider's username and password.",
)
PROVIDER_UNREGISTRATION_FAULT = ErrorMessage(
    CertopsError,
    code="provider_unregistration_fault",
    sentence="{action} failed",
    remedy="Make the host reachable on port 9080 and run again; an SPS restart can help.",
)
CERTIFICATE_NOT_IMPORTED = ErrorMessage(
    CertopsError,
    code="certificate_not_imported",
    sentence="{action} failed",
    remedy="Add the root of the CA that issued it to vCenter's trusted roots (KB 402809).",
)
CERTIFICATE_AUTHORITY_FAULT = ErrorMessage(
    CertopsError,
    code="certificate_authority_fault",
    sentence="{action} failed",
    remedy="Look at VMCA (the service vmcad and its log on the vCenter), and run again.",
)
INVALID_URL = ErrorMessage(
    CertopsError,
    code="invalid_url",
    sentence="{action} failed",
    remedy="Check from the vCenter that the host's name resolves and that its port 9080 answers (firewall ruleset iofiltervp).",
)
PROVIDER_REGISTRATION_FAULT = ErrorMessage(
    CertopsError,
    code="provider_registration_fault",
    sentence="{action} failed",
    remedy=(
        "Look into sps.log on the vCenter, and check that it reaches port 9080 of the host; sps_restart is the other way to"
        " register."
    ),
)
ALREADY_EXISTS = ErrorMessage(
    CertopsError,
    code="already_exists",
    sentence="{action} failed",
    remedy="Another provider has this name or url: look at the vCenter's storage providers, and run again.",
)
MANAGED_OBJECT_NOT_FOUND = ErrorMessage(
    CertopsError,
    code="managed_object_not_found",
    sentence="{action} failed",
    remedy="It was removed from vCenter meanwhile: run again, which reads everything anew.",
)
DUPLICATE_ENTRY = ErrorMessage(
    CertopsError,
    code="duplicate_entry",
    sentence="{action} failed",
    remedy="Nothing was changed by it. Please report it, with what was being run.",
)
NO_HOST = ErrorMessage(
    CertopsError,
    code="no_host",
    sentence="{action} failed",
    remedy="Check that vCenter reaches the host's address: the network, DNS, and port 443 of the host.",
)
HOST_COMMUNICATION = ErrorMessage(
    CertopsError,
    code="host_communication",
    sentence="{action} failed",
    remedy="Check that vCenter reaches the host, and that its hostd and vpxa run (KB 415250).",
)
TASK_IN_PROGRESS = ErrorMessage(
    CertopsError,
    code="task_in_progress",
    sentence="{action} failed",
    remedy="Another task is running on this object. Wait for it to finish, then run again.",
)
SERVICE_NOT_INITIALIZED = ErrorMessage(
    CertopsError,
    code="service_not_initialized",
    sentence="{action} failed",
    remedy="SPS is still starting: run again in some minutes.",
)
NO_PERMISSION = ErrorMessage(
    AccessDenied,
    code="no_permission",
    sentence="{action} was refused",
    remedy="Give the account's role the privilege that is named.",
)
VMCA_ROOT_YOUNGER_THAN_BACKDATING = ErrorMessage(
    CertopsError,
    code="vmca_root_younger_than_backdating",
    sentence="{action} failed",
    remedy="VMCA's root is younger than vpxd.certmgmt.certs.minutesBefore: set that to 10, renew, and set it back.",
)
SESSION_ENDED = ErrorMessage(
    SessionExpired,
    code="session_ended",
    sentence="{action} failed",
    remedy="Run again.",
)
FAILED_IN_PASSING = ErrorMessage(
    TransientError,
    code="failed_in_passing",
    sentence="{action} failed",
    remedy="Run again in some minutes.",
)
NOT_OFFERED = ErrorMessage(
    NotOffered,
    code="not_offered",
    sentence="{action} is not offered",
    remedy="This version of the vCenter, or of the host, does not have it.",
)
FAULT_WITHOUT_REMEDY = ErrorMessage(
    CertopsError,
    code="fault_without_remedy",
    sentence="{action} failed",
    remedy="Look at the task in vCenter for more.",
)
LOGIN_REFUSED = ErrorMessage(
    AccessDenied,
    code="login_refused",
    sentence="{action} was refused",
    remedy=(
        "Check the username (name@domain) and the password; repeated attempts can lock the account. If nobody else can log in"
        " either, vCenter's token-signing (STS) certificate may have expired (KB 316619)."
    ),
)
SIGNING_CERTIFICATE_INVALID = ErrorMessage(
    CertopsError,
    code="signing_certificate_invalid",
    sentence="{action} was refused",
    remedy="vCenter's token-signing (STS) certificate is not valid, and nobody can log in until it is replaced (KB 316619).",
)
