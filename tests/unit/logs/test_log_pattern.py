# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which pattern a record is told by, and whom it is about."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_pattern import (
    CONSEQUENCE,
    CONSEQUENCE_NEEDLES,
    NEEDLES,
    NOBODY,
    PATTERNS,
    Named,
    named_in,
    pattern_of,
)
from ansible_collections.certops.vsphere.tests.unit.log_lines import SELF_SIGNED, legacy, line, record
from hypothesis import given
from hypothesis import strategies as st

HOST = "esx-a01.example.com"
VALIDATOR = "sun.security.validator.ValidatorException: PKIX path building failed: x"
# One line for each pattern and each of its spellings.
LINES = [
    ("vmca_root_too_young", f"x vpxd[1] Unable to get signed certificate for host: {HOST}: Error: Start Time Error (70034)"),
    ("vmca_root_too_young", "error code (70034)"),
    (
        "vmca_access_denied",
        f"Unable to get signed certificate forhost name '{HOST}' ip '192.0.2.1': Error: ERROR_ACCESS_DENIED (5) (5)",
    ),
    ("vmca_refused", f"Unable to get signed certificate for host '{HOST}': Error: VMCA_SERVER_UNAVAILABLE"),
    ("self_signed_certificate", record(SELF_SIGNED)),
    ("self_signed_certificate", record(("x", "org.apache.axis2.AxisFault: self-signed certificate"))),
    ("version_unread_certificate_unknown", legacy(HOST, "certificate_unknown(46)")),
    ("version_unread_certificate_expired", legacy(HOST, "certificate_expired(45)")),
    ("version_unread_bad_certificate", legacy(HOST, "bad_certificate(42)")),
    ("version_unread_unknown_ca", legacy(HOST, "unknown_ca(48)")),
    ("version_unread_connection_refused", legacy(HOST, "Connection refused (Connection refused)")),
    ("version_unread_timed_out", legacy(HOST, "connect timed out")),
    ("version_unread_timed_out", legacy(HOST, "Read timed out")),
    ("version_unread_timed_out", legacy(HOST, "No route to host")),
    ("version_unread_unknown_host", legacy(HOST, f"{HOST}: Name or service not known")),
    ("version_unread_unknown_host", legacy(HOST, f"java.net.UnknownHostException: {HOST}")),
    ("version_unread_unknown_host", legacy(HOST, HOST)),
    ("version_unread_other", legacy(HOST, "handshake_failure(40)")),
    ("certificate_not_trusted", legacy(HOST, "x") + f"\n{VALIDATOR}"),
    ("certificate_not_trusted", record(("x", "com.vmware.vim.binding.sms.fault.CertificateNotTrusted: null"))),
    ("certificate_not_trusted", record(("x", VALIDATOR))),
    ("certificate_not_trusted", record(("x", "java.security.cert.CertPathValidatorException: Path does not chain"))),
    ("certificate_expired", record(("x", VALIDATOR, "Caused by: java.security.cert.CertificateExpiredException: NotAfter: x"))),
    ("certificate_invalid", record(("x", "com.vmware.vim.binding.sms.fault.InvalidCertificate: null"))),
    ("provider_cache_entry_kept", line("Error while removing an entry for the provider in the providerCache")),
    ("sps_starting", line("com.vmware.vim.binding.sms.fault.ServiceNotInitialized")),
    ("set_context_interrupted", line("Setcontext() was interrupted")),
    ("set_context_failed", line("SetContext failed!")),
    ("provider_loading_failed", line("[load] Provider loading failed")),
]


@pytest.mark.parametrize(("name", "text"), LINES)
def test_a_line_is_told_by_its_pattern(name: str, text: str) -> None:
    pattern = pattern_of(text.encode())
    assert pattern is not None
    assert pattern.name == name
    assert any(needle in text.encode() for needle in NEEDLES), "a line without a needle is not looked at"


def test_every_pattern_has_a_line_and_every_needle_a_pattern() -> None:
    assert {name for name, _text in LINES} == {pattern.name for pattern in PATTERNS}
    assert len({pattern.name for pattern in PATTERNS}) == len(PATTERNS)
    assert [needle for needle in NEEDLES if not any(needle in text.encode() for _name, text in LINES)] == []


def test_a_consequence_is_told_by_its_needle() -> None:
    texts = [text.encode() for name, text in LINES if any(one.name == name and one.urgency == CONSEQUENCE for one in PATTERNS)]
    assert len(texts) == len(CONSEQUENCE_NEEDLES)
    assert all(any(needle in text for needle in CONSEQUENCE_NEEDLES) for text in texts)


@pytest.mark.parametrize("text", ["", "all is well (46)", "self signed certificate", line("retrieved version information")])
def test_what_is_no_pattern(text: str) -> None:
    assert pattern_of(text.encode()) is None


@pytest.mark.parametrize(
    ("text", "esxi_host", "provider"),
    [
        (legacy(HOST, "certificate_unknown(46)"), HOST, f"https://{HOST}:9080/version.xml"),
        ("at https://ESX-A01.example.com.:9080: x", HOST, "https://ESX-A01.example.com.:9080"),
        ("https://[fe80::1]:9080/version.xml", "fe80::1", "https://[fe80::1]:9080/version.xml"),
        (f"https://root:geheim@{HOST}:9080/version.xml", HOST, f"https://{HOST}:9080/version.xml"),
        ("https://array.example.com:8443/vasa/version.xml", None, "https://array.example.com:8443/vasa/version.xml"),
        (f"https://array/version.xml of https://{HOST}:9080/version.xml", HOST, f"https://{HOST}:9080/version.xml"),
        ("https://array/version.xml https://other/version.xml", None, "https://array/version.xml"),
        (f"provider IOFILTER Provider {HOST}.", HOST, f"IOFILTER Provider {HOST}"),
        (f"Unable to get signed certificate for host '{HOST}': x", HOST, None),
        ("Unable to get signed certificate for host: ...", None, None),
        ("https://array.example.com:90800/sdk https://[::9080/version.xml", None, None),
        ("nobody", None, None),
    ],
)
def test_whom_a_text_names(text: str, esxi_host: str | None, provider: str | None) -> None:
    assert named_in(text.encode()) == Named(esxi_host, provider)


@given(st.binary())
def test_any_bytes_have_a_pattern_or_none(text: bytes) -> None:
    assert pattern_of(b"[isLegacyProvider]" + text) is None or text
    assert named_in(b"https://" + text + b":9080/version.xml") is not None
    assert named_in(b"") is NOBODY
