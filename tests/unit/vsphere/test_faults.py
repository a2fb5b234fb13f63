# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose fault a failed call is said to be: the operator's account, vCenter's on a host, a certificate, the proxy; and never a defect of ours."""

from __future__ import annotations

import socket
import ssl
from http.client import BadStatusLine, HTTPException, RemoteDisconnected
from typing import Any, Optional
from xml.parsers.expat import ExpatError

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    RepeatableError,
    TransientError,
)
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.faults import CALL_ERRORS, of_login, translate
from ansible_collections.certops.vsphere.plugins.module_utils._wire.proxy import ProxyError
from ansible_collections.certops.vsphere.plugins.module_utils._wire.pyvmomi_library import MISSING, VERSION, problem_of
from pyVmomi import vim, vmodl

LOGIN = "Logging in to vc01"
PROXY = "proxy.example.com:3128"


@pytest.mark.parametrize("kind", [KeyError, TypeError, AttributeError, ValueError, ExpatError, IndexError, RuntimeError])
def test_a_defect_of_ours_is_no_failed_call(kind: type[Exception]) -> None:
    assert not issubclass(kind, CALL_ERRORS)


@pytest.mark.parametrize(
    "error", [vmodl.MethodFault(), HTTPException(), RemoteDisconnected(), BadStatusLine(""), OSError(), ssl.SSLError()]
)
def test_what_vsphere_or_the_way_to_it_does_is_one(error: Exception) -> None:
    assert isinstance(error, CALL_ERRORS)


def test_a_login_that_is_refused_is_about_the_operators_account() -> None:
    told = of_login(translate(vim.fault.InvalidLogin(), LOGIN, server="vc01"), LOGIN)
    assert isinstance(told, AccessDenied)
    assert str(told).startswith(
        "Logging in to vc01 was refused: vSphere said InvalidLogin. Check the username (name@domain) and the password;"
    )
    assert "token-signing (STS) certificate may have expired (KB 316619)" in str(told)
    assert "vpxuser" not in str(told)


def test_a_reconnect_that_is_refused_is_about_vcenters_own_account_on_the_host() -> None:
    told = translate(vim.fault.InvalidLogin(msg="Cannot complete login"), "Reconnecting esx01")
    assert isinstance(told, AccessDenied)
    assert "vCenter's own account on the host (vpxuser)" in str(told)
    assert "not about yours" in str(told)
    assert "Check the username" not in str(told)


@pytest.mark.parametrize(
    "words", ["BadRequest, Signing certificate is not valid", "ns0:InvalidTimeRange: The token authority rejected"]
)
def test_a_token_signing_certificate_that_is_not_valid_is_named_where_vcenter_says_so(words: str) -> None:
    told = of_login(translate(vmodl.fault.SystemError(reason=words), LOGIN, server="vc01"), LOGIN)
    assert "vCenter's token-signing (STS) certificate is not valid, and nobody can log in until it is replaced (KB 316619)." in str(
        told
    )


def test_another_failure_of_a_login_stays_what_it_is() -> None:
    told = of_login(translate(RemoteDisconnected("gone"), LOGIN, server="vc01"), LOGIN)
    assert "broke the connection" in str(told)
    assert "password" not in str(told)


def unverified(code: int) -> ssl.SSLCertVerificationError:
    """What Python raises where OpenSSL does not verify a certificate."""
    error = ssl.SSLCertVerificationError()
    error.verify_code = code
    error.verify_message = f"message {code}"
    return error


@pytest.mark.parametrize(
    ("code", "problem", "remedy"),
    [
        (62, "is for other names and", "Set certops_vcenter_hostname (the option hostname) to a name"),
        (64, "is for other names and", "Set certops_vcenter_hostname (the option hostname) to a name"),
        (10, "or its CA's, has expired and", "Replace the vCenter's machine SSL certificate"),
        (9, "is not valid yet and", "Bring the clocks of vCenter"),
        (18, "is self-signed, not known here, and", "Compare its fingerprint"),
        (
            19,
            "was issued by a CA that is not trusted here, and",
            "Set certops_vcenter_ca_path (the option ca_path) to the certificate of the CA that issued it",
        ),
        (
            20,
            "was issued by a CA that is not trusted here, and",
            "Set certops_vcenter_ca_path (the option ca_path) to the certificate of the CA that issued it",
        ),
        (23, "", "Find out who answers at that address"),
    ],
)
def test_each_way_of_not_verifying_is_a_sentence_of_its_own(code: int, problem: str, remedy: str) -> None:
    told = str(translate(unverified(code), LOGIN, server="vc01"))
    assert f" {problem} does not verify (message {code}). {remedy}".replace("  ", " ") in told
    assert "the certificate of vc01" in told


@pytest.mark.parametrize(
    ("status", "kind", "expected"),
    [
        (
            407,
            AccessDenied,
            f"because the proxy {PROXY} asks for an account, or for another one (HTTP 407 said). Set certops_vcenter_proxy_username",
        ),
        (403, CertopsError, f"because the proxy {PROXY} does not connect to vc01 (HTTP 403 said). See in the proxy's log"),
        (503, TransientError, f"because the proxy {PROXY} does not connect to vc01 (HTTP 503 said). See in the proxy's log"),
        (
            None,
            TransientError,
            f"because the proxy {PROXY} cannot be reached (Connection refused). Check certops_vcenter_proxy_host",
        ),
    ],
)
def test_what_the_proxy_does_is_not_the_vcenters_fault(status: Optional[int], kind: type, expected: str) -> None:
    vsphere_fault = f"HTTP {status} said" if status else "Connection refused"
    told = of_login(translate(ProxyError(PROXY, status, vsphere_fault), LOGIN, server="vc01"), LOGIN)
    assert told.__class__ is kind
    assert f"Logging in to vc01 was not attempted, {expected}" in str(told)


def test_a_name_that_does_not_resolve_is_not_tried_again() -> None:
    told = translate(socket.gaierror(), "Logging in to vc01", server="vc01")
    assert told.__class__ is CertopsError


@pytest.mark.parametrize("version", ["7.0.3", "8.0.2.0.1", "8.0.3.0", "6.7.1.2018.12"])
def test_a_pyvmomi_that_is_too_old_says_which_is_installed_and_which_is_needed(version: str) -> None:
    assert problem_of(version) == f"pyvmomi {version} is installed, and 8.0.3.0.1 or newer is needed"


@pytest.mark.parametrize("version", ["8.0.3.0.1", "8.0.4", "9.0.0.0", "9.1.1.0", "10", ""])
def test_a_pyvmomi_that_is_new_enough_or_tells_no_version_is_taken(version: str) -> None:
    assert problem_of(version) is None


def test_the_one_that_is_installed_is_known() -> None:
    assert VERSION
    assert MISSING is None


def described(error: Any) -> str:
    return str(translate(error, "Reading", server="vc01"))


def test_what_is_no_failed_call_is_not_made_one() -> None:
    with pytest.raises(AssertionError):
        described(KeyError("x"))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (vim.fault.AlreadyBeingManaged(ipAddress="192.0.2.7"), "already_being_managed"),
        (vim.fault.UnrecognizedHost(hostName="esx01"), "unrecognized_host"),
    ],
)
def test_a_host_of_another_vcenter_is_told_as_that_and_not_asked_again(fault: Any, code: str) -> None:
    told = translate(fault, "Reconnecting esx01")
    assert told.code == code
    assert not isinstance(told, RepeatableError)
    assert "connect it in the vSphere Client" in str(told)
