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
from .._common.printable import on_one_line
from .._wire.answer_errors import NotAnAnswer, OutOfTime, UnreadableByPyvmomi, too_old
from .._wire.proxy import ProxyError
from .._wire.pyvmomi_library import VERSION, sms, vim, vmodl
from .._wire.tls import TOO_OLD

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

_CURES: tuple[tuple[type, str], ...] = (
    # Of a task: what a login of ours is refused for has LOGIN_REMEDY.
    (
        vim.fault.InvalidLogin,
        "That is about vCenter's own account on the host (vpxuser) and its password there, and not about yours: connect the host in the"
        " vSphere Client, which asks for the host's root password and renews that account.",
    ),
    (vim.fault.InvalidState, "Look at the state of the host in vCenter and run again."),
    (vim.fault.SSLVerifyFault, "Nothing was accepted. Find out who answers at the host's address before going on."),
    (sms.fault.CertificateNotTrusted, "Add the CA that issued it to vCenter's trusted roots (KB 402809)."),
    (sms.fault.InvalidCertificate, "Check the host's certificate, its name and its clock."),
    (sms.fault.IncorrectUsernamePassword, "Check the provider's username and password."),
    (sms.fault.ProviderUnregistrationFault, "Make the host reachable on port 9080 and run again; an SPS restart can help."),
    (sms.fault.CertificateNotImported, "Add the root of the CA that issued it to vCenter's trusted roots (KB 402809)."),
    (sms.fault.CertificateAuthorityFault, "Look at VMCA (the service vmcad and its log on the vCenter), and run again."),
    (
        sms.fault.InvalidUrl,
        "Check from the vCenter that the host's name resolves and that its port 9080 answers (firewall ruleset iofiltervp).",
    ),
    (
        sms.fault.ProviderRegistrationFault,
        "Look into sps.log on the vCenter, and check that it reaches port 9080 of the host; sps_restart is the other way to register.",
    ),
    (vim.fault.AlreadyExists, "Another provider has this name or url: look at the vCenter's storage providers, and run again."),
    (vmodl.fault.ManagedObjectNotFound, "It was removed from vCenter meanwhile: run again, which reads everything anew."),
    (sms.fault.DuplicateEntry, "Nothing was changed by it. Please report it, with what was being run."),
    (vim.fault.NoHost, "Check that vCenter reaches the host's address: the network, DNS, and port 443 of the host."),
    (vmodl.fault.HostCommunication, "Check that vCenter reaches the host, and that its hostd and vpxa run (KB 415250)."),
    (vim.fault.TaskInProgress, "Somebody else is at it: look at the vCenter's tasks, and run again when they have ended."),
    (sms.fault.ServiceNotInitialized, "SPS is still starting: run again in some minutes."),
    (vim.fault.NoPermission, "Give the account's role the privilege that is named."),
)
LOGIN_REMEDY = (
    "Check the username (name@domain) and the password; repeated attempts can lock the account. If nobody else can log in either, vCenter's"
    " token-signing (STS) certificate may have expired (KB 316619)."
)
_SIGNING_REMEDY = "vCenter's token-signing (STS) certificate is not valid, and nobody can log in until it is replaced (KB 316619)."
_SIGNING = re.compile(r"signing certificate is not valid|InvalidTimeRange", re.IGNORECASE)

# Why OpenSSL does not verify a certificate (x509_vfy.h).
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED = 9, 10, 18
_UNKNOWN_CA = frozenset({2, 19, 20, 21})
_ANOTHER_NAME = frozenset({62, 64})
_PASSING_STATUS = frozenset({"502", "503", "504"})
_OLD_REMEDY = "This version of the vCenter, or of the host, does not have it."
_START_TIME_REMEDY = "VMCA's root is younger than vpxd.certmgmt.certs.minutesBefore: set that to 10, renew, and set it back."


def describe(fault: Any) -> str:
    """A fault's name and words on one line, printable; certificates in it by their fingerprints."""
    name = type(fault).__name__.rsplit(".", 1)[-1]
    words = _words(fault)
    text = f"{name}: {words}" if words and words != name else name
    extra = _extra(fault)
    return on_one_line(f"{text} ({extra})" if extra else text)


def translate(error: BaseException, what: str, *, server: str = "") -> errors.CertopsError:
    """The error to raise for what a call raised. what tells what was attempted, and on what."""
    if isinstance(error, errors.CertopsError):
        return error
    if isinstance(error, vmodl.MethodFault):
        return _from_fault(error, what)
    where = server or "vCenter"
    if isinstance(error, ssl.SSLCertVerificationError):
        return _untrusted(error, what, where)
    if isinstance(error, ssl.SSLError) and error.reason in TOO_OLD:
        return errors.CertopsError(
            f"{what} was not attempted, because {where} speaks no TLS 1.2 or newer",
            remedy="Nothing older is spoken: give the vCenter or the proxy before it a newer TLS.",
        )
    if isinstance(error, ssl.SSLError):
        return errors.TransientError(
            f"{what} failed, because no TLS connection with {where} came about ({error.reason or error})",
            remedy="TLS 1.2 or newer is needed on both sides.",
        )
    if isinstance(error, socket.gaierror):
        return errors.CertopsError(
            f"{what} failed, because the name {where} does not resolve", remedy="Check the hostname and DNS."
        )
    if isinstance(error, OutOfTime):
        return errors.TransientError(
            f"{what} failed, because {where} had not answered it in full within {error.seconds:g} s",
            remedy="Check the way to it, or raise timeout_seconds and request_timeout_seconds (in a playbook certops_timeout_seconds).",
        )
    if isinstance(error, TimeoutError):
        return errors.TransientError(
            f"{what} failed, because {where} did not answer in time", remedy="Check the way to it, or raise timeout_seconds."
        )
    if isinstance(error, ProxyError):
        return _of_proxy(error, what, where)
    if isinstance(error, UnreadableByPyvmomi):
        return _too_new(error, what, where)
    if isinstance(error, NotAnAnswer):
        return errors.TransientError(
            f"{what} failed, because {where} sent something that is no answer to it ({error})",
            remedy="Look at the proxy or load balancer before the vCenter, and whether its services run; then run again.",
        )
    if isinstance(error, HTTPException):
        text = str(error) or type(error).__name__
        if not text[:3].isdigit():
            # Without a status it is a broken connection: RemoteDisconnected, IncompleteRead, BadStatusLine.
            return errors.TransientError(
                f"{what} failed, because {where} broke the connection ({text})",
                remedy="Run again; if it stays so, look at its logs.",
            )
        kind = errors.TransientError if text[:3] in _PASSING_STATUS else errors.CertopsError
        return kind(f"{what} failed", vsphere_fault=f"HTTP {text}", remedy="Check that it is a vCenter and that its services run.")
    if isinstance(error, OSError):
        return errors.TransientError(
            f"{what} failed, because {where} cannot be reached ({error.strerror or error})",
            remedy="Check the hostname, the port and the way to it.",
        )
    raise AssertionError("not one of CALL_ERRORS") from error


def _untrusted(error: ssl.SSLCertVerificationError, what: str, where: str) -> errors.CertopsError:
    """Each way of not verifying has a remedy of its own; to trust another CA is one for few of them."""
    code = error.verify_code
    openssl = error.verify_message or error.reason
    if code in _ANOTHER_NAME:
        return errors.ConnectionRefusedByTrust(
            f"{what} was not attempted, because the certificate of {where} is for other names and does not verify ({openssl})",
            remedy="Give a name that it is for as hostname (certops_vcenter_hostname), or give the vCenter a machine SSL certificate for this"
            " name.",
        )
    if code == _EXPIRED:
        return errors.ConnectionRefusedByTrust(
            f"{what} was not attempted, because the certificate of {where}, or its CA's, has expired and does not verify ({openssl})",
            remedy="Replace the vCenter's machine SSL certificate; check this machine's clock.",
        )
    if code == _NOT_YET_VALID:
        return errors.ConnectionRefusedByTrust(
            f"{what} was not attempted, because the certificate of {where} is not valid yet and does not verify ({openssl})",
            remedy="Bring the clocks of vCenter and of this machine to the same NTP source.",
        )
    if code == _SELF_SIGNED:
        return errors.ConnectionRefusedByTrust(
            f"{what} was not attempted, because the certificate of {where} is self-signed, not known here, and does not verify ({openssl})",
            remedy="Compare its fingerprint with the one on the vCenter, and give that very certificate in ca_path.",
        )
    if code in _UNKNOWN_CA:
        return errors.ConnectionRefusedByTrust(
            f"{what} was not attempted, because the certificate of {where} was issued by a CA that is not trusted here, and does not verify"
            f" ({openssl})",
            remedy="Give the CA that issued it in ca_path; if that is the right one, find out who answers at that address.",
        )
    return errors.ConnectionRefusedByTrust(
        f"{what} was not attempted, because the certificate of {where} does not verify ({openssl})",
        remedy="Find out who answers at that address, and what is wrong with its certificate.",
    )


def of_login(error: errors.CertopsError) -> errors.CertopsError:
    """What refused a login of ours, with what that can mean: the account is the operator's, and not one of vCenter's on a host."""
    if _SIGNING.search(error.vsphere_fault):
        error.remedy = _SIGNING_REMEDY
    elif isinstance(error, errors.AccessDenied) and error.vsphere_fault:
        error.remedy = LOGIN_REMEDY
    return error


def _of_proxy(error: ProxyError, what: str, where: str) -> errors.CertopsError:
    if error.wants_account:
        return errors.AccessDenied(
            f"{what} was not attempted, because the proxy {error.proxy} asks for an account, or for another one ({error.said})",
            remedy="Give it as proxy_username and proxy_password (certops_vcenter_proxy_username, certops_vcenter_proxy_password).",
        )
    if error.status is not None:
        kind = errors.TransientError if str(error.status) in _PASSING_STATUS else errors.CertopsError
        return kind(
            f"{what} was not attempted, because the proxy {error.proxy} does not connect to {where} ({error.said})",
            remedy="See in the proxy's log why, or reach the vCenter without it.",
        )
    return errors.TransientError(
        f"{what} was not attempted, because the proxy {error.proxy} cannot be reached ({error.said})",
        remedy="Check proxy_host, proxy_port and the way to the proxy.",
    )


def _too_new(error: UnreadableByPyvmomi, what: str, where: str) -> errors.CertopsError:
    """Not transient: it stays so. Repeatable, so that after a change it is looked up what became of it."""
    wanted = too_old(error.server_version)
    if wanted is None:
        return errors.RepeatableError(
            f"{what} failed, because pyVmomi {VERSION} does not know {error}",
            remedy="Install the newest pyvmomi; if that does not know it either, please report it.",
        )
    return errors.RepeatableError(
        f"{what} failed, because pyVmomi {VERSION} is older than {where} (API version {error.server_version}) and does not know {error}",
        remedy=f"Install a pyvmomi that is as new as the vCenter: pip install 'pyvmomi>={wanted}'.",
    )


def _from_fault(fault: Any, what: str) -> errors.CertopsError:
    vsphere_fault = describe(fault)
    remedy = next((text for kind, text in _CURES if isinstance(fault, kind)), "")
    if "70034" in vsphere_fault:
        remedy = _START_TIME_REMEDY
    if isinstance(fault, _SESSION_ENDED):
        return errors.SessionExpired(f"{what} failed", vsphere_fault=vsphere_fault, remedy="Run again.")
    if isinstance(fault, _PASSING):
        return errors.TransientError(f"{what} failed", vsphere_fault=vsphere_fault, remedy=remedy or "Run again in some minutes.")
    if isinstance(fault, (vim.fault.NoPermission, vim.fault.InvalidLogin)):
        return errors.AccessDenied(f"{what} was refused", vsphere_fault=vsphere_fault, remedy=remedy)
    if isinstance(fault, (vim.fault.InvalidName, vmodl.fault.MethodNotFound, vmodl.fault.NotSupported)):
        return errors.NotOffered(f"{what} is not offered", vsphere_fault=vsphere_fault, remedy=remedy or _OLD_REMEDY)
    # The cause of 70034 is a setting, which does not change by itself.
    kind = errors.RepeatableError if type(fault) in _REPEATABLE and "70034" not in vsphere_fault else errors.CertopsError
    return kind(f"{what} failed", vsphere_fault=vsphere_fault, remedy=remedy or "Look at the task in vCenter for more.")


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
