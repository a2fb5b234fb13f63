# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Connections to vCenter"""

from __future__ import annotations

from .._common.error_message import ErrorMessage
from .._common.errors import AccessDenied, CertopsError, ConnectionRefusedByTrust, RepeatableError, TransientError

TLS_TOO_OLD = ErrorMessage(
    CertopsError,
    code="tls_too_old",
    sentence="{action} was not attempted, because {server} does not support TLS 1.2, which is the minimum",
    remedy="Give the vCenter, or the proxy before it, a newer TLS.",
)
TLS_FAILED = ErrorMessage(
    TransientError,
    code="tls_failed",
    sentence="{action} failed, because the TLS handshake with {server} failed ({reason})",
    remedy="TLS 1.2 or newer is needed on both sides.",
)
NAME_NOT_RESOLVED = ErrorMessage(
    CertopsError,
    code="name_not_resolved",
    sentence="{action} failed, because the name {server} does not resolve",
    remedy="Check the hostname and DNS.",
)
ANSWER_TOO_SLOW = ErrorMessage(
    TransientError,
    code="answer_too_slow",
    sentence="{action} failed, because {server} did not send a complete answer within {seconds:g} s",
    remedy="Check the network path to it, or raise certops_request_timeout_seconds (the option request_timeout_seconds).",
)
NO_ANSWER_IN_TIME = ErrorMessage(
    TransientError,
    code="no_answer_in_time",
    sentence="{action} failed, because {server} did not answer in time",
    remedy="Check the network path to it, or raise certops_request_timeout_seconds (the option request_timeout_seconds).",
)
ANSWER_UNEXPECTED = ErrorMessage(
    TransientError,
    code="answer_unexpected",
    sentence="{action} failed: unexpected response from {server} ({problem})",
    remedy="Look at the proxy or load balancer before the vCenter, and whether its services run; then run again.",
)
CONNECTION_BROKEN = ErrorMessage(
    TransientError,
    code="connection_broken",
    sentence="{action} failed, because {server} broke the connection ({reason})",
    remedy="Run again; if it stays so, look at its logs.",
)
SERVER_UNREACHABLE = ErrorMessage(
    TransientError,
    code="server_unreachable",
    sentence="{action} failed, because {server} cannot be reached ({reason})",
    remedy="Check the hostname, the port and the network path to it.",
)
SERVER_CERTIFICATE_OF_ANOTHER_NAME = ErrorMessage(
    ConnectionRefusedByTrust,
    code="server_certificate_of_another_name",
    sentence="{action} was not attempted, because the certificate of {server} is for other names and does not verify ({reason})",
    remedy=(
        "Set certops_vcenter_hostname (the option hostname) to a name that it is issued for, or give the vCenter a machine SSL certificate"
        " for this name."
    ),
)
SERVER_CERTIFICATE_EXPIRED = ErrorMessage(
    ConnectionRefusedByTrust,
    code="server_certificate_expired",
    sentence=(
        "{action} was not attempted, because the certificate of {server}, or its CA's, has expired and does not verify ({reason})"
    ),
    remedy="Replace the vCenter's machine SSL certificate; check this machine's clock.",
)
SERVER_CERTIFICATE_NOT_YET_VALID = ErrorMessage(
    ConnectionRefusedByTrust,
    code="server_certificate_not_yet_valid",
    sentence="{action} was not attempted, because the certificate of {server} is not valid yet and does not verify ({reason})",
    remedy="Bring the clocks of vCenter and of this machine to the same NTP source.",
)
SERVER_CERTIFICATE_SELF_SIGNED = ErrorMessage(
    ConnectionRefusedByTrust,
    code="server_certificate_self_signed",
    sentence=(
        "{action} was not attempted, because the certificate of {server} is self-signed, not known here, and does not verify"
        " ({reason})"
    ),
    remedy="Compare its fingerprint with the one on the vCenter, and set certops_vcenter_ca_path (the option ca_path) to that very certificate.",
)
SERVER_CERTIFICATE_OF_UNKNOWN_CA = ErrorMessage(
    ConnectionRefusedByTrust,
    code="server_certificate_of_unknown_ca",
    sentence=(
        "{action} was not attempted, because the certificate of {server} was issued by a CA that is not trusted here, and does"
        " not verify ({reason})"
    ),
    remedy=(
        "Set certops_vcenter_ca_path (the option ca_path) to the certificate of the CA that issued it; if it is, find out who answers at that"
        " address."
    ),
)
SERVER_CERTIFICATE_UNVERIFIED = ErrorMessage(
    ConnectionRefusedByTrust,
    code="server_certificate_unverified",
    sentence="{action} was not attempted, because the certificate of {server} does not verify ({reason})",
    remedy="Find out who answers at that address, and what is wrong with its certificate.",
)
PROXY_ASKS_FOR_ACCOUNT = ErrorMessage(
    AccessDenied,
    code="proxy_asks_for_account",
    sentence="{action} was not attempted, because the proxy {proxy} asks for an account, or for another one ({answer})",
    remedy="Set certops_vcenter_proxy_username and certops_vcenter_proxy_password (the options proxy_username and proxy_password).",
)
PROXY_UNREACHABLE = ErrorMessage(
    TransientError,
    code="proxy_unreachable",
    sentence="{action} was not attempted, because the proxy {proxy} cannot be reached ({reason})",
    remedy="Check certops_vcenter_proxy_host, certops_vcenter_proxy_port and the network path to the proxy.",
)
UNKNOWN_TO_PYVMOMI = ErrorMessage(
    RepeatableError,
    code="unknown_to_pyvmomi",
    sentence="{action} failed, because pyVmomi {version} does not know {unknown}",
    remedy="Install the newest pyvmomi; if that does not know it either, please report it.",
)
PYVMOMI_TOO_OLD = ErrorMessage(
    RepeatableError,
    code="pyvmomi_too_old",
    sentence=(
        "{action} failed, because pyVmomi {version} is older than {server} (API version {server_version}) and does not know {unknown}"
    ),
    remedy="Install a pyvmomi that is as new as the vCenter: pip install 'pyvmomi>={needed_version}'.",
)
HTTP_ERROR = ErrorMessage(
    CertopsError,
    code="http_error",
    sentence="{action} failed",
    remedy="Check that it is a vCenter and that its services run.",
)
PROXY_REFUSED = ErrorMessage(
    CertopsError,
    code="proxy_refused",
    sentence="{action} was not attempted, because the proxy {proxy} does not connect to {server} ({answer})",
    remedy="See in the proxy's log why, or reach the vCenter without it.",
)
