# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A row of each table in Ansible's own processes: a run that is killed, faults in passing, that stop, and of what is read."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

import ansible_runs
import killing
import processes
import pytest
import test_crash
import test_faults
from crash_points import CALLS, RECONNECT
from fault_rows import ROWS, STOPS, SUCCEEDS, UNREADABLE

Property = Callable[[str, object], None]


@pytest.fixture(autouse=True)
def by_ansible(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are played by processes of Ansible."""
    monkeypatch.setattr(killing, "begun", ansible_runs.begun)
    for tests in (test_crash, test_faults):
        monkeypatch.setattr(tests, "play", processes.play)


def test_a_killed_run_is_finished_by_the_next(tmp_path: Path, record_property: Property) -> None:
    index = CALLS.index((RECONNECT, "canary"))
    test_crash.test_a_killed_run_is_finished_by_the_next(index, killing.UNANSWERED, tmp_path, record_property)


def test_a_fault_in_passing(tmp_path: Path, record_property: Property) -> None:
    row = next(row for row in ROWS if row.then == SUCCEEDS and row.method == RECONNECT)
    test_faults.test_a_fault_in_passing(row, tmp_path, record_property)


def test_a_fault_that_stops(tmp_path: Path, record_property: Property) -> None:
    test_faults.test_a_fault_that_stops(next(row for row in ROWS if row.then == STOPS), tmp_path, record_property)


def test_what_cannot_be_read_for_good(tmp_path: Path, record_property: Property) -> None:
    test_faults.test_what_cannot_be_read_for_good(UNREADABLE[0], tmp_path, record_property)
