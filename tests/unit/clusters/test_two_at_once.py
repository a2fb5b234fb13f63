# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two runs that switch host monitoring of the same cluster off: neither restores what the other still needs."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Callable, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._clusters import owner
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.high_availability import HaPolicy, high_availability
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.monitoring import HostMonitoring
from ansible_collections.certops.vsphere.plugins.module_utils._clusters.restore import restore_monitoring
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import CertopsError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._common.progress import Progress
from ansible_collections.certops.vsphere.plugins.module_utils._estate.cluster import MASTER
from ansible_collections.certops.vsphere.plugins.module_utils._estate.ha_note import UNMONITORED, held, note_of, owner_in
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate import regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._stepping import step
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.progress import silent
from ansible_collections.certops.vsphere.tests.unit.clusters.fake_clusters import FakeCluster
from ansible_collections.certops.vsphere.tests.unit.fake_estate import FakeEstate, fake_estate

OTHER = "4711.12@ctrl02.abcdef"


def world(note: str = "", monitoring: Optional[str] = "enabled") -> FakeEstate:
    """Two hosts in a cluster with HA."""
    made = fake_estate(hosts=2)
    for fake in made.fakes:
        fake.cluster = "c1"
    made.fakes[0].ha_state = MASTER
    made.ha.clusters["c1"] = FakeCluster(monitoring=monitoring, note=note)
    return made


def others_note(made: FakeEstate, seconds: float = 200.0, who: str = OTHER) -> str:
    """The note of another run, which holds for so long."""
    return held(note_of("enabled", made.clock.now()), who, made.clock.now() + timedelta(seconds=seconds))


def taken_by_others(seconds: float = 200.0, who: str = OTHER) -> FakeEstate:
    """Host monitoring is off, and another run's note says so."""
    made = world(monitoring=UNMONITORED)
    made.ha.clusters["c1"].note = others_note(made, seconds, who)
    return made


def monitoring_of(made: FakeEstate, owner_word: Optional[str] = None, tell: Any = silent) -> HostMonitoring:
    """Of the cluster."""
    hosts = made.hosts()[0]
    return HostMonitoring(made, made.clusters(hosts)[0][0], hosts[0], 300.0, "renew", tell, owner=owner_word)


def renew(made: FakeEstate) -> tuple[list[str], Optional[CertopsError]]:
    """Renew both hosts, suspending: their statuses, and the problem of the step."""
    estate = observe_for_renewal(made, ["*"], renew_before_days=60, force=False)
    ha = high_availability(made, estate.hosts, HaPolicy("suspend"))
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 0, "timeout_seconds": 120.0, "check_mode": False}
    results = regenerate(made, estate, renew_before_days=60, force=False, ha=ha, **options)
    return [one.status for one in results], ha.problem


def test_a_second_run_waits_for_the_first_one_and_begins_then() -> None:
    made = taken_by_others(seconds=10_000)

    def ends() -> None:
        made.ha.clusters["c1"].note, made.ha.clusters["c1"].monitoring = "", "enabled"

    made.at(100.0, ends)
    told: list[Progress] = []
    monitoring = monitoring_of(made, tell=told.append)
    done, problem = monitoring.while_off(lambda: made.ha.clusters["c1"].monitoring)
    assert (done, problem) == (UNMONITORED, None)
    assert made.clock.seconds > 100
    assert (made.ha.clusters["c1"].monitoring, made.ha.clusters["c1"].note) == ("enabled", "")
    waits = [one for one in told if "waiting for another run" in str(one.doing)]
    assert len(waits) == 1


def test_a_second_run_begins_nothing_where_the_first_one_goes_on_and_leaves_its_note_and_its_switch() -> None:
    made = taken_by_others(seconds=10_000)
    note = made.ha.clusters["c1"].note
    statuses, problem = renew(made)
    assert statuses == ["not_started", "not_started"]
    assert problem is not None
    assert problem.code == "ha_in_use"
    assert OTHER in str(problem)
    assert made.changes == []
    assert (made.ha.clusters["c1"].note, made.ha.clusters["c1"].switched) == (note, [])


def test_what_another_run_left_is_gone_on_from_when_its_time_is_over() -> None:
    made = taken_by_others(seconds=100)
    assert renew(made) == (["changed", "changed"], None)
    assert made.clock.seconds > 100
    # It was on before the other run began.
    assert (made.ha.clusters["c1"].monitoring, made.ha.clusters["c1"].note) == ("enabled", "")


def test_who_writes_last_has_the_cluster_and_the_other_one_leaves_it_alone() -> None:
    made = world()

    def theirs() -> None:
        made.ha.clusters["c1"].note = others_note(made)

    made.at(1.0, theirs)
    statuses, problem = renew(made)
    assert statuses == ["not_started", "not_started"]
    assert problem is not None
    assert problem.code == "ha_in_use"
    assert owner_in(made.ha.clusters["c1"].note) == OTHER
    assert made.ha.clusters["c1"].switched == []


def test_another_note_that_comes_between_the_writing_and_the_look_is_seen_as_well() -> None:
    made = world()
    made.spoil("note_on_cluster", lambda: setattr(made.ha.clusters["c1"], "note", others_note(made)))
    _statuses, problem = renew(made)
    assert problem is not None
    assert problem.code == "ha_in_use"
    # While a task was waited for another run came.
    made = world()
    made.ha.clusters["c1"].tasks.append("a remediation (task-7)")

    def came() -> None:
        made.ha.clusters["c1"].tasks.clear()
        made.ha.clusters["c1"].note = others_note(made)

    made.at(50.0, came)
    _statuses, problem = renew(made)
    assert problem is not None
    assert problem.code == "ha_in_use"
    assert made.ha.clusters["c1"].switched == []


def test_a_note_is_prolonged_while_the_work_goes_on_and_by_its_owner_alone() -> None:
    made = world()
    monitoring = monitoring_of(made)
    cluster = made.ha.clusters["c1"]
    seen = []

    def work() -> None:
        seen.append(cluster.note)
        monitoring.still_at_work()
        seen.append(cluster.note)
        made.clock.rest(100)
        monitoring.still_at_work()
        seen.append(cluster.note)
        made.clock.rest(100)
        made.spoil("note_on_cluster", TransientError("no answer", code="broken"))
        monitoring.still_at_work()
        seen.append(cluster.note)
        made.clock.rest(100)
        cluster.note = others_note(made)
        monitoring.still_at_work()

    assert monitoring.while_off(work) == (None, None)
    first, unchanged, prolonged, failed = seen
    assert first == unchanged != prolonged == failed
    # The other one has it now, and restores it.
    assert owner_in(cluster.note) == OTHER
    assert cluster.monitoring == UNMONITORED


def test_the_note_is_prolonged_while_a_host_is_at_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "MEANWHILE_SECONDS", 0.01)
    made = world()
    prolonged = threading.Event()
    renewing = made.renew_certificate
    writing = made.note_on_cluster

    def slowly(host: Any, deadline: Any) -> None:
        made.clock.rest(100)
        assert prolonged.wait(30)
        renewing(host, deadline)

    def noticed(cluster: Any, text: str) -> None:
        writing(cluster, text)
        if made.clock.seconds > 100:
            prolonged.set()

    made.renew_certificate, made.note_on_cluster = slowly, noticed  # type: ignore[method-assign]
    assert renew(made) == (["changed", "changed"], None)
    assert (made.ha.clusters["c1"].monitoring, made.ha.clusters["c1"].note) == ("enabled", "")


def restored(made: FakeEstate, *, check_mode: bool = False, timeout_seconds: float = 300.0) -> list[tuple[str, bool]]:
    """What restoring came to: whose host monitoring was restored, or left to another run."""
    done = restore_monitoring(made, timeout_seconds=timeout_seconds, check_mode=check_mode)
    return [(one["name"], one["in_use"]) for one in done]


def test_what_a_run_that_was_killed_elsewhere_left_is_restored_when_its_note_holds_no_more() -> None:
    made = taken_by_others(seconds=200)
    assert restored(made, check_mode=True) == [("c1", True)]
    assert made.clock.seconds < 1
    assert restored(made) == [("c1", False)]
    assert made.clock.seconds > 200
    assert (made.ha.clusters["c1"].monitoring, made.ha.clusters["c1"].note) == ("enabled", "")


def test_what_a_run_at_work_needs_off_is_not_restored() -> None:
    made = taken_by_others(seconds=200)
    made.at(50.0, lambda: setattr(made.ha.clusters["c1"], "note", others_note(made, 240)))
    assert restored(made) == [("c1", True)]
    # Seen by its prolonged note, before that would have lapsed.
    assert made.clock.seconds < 100
    assert made.changes == []
    # Nor where the time is over before that could be seen.
    made = taken_by_others(seconds=200)
    assert restored(made, timeout_seconds=10) == [("c1", True)]
    # It ends meanwhile, and restores it itself.
    made = taken_by_others(seconds=200)
    made.at(50.0, lambda: setattr(made.ha.clusters["c1"], "note", ""))
    assert restored(made) == [("c1", True)]
    assert made.changes == []


def test_a_run_that_was_killed_on_this_machine_is_known_to_be_gone() -> None:
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    ).stdout.strip()
    word = owner.this_process()
    _number, _at, rest = word.partition("@")
    made = taken_by_others(seconds=10_000, who=f"{gone}.12@{rest}")
    assert restored(made) == [("c1", False)]
    assert made.clock.seconds < 30
    assert made.ha.clusters["c1"].monitoring == "enabled"


def test_a_process_is_gone_where_its_number_is_nobodys_or_anothers(monkeypatch: pytest.MonkeyPatch) -> None:
    word = owner.this_process()
    number, _dot, rest = word.partition(".")
    began, _at, machine = rest.partition("@")
    assert number == str(os.getpid())
    assert owner.is_gone(word) is False
    # The number was given out again.
    assert owner.is_gone(f"{number}.{int(began) + 1}@{machine}") is True
    assert owner.is_gone(f"{'9' * 30}.1@{machine}") is False
    # Elsewhere, or in words that are not ours, nothing is known.
    assert owner.is_gone(f"{number}.{int(began) + 1}@ctrl02.abcdef") is False
    assert owner.is_gone("somebody") is False

    def refuse(_process: int, _signal: int) -> None:
        raise PermissionError

    with monkeypatch.context() as others:
        others.setattr(os, "kill", refuse)
        assert owner.is_gone(f"{number}.{int(began) + 1}@{machine}") is False
    # Where the kernel tells nothing, nobody is known to be gone.
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(Path, "read_text", missing_file())
        assert owner.this_process().startswith(f"{number}.0@")
        assert owner.is_gone(owner.this_process()) is False


def missing_file() -> Callable[..., str]:
    """What reading a file is like where there is none."""

    def read(*_arguments: Any, **_options: Any) -> str:
        raise FileNotFoundError

    return read


def test_a_process_that_ended_and_was_not_waited_for_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        machine = owner.this_process().partition("@")[2]
        stat = Path(f"/proc/{child.pid}/stat")
        began = stat.read_text(encoding="ascii").rpartition(")")[2].split()[19]
        assert owner.is_gone(f"{child.pid}.{began}@{machine}") is False
        assert child.stdin is not None
        child.stdin.close()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert owner.is_gone(f"{child.pid}.{began}@{machine}") is True
