# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The player of tests/support plays our playbooks as Ansible does: the same exit status, the same reports, the same calls to each host."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import player
import processes
import pytest
from crash_points import RECONNECT
from player.client import PlayerError, folder_of
from small_estates import EVERY_KIND, FEW, SPEED, label_of, names, scenario, vcenter
from vsphere_sim.scenario.demo import expiring, healthy
from vsphere_sim.scenario.schema import HostSpec
from vsphere_sim.testing import RunningEstate, estate

Hosts = Mapping[str, HostSpec]
# Of a time, of a certificate or of a run, and so never twice the same.
_CHANGING = (
    (re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z| UTC|\+00:00))?"), "TIME"),
    (re.compile(r"\b([0-9A-Fa-f]{2}:){19,}[0-9A-Fa-f]{2}\b"), "FINGERPRINT"),
    (re.compile(r"\b([0-9A-Fa-f]{40,}|[0-9a-f]{15,16})\b"), "FINGERPRINT"),
    (re.compile(r"\d+(\.\d+)? (days|d|seconds|s)\b"), "DURATION"),
    (re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "UUID"),
)


@dataclass(frozen=True)
class Scene:
    """What is played, and where. vcenters: their hosts by label. dead: who does not answer."""

    vcenters: Mapping[str, Hosts]
    status: int
    arguments: tuple[str, ...] = ()
    playbook: str = "renew_iofilter.yml"
    faults: tuple[dict[str, Any], ...] = ()
    dead: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)


SOUND: Hosts = {"healthy": healthy(), "healthy9": healthy("9.0.0")}
SMALL: Hosts = {"canary": expiring(), "healthy": healthy()}
ALWAYS_REFUSED = {"effect": {"task_error": "vim.fault.InvalidLogin"}}
SCENES = {
    "whole": Scene({"vc01": EVERY_KIND}, 0),
    "check": Scene({"vc01": EVERY_KIND}, 0, ("--check", "--diff")),
    "nothing-due": Scene({"vc01": SOUND}, 0),
    # Two are renewed together, and the other one is brought to its end.
    "failed-step": Scene(
        {"vc01": EVERY_KIND}, 2, faults=({"match": {"method": RECONNECT, "target": "expiring"}, **ALWAYS_REFUSED},)
    ),
    "audit": Scene({"vc01": FEW}, 0, playbook="audit.yml"),
    "names": Scene({"vc01": SMALL, "vc02": SMALL}, 2, variables={"certops_skip": ["nobody.example"]}),
    "limit": Scene({"vc01": SMALL, "vc02": SMALL}, 0, ("--check", "--limit", "vc01")),
    "one-is-dead": Scene({"vc01": SMALL, "vc02": SMALL}, 2, dead="vc02"),
}


@dataclass
class Told:
    """What there is to compare."""

    status: int
    reports: list[str]
    changes: dict[str, list[str]]
    kinds: set[str]
    failures: int


@pytest.mark.parametrize("name", SCENES)
def test_the_player_does_what_ansible_does(name: str, tmp_path: Path) -> None:
    scene = SCENES[name]
    by_player = told(tmp_path / "player", scene, player.play)
    by_ansible = told(tmp_path / "ansible", scene, processes.play)
    assert by_player.status == by_ansible.status == scene.status
    assert by_player.reports == by_ansible.reports
    assert by_player.changes == by_ansible.changes
    assert by_player.kinds == by_ansible.kinds
    assert by_player.failures == by_ansible.failures
    assert bool(by_ansible.changes) == (name in ("whole", "failed-step", "one-is-dead"))


def told(folder: Path, scene: Scene, play: Callable[..., processes.Played]) -> Told:
    """Play the scene in an estate of its own."""
    spec = scenario(*(vcenter(dict(hosts), name) for name, hosts in scene.vcenters.items()))
    with estate(folder / "estate", scenario=spec, speed=SPEED) as running:
        known = {label: name for one, hosts in scene.vcenters.items() for label, name in labels(running, one, hosts).items()}
        for rule in scene.faults:
            match = {**rule["match"], "target": known[f"vc01 {rule['match']['target']}"]}
            running.fault({**rule, "match": match})
        arguments = list(scene.arguments)
        if scene.dead:
            other = folder / "dead.yml"
            other.write_text(f"vcenters: {{hosts: {{{scene.dead}: {{certops_vcenter_port: 1}}}}}}\n", encoding="utf-8")
            arguments += ["-i", str(other)]
        played = play(running, folder, *arguments, playbook=scene.playbook, **scene.variables)
        changes: defaultdict[str, list[str]] = defaultdict(list)
        for method, target in processes.mutating(running):
            changes[label_of(target, known)].append(method)
        return Told(
            played.returncode,
            json.dumps(unchanging(played.reports, running, known), indent=1, sort_keys=True).splitlines(),
            dict(changes),
            {unchanging(call["method"], running, known) for call in running.journal()},
            len(re.findall(r"^fatal: ", played.printed, flags=re.MULTILINE)),
        )


def labels(running: RunningEstate, name: str, hosts: Hosts) -> dict[str, str]:
    """The hosts' names by their labels, over all vCenters."""
    return {f"{name} {label}": found for label, found in names(running, dict(hosts), name).items()}


def unchanging(value: Any, running: RunningEstate, known: Mapping[str, str]) -> Any:
    """A report without what is of its time, and with the labels of hosts and vCenters."""
    if isinstance(value, dict):
        # A clock that is read in whole seconds is now and then one off.
        return {key: unchanging(one, running, known) for key, one in value.items() if key != "clock_offset_seconds"}
    if isinstance(value, list):
        return [unchanging(one, running, known) for one in value]
    if isinstance(value, float):
        return round(value)
    if not isinstance(value, str):
        return value
    # The longest first: one address may be the beginning of another.
    addresses = {**{name: label for label, name in known.items()}, **{one.address: one.name for one in running.vcenters}}
    for address in sorted(addresses, key=len, reverse=True):
        value = value.replace(address, addresses[address])
    for pattern, word in _CHANGING:
        value = pattern.sub(word, value)
    return value.replace(".".join(running.vcenters[0].address.split(".")[:2]), "NETWORK")


def test_what_the_player_does_not_know_it_refuses(tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=scenario(vcenter(dict(SMALL))), speed=SPEED) as running:
        for argument in ("--tags=report", "-vvv"):
            with pytest.raises(PlayerError, match=f"the argument {argument}: a real process"):
                player.play(running, tmp_path, argument)
        with pytest.raises(PlayerError, match=r"ansible\.builtin\.tempfile"):
            player.play(running, tmp_path, playbook="demo.yml")


def test_a_server_is_shared_by_those_of_one_run_that_have_the_same_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_TESTRUNUID", "one")
    shared = folder_of("programs")
    assert shared == folder_of("programs") != folder_of("plays")
    monkeypatch.setattr(sys, "prefix", "/another/environment")
    assert folder_of("programs") != shared
