# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what pyVmomi, TLS and HTTP raise to the collection's own errors."""

from __future__ import annotations

import re
import socket
import ssl
from http.client import HTTPException
from typing import Any, Optional

from .._certificates.certificate import CertificateError, parse
from .._common import errors
from .._common.error_message import ErrorMessage
from .._common.printable import on_one_line
from .._wire.answer_errors import NotAnAnswer, OutOfTime, UnreadableByPyvmomi, too_old
from .._wire.proxy import ProxyError
from .._wire.pyvmomi_library import VERSION, sms, vim, vmodl
from .._wire.tls import TOO_OLD
from . import fault_messages, transport_messages

# What a call can raise that is not a defect of ours.
CALL_ERRORS = (
    vmodl.MethodFault,
    HTTPException,
    ssl.SSLError,
    OSError,
    UnreadableByPyvmomi,
)

# Faults that pass by themselves (SMS API reference: ServiceNotInitialized while SPS starts, the others while it is busy).
_PASSING = (
    sms.fault.ServiceNotInitialized,
    sms.fault.ProviderBusy,
    sms.fault.ProviderUnavailable,
    sms.fault.SyncInProgress,
    vim.fault.TaskInProgress,
    vim.fault.Timedout,
    vim.fault.ConcurrentAccess,
    vmodl.fault.HostCommunication,
)
# Faults that need not come again. Only these themselves: what is derived from them says more, and mostly that it stays so (a certificate
# that is not trusted, a host of another version). Trust, accounts and privileges are never tried twice.
_REPEATABLE = (
    vim.fault.InvalidState,
    vim.fault.HostConnectFault,
    vim.fault.NoHost,
    vim.fault.InvalidHostState,
    vim.fault.InvalidHostConnectionState,
    vim.fault.AlreadyExists,
    vmodl.fault.SystemError,
    sms.fault.ProviderRegistrationFault,
    sms.fault.ProviderUnregistrationFault,
    sms.fault.CertificateAuthorityFault,
    sms.fault.InvalidUrl,
)
_SESSION_ENDED = (vim.fault.NotAuthenticated, sms.fault.InvalidSession, sms.fault.AuthConnectionFailed)

# In the order in which they are tried.
_KNOWN: tuple[tuple[type, ErrorMessage[errors.CertopsError]], ...] = (
    (vim.fault.InvalidLogin, fault_messages.INVALID_LOGIN),
    (vim.fault.AlreadyBeingManaged, fault_messages.ALREADY_BEING_MANAGED),
    (vim.fault.UnrecognizedHost, fault_messages.UNRECOGNIZED_HOST),
    (vim.fault.InvalidState, fault_messages.INVALID_STATE),
    (vim.fault.SSLVerifyFault, fault_messages.SSL_VERIFY_FAULT),
    (sms.fault.CertificateNotTrusted, fault_messages.CERTIFICATE_NOT_TRUSTED),
    (sms.fault.InvalidCertificate, fault_messages.INVALID_CERTIFICATE),
    (sms.fault.IncorrectUsernamePassword, fault_messages.INCORRECT_USERNAME_PASSWORD),
    (sms.fault.ProviderUnregistrationFault, fault_messages.PROVIDER_UNREGISTRATION_FAULT),
    (sms.fault.CertificateNotImported, fault_messages.CERTIFICATE_NOT_IMPORTED),
    (sms.fault.CertificateAuthorityFault, fault_messages.CERTIFICATE_AUTHORITY_FAULT),
    (sms.fault.InvalidUrl, fault_messages.INVALID_URL),
    (sms.fault.ProviderRegistrationFault, fault_messages.PROVIDER_REGISTRATION_FAULT),
    (vim.fault.AlreadyExists, fault_messages.ALREADY_EXISTS),
    (vmodl.fault.ManagedObjectNotFound, fault_messages.MANAGED_OBJECT_NOT_FOUND),
    (sms.fault.DuplicateEntry, fault_messages.DUPLICATE_ENTRY),
    (vim.fault.NoHost, fault_messages.NO_HOST),
    (vmodl.fault.HostCommunication, fault_messages.HOST_COMMUNICATION),
    (vim.fault.TaskInProgress, fault_messages.TASK_IN_PROGRESS),
    (sms.fault.ServiceNotInitialized, fault_messages.SERVICE_NOT_INITIALIZED),
    (vim.fault.NoPermission, fault_messages.NO_PERMISSION),
)
_SIGNING = re.compile(r"signing certificate is not valid|InvalidTimeRange", re.IGNORECASE)

# Why OpenSSL does not verify a certificate (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED = 9, 10, 18
_UNKNOWN_CA = frozenset({2, 19, 20, 21})
_ANOTHER_NAME = frozenset({62, 64})
_PASSING_STATUS = frozenset({"502", "503", "504"})


def describe(fault: Any) -> str:
    """A fault's name and words on one line, printable; certificates in it by their fingerprints."""
    name = type(fault).__name__.rsplit(".", 1)[-1]
    words = _words(fault)
    text = f"{name}: {words}" if words and words != name else name
    extra = _extra(fault)
    return on_one_line(f"{text} ({extra})" if extra else text)


def translate(error: BaseException, action: str, *, server: str = "") -> errors.CertopsError:
    """The error to raise for what a call raised. action: what was attempted, and on what."""
    if isinstance(error, errors.CertopsError):
        return error
    if isinstance(error, vmodl.MethodFault):
        return _from_fault(error, action)
    where = server or "vCenter"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, action, where)
    if isinstance(error, ssl.SSLError) and error.reason in TOO_OLD:
        return transport_messages.TLS_TOO_OLD(action=action, server=where)
    if isinstance(error, ssl.SSLError):
        return transport_messages.TLS_FAILED(action=action, server=where, reason=error.reason or error)
    if isinstance(error, socket.gaierror):
        return transport_messages.NAME_NOT_RESOLVED(action=action, server=where)
    if isinstance(error, OutOfTime):
        return transport_messages.ANSWER_TOO_SLOW(action=action, server=where, seconds=error.seconds)
    if isinstance(error, TimeoutError):
        return transport_messages.NO_ANSWER_IN_TIME(action=action, server=where)
    if isinstance(error, ProxyError):
        return _of_proxy(error, action, where)
    if isinstance(error, UnreadableByPyvmomi):
        return _too_new(error, action, where)
    if isinstance(error, NotAnAnswer):
        return transport_messages.ANSWER_UNEXPECTED(action=action, server=where, problem=error)
    if isinstance(error, HTTPException):
        text = str(error) or type(error).__name__
        if not text[:3].isdigit():
            # Without a status it is a broken connection: RemoteDisconnected, IncompleteRead, BadStatusLine.
            return transport_messages.CONNECTION_BROKEN(action=action, server=where, reason=text)
        kind = errors.TransientError if text[:3] in _PASSING_STATUS else errors.CertopsError
        return transport_messages.HTTP_ERROR.of_kind(kind)(action=action, vsphere_fault=f"HTTP {text}")
    if isinstance(error, OSError):
        return transport_messages.SERVER_UNREACHABLE(action=action, server=where, reason=error.strerror or error)
    raise AssertionError("not one of CALL_ERRORS") from error


def _untrusted(error: ssl.SSLCertVerificationError, action: str, where: str) -> errors.CertopsError:
    """Each way of not verifying has a remedy of its own; to trust another CA is one for few of them."""
    code = error.verify_code
    openssl = error.verify_message or error.reason
    if code in _ANOTHER_NAME:
        return transport_messages.SERVER_CERTIFICATE_OF_ANOTHER_NAME(action=action, server=where, reason=openssl)
    if code == _EXPIRED:
        return transport_messages.SERVER_CERTIFICATE_EXPIRED(action=action, server=where, reason=openssl)
    if code == _NOT_YET_VALID:
        return transport_messages.SERVER_CERTIFICATE_NOT_YET_VALID(action=action, server=where, reason=openssl)
    if code == _SELF_SIGNED:
        return transport_messages.SERVER_CERTIFICATE_SELF_SIGNED(action=action, server=where, reason=openssl)
    if code in _UNKNOWN_CA:
        return transport_messages.SERVER_CERTIFICATE_OF_UNKNOWN_CA(action=action, server=where, reason=openssl)
    return transport_messages.SERVER_CERTIFICATE_UNVERIFIED(action=action, server=where, reason=openssl)


def of_login(error: errors.CertopsError, action: str) -> errors.CertopsError:
    """What refused a login of ours, with what that can mean: the account is the operator's, and not one of vCenter's on a host."""
    if _SIGNING.search(error.vsphere_fault):
        refused = fault_messages.SIGNING_CERTIFICATE_INVALID.of_kind(type(error))
        return refused(action=action, vsphere_fault=error.vsphere_fault)
    if isinstance(error, errors.AccessDenied) and error.vsphere_fault:
        return fault_messages.LOGIN_REFUSED(action=action, vsphere_fault=error.vsphere_fault)
    return error


def _of_proxy(error: ProxyError, action: str, where: str) -> errors.CertopsError:
    if error.wants_account:
        return transport_messages.PROXY_ASKS_FOR_ACCOUNT(action=action, proxy=error.proxy, answer=error.said)
    if error.status is not None:
        kind = errors.TransientError if str(error.status) in _PASSING_STATUS else errors.CertopsError
        return transport_messages.PROXY_REFUSED.of_kind(kind)(action=action, proxy=error.proxy, server=where, answer=error.said)
    return transport_messages.PROXY_UNREACHABLE(action=action, proxy=error.proxy, reason=error.said)


def _too_new(error: UnreadableByPyvmomi, action: str, where: str) -> errors.CertopsError:
    """Not transient: it stays so. Repeatable, so that after a change it is looked up what became of it."""
    wanted = too_old(error.server_version)
    if wanted is None:
        return transport_messages.UNKNOWN_TO_PYVMOMI(action=action, version=VERSION, unknown=error)
    return transport_messages.PYVMOMI_TOO_OLD(
        action=action, version=VERSION, server=where, server_version=error.server_version, unknown=error, needed_version=wanted
    )


def _from_fault(fault: Any, action: str) -> errors.CertopsError:
    vsphere_fault = describe(fault)
    # The cause of 70034 is a setting, which does not change by itself.
    if "70034" in vsphere_fault:
        return fault_messages.VMCA_ROOT_YOUNGER_THAN_BACKDATING(action=action, vsphere_fault=vsphere_fault)
    if isinstance(fault, _SESSION_ENDED):
        return fault_messages.SESSION_ENDED(action=action, vsphere_fault=vsphere_fault)
    if isinstance(fault, (vim.fault.InvalidName, vmodl.fault.MethodNotFound, vmodl.fault.NotSupported)):
        return fault_messages.NOT_OFFERED(action=action, vsphere_fault=vsphere_fault)
    message: ErrorMessage[errors.CertopsError]
    known = next((message for kind, message in _KNOWN if isinstance(fault, kind)), None)
    if isinstance(fault, _PASSING):
        message = (known or fault_messages.FAILED_IN_PASSING).of_kind(errors.TransientError)
    else:
        message = known or fault_messages.FAULT_WITHOUT_REMEDY
        if type(fault) in _REPEATABLE:
            message = message.of_kind(errors.RepeatableError)
    return message(action=action, vsphere_fault=vsphere_fault)


def _words(fault: Any) -> str:
    parts = [getattr(fault, "msg", None), getattr(fault, "reason", None)]
    parts += [getattr(item, "message", None) for item in getattr(fault, "faultMessage", None) or ()]
    cause = getattr(getattr(fault, "faultCause", None), "msg", None)
    parts.append(cause)
    kept: list[str] = []
    for part in parts:
        text = " ".join(str(part).split()) if part else ""
        if text and text not in kept:
            kept.append(text)
    return "; ".join(kept)


def _extra(fault: Any) -> str:
    found = []
    privilege = getattr(fault, "privilegeId", None)
    if privilege:
        found.append(f"privilege {privilege}")
    thumbprint = getattr(fault, "thumbprint", None)
    if thumbprint:
        found.append(f"offered thumbprint {thumbprint}")
    pem = getattr(fault, "certificate", None)
    if isinstance(pem, (str, bytes)) and pem:
        fingerprint = _fingerprint(pem)
        found.append(f"offered certificate {fingerprint}" if fingerprint else "offered a certificate that cannot be read")
    code = getattr(fault, "faultCode", None)
    if code is not None:
        found.append(f"code {code}")
    url = getattr(fault, "url", None)
    if url:
        found.append(f"url {url}")
    return ", ".join(found)


def _fingerprint(pem: Any) -> Optional[str]:
    try:
        return parse(pem).sha256_fingerprint
    except CertificateError:
        return None
