# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A whole run against each release of vCenter, and an audit: all that is due is done, over the REST API that the release has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from player import play
from processes import inventory, mutating
from vsphere_sim.testing import RunningEstate, estate, sound

DUE: dict[str, Any] = {"certificate": {"days_left": 20}}
REMEMBERED: dict[str, Any] = {"provider": {"remembered": {"days_left": -50}}}
RESTARTS = {False: "POST /api/vcenter/services/sps?action=restart", True: "POST /rest/vcenter/services/sps/restart"}
# By the version of a scenario: that of its hosts, whether /rest is all that it has, and whether what 6.7 U2 brought is there.
RELEASES = {
    "6.7": ("6.7.0", True, False),
    "6.7.1": ("6.7.0", True, False),
    "6.7.2": ("6.7.0", True, True),
    "7.0.1": ("7.0.1", True, True),
    "7.0.3": ("7.0.3", False, True),
    "8.0.3": ("8.0.3", False, True),
    "9.0.0": ("8.0.3", False, True),
    "9.1.0": ("9.0.0", False, True),
}


def scenario(release: str) -> dict[str, Any]:
    version = RELEASES[release][0]
    hosts = [{**kind, "version": version} for kind in (DUE, DUE, REMEMBERED, {})]
    return {"vcenters": [{"name": "vc01", "version": release, "clusters": [{"name": "a", "hosts": hosts}]}]}


def root_of(running: RunningEstate) -> str:
    """The fingerprint of VMCA's root, as an operator reads it in vCenter's certificate management."""
    [root] = running.state()["vcenters"][0]["roots"]
    return str(root["sha256_fingerprint"])


@pytest.mark.parametrize("release", RELEASES)
def test_a_run_and_an_audit(release: str, tmp_path: Path) -> None:
    version, old, whole = RELEASES[release]
    with estate(tmp_path / "estate", scenario=scenario(release), speed=100) as running:
        # In the other one without trusted roots hosts are the witnesses.
        root = {"certops_vmca_root_fingerprint": root_of(running)} if release == "6.7" else {}
        alone = {} if whole else {"certops_protection_covers": [running.vcenter("vc01").address]}
        first = play(running, tmp_path, playbook="audit.yml", protection=None, **root)
        assert mutating(running) == []
        assert sorted(first.results("vc01").values()) == ["due", "due", "due", "ok"], first.printed
        done = play(running, tmp_path, **root, **alone)
        assert done.returncode == 0, done.printed
        assert sorted(done.results("vc01").values()) == ["done", "done", "done", "ok"]
        [vcenter] = running.state()["vcenters"]
        assert all(sound(host) for host in vcenter["hosts"])
        calls = [one["method"] for one in running.journal() if one["protocol"] == "rest" and one["vcenter"] == "vc01"]
        # Providers of ESXi 9 are renewed in place.
        assert (RESTARTS[old] in calls) is (not version.startswith("9"))
        # Which dialect is spoken is known after the first login, and nothing is asked in the other one.
        assert {one.split(" ")[1].split("/")[1] for one in calls} == {"rest" if old else "api"}


def groups(running: RunningEstate, folder: Path, *names: str) -> list[set[str]]:
    """The members of these groups of the inventory plugin."""
    [at] = running.vcenters
    source = folder / "vc01.estate.yml"
    vcenters = [{"name": at.name, "hostname": at.address, "port": at.port}]
    given = {"username": at.username, "password": at.password, "ca_path": str(running.ca_path), "vcenters": vcenters}
    source.write_text(json.dumps({"plugin": "certops.vsphere.estate", **given}))
    found = inventory(source)
    return [set(found.members(name)) if name in found.groups else set() for name in names]


@pytest.mark.parametrize("release", ["9.0.0", "9.1.0"])
def test_a_provider_with_a_certificate_of_its_own_is_never_unregistered(release: str, tmp_path: Path) -> None:
    version = {"version": "9.0.0"}
    ending, offline = {"provider": {"own": {"days_left": 10}}}, {"provider": {"condition": "disconnected"}}
    hosts = [{**version, **kind} for kind in (DUE, ending, offline, {})]
    vcenter = {"name": "vc01", "version": release, "clusters": [{"name": "a", "hosts": hosts}]}
    own = {"provider_certificates": "own", "provider_renewals": False}
    with estate(tmp_path / "estate", scenario={"vcenters": [{**vcenter, **own}]}, speed=100) as running:
        due, ends, disconnected, sound_one = [host["name"] for host in running.state()["vcenters"][0]["hosts"]]
        assert groups(running, tmp_path, "due", "blocked", "unknown") == [{due, ends, disconnected}, set(), set()]
        audited = play(running, tmp_path, playbook="audit.yml", protection=None, certops_fail_on="stopped")
        steps = {host["esxi_host"]: host["due"] for host in audited.reports["vc01"]["hosts"]}
        assert steps == {
            due: ["renew", "reconnect", "reregister"],
            ends: ["reregister"],
            disconnected: ["reregister"],
            sound_one: [],
        }
        done = play(running, tmp_path)
        assert done.returncode == 0, done.printed
        assert done.results("vc01") == {due: "done", ends: "done", disconnected: "done", sound_one: "ok"}
        calls = mutating(running)
        tasks = {method for method, _target in calls}
        assert {"VasaProviderRefreshCertificate_Task", "VasaProviderReconnect_Task"} < tasks
        assert not tasks & {"UnregisterProvider_Task", RESTARTS[False]}
        for host in running.state()["vcenters"][0]["hosts"]:
            assert (host["provider"]["status"], host["provider"]["certificate"]) == ("online", host["provider_certificate"])
            assert host["served"] == host["provider_certificate"] != host["certificate"]
        assert groups(running, tmp_path, "due", "blocked", "unknown") == [set(), set(), set()]
        again = play(running, tmp_path)
        assert (again.returncode, mutating(running)) == (0, calls)


@pytest.mark.parametrize("release", ["6.7"])
def test_what_an_old_one_cannot_tell_blocks_what_needs_it(release: str, tmp_path: Path) -> None:
    with estate(tmp_path / "estate", scenario=scenario(release), speed=100) as running:
        linked = play(running, tmp_path, "--check")
        assert "linked with other vCenters" in linked.printed
        here = running.vcenter("vc01").address
        # Without a second host nobody confirms what the vCenter publishes.
        for host in running.state()["vcenters"][0]["hosts"][1:]:
            running.set("host", host=host["name"], connection_state="disconnected")
        stopped = play(running, tmp_path, certops_protection_covers=[here])
        assert stopped.returncode == 2
        assert mutating(running) == []
        told = str(stopped.reports["vc01"])
        assert "roots_unavailable" in told
        assert "certops_vmca_root_fingerprint" in told
        wrong = play(running, tmp_path, certops_protection_covers=[here], certops_vmca_root_fingerprint=":".join(["AA"] * 32))
        assert "are not the one with the fingerprint AA:AA" in " ".join(wrong.printed.split())
        assert mutating(running) == []
