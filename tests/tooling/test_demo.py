# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""That the demo fails where one of its runs did not behave: a demo that cannot fail shows nothing."""

from __future__ import annotations

from typing import Any

import demo
import pytest


def played(changed: int = 0, mutating: int = 0, **counts: int) -> demo.Played:
    """A run of the playbook."""
    recap = {"vc-a": {"ok": 9, "changed": changed, "unreachable": 0, "failed": 0, **counts}}
    calls = [{"mutating": number < mutating} for number in range(mutating + 5)]
    return demo.Played("the run", returncode=0, seconds=1.0, recap=recap, calls=calls)


def host(name: str, *steps: str, blockers: tuple[str, ...] = ()) -> dict[str, Any]:
    """A host in a report."""
    return {"esxi_host": name, "steps": list(steps), "blockers": [{"message": text} for text in blockers]}


def test_three_runs_that_behaved_are_believed() -> None:
    assert demo.judge_runs(played(changed=3), played(changed=3, mutating=7), played()) == []


@pytest.mark.parametrize(
    ("runs", "vsphere_fault"),
    [
        ((played(changed=3, mutating=1), played(3, 7), played()), "1 of its calls changed something"),
        ((played(), played(3, 7), played()), "it predicts no change"),
        ((played(3), played(), played()), "it changed nothing"),
        ((played(3), played(changed=3), played()), "it changed nothing"),
        ((played(3), played(3, 7), played(changed=1)), "changed=1"),
        ((played(3), played(3, 7), played(mutating=1)), "1 of its calls changed something"),
        ((played(3), played(3, 7, failed=2), played()), "2 failed on vc-a"),
        ((played(3), played(3, 7, unreachable=1), played()), "1 unreachable on vc-a"),
        ((played(3), played(3, 7), demo.Played("the run", 0, 1.0, {})), "it shows no recap"),
        ((played(3), played(3, 7), demo.Played("the run", 2, 1.0, played().recap)), "ended with 2"),
    ],
)
def test_a_run_that_did_not_behave_is_named(runs: tuple[demo.Played, ...], vsphere_fault: str) -> None:
    (problem,) = demo.judge_runs(*runs)
    assert vsphere_fault in problem


SOUND: tuple[list[str], bool] = ([], True)
EXPIRED = (["it expired"], True)
OTHER_REMEMBERED: tuple[list[str], bool] = ([], False)


def test_hosts_that_were_due_and_are_sound_are_believed() -> None:
    planned = [host("esx-1", "renew"), host("esx-2"), host("esx-3", blockers=("it is in maintenance mode",))]
    assert demo.judge_hosts(planned, {"esx-1": SOUND, "esx-2": OTHER_REMEMBERED, "esx-3": EXPIRED}) == []


@pytest.mark.parametrize(
    ("planned", "after", "vsphere_fault"),
    [
        ([host("esx-1")], {"esx-1": SOUND}, "nothing due"),
        ([host("esx-1", "renew")], {"esx-1": EXPIRED}, "esx-1 was due and is not sound: it expired"),
        ([host("esx-1", "renew")], {"esx-1": OTHER_REMEMBERED}, "SMS remembers another certificate"),
        ([host("esx-1", "renew")], {}, "the estate has no such host"),
        ([host("esx-1", "renew"), host("esx-2")], {"esx-1": SOUND, "esx-2": EXPIRED}, "nothing said why it is left so"),
        ([host("esx-1", "renew")], {"esx-1": SOUND, "esx-9": EXPIRED}, "esx-9 is not sound, and nothing said why"),
    ],
)
def test_a_host_that_is_not_as_it_must_be_is_named(
    planned: list[dict[str, Any]], after: dict[str, tuple[list[str], bool]], vsphere_fault: str
) -> None:
    (problem,) = demo.judge_hosts(planned, after)
    assert vsphere_fault in problem


def certificate(not_after: str, fingerprint: str = "AA") -> dict[str, str]:
    """A certificate as the simulator shows it."""
    return {"not_after": not_after, "sha256_fingerprint": fingerprint}


OWN = certificate("2030-01-01T00:00:00Z", "CC")


def simulated(**different: Any) -> dict[str, Any]:
    """A host as the simulator shows it, sound unless something is different."""
    good = certificate("2030-01-01T00:00:00Z")
    provider = {"status": "online", "certificate": good}
    return {
        "name": "esx-1",
        "connection_state": "connected",
        "certificate": good,
        "served": good,
        "provider": provider,
        "provider_certificate": None,
        **different,
    }


@pytest.mark.parametrize(
    ("different", "vsphere_fault"),
    [
        ({"connection_state": "notResponding"}, ["it is notResponding"]),
        ({"served": certificate("2030-01-01T00:00:00Z", "BB")}, ["port 9080 serves another certificate than it has"]),
        ({"provider": None}, ["SMS has no provider for it"]),
        (
            {"provider": {"status": "offline", "certificate": certificate("2026-01-01T00:00:00Z")}},
            ["the certificate that SMS remembers ends 2026-01-01T00:00:00Z", "its provider is offline"],
        ),
        (
            {key: certificate("2026-03-01T00:00:00Z") for key in ("certificate", "served")},
            ["the certificate that it has ends 2026-03-01T00:00:00Z"],
        ),
        (
            {"provider_certificate": certificate("2030-01-01T00:00:00Z", "BB")},
            ["port 9080 serves another certificate than it has"],
        ),
        ({"served": OWN, "provider_certificate": OWN}, []),
        ({}, []),
    ],
)
def test_what_is_wrong_with_a_host_is_seen(different: dict[str, Any], vsphere_fault: list[str]) -> None:
    assert demo.wrong_with(simulated(**different), "2026-01-15T12:30:00.5Z") == vsphere_fault


def test_the_recap_is_read_in_colour_too() -> None:
    lines = [
        "PLAY RECAP ****",
        "\x1b[0;33mvc-a\x1b[0m                       : \x1b[0;32mok=20  \x1b[0m \x1b[0;33mchanged=4   \x1b[0m unreachable=0    failed=0 ",
        "vc-b : ok=3 changed=0 unreachable=1 failed=2 skipped=5 rescued=0 ignored=0",
    ]
    assert demo.recap_of(lines) == {
        "vc-a": {"ok": 20, "changed": 4, "unreachable": 0, "failed": 0},
        "vc-b": {"ok": 3, "changed": 0, "unreachable": 1, "failed": 2},
    }


def clusters(enabled: bool, *restarted: str) -> dict[str, Any]:
    """An estate of one cluster, as the simulator shows it."""
    return {"vcenters": [{"clusters": [{"name": "a", "ha": {"enabled": enabled, "restarted_machines": list(restarted)}}]}]}


def test_a_virtual_machine_that_vsphere_ha_restarted_is_named() -> None:
    assert demo.judge_clusters(clusters(True)) == []
    assert demo.judge_clusters(clusters(True, "vm-1")) == ["vSphere HA restarted vm-1 of a"]
    assert demo.judge_clusters(clusters(False)) == ["No cluster has vSphere HA, so that it shows nothing"]


def test_sms_has_to_remember_a_providers_own_certificate_where_it_has_one() -> None:
    own = {"status": "online", "certificate": OWN}
    hosts = [
        simulated(name="own", served=OWN, provider_certificate=OWN, provider=own),
        simulated(name="hosts", served=OWN, provider_certificate=OWN),
    ]
    found = demo.truth({"vcenters": [{"now": "2026-01-15T12:30:00.5Z", "hosts": hosts}]})
    assert found == {"own": ([], True), "hosts": ([], False)}
