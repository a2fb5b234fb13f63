# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prefix of a line, however it is written."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_line import (
    begins_record,
    first_moment,
    moment_of,
    prefix_of,
)
from hypothesis import given
from hypothesis import strategies as st

AT = "2026-11-23T10:11:12Z"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"2026-11-23T10:11:12.123Z", AT),
        (b"2026-11-23T10:11:12,123Z", AT),
        (b"2026-11-23T10:11:12.123456789Z", AT),
        (b"2026-11-23T12:11:12.123+02:00", AT),
        (b"2026-11-23T12:11:12.123 +0200", AT),
        (b"2026-11-23T05:11:12-05:00", AT),
        (b"2026-11-23 10:11:12", AT[:-1]),
        (b"2026-11-23T10:11:12,123", AT[:-1]),
        (b"2026-13-23T10:11:12.123Z", None),
        (b"0001-01-01T00:00:00+02:00", None),
        (b"yyyy-dd-mmT00:11:34.197Z", None),
    ],
)
def test_a_line_of_sps_log(written: bytes, shown: str | None) -> None:
    line = written + b" [pool-29-thread-2] WARN  opId=sps-Main-605481-414 com.vmware.x.Y - [a] opId=other"
    prefix = prefix_of(line)
    assert begins_record(line)
    assert (prefix.moment and prefix.moment.to_text()) == shown
    assert (prefix.thread, prefix.operation) == (b"pool-29-thread-2", b"sps-Main-605481-414")


def test_a_line_of_vpxd_log() -> None:
    prefix = prefix_of(b"2026-11-23T10:11:12.123Z error vpxd[04524] [Originator@6876 sub=Main opID=Check-7460ee5a] Unable")
    assert (prefix.thread, prefix.operation) == (b"vpxd[04524]", b"Check-7460ee5a")


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        (b"<11>1 2026-11-23T10:11:12.5Z vc01.example.net sps 612 - - ", AT),
        (b'<11>1 2026-11-23T10:11:12.5Z vc01.example.net sps 612 ID47 [meta sequenceId="1"] ', AT),
        (b"2026-11-23T12:11:12.5+02:00 vc01 sps[612]: ", AT),
        (b"<11>Nov 23 10:11:12 vc01 sps[612]: ", None),
        (b"Nov  3 10:11:12 vc01 sps[612]: 2026-11-23T10:11:12Z ", AT),
    ],
)
def test_a_line_as_a_syslog_server_has_it(header: bytes, shown: str | None) -> None:
    line = header + b"[Thread-2] WARN  opId=sps-Main-1-2 com.vmware.x.Y - [a]"
    prefix = prefix_of(line)
    assert begins_record(line)
    assert (prefix.moment and prefix.moment.to_text()) == shown
    assert (prefix.thread, prefix.operation) == (b"Thread-2", b"sps-Main-1-2")


def test_a_line_without_thread_or_operation() -> None:
    assert prefix_of(b"2026-11-23T10:11:12Z: [Originator@6876] x")[1:] == (b"", b"")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"        at com.vmware.X.y(X.java:1)",
        b"--> 2026-11-23T10:11:12Z",
        b"Caused by: x [Thread-1] ERROR y",
        b"1 [x]\nERROR ",
        b"Nov 23 10:11:12 vc01 sps[612]: \tat com.vmware.X.y(X.java:1)",
        b"<11>1 - vc01 vpxd 612 - - --> }",
    ],
)
def test_what_belongs_to_the_line_before(line: bytes) -> None:
    assert not begins_record(line)
    assert prefix_of(line).moment is None


def test_the_first_time_of_a_text_is_of_a_line_that_begins_with_one() -> None:
    assert first_moment(b"<11>1 2026-11-23T10:11:12Z vc01 sps 1 - - x") is not None
    text = b"x 2026-01-01T00:00:00Z\n2026-99-01T00:00:00Z no\n2026-11-23T10:11:12Z yes\n2026-12-01T00:00:00Z late\n"
    moment = first_moment(text)
    assert moment is not None
    assert moment.to_text() == AT
    assert first_moment(b"nothing") is None


@pytest.mark.parametrize(
    ("written", "shown"),
    [(AT, AT), (" 2026-11-23 12:11:12+0200 ", AT), ("2026-11-23T10:11:12", AT[:-1]), ("2026-11-23", "2026-11-23T00:00:00")],
)
def test_a_time_that_a_user_wrote(written: str, shown: str) -> None:
    assert moment_of(written).to_text() == shown


@pytest.mark.parametrize(
    "written", ["", "yesterday", "2026-02-30", "2026-11-23T10:11:12Z later", "2026-11-23T10:11:12\u0660", "1" * 10]
)
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is not a time such as"):
        moment_of(written)


@given(st.binary() | st.from_regex(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.,+Z-]{0,30} \[[a-z]{0,9}\] .*"))
def test_any_bytes_have_a_prefix(line: bytes) -> None:
    begins_record(line)
    first_moment(line)
    assert isinstance(prefix_of(line).thread, bytes)
