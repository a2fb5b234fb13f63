# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check mode against what a run changes, an SPS that hangs, and a vCenter that is dead: whole scenarios."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable

import pytest
from crash_points import EVERYTHING, RENEW, RESTART
from player import play
from small_estates import EVERY_KIND, FEW, SPEED, names, scenario, small_estate, vcenter
from test_faults import changed, prediction
from truth import assert_all_sound, calls_made, outcome
from vsphere_sim.scenario.demo import ailing, expiring, healthy, in_maintenance, stale_display
from vsphere_sim.scenario.schema import HostSpec
from vsphere_sim.testing import RunningEstate, estate

Property = Callable[[str, object], None]
PREDICTED = "Check mode changes nothing, and predicts host by host what the run changes"
HANGING = "An SPS that does not start stops the run at a deadline, with what may be affected"
SPS_STATE = "GET /api/vcenter/services/sps"
DEAD = "A vCenter that is dead, or whose run stops, leaves the others alone"

ODD: dict[str, HostSpec] = {
    "canary": expiring(),
    "in_maintenance": in_maintenance(),
    "stale_display": stale_display(),
    "offline": ailing(),
    "healthy": healthy(),
}
SOUND: dict[str, HostSpec] = {"healthy": healthy(), "healthy9": healthy("9.0.0")}
LEFT: dict[str, HostSpec] = {
    "disconnected": {
        "version": "8.0.3",
        "certificate": {"days_left": 900},
        "provider": {"remembered": {"days_left": 20}},
        "connection_state": "disconnected",
    },
    "healthy": healthy(),
}
SCENARIOS = {"every-kind": EVERY_KIND, "few": FEW, "odd": ODD, "left-disconnected": LEFT, "sound": SOUND}


@pytest.mark.parametrize("name", SCENARIOS if EVERYTHING else ["every-kind"])
@pytest.mark.parametrize("version", ["8.0.3", "9.0.0"] if EVERYTHING else ["9.0.0"])
def test_check_mode_predicts_what_the_run_changes(name: str, version: str, tmp_path: Path, record_property: Property) -> None:
    record_property("promise", PREDICTED)
    # No vCenter has hosts that are newer than itself.
    hosts = {label: spec for label, spec in SCENARIOS[name].items() if version >= spec["version"]}
    with small_estate(tmp_path, hosts, version) as (running, known):
        checked = play(running, tmp_path, "--check", "--diff")
        assert checked.returncode == 0, checked.printed
        assert not [call for call in running.journal() if call["mutating"]]
        done = play(running, tmp_path)
        assert done.returncode == 0, done.printed
        assert prediction(checked, known) == changed_or_registered(running, known)
        after = len(calls_made(running, known))
        assert play(running, tmp_path).returncode == 0
        assert len(calls_made(running, known)) == after, "a second run changed something"


def changed_or_registered(running: RunningEstate, known: dict[str, str]) -> dict[str, set[str]]:
    """What the journal shows. A provider that was missing is registered by the restart of SPS: it is there afterwards, and was not before."""
    found = changed(running, known)
    if "missing" in known and outcome(running, known)["missing"]["providers"] == ["online"]:
        found["missing"] = {"reregister"}
    return found


@pytest.mark.parametrize("times", [0, 1] if EVERYTHING else [0])
def test_an_sps_that_hangs(times: int, tmp_path: Path, record_property: Property) -> None:
    record_property("promise", HANGING)
    with small_estate(tmp_path, FEW) as (running, known):
        if times:
            # It hangs at the second restart only, when the canary has passed.
            rule = {"match": {"method": SPS_STATE}, "effect": {"http_status": 503}}
            running.fault({"match": {"method": RESTART}, "after": 1, "then": rule})
        else:
            running.set("sps", vcenter="vc01", stuck=True)
        played = play(running, tmp_path, certops_concurrency=1, certops_reregister_timeout_seconds=5)
        assert played.returncode == 2, played.printed
        failure = str(played.reports["vc01"]["failure"])
        assert "Storage policies, CSI volumes" in failure
        assert "is unregistered" in failure
        assert "Traceback" not in played.printed
        untouched: set[str] = set() if times else {"expiring", "remembers_expired"}
        assert not untouched & {label for _method, label in calls_made(running, known)}
        assert {label: played.results("vc01")[known[label]] for label in untouched} == dict.fromkeys(untouched, "not started")
        running.clear_faults()
        running.set("sps", vcenter="vc01", stuck=False)
        assert play(running, tmp_path).returncode == 0
        assert_all_sound(running, known)


@pytest.mark.parametrize("how", ["no-answer", "503", "renewal-fails"] if EVERYTHING else ["no-answer"])
def test_one_vcenter_of_three_is_dead(how: str, tmp_path: Path, record_property: Property) -> None:
    record_property("promise", DEAD)
    small: dict[str, HostSpec] = {"canary": expiring(), "healthy": healthy()}
    three = [vcenter(small, name) for name in ("vc01", "vc02", "vc03")]
    with estate(tmp_path / "estate", scenario=scenario(*three), speed=SPEED) as running:
        arguments: list[str] = []
        if how == "no-answer":
            inventory = tmp_path / "dead.yml"
            dead = {"ansible_host": "127.0.0.1", "certops_vcenter_port": 1}
            inventory.write_text(json.dumps({"vcenters": {"hosts": {"vc02": dead}}}), encoding="utf-8")
            arguments = ["-i", str(inventory)]
        elif how == "503":
            running.fault({"match": {"vcenter": "vc02"}, "effect": {"http_status": 503}})
        else:
            fault = {"task_error": "vim.fault.HostConnectFault"}
            running.fault({"match": {"vcenter": "vc02", "method": RENEW}, "effect": fault})
        played = play(running, tmp_path, *arguments)
        assert played.returncode == 2
        assert "Traceback" not in played.printed
        for name in ("vc01", "vc03"):
            known = names(running, small, name)
            assert_all_sound(running, known)
            assert played.results(name)[known["canary"]] == "done"
        known = names(running, small, "vc02")
        assert not {target for _method, target in calls_made(running, known)} & set(small)
