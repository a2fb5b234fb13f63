# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures as sentences, and what stands in for a missing library."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Iterator

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates import x509_library
from ansible_collections.certops.vsphere.plugins.module_utils._common.absent import Absent
from ansible_collections.certops.vsphere.plugins.module_utils._common.error_message import ErrorMessage
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import (
    AccessDenied,
    CertopsError,
    ConnectionRefusedByTrust,
    DeadlineExceeded,
    HostRemoved,
    InputError,
    NotOffered,
    SessionExpired,
    TransientError,
    reason,
    sentence,
)


@pytest.mark.parametrize(
    ("text", "ended"),
    [("It broke", "It broke."), ("It broke.", "It broke."), ("Why?", "Why?"), ("a \n  b!", "a b!"), ("", ""), ("  \n ", "")],
)
def test_a_text_is_ended_as_a_sentence(text: str, ended: str) -> None:
    assert sentence(text) == ended


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KeyError("hosts"), "'hosts' is missing"),
        (TypeError("'int' object\n is not iterable"), "'int' object is not iterable"),
        (OverflowError(), "OverflowError"),
    ],
)
def test_an_error_of_python_is_told_in_words(error: Exception, text: str) -> None:
    assert reason(error) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CertopsError("The host is gone", code="broken"), "The host is gone."),
        (CertopsError("The host is gone.", code="broken", remedy="Look for it"), "The host is gone. Look for it."),
        (
            CertopsError(
                "The host cannot be renewed", code="broken", vsphere_fault="SSLVerifyFault: no.", remedy="Compare the thumbprints."
            ),
            "The host cannot be renewed: vSphere said SSLVerifyFault: no. Compare the thumbprints.",
        ),
    ],
)
def test_a_failure_is_told_with_what_vsphere_said_and_the_remedy(error: CertopsError, text: str) -> None:
    assert str(error) == text
    assert error.args == (error.sentence,)


@pytest.mark.parametrize(
    "kind", [InputError, ConnectionRefusedByTrust, TransientError, SessionExpired, AccessDenied, NotOffered, DeadlineExceeded]
)
def test_every_failure_is_one_of_ours(kind: type[CertopsError]) -> None:
    error = kind("It broke", code="broken", remedy="Mend it")
    assert isinstance(error, CertopsError)
    assert (str(error), error.code) == ("It broke. Mend it.", "broken")


def test_a_failure_is_told_again_in_other_words_by_the_same_code() -> None:
    first = TransientError("It broke", code="broken", remedy="Mend it.", vsphere_fault="NoHost")
    again = first.retold(remedy="Run again.")
    assert (type(again), str(again), again.code) == (TransientError, "It broke: vSphere said NoHost. Run again.", "broken")
    assert str(first.retold(sentence="vc01: it broke")) == "vc01: it broke: vSphere said NoHost. Mend it."
    assert first.retold(kind=HostRemoved).__class__ is HostRemoved


def test_a_message_becomes_the_failure_that_it_is_of() -> None:
    message = ErrorMessage(
        InputError, code="too_late", sentence="{esxi_host} came {seconds:g} s late", remedy="Send {esxi_host} sooner."
    )
    error = message(esxi_host="esx01", seconds=4.0, vsphere_fault="Timedout")
    assert (type(error), error.code) == (InputError, "too_late")
    assert str(error) == "esx01 came 4 s late: vSphere said Timedout. Send esx01 sooner."
    assert message.of_kind(TransientError)(esxi_host="esx01", seconds=4).__class__ is TransientError


def test_a_message_that_lacks_a_value_is_no_failure_of_the_users() -> None:
    with pytest.raises(KeyError, match="esxi_host"):
        ErrorMessage(InputError, code="late", sentence="{esxi_host} is late", remedy="Wait.")()


def test_a_lost_session_may_be_tried_again_and_a_refusal_may_not() -> None:
    assert issubclass(SessionExpired, TransientError)
    assert not issubclass(AccessDenied, TransientError)


def test_any_name_of_a_missing_library_can_be_written_down() -> None:
    assert Absent.x509.Certificate is Absent
    with pytest.raises(AttributeError, match="__wrapped__"):
        Absent.__wrapped__  # noqa: B018 - to look it up is the test


def test_a_name_of_a_missing_library_in_an_except_clause_hides_no_error() -> None:
    def work() -> None:
        try:
            raise ValueError("real")
        except Absent.InvalidSignature:
            pytest.fail("a stand-in caught a real error")

    with pytest.raises(ValueError, match="real"):
        work()


@pytest.fixture
def without_cryptography(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """x509_library as it is where cryptography is not installed."""
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "cryptography", None)
        yield importlib.reload(x509_library)
    importlib.reload(x509_library)


def test_without_cryptography_the_reason_is_kept_for_the_user(without_cryptography: Any) -> None:
    assert "cryptography" in without_cryptography.MISSING
    assert without_cryptography.x509 is Absent
    assert without_cryptography.UnsupportedAlgorithm is Absent
    assert without_cryptography.rsa.RSAPublicKey is Absent


def test_with_cryptography_nothing_is_missing() -> None:
    assert x509_library.MISSING is None
    assert x509_library.x509.__name__ == "cryptography.x509"
