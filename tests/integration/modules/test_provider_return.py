# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run and providers that could be lost: hosts outside of clusters, a record that SMS shows no certificate of, an issuer that nobody trusts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from player import play
from processes import Played, mutating
from vsphere_sim.testing import RunningEstate, estate

SOUND: dict[str, Any] = {"certificate": {"days_left": 900}}
DUE: dict[str, Any] = {"certificate": {"days_left": 20}}
SCENARIO: dict[str, Any] = {
    "vcenters": [
        {
            "name": "alone",
            "clusters": [
                {"name": "a", "hosts": [SOUND]},
                {
                    "name": "",
                    "standalone": True,
                    "hosts": [{**DUE, "provider": None}, DUE, {**SOUND, "provider": {"ailing": True}}],
                },
            ],
        },
        {"name": "dated", "clusters": [{"name": "a", "hosts": [SOUND, {**SOUND, "provider": {"remembered": {"days_left": 40}}}]}]},
        {
            "name": "strange",
            "old_roots": [{"days_left": -10}],
            "clusters": [
                {
                    "name": "a",
                    "hosts": [
                        DUE,
                        {
                            "certificate": {"days_left": 500, "issuer": "unknown"},
                            "provider": {"remembered": {"days_left": -20}, "ailing": True},
                        },
                    ],
                }
            ],
        },
    ]
}


@dataclass
class Seen:
    """The estate after two runs, its hosts by their vCenters, and the providers of before, by their hosts."""

    running: RunningEstate
    hosts: dict[str, list[str]]
    before: dict[str, str]
    first: Played
    second: Played
    calls: list[tuple[str, str]]

    def providers(self) -> dict[str, str]:
        """The providers' uids by their hosts."""
        return _providers(self.running)


def _providers(running: RunningEstate) -> dict[str, str]:
    return {one["host"]: one["uid"] for vcenter in running.state()["vcenters"] for one in vcenter["providers"] if one["host"]}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Both runs, once for all tests."""
    folder = tmp_path_factory.mktemp("return")
    with estate(folder / "estate", scenario=SCENARIO, speed=100) as running:
        hosts = {one["name"]: [host["name"] for host in one["hosts"]] for one in running.state()["vcenters"]}
        for name in hosts["dated"]:
            running.set("provider", vcenter="dated", host=name, untold=["certificate"])
        before = _providers(running)
        first = play(running, folder / "first", certops_reregister_timeout_seconds=60)
        calls = mutating(running)
        # What SPS registered anew has no flaw any more.
        running.set("provider", vcenter="dated", host=hosts["dated"][1], untold=["certificate"])
        running.clear_journal()
        second = play(running, folder / "second")
        yield Seen(running, hosts, before, first, second, calls)


def test_a_host_outside_of_clusters_is_renewed_and_verified_without_a_provider(seen: Seen) -> None:
    inside, bare, due, ailing = seen.hosts["alone"]
    results = {host["esxi_host"]: (host["result"], host["steps"]) for host in seen.first.reports["alone"]["hosts"]}
    assert results == {
        inside: ("ok", []),
        bare: ("done", ["renew", "reconnect"]),
        due: ("done", ["renew", "reconnect"]),
        ailing: ("ok", []),
    }, seen.first.printed
    # None of its providers was touched, and SPS was not restarted.
    assert {name: uid for name, uid in seen.providers().items() if name in seen.hosts["alone"]} == {
        name: seen.before[name] for name in (inside, due, ailing)
    }
    assert {one["name"]: one["sps"]["restarts"] for one in seen.running.state()["vcenters"]}["alone"] == 0
    assert {one["esxi_host"] for one in seen.first.reports["alone"]["left_behind"]} == {due, ailing}
    assert f"left behind: IOFILTER Provider {due} " in seen.first.printed


def test_a_date_without_a_certificate_is_enough_to_be_due_and_to_be_right(seen: Seen) -> None:
    _sound, name = seen.hosts["dated"]
    host = seen.first.host("dated", name)
    assert (host["rule"], host["result"]) == ("remembers_ended", "done"), seen.first.printed
    assert seen.providers()[name] != seen.before[name]
    again = seen.second.host("dated", name)
    assert (again["rule"], again["result"]) == ("healthy", "ok")


def test_who_is_issued_by_a_ca_that_nobody_trusts_keeps_its_provider(seen: Seen) -> None:
    due, strange = seen.hosts["strange"]
    host = seen.first.host("strange", strange)
    assert host["result"] == "blocked", seen.first.printed
    assert [one["code"] for one in host["blockers"]] == ["issuer_untrusted"]
    assert seen.providers()[strange] == seen.before[strange]
    # An expired root that issued none of them keeps nobody from being renewed.
    assert seen.first.host("strange", due)["result"] == "done"


def test_the_second_run_has_nothing_to_do(seen: Seen) -> None:
    assert (seen.first.returncode, seen.second.returncode) == (0, 0), seen.first.printed + seen.second.printed
    assert mutating(seen.running) == []
