# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a thread or an operation was last about."""

from __future__ import annotations

from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_line import Prefix, moment_of
from ansible_collections.certops.vsphere.plugins.module_utils._logs.log_neighbours import MOST_REMEMBERED, Neighbours


def at(second: int, thread: bytes = b"t", operation: bytes = b"op") -> Prefix:
    """A line at a second."""
    return Prefix(moment_of(f"2026-11-23T10:{second // 60:02d}:{second % 60:02d}Z"), thread, operation)


def test_the_last_of_a_thread_counts_as_long_as_it_is_near() -> None:
    neighbours: Neighbours[str] = Neighbours()
    neighbours.put(at(0), "one", "one")
    neighbours.put(at(1), "two", "two")
    assert neighbours.get(at(61)) == "two"
    assert neighbours.get(at(62)) is None
    assert neighbours.get(Prefix(None, b"t", b"op")) == "two"


def test_a_thread_that_does_other_work_says_nothing() -> None:
    neighbours: Neighbours[str] = Neighbours()
    neighbours.put(at(0), "one", "one")
    assert neighbours.get(at(1, operation=b"other")) is None
    assert neighbours.get(at(1, operation=b"")) == "one"


def test_another_thread_of_an_operation_counts_unless_it_was_about_several() -> None:
    neighbours: Neighbours[str] = Neighbours()
    neighbours.put(at(0), "one", "one")
    neighbours.put(at(1), "one again", "one")
    assert neighbours.get(at(2, thread=b"u")) == "one again"
    neighbours.put(at(3, thread=b"v"), "two", "two")
    assert neighbours.get(at(4, thread=b"u")) is None
    assert neighbours.get(at(4)) == "one again"
    neighbours.put(at(200), "three", "three")
    assert neighbours.get(at(201, thread=b"u")) == "three"


def test_who_has_neither_has_no_neighbours() -> None:
    neighbours: Neighbours[str] = Neighbours()
    neighbours.put(at(0, b"", b""), "one", "one")
    assert neighbours.get(at(0, b"", b"")) is None


def test_only_so_many_are_remembered() -> None:
    neighbours: Neighbours[int] = Neighbours()
    for number in range(MOST_REMEMBERED + 1):
        neighbours.put(at(0, b"%d" % number, b""), number, number)
    assert neighbours.get(at(0, b"0", b"")) is None
    assert neighbours.get(at(0, b"1", b"")) == 1
