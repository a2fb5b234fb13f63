# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that somebody else has disconnected for a moment is waited for, before it is told that its certificate cannot be read."""

from __future__ import annotations

from typing import Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CONNECTED, DISCONNECTED
from ansible_collections.certops.vsphere.plugins.module_utils._operations.renewable import observe_for_renewal
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.others import LEFT_TO_OTHERS_SECONDS
from ansible_collections.certops.vsphere.tests.unit.fake_estate import RECONNECT, FakeEstate, fake_estate

DISCONNECT = "HostSystem.disconnect"


def disconnected(*, tasks: tuple[str, ...] = (DISCONNECT,), back_after: Optional[float] = None) -> FakeEstate:
    """An estate whose host is disconnected, after these tasks."""
    world = fake_estate(hosts=1)
    [host] = world.fakes
    host.state = DISCONNECTED
    for kind in tasks:
        world._new_task(host, kind, "success")

    def back() -> None:
        host.state = CONNECTED
        world._new_task(host, RECONNECT, "success")

    if back_after is not None:
        world.at(back_after, back)
    return world


def certificates(world: FakeEstate) -> list[bool]:
    """Whether the hosts' certificates were read."""
    seen = observe_for_renewal(world, ["*"], renew_before_days=60, force=False)
    return [host.certificate is not None for host in seen.hosts]


def test_one_that_comes_back_is_read_again() -> None:
    world = disconnected(back_after=5)
    assert certificates(world) == [True]
    assert world.clock.seconds < LEFT_TO_OTHERS_SECONDS


def test_one_that_does_not_is_waited_for_no_longer_than_that() -> None:
    world = disconnected()
    assert certificates(world) == [False]
    assert LEFT_TO_OTHERS_SECONDS <= world.clock.seconds < LEFT_TO_OTHERS_SECONDS + 5


@pytest.mark.parametrize("tasks", [(), (DISCONNECT, RECONNECT)], ids=["nobody", "it was reconnected since"])
def test_one_that_nobody_is_at_is_not_waited_for(tasks: tuple[str, ...]) -> None:
    world = disconnected(tasks=tasks)
    assert certificates(world) == [False]
    assert world.clock.seconds == 0


def test_one_that_is_being_reconnected_is_waited_for() -> None:
    world = disconnected(tasks=())
    world.busy(world.fakes[0].name, RECONNECT, 10, lambda: setattr(world.fakes[0], "state", CONNECTED))
    assert certificates(world) == [True]


def test_one_that_cannot_be_looked_at_stays_as_it_was_read() -> None:
    world = disconnected(back_after=5)
    world.spoil("host_now", TransientError("It was lost", code="broken"), times=99)
    assert certificates(world) == [False]
