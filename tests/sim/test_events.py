# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Events, as a client of EventManager reads them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from .conftest import Client

Filter = vim.event.EventFilterSpec
EXPIRING, CHANGED = (f"com.vmware.vc.certmgr.{name}Event" for name in ("HostCertExpiring", "HostCertManagementModeChanged"))


def kinds(client: Client, **wanted: Any) -> list[tuple[str, Any]]:
    """The types and hosts of the events that a filter takes."""
    found = client.content.eventManager.QueryEvents(Filter(**wanted))
    return [(event.eventTypeId, event.host.name if event.host else None) for event in found]


def test_an_event_says_what_happened_to_which_host_and_is_taken_by_its_filter_only(client: Client) -> None:
    name, host = next(iter(client.hosts().items()))
    begins = client.instance.CurrentTime()
    client.estate.set("event", type=EXPIRING, host=name)
    client.estate.set("event", type=CHANGED, vcenter=client.vcenter.name, username="VSPHERE.LOCAL\\Administrator")
    ends = client.instance.CurrentTime()
    during = Filter.ByTime(beginTime=begins, endTime=ends)
    both = [(EXPIRING, name), (CHANGED, None)]
    assert kinds(client, time=during) == both
    assert kinds(client, time=Filter.ByTime(beginTime=ends + timedelta(seconds=1))) == []
    assert kinds(client, time=during, eventTypeId=[CHANGED]) == both[1:]
    assert kinds(client, time=during, category=["warning"]) == both
    assert kinds(client, time=during, category=["error"]) == []
    assert kinds(client, time=during, userName=Filter.ByUsername(systemUser=True)) == both[:1]
    assert kinds(client, time=during, userName=Filter.ByUsername(systemUser=False)) == both[1:]
    assert kinds(client, time=during, userName=Filter.ByUsername(systemUser=False, userList=["nobody"])) == []
    latest = client.content.eventManager.latestEvent
    assert (latest.eventTypeId, latest.userName) == (CHANGED, "VSPHERE.LOCAL\\Administrator")
    [first, _second] = client.content.eventManager.QueryEvents(Filter(time=during))
    assert (first.host.host, first.createdTime >= begins) == (host, True)


def test_a_collector_reads_page_by_page_from_the_oldest_until_it_is_destroyed(client: Client) -> None:
    begins = client.instance.CurrentTime()
    keys = [client.estate.set("event", type=EXPIRING, vcenter=client.vcenter.name)["key"] for _number in range(3)]
    wanted = Filter(time=Filter.ByTime(beginTime=begins))
    collector = client.content.eventManager.CreateCollectorForEvents(wanted)
    assert [[event.key for event in collector.ReadNextEvents(2)] for _page in range(3)] == [keys[:2], keys[2:], []]
    collector.RewindCollector()
    assert [event.key for event in collector.ReadNextEvents(9)] == keys
    with pytest.raises(vmodl.fault.InvalidArgument):
        collector.ReadNextEvents(0)
    assert collector.filter.time.beginTime == begins
    collector.DestroyCollector()
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        collector.ReadNextEvents(1)
    assert not [one for one in client.estate.journal() if one["method"].endswith(("Events", "Collector")) and one["mutating"]]


def test_an_event_of_a_host_that_is_not_there_is_refused(client: Client) -> None:
    with pytest.raises(Exception, match="there is no host nobody"):
        client.estate.set("event", type=EXPIRING, host="nobody")
