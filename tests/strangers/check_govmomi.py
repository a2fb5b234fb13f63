# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What govmomi sees of the simulated vCenter is what is there. One that fails is a defect of the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from vsphere_sim.testing import RunningEstate, estate

from .conftest import Seen, look

# A vCenter of 8.0.3 knows the one, not the other, which govc of 2026 announces.
VERSIONS = ("8.0.3.0", "9.1.0.0")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """A cluster with vSphere HA, and hosts that stand alone."""
    hosts: list[dict[str, Any]] = [{}, {"certificate": {"days_left": 20}}, {"connection_state": "disconnected"}]
    clusters = [{"name": "a", "ha": {}, "hosts": hosts}, {"standalone": True, "hosts": [{}, {}]}]
    with estate(tmp_path_factory.mktemp("estate"), scenario={"vcenters": [{"clusters": clusters}]}, speed=100) as made:
        yield made


@pytest.fixture(scope="module", params=VERSIONS)
def seen(request: pytest.FixtureRequest, program: str, running: RunningEstate) -> Seen:
    """What govmomi sees."""
    return look(program, running, "vc01", request.param)


def truth(running: RunningEstate) -> list[dict[str, Any]]:
    hosts: list[dict[str, Any]] = running.state()["vcenters"][0]["hosts"]
    return hosts


def test_nothing_is_refused_but_what_a_vcenter_refuses(seen: Seen) -> None:
    assert seen.failed == {
        "options vpxd.certmgmt": "ServerFaultCode: The name is not valid.",
        "token of an unknown version": 'VersionMismatchFaultCode: Unsupported version URI "urn:vim25/9.9.9.9"',
    }


def test_every_way_through_the_inventory_leads_to_the_same_paths(seen: Seen, running: RunningEstate) -> None:
    alone = [host["name"] for host in truth(running)[3:]]
    of_hosts = [f"/dc01/host/a/{host['name']}" for host in truth(running)[:3]] + [f"/dc01/host/{name}/{name}" for name in alone]
    found = seen.found
    assert {*of_hosts, "/dc01", "/dc01/vm", "/dc01/vm/vc01", "/dc01/host/a/Resources", "/dc01/network/VM Network"} < set(
        found["find"]
    )
    assert set(found["search"]) == set(found["find"])
    # The lister shows datastores and networks under their hosts as well.
    assert set(found["find"]) <= set(found["list"]["/..."])
    assert found["list"]["/"] == ["/dc01"]
    assert found["list"]["/*"] == [f"/dc01/{folder}" for folder in ("vm", "host", "datastore", "network")]
    assert found["hosts by path"] == of_hosts
    assert found["view"] == len(found["find"])
    assert found["datacenters"] == {"/dc01": {"hosts": 5, "clusters": 1, "machines": 1}}
    assert found["pools by path"] == 3
    assert found["search for nothing"] is True


def test_hosts_and_their_certificates(seen: Seen, running: RunningEstate) -> None:
    known = {host["name"]: host for host in truth(running)}
    assert {one["name"] for one in seen.found["hosts"]} == set(known)
    for one in seen.found["hosts"]:
        host = known[one["name"]]
        assert (one["state"], one["uuid"], one["thumbprint"]) == (
            host["connection_state"],
            host["uuid"],
            host["record"]["sha1_thumbprint"],
        )
        if one["state"] == "connected":
            assert (one["not_after"], one["certificate_error"]) == (host["record"]["not_after"], "")
            assert one["status"] in ("good", "expirationImminent")
        else:
            assert one["certificate_error"] == "HostNotConnected"
    assert seen.found["clusters"] == {"/dc01/host/a": {"ha": True, "drs": True, "rules": 0}}
    assert seen.found["reconnected"] == ["disconnected", "connected"]


def test_services(seen: Seen) -> None:
    found = seen.found
    assert (found["about"]["type"], found["logged in before"], found["logout"]) == ("VirtualCenter", False, True)
    assert (found["licenses"], found["policies"]) == (1, 0)
    assert {"Admin", "ReadOnly", "NoAccess"} < set(found["roles"])
    assert {one["Principal"]: one["RoleId"] for one in found["permissions"]}["VSPHERE.LOCAL\\Administrator"] == -1
    assert found["all permissions"] == found["permissions"]
    assert found["options vpxd.certmgmt."]["vpxd.certmgmt.mode"] == "vmca"
    assert found["events"][:3] == [
        "*types.HostConnectedEvent info",
        "*types.HostDisconnectedEvent info",
        "*types.UserLoginSessionEvent info",
    ]
    assert found["next events"] > 2
    assert found["tasks"][-2:] == ["HostSystem.disconnect", "HostSystem.reconnect"]
    assert found["methods described"] > 10
    assert [one["ServiceType"]["Type"] for one in found["lookup"]] == ["cs.identity"]
    assert (found["token"], found["rest"], found["tags"], found["rest logout"]) == (True, True, 0, True)
