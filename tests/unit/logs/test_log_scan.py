# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records out of bytes: the same as who splits every line would find, wherever the pieces end."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_line import begins_record
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_pattern import NAMING_NEEDLES, NEEDLES, pattern_of
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_scan import LOOK_BACK, MOST_LINES, LogScan, Record
from ansible_collections.certops.vsphere.tests.unit.log_lines import (
    FAILED,
    LOADING,
    SELF_SIGNED,
    STACK,
    legacy,
    line,
    record,
    scan_into,
)
from hypothesis import given
from hypothesis import strategies as st

KNOWN = [
    *(record(message, 3, thread) for message in (SELF_SIGNED, FAILED, LOADING) for thread in ("Thread-1", "Thread-2")),
    legacy("esx-a01.example.com", "certificate_unknown(46)", 5, "Thread-2"),
    legacy("esx-a02.example.com", "Connection refused", 7),
    line("[sync] https://esx-a03.example.com:9080/version.xml", 2, "Thread-1"),
    line("nothing", 1, "Thread-1"),
    STACK,
    "Caused by: java.security.cert.CertificateExpiredException: x",
    "",
    "x" * 300,
]
TEXTS = st.lists(st.sampled_from(KNOWN).map(str.encode) | st.binary(max_size=60), max_size=25).flatmap(
    lambda lines: st.sampled_from([b"\n", b"\r\n"]).map(lambda end: end.join(lines) + end * (len(lines) % 2))
)


def records(text: bytes, size: int = 0, longest_line: int = 32768) -> list[Record]:
    """All records of a log that is fed in pieces of so many bytes."""
    scan = LogScan(longest_line)
    size = size or max(1, len(text))
    found = [one for at in range(0, len(text), size) for one in scan.feed(text[at : at + size])]
    return [*found, *scan.finish()]


def by_every_line(text: bytes) -> list[tuple[bytes, list[bytes]]]:
    """The same by splitting everything: what has a needle, under the last line that begins a record."""
    found: list[tuple[int, bytes, list[bytes]]] = []
    header, begun = b"", -1
    for number, raw in enumerate(text.split(b"\n")):
        own = raw.rstrip(b"\r")
        if begins_record(own):
            header, begun = own, number
        if any(needle in raw for needle in (*NEEDLES, *NAMING_NEEDLES)):
            # Where no line has begun a record yet each is its own.
            if not found or found[-1][0] != begun or begun < 0:
                found.append((begun, header, []))
            found[-1][2].append(own)
    return [(header, lines[:MOST_LINES]) for _number, header, lines in found]


@given(TEXTS)
def test_the_records_are_those_that_splitting_every_line_finds(text: bytes) -> None:
    assert [(one.header, one.lines) for one in records(text)] == by_every_line(text)


@given(TEXTS, st.integers(1, 200), st.sampled_from([20, 64, 150, 32768]))
def test_where_pieces_end_makes_no_difference(text: bytes, size: int, longest_line: int) -> None:
    assert records(text, size, longest_line) == records(text, 0, longest_line)


@given(TEXTS, st.integers(1, 200))
def test_findings_are_counted_as_by_splitting_every_line(text: bytes, size: int) -> None:
    findings = Findings()
    scan = scan_into(findings, text, size)
    told = [pattern_of(b"\n".join([header, *lines])) for header, lines in by_every_line(text)]
    assert sum(one.count + one.consequences for one in findings.sorted()) == len([one for one in told if one])
    assert scan.bytes_read == len(text)
    assert scan.lines == text.count(b"\n") + (not text.endswith(b"\n") and bool(text))
    for one in findings.sorted():
        assert one.to_facts()["count"] >= 1


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_no_bytes_are_an_error(pieces: list[bytes]) -> None:
    scan = LogScan(64)
    for piece in pieces:
        list(scan.feed(piece))
    list(scan.finish())
    assert scan.bytes_read == sum(map(len, pieces))


def test_of_an_endless_line_only_the_beginning_is_looked_at() -> None:
    scan = LogScan(1000)
    found = list(scan.feed(line("ServiceNotInitialized").encode()))
    for _count in range(1000):
        found += scan.feed(b"x" * 500 + b"ServiceNotInitialized")
        assert len(scan._carry) < 1000
    found += scan.feed(b"\n" + line("ServiceNotInitialized").encode())
    found += scan.finish()
    assert len(found) == 2
    assert scan.lines == 2


def test_a_line_that_is_exactly_too_long_is_cut_in_any_pieces() -> None:
    for length in (98, 99, 100, 101):
        text = b"x" * (length - 17) + b"isLegacyProvider]\n"
        assert len(records(text, 0, 100)) == len(records(text, 7, 100)) == (length <= 100)


def test_what_follows_a_cut_is_no_line_of_its_own() -> None:
    for size in (0, 1, 30):
        assert records(b"x" * 120 + b"isLegacyProvider]" + b"x" * 300 + b"AxisFault\nServiceNotInitialized\n", size, 100) == [
            Record(b"", [b"ServiceNotInitialized"], True)
        ]


def test_of_a_stack_trace_only_so_many_lines_are_kept() -> None:
    text = "\n".join([line("x"), *["Caused by: AxisFault"] * (MOST_LINES + 5)])
    [one] = records(text.encode())
    assert len(one.lines) == MOST_LINES


def test_a_consequence_knows_the_line_before_it_of_its_thread() -> None:
    why = line("Could not do it", 0, "Thread-1")
    lines = [why, STACK, line("other work", 1, "Thread-2"), record(FAILED, 2, "Thread-1"), record(LOADING, 3, "Thread-1")]
    text = "\n".join(lines).encode()
    for size in (0, 1, 50):
        assert [one.before for one in records(text, size)] == [why.encode()] * 2


def test_a_consequence_without_a_thread_or_with_nothing_near_has_no_line_before() -> None:
    far = "\n".join([line("why", 0, "Thread-1"), "y" * LOOK_BACK, record(FAILED, 2, "Thread-1")])
    only_named = "\n".join([line("of [Thread-1] x", 0, "Thread-3"), record(FAILED, 2, "Thread-1")])
    for text in (far, only_named, "x\nSetContext failed", record(FAILED)):
        assert [one.before for one in records(text.encode())] == [b""]


def test_a_consequence_is_not_looked_back_from_for_ever() -> None:
    text = "\n".join([line("why", 0, "Thread-1"), *[line("SetContext failed!", 1, "Thread-1")] * 100]).encode()
    assert records(text)[-1].before == b""
    assert records(text)[5].before


def test_times_are_of_the_first_and_last_lines_that_have_one() -> None:
    scan = LogScan()
    text = "\n".join(["no time", line("a", 1), line("b", 2), STACK])
    list(scan.feed(text.encode()))
    list(scan.finish())
    assert scan.first_seen is not None
    assert scan.last_seen is not None
    assert (scan.first_seen.to_text(), scan.last_seen.to_text()) == ("2026-11-23T10:00:01Z", "2026-11-23T10:00:02Z")
