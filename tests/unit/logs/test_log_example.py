# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An example is short, printable, and shows no secret."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.printable import is_printable
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_example import LONGEST_EXAMPLE, example_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "text",
    [
        "password=hunter2",
        "userPassword: hunter2, next",
        '{"password": "hunter2 and hunter2"}',
        "pwd='hunter2 hunter2'",
        "https://root:hunter2@esx:9080/version.xml",
        "Authorization: Basic hunter2",
        "Authorization: Bearer hunter2",
        "bearer hunter2",
        'vmware_soap_session="hunter2"; Path=/',
        "vcSessionCookie=hunter2",
        "sessionId=hunter2",
        "<sms:vcSessionCookie>hunter2</sms:vcSessionCookie>",
        "vmware-api-session-id: hunter2",
        "client_secret=hunter2",
        "token=hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nhunter2",
    ],
)
def test_a_secret_is_masked(text: str) -> None:
    shown = example_of(f"before {text} after".encode())
    assert "hunter2" not in shown
    assert shown.startswith("before ")


@pytest.mark.parametrize(
    "text", ["https://esx:9080/version.xml: certificate_unknown(46)", "the token authority", "Loading session of x"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert example_of(text.encode()) == text


def test_an_example_is_cut_and_printable() -> None:
    assert example_of(b"a\xff\x1b[31m\tb\r\nc") == "a\\xff\\x1b[31m b c"
    long = example_of(b"x" * 9999)
    assert len(long) == LONGEST_EXAMPLE
    assert long.endswith("...")


@given(st.binary())
def test_any_bytes_are_an_example(text: bytes) -> None:
    shown = example_of(text)
    assert len(shown) <= LONGEST_EXAMPLE
    assert is_printable(shown)
