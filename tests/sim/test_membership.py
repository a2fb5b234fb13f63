# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts that somebody renames, removes and adds again, at once or right after a call: what a client sees of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyVim.connect import Disconnect
from pyVmomi import vmodl
from vsphere_sim.testing import EstateError, RunningEstate, estate

from .conftest import SPEED, Client, connect

CLUSTER = ["kept.example", "renamed.example", "removed.example", "added.example", "leaves.example"]
HOSTS = [{"name": name, "provider": {}} for name in CLUSTER]


@pytest.fixture(scope="module")
def members(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEstate]:
    """One cluster, and each test takes a host of its own."""
    scenario = {"vcenters": [{"name": "vc01", "clusters": [{"name": "one", "hosts": HOSTS}]}]}
    folder: Path = tmp_path_factory.mktemp("estate")
    with estate(folder, scenario=scenario, host_names="fqdn", speed=SPEED) as running:
        yield running


@pytest.fixture
def client(members: RunningEstate) -> Iterator[Client]:
    """An administrator of vc01."""
    client = connect(members)
    yield client
    members.clear_faults()
    Disconnect(client.instance)


def in_cluster(client: Client, name: str) -> bool:
    """Whether the cluster lists a host of this name."""
    cluster = client.hosts()["kept.example"].parent
    return name in [host.name for host in cluster.host]


def test_a_renamed_host_is_the_same_object(client: Client) -> None:
    before = client.hosts()["renamed.example"]
    client.estate.set("host", host="renamed.example", name="new.example")
    after = client.hosts()
    assert "renamed.example" not in after
    assert after["new.example"] == before
    assert before.name == before.summary.config.name == "new.example"
    assert in_cluster(client, "new.example")


def test_a_removed_host_leaves_its_provider_behind(client: Client) -> None:
    host, kept = client.hosts()["removed.example"], client.providers()
    client.estate.set("host", host="removed.example", removed=True)
    assert "removed.example" not in client.hosts()
    assert not in_cluster(client, "removed.example")
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        host.name  # noqa: B018
    assert client.providers().keys() == kept.keys()
    with pytest.raises(EstateError, match=r"removed\.example"):
        client.estate.set("host", host="removed.example", reachable=False)


def test_a_host_that_is_added_again_is_another_object(client: Client) -> None:
    before = client.hosts()["added.example"]
    client.estate.set("host", host="added.example", added_again=True)
    after = client.hosts()["added.example"]
    assert after != before
    assert after.runtime.connectionState == "connected"
    assert in_cluster(client, "added.example")
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        before.name  # noqa: B018


def test_the_world_changes_right_after_the_call_of_a_rule(client: Client) -> None:
    change = {"host": {"host": "leaves.example", "removed": True}}
    client.estate.fault({"match": {"method": "CurrentTime"}, "after": 1, "times": 1, "effect": {"change": change}})
    client.instance.CurrentTime()
    assert "leaves.example" in client.hosts()
    # The call itself is answered as ever.
    assert client.instance.CurrentTime() is not None
    assert "leaves.example" not in client.hosts()
    changed = [call for call in client.estate.journal() if call["outcome"] == "ok, and the world changed"]
    assert [call["method"] for call in changed] == ["CurrentTime"]
    client.instance.CurrentTime()


def test_a_change_of_what_is_not_there_is_refused_in_words(client: Client) -> None:
    with pytest.raises(EstateError, match=r"nobody\.example"):
        client.estate.set("host", host="nobody.example", removed=True)
