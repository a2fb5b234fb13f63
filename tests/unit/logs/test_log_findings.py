# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Findings: whom they are about, what follows from what, when, and in which order."""

from __future__ import annotations

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._logs import log_findings, log_neighbours
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_findings import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_line import moment_of
from ansible_collections.certops.vsphere.tests.unit.log_lines import (
    FAILED,
    LOADING,
    SELF_SIGNED,
    STACK,
    URL,
    found_in,
    legacy,
    line,
    record,
    scan_into,
)

A, B = "esx-a01.example.com", "esx-b01.example.com"


def naming(host: str, second: float, thread: str = "Thread-17", operation: str | None = "sps-Main-1-2") -> str:
    """A line that names a host and is nothing else."""
    return line(f"[sync] {URL.format(host)}", second, thread, operation)


def test_what_the_knowledge_base_shows_is_one_finding() -> None:
    found = found_in(naming(A, 0), record(SELF_SIGNED, 1), record(FAILED, 1), record(LOADING, 1), STACK)
    assert list(found) == [("self_signed_certificate", A)]
    one = found["self_signed_certificate", A]
    assert (one["count"], one["consequences"], one["kb"], one["is_cause"]) == (1, 2, [320568], True)
    assert (one["provider"], one["first_seen"], one["last_seen"]) == (URL.format(A), "2026-11-23T10:00:01Z", "2026-11-23T10:00:01Z")
    assert "AxisFault: self signed certificate" in str(one["example"])
    assert (one["line_before"], one["log_path"]) == (None, "sps.log")


def test_each_host_has_a_finding_of_its_own_and_is_counted() -> None:
    lines = [
        legacy(A, "unknown_ca(48)", 1),
        legacy(B, "unknown_ca(48)", 2),
        legacy(A, "unknown_ca(48)", 9),
        legacy(A, "bad_certificate(42)", 5),
    ]
    found = found_in(*lines)
    assert {key: one["count"] for key, one in found.items()} == {
        ("version_unread_unknown_ca", A): 2,
        ("version_unread_bad_certificate", A): 1,
        ("version_unread_unknown_ca", B): 1,
    }
    twice = found["version_unread_unknown_ca", A]
    assert (twice["first_seen"], twice["last_seen"]) == ("2026-11-23T10:00:01Z", "2026-11-23T10:00:09Z")
    assert "10:00:09" in str(twice["example"])


def test_the_example_is_the_last_in_time_and_not_in_the_file() -> None:
    found = found_in(legacy(A, "unknown_ca(48)", 9), legacy(A, "unknown_ca(48)", 1))
    one = found["version_unread_unknown_ca", A]
    assert "10:00:09" in str(one["example"])
    assert one["first_seen"] == "2026-11-23T10:00:01Z"


def test_a_line_that_follows_at_once_in_the_same_operation_names_the_host() -> None:
    assert list(found_in(record(SELF_SIGNED, 1), record(FAILED, 1), naming(A, 2))) == [("self_signed_certificate", A)]
    assert list(found_in(record(SELF_SIGNED, 1), naming(A, 4))) == [("self_signed_certificate", None)]
    assert list(found_in(record(SELF_SIGNED, 1), naming(A, 1, operation="other"))) == [("self_signed_certificate", None)]
    assert list(found_in(record(SELF_SIGNED, 1), naming(A, 1, "Thread-9"))) == [("self_signed_certificate", None)]
    assert list(found_in(record(SELF_SIGNED, 1, operation=None), naming(A, 1, operation=None))) == [
        ("self_signed_certificate", None)
    ]


def test_a_consequence_of_a_cause_that_waits_for_its_host_counts_to_it() -> None:
    found = found_in(record(SELF_SIGNED, 1), record(LOADING, 1), naming(A, 1), record(LOADING, 1))
    assert {key: one["consequences"] for key, one in found.items()} == {("self_signed_certificate", A): 2}


def test_two_causes_of_a_thread_do_not_take_each_others_host() -> None:
    found = found_in(record(SELF_SIGNED, 1), record(SELF_SIGNED, 2), naming(A, 2))
    assert {key: one["count"] for key, one in found.items()} == {
        ("self_signed_certificate", A): 1,
        ("self_signed_certificate", None): 1,
    }


def test_hosts_of_other_threads_of_an_operation_are_not_mixed_up() -> None:
    lines = [
        naming(A, 0, "Thread-1"),
        naming(B, 0, "Thread-2"),
        record(SELF_SIGNED, 1, "Thread-1"),
        record(SELF_SIGNED, 1, "Thread-3"),
    ]
    assert set(found_in(*lines)) == {("self_signed_certificate", A), ("self_signed_certificate", None)}


def test_a_consequence_without_a_known_cause_names_the_line_before_it() -> None:
    found = found_in(line("It was the cat, password=hunter2", 1), record(FAILED, 1))
    one = found["set_context_failed", None]
    assert (one["is_cause"], one["consequences"]) == (False, 0)
    assert str(one["line_before"]).endswith("It was the cat, password=********")


def test_a_consequence_of_something_long_ago_is_no_consequence_of_it() -> None:
    assert set(found_in(record(SELF_SIGNED, 1), record(LOADING, 90))) == {
        ("self_signed_certificate", None),
        ("provider_loading_failed", None),
    }


def test_what_interrupted_a_session_for_another_reason_is_named() -> None:
    interrupted = ("Setcontext() was interrupted", "java.lang.InterruptedException: org.apache.axis2.AxisFault: Read timed out")
    found = found_in(record(interrupted, 1), record(FAILED, 1))
    assert "Read timed out" in str(found["set_context_interrupted", None]["example"])
    assert found["set_context_interrupted", None]["consequences"] == 1


def test_only_what_was_asked_for_in_time() -> None:
    lines = [legacy(A, "unknown_ca(48)", second) for second in (1, 2, 3)]
    found = found_in(*lines, since=moment_of("2026-11-23T10:00:02Z"), until=moment_of("2026-11-23T11:00:02+0100"))
    assert [one["count"] for one in found.values()] == [1]
    undated = "no time ServiceNotInitialized"
    assert list(found_in(undated, since=moment_of("2026-11-23"))) == [("sps_starting", None)]


def test_only_the_hosts_that_were_asked_for_and_what_names_none() -> None:
    lines = [legacy(A, "unknown_ca(48)"), legacy(B, "x"), record(LOADING, 0), line("ServiceNotInitialized", 0, "t", "o")]
    assert set(found_in(*lines, esxi_hosts=["ESX-A*"])) == {("version_unread_unknown_ca", A), ("sps_starting", None)}


def test_what_can_be_cured_goes_first_then_what_was_seen_last() -> None:
    lines = [
        line("x Provider loading failed", 50, "t", "o"),
        line("ServiceNotInitialized", 40, "t2", "o2"),
        legacy(A, "unknown_ca(48)", 1),
        legacy(B, "unknown_ca(48)", 30),
        "2026-99-99T10:00:00Z [t] ERROR x - [isLegacyProvider] Failed to retrieve version information from provider - x",
    ]
    assert [name for name, _host in found_in(*lines)] == [
        "version_unread_unknown_ca",
        "version_unread_unknown_ca",
        "version_unread_other",
        "sps_starting",
        "provider_loading_failed",
    ]
    undated = found_in(lines[-1])["version_unread_other", None]
    assert (undated["first_seen"], undated["last_seen"]) == (None, None)


def test_a_log_is_no_neighbour_of_another() -> None:
    findings = Findings()
    scan_into(findings, naming(A, 0).encode())
    scan_into(findings, record(SELF_SIGNED, 1).encode())
    scan_into(findings, record(FAILED, 1).encode(), path="other.log")
    assert [(one.pattern.name, one.named.esxi_host, one.log_path) for one in findings.sorted()] == [
        ("self_signed_certificate", None, "sps.log"),
        ("set_context_failed", None, "other.log"),
    ]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_findings, "MOST_FINDINGS", 2)
    monkeypatch.setattr(log_findings, "MOST_REMEMBERED", 2)
    assert log_neighbours.MOST_REMEMBERED > 2
    findings = Findings()
    lines = [legacy(f"esx{number}", "unknown_ca(48)") for number in range(5)]
    lines += [record(SELF_SIGNED, 1, f"t{number}", f"o{number}") for number in range(5)]
    scan_into(findings, "\n".join(lines).encode())
    assert (len(findings.sorted()), findings.dropped) == (2, 8)
