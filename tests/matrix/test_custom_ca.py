# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a CA of the operator's renews: killed at any call, each call failing in passing, and those that fail for good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from crash_points import DISCONNECT, EVERYTHING, RECONNECT, RESTART, UNREGISTER
from custom_estates import INSTALL, REQUEST, host, hosts_of, scenario, site
from killing import PHASES, UNANSWERED, kill_in
from player import play
from truth import assert_all_sound, calls_made
from vsphere_sim.testing import RunningEstate, estate

NOTIFY = "NotifyAffectedServices"
ONE_HOST = (REQUEST, INSTALL, NOTIFY, DISCONNECT, RECONNECT, UNREGISTER)
CALLS = [call for label in ("canary", "other") for call in (*((method, label) for method in ONE_HOST), (RESTART, "-"))]
# The certificate is there, and nobody has told the host's services of it.
REDUCED = {(1, UNANSWERED)}
CASES = [
    pytest.param(index, phase, id=f"{index:02}-{CALLS[index][0].rpartition('/')[2]}-{CALLS[index][1]}-{phase}")
    for index in range(len(CALLS))
    for phase in PHASES
    if EVERYTHING or (index, phase) in REDUCED
]
PROMISE = (
    "Where a CA of one's own renews, the same holds, and what it issued before a run ended is not issued again once it is installed"
)
IN_PASSING: list[tuple[str, dict[str, Any]]] = [
    (method, effect)
    for method in (REQUEST, INSTALL, NOTIFY)
    for effect in ({"http_status": 503}, {"drop": "after"}, {"fault": "vim.fault.HostConnectFault", "properties": {}})
]
LASTING: list[tuple[str, dict[str, Any]]] = [
    (REQUEST, {"fault": "vim.fault.HostConfigFault", "properties": {}}),
    (INSTALL, {"fault": "vim.fault.HostConfigFault", "properties": {}}),
    (INSTALL, {"fault": "vim.fault.NoPermission", "properties": {}}),
]


@contextmanager
def custom_ca(folder: Path) -> Iterator[tuple[RunningEstate, dict[str, str], dict[str, Any]]]:
    """Two hosts that are due, by label, and the variables of a run by which the site's CA signs."""
    with estate(folder / "estate", scenario=scenario(host(10), host(30)), speed=100) as running:
        known = dict(zip(("canary", "other"), hosts_of(running), strict=True))
        ca = site(running)
        given = {"method": "key", "ca_path": str(ca.ca_path), "ca_key_path": str(ca.key_path), "days": 700}
        yield running, known, {"certops_custom_ca": given, "certops_concurrency": 1}


def installs(running: RunningEstate, known: dict[str, str]) -> Counter[str]:
    """How often each host was given a certificate."""
    return Counter(label for method, label in calls_made(running, known) if method == INSTALL)


def test_these_are_all_the_calls_of_an_undisturbed_run(tmp_path: Path) -> None:
    with custom_ca(tmp_path) as (running, known, variables):
        played = play(running, tmp_path, **variables)
        assert played.returncode == 0, played.printed
        assert calls_made(running, known) == CALLS
        assert_all_sound(running, known)


@pytest.mark.parametrize(("index", "phase"), CASES)
def test_a_killed_run_is_finished_by_the_next(
    index: int, phase: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    with custom_ca(tmp_path) as (running, known, variables):
        kill_in(running, tmp_path, known, CALLS, index, phase, **variables)
        again = play(running, tmp_path, **variables)
        assert again.returncode == 0, again.printed
        assert_all_sound(running, known)
        # Whatever is there already is put to use.
        assert installs(running, known) == {"canary": 1, "other": 1}


@pytest.mark.parametrize(("method", "effect"), IN_PASSING if EVERYTHING else IN_PASSING[4:5])
def test_a_fault_in_passing(
    method: str, effect: dict[str, Any], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    with custom_ca(tmp_path) as (running, known, variables):
        running.fault({"match": {"method": method}, "times": 1, "effect": effect})
        played = play(running, tmp_path, **variables)
        assert played.returncode == 0, played.printed
        assert running.ask("GET", "/faults")[0]["hits"] == 1, "the call was never made"
        assert_all_sound(running, known)
        assert installs(running, known) == {"canary": 1, "other": 1}


@pytest.mark.parametrize(("method", "effect"), LASTING if EVERYTHING else LASTING[1:2])
def test_a_fault_that_stops(
    method: str, effect: dict[str, Any], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("promise", PROMISE)
    with custom_ca(tmp_path) as (running, known, variables):
        running.fault({"match": {"method": method}, "effect": effect})
        played = play(running, tmp_path, **variables)
        assert played.returncode == 2, played.printed
        failure = str(played.reports["vc01"]["failure"])
        assert known["canary"] in failure
        assert "other" not in {label for _method, label in calls_made(running, known)}
        assert played.results("vc01")[known["other"]] == "not started"
        running.clear_faults()
        again = play(running, tmp_path, **variables)
        assert again.returncode == 0, again.printed
        assert_all_sound(running, known)
