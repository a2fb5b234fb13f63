# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make bench` counts, on small estates: calls, restarts of SPS, sessions, tasks. Times are for `make bench` alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks import document
from benchmarks.commands import recap
from benchmarks.critical_path import seconds
from benchmarks.row import Row, median, spread
from benchmarks.rows import calls, checking, mass_expiry, renewing, sessions
from benchmarks.sizes import SMALL


def test_only_the_reading_of_providers_grows_with_the_hosts(tmp_path: Path) -> None:
    (row,) = calls.measure(tmp_path, SMALL)
    assert row.reached, row.result


def test_a_check_takes_as_many_tasks_for_many_hosts_as_for_few(tmp_path: Path) -> None:
    few, more = (recap(checking.check(tmp_path / str(hosts), 1, hosts).printed) for hosts in (1, 9))
    assert few == more
    assert sorted(few) == ["localhost", "vc01"]


def test_a_run_restarts_sps_for_the_canary_and_for_all_others(tmp_path: Path) -> None:
    renewed = renewing.by_the_collection(tmp_path, vcenters=1, hosts=3, speed=100)
    assert renewed.restarts == {"vc01": renewing.MOST_RESTARTS}
    assert renewed.left == 0


def test_a_run_over_hosts_that_are_all_due_reads_the_whole_vcenter_for_the_plan_and_at_the_end(tmp_path: Path) -> None:
    assert mass_expiry.run(tmp_path, hosts=16, speed=100).whole == 2


def test_what_is_read_while_providers_are_waited_for_is_counted_by_itself() -> None:
    calls_made = [
        "Login",
        "a",
        "Login",
        "b",
        "UnregisterProvider_Task",
        "QueryProvider",
        "Login",
        "QueryProviderInfo",
        "QueryOptions",
        "QueryProvider",
    ]
    journal = [{"protocol": "vim", "method": method, "sent_bytes": 10**number} for number, method in enumerate(calls_made)]
    found = mass_expiry.counted(journal, 1, 1.0)
    assert (found.reading, found.waiting, found.steps) == (11, 10100000, 1101011100)


def test_every_session_is_closed_whatever_goes_wrong(tmp_path: Path) -> None:
    (row,) = sessions.measure(tmp_path, SMALL)
    assert row.reached, row.result


def test_a_target_that_is_missed_is_written_as_missed() -> None:
    rows = [Row("reading", "so", "8 times", "3 times", False), Row("calls", "so", "N", "N", True), Row("more", "so", "", "5", None)]
    written = document.rewritten(f"above\n{document.BEGIN}\nold\n{document.END}\nbelow\n", rows, "two cores")
    assert "| reading | so | 8 times | 3 times | **no** |" in written
    assert written.count("| yes |") == 1
    assert written.startswith("above\n")
    assert written.endswith("below\n")
    assert "old" not in written
    with pytest.raises(ValueError, match="no markers"):
        document.rewritten("no markers", rows, "two cores")


def test_the_critical_path_of_vsphere() -> None:
    # By hand: renew 8, disconnect 2, reconnect 6, unregister 1; SPS 5 + 20 + 5, a provider 0.5, its first sync 1.
    assert seconds(1, canary=1, concurrency=4) == 17 + 31.5
    assert seconds(6, canary=1, concurrency=4) == 17 + 31.5 + 2 * 17 + 33.5
    assert seconds(6, canary=0, concurrency=4) == 2 * 17 + 34


def test_the_median_is_the_middle() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5
    assert spread([2.0, 1.0, 4.0]) == "2.0 (1.0 to 4.0)"
