# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change whose answer is lost, is a page, or cannot be read: it is looked up what became of it. What nobody foresaw loses nobody else."""

from __future__ import annotations

from dataclasses import replace
from http.client import RemoteDisconnected
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import EndpointError, TransientError
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import CONNECTED, DISCONNECTED
from ansible_collections.certops.vsphere.plugins.module_utils._estate.registration import assign
from ansible_collections.certops.vsphere.plugins.module_utils._estate.step_result import StepResult
from ansible_collections.certops.vsphere.plugins.module_utils._operations.observe import Findings
from ansible_collections.certops.vsphere.plugins.module_utils._operations.orphans import remove_orphans
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reconnect import reconnect
from ansible_collections.certops.vsphere.plugins.module_utils._operations.regenerate import regenerate
from ansible_collections.certops.vsphere.plugins.module_utils._operations.reregister import Outcome, reregister
from ansible_collections.certops.vsphere.plugins.module_utils._stepping.endpoints import probe_all
from ansible_collections.certops.vsphere.plugins.module_utils._timing.waiting import Deadline
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere import providers as vsphere_providers
from ansible_collections.certops.vsphere.plugins.module_utils._vsphere.faults import translate
from ansible_collections.certops.vsphere.plugins.module_utils._wire.answer_errors import NotAnAnswer, UnreadableByPyvmomi
from ansible_collections.certops.vsphere.tests.unit.fake_vcenter import FakePort, FakeSession, FakeVCenter, estate_of, fake_vcenter
from pyVmomi import vim, vmodl

LOST = {
    "the answer is lost": RemoteDisconnected("gone"),
    "a page": NotAnAnswer("a page of HTML"),
    "pyVmomi is too old": UnreadableByPyvmomi("it", "the value 'newer'", "9.2.0.0"),
}
DEFECT = AttributeError("'NoneType' object has no attribute 'info'")


@pytest.fixture
def vcenter() -> FakeVCenter:
    """A vCenter of three hosts that are due."""
    return fake_vcenter()


def renewed(vcenter: FakeVCenter, **more: Any) -> list[StepResult]:
    """Renew all of them."""
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 9, "timeout_seconds": 300, **more}
    return regenerate(FakePort(vcenter), estate_of(vcenter), renew_before_days=60, force=False, check_mode=False, **options)


def reconnected(vcenter: FakeVCenter, **more: Any) -> list[StepResult]:
    """Reconnect all of them."""
    options: dict[str, Any] = {"concurrency": 1, "max_failures": 9, "timeout_seconds": 300, "per_cluster": 1, **more}
    hosts = estate_of(vcenter).hosts
    return reconnect(FakePort(vcenter), hosts, away=(), certificates={}, check_mode=False, **options)


def reregistered(vcenter: FakeVCenter) -> Outcome:
    """Re-register the providers of all of them."""
    port = FakePort(vcenter)
    registered, _unavailable = port.providers()
    estate = estate_of(vcenter)
    assigned, _orphans = assign(estate.hosts, registered)
    hosts = tuple(replace(host, provider=assigned[host.moid][0].provider) for host in estate.hosts)
    vcenter.calls.clear()
    return reregister(
        port,
        Findings(replace(estate, hosts=hosts), {one.provider.provider_uid: one for one in registered}),
        method="sps_restart",
        only_if_needed=True,
        pending_renewal=(),
        credentials=None,
        concurrency=1,
        timeout_seconds=900,
        check_mode=False,
    )


def of_second(vcenter: FakeVCenter) -> Any:
    """Of a call whether it is about the second host."""
    moid = vcenter.hosts[1].moid

    def about_it(mo: Any, args: list[Any]) -> bool:
        of = [mo._GetMoId(), *args] if args and isinstance(args[0], str) else [mo._GetMoId()]
        return moid in of or any(str(one).startswith(moid) for one in of) or any(moid == one._GetMoId() for one in _hosts(args))

    return about_it


def _hosts(args: list[Any]) -> list[Any]:
    return [one for given in args if isinstance(given, list) for one in given if hasattr(one, "_GetMoId")]


def statuses(results: list[StepResult]) -> list[str]:
    return [one.status for one in results]


@pytest.mark.parametrize("how", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
@pytest.mark.parametrize(
    "method", ["CertMgrRefreshCertificates_Task", "DisconnectHost_Task", "ReconnectHost_Task", "UnregisterProvider_Task"]
)
def test_a_change_whose_outcome_is_not_known_is_looked_up(vcenter: FakeVCenter, method: str, how: Exception, made: bool) -> None:
    vcenter.spoil(method, how, effect=made)
    if method == "CertMgrRefreshCertificates_Task":
        results = renewed(vcenter)
    elif method == "UnregisterProvider_Task":
        results = reregistered(vcenter).results
    else:
        results = reconnected(vcenter)
    assert statuses(results) == ["changed"] * 3, [one.error for one in results]
    # What was made is not made again. SMS has no list of tasks to be seen to be at it, and unregistering goes by a uid that never comes again.
    assert vcenter.count(method) == (4 if not made or method == "UnregisterProvider_Task" else 3)
    assert [host.state for host in vcenter.hosts] == [CONNECTED] * 3


@pytest.mark.parametrize("how", [RemoteDisconnected("gone"), NotAnAnswer("a page of HTML")])
def test_a_restart_of_sps_whose_answer_is_lost_is_not_asked_for_twice(vcenter: FakeVCenter, how: Exception) -> None:
    vcenter.spoil("restart_sps", translate(how, "Restarting SPS"))
    outcome = reregistered(vcenter)
    assert statuses(outcome.results) == ["changed"] * 3
    assert (vcenter.restarts, outcome.sps_restarted) == (1, True)


@pytest.mark.parametrize("made", [True, False], ids=["made", "not made"])
def test_a_restart_that_vcenter_calls_an_error_is_looked_up(vcenter: FakeVCenter, made: bool) -> None:
    timed_out = TransientError("Restarting SPS of vc01 failed", code="broken", vsphere_fault="HTTP 500 TIMED_OUT")
    vcenter.spoil("restart_sps", timed_out, effect=made)
    assert statuses(reregistered(vcenter).results) == ["changed"] * 3
    assert vcenter.restarts == 1


def test_a_restart_that_is_always_an_error_ends_and_says_what_is_unregistered(vcenter: FakeVCenter) -> None:
    vcenter.spoil(
        "restart_sps",
        TransientError("Restarting SPS of vc01 failed", code="broken", vsphere_fault="HTTP 500 no"),
        effect=False,
        times=99,
    )
    results = reregistered(vcenter).results
    assert vcenter.count("restart_sps") == 3
    for one in results:
        assert f"The provider of {one.esxi_host} is unregistered, and restarting SPS of vc01 failed: vSphere said HTTP 500" in str(
            one.error
        )


def test_a_defect_while_a_host_is_renewed_loses_no_other(vcenter: FakeVCenter) -> None:
    vcenter.spoil("CertMgrRefreshCertificates_Task", DEFECT, only=of_second(vcenter))
    results = renewed(vcenter)
    assert statuses(results) == ["changed", "failed", "changed"]
    told = str(results[1].error)
    assert "An internal error in certops.vsphere stopped the step renew of esx02.example.com (AttributeError: " in told
    assert "please report it" in told
    # The task went on, and what is read by then is shown; no mistake of the user's is made of it.
    assert results[1].before["expires_at"] == results[1].after["expires_at"]
    assert "hostname and port" not in told


@pytest.mark.parametrize(
    ("method", "left"), [("DisconnectHost_Task", CONNECTED), ("ReconnectHost_Task", DISCONNECTED)], ids=["disconnect", "reconnect"]
)
def test_a_defect_while_a_host_is_reconnected_says_how_it_is_left(vcenter: FakeVCenter, method: str, left: str) -> None:
    vcenter.spoil(method, DEFECT, effect=False, only=of_second(vcenter))
    results = reconnected(vcenter)
    assert statuses(results) == ["changed", "failed", "changed"]
    assert results[1].after["connection_state"] == left
    told = str(results[1].error)
    assert "An internal error in certops.vsphere stopped the step reconnect of esx02.example.com" in told
    assert ("esx02.example.com is now disconnected; reconnect it in vCenter or run again." in told) == (left == DISCONNECTED)


def test_a_defect_that_leaves_a_host_away_keeps_its_cluster(vcenter: FakeVCenter) -> None:
    for host in vcenter.hosts:
        host.cluster = "c1"
    vcenter.spoil("ReconnectHost_Task", DEFECT, effect=False)
    results = reconnected(vcenter)
    assert statuses(results) == ["failed", "not_started", "not_started"]
    assert vcenter.count("DisconnectHost_Task") == 1


def test_sps_is_restarted_whatever_the_unregistering_of_one_raises(vcenter: FakeVCenter) -> None:
    vcenter.spoil("UnregisterProvider_Task", DEFECT, only=of_second(vcenter))
    outcome = reregistered(vcenter)
    # Its task goes on all the same: SMS still had it when it was looked at.
    assert [one.status for one in outcome.results if one.esxi_host != "esx02.example.com"] == ["changed", "changed"]
    assert vcenter.restarts == 1
    assert "An internal error in certops.vsphere stopped unregistering IOFILTER Provider esx02.example.com" in str(
        outcome.results[1].error
    )


def test_what_may_be_unregistered_is_waited_for_like_what_is(vcenter: FakeVCenter) -> None:
    # The task is over when its end cannot be followed.
    vcenter.spoil("QuerySmsTaskInfo", DEFECT, times=99, only=lambda mo, _args: vcenter.tasks[mo._GetMoId()].state == "success")
    outcome = reregistered(vcenter)
    assert vcenter.restarts == 1
    assert statuses(outcome.results) == ["changed"] * 3
    assert [host.registered for host in vcenter.hosts] == [host.certificate for host in vcenter.hosts]


def test_a_defect_while_they_are_waited_for_says_what_is_unregistered(
    vcenter: FakeVCenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = vsphere_providers.read_providers

    def broken(session: Any, but_not: Any = ()) -> Any:
        if vcenter.restarts:
            raise DEFECT
        return real(session, but_not)

    estate = estate_of(vcenter)
    assert estate
    monkeypatch.setattr(vsphere_providers, "read_providers", broken)
    outcome = reregistered(vcenter)
    assert (vcenter.restarts, outcome.sps_restarted) == (1, True)
    assert statuses(outcome.results) == ["failed"] * 3
    for one in outcome.results:
        assert f"The provider of {one.esxi_host} is unregistered, and an internal error in certops.vsphere stopped waiting" in str(
            one.error
        )
        assert one.after == {"registered": False}


def test_those_that_are_back_stay_done_where_the_waiting_fails(vcenter: FakeVCenter) -> None:
    def late(_mo: Any, _args: list[Any]) -> bool:
        # vCenter loses the second before SPS has registered it again, and later SMS refuses this account.
        if vcenter.restarts:
            vcenter.hosts[1].state = "notResponding"
        return vcenter.restarts > 0 and vcenter.clock.seconds > vcenter.sps_started + 60

    vcenter.spoil("QueryProvider", vim.fault.NoPermission(privilegeId="StorageViews.View"), times=999, only=late)
    results = reregistered(vcenter).results
    assert statuses(results) == ["changed", "failed", "changed"]
    assert "The provider of esx02.example.com is unregistered, and reading the storage providers of vc01 was refused" in str(
        results[1].error
    )


def test_a_probe_that_breaks_is_one_hosts_answer(vcenter: FakeVCenter) -> None:
    class Breaking:
        """One of whose hosts breaks the look."""

        def chain(self, names: Any, port: int, seconds: float) -> Any:
            """What a host shows."""
            if names[0] == "esx02.example.com":
                raise DEFECT
            return vcenter.chain(names, port, seconds)

    served = probe_all(Breaking(), estate_of(vcenter).hosts, [vcenter.vmca.certificate], vcenter.clock.now())
    assert [one.trusted for one in served] == [True, False, True]
    assert "An internal error in certops.vsphere stopped the look at port 9080 of esx02.example.com" in str(served[1].error)


def test_a_provider_that_breaks_the_reading_is_unavailable_alone(vcenter: FakeVCenter) -> None:
    vcenter.spoil("QueryProviderInfo", DEFECT, effect=False)
    found, unavailable = vsphere_providers.read_providers(FakeSession(vcenter))
    assert len(found) == 2
    assert ["An internal error in certops.vsphere" in one.reason for one in unavailable] == [True]


def test_an_orphan_that_breaks_loses_no_other(vcenter: FakeVCenter, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(_names: Any, _port: int, _seconds: float) -> Any:
        raise EndpointError("nothing listens")

    monkeypatch.setattr(vcenter, "chain", nobody)
    vcenter.spoil("UnregisterProvider_Task", DEFECT, effect=False)
    port = FakePort(vcenter)
    found = [one.provider for one in port.providers()[0]]
    results = remove_orphans(port, found, Deadline(60, port.clock), check_mode=False)
    assert [one.status for one in results] == ["failed", "changed", "changed"]
    assert "An internal error in certops.vsphere stopped the removing of" in str(results[0].error)


@pytest.mark.parametrize("method", ["DisconnectHost_Task", "ReconnectHost_Task"])
@pytest.mark.parametrize(
    "fault", [RemoteDisconnected("gone"), vmodl.fault.ManagedObjectNotFound(msg="gone")], ids=["lost", "not found"]
)
@pytest.mark.parametrize("in_flight", [True, False])
def test_a_host_that_is_removed_while_it_is_reconnected_says_so_and_fails_alone(
    vcenter: FakeVCenter, method: str, fault: Exception, in_flight: bool
) -> None:
    def remove() -> None:
        vcenter.hosts.pop(1)
        raise fault

    gone = vcenter.hosts[1].name
    vcenter.spoil(method, remove, effect=False, only=of_second(vcenter))
    results = reconnected(vcenter, max_failures=0, in_flight=in_flight)
    assert f"{gone} was removed from vc01 before it was reconnected" in str(results[1].error)
    assert "reconnect it in vCenter" not in str(results[1].error)
    # The others were renewed before. What was not started yet is for max_failures to say.
    assert statuses(results) == ["changed", "failed", "changed" if in_flight else "not_started"]


def test_a_host_that_was_removed_takes_no_room_in_its_cluster(vcenter: FakeVCenter) -> None:
    def remove() -> None:
        vcenter.hosts.pop(1)
        raise RemoteDisconnected("gone")

    for host in vcenter.hosts:
        host.cluster = "c1"
    vcenter.spoil("ReconnectHost_Task", remove, effect=False, only=of_second(vcenter))
    assert statuses(reconnected(vcenter, max_failures=1, per_cluster=1)) == ["changed", "failed", "changed"]


def restarting(vcenter: FakeVCenter, then: Any) -> None:
    """Have something happen to the second host, whose provider does not come back, when SPS is restarted."""

    def go() -> None:
        vcenter.restart_sps()
        host = vcenter.hosts[1]
        host.state = DISCONNECTED
        then(host)

    vcenter.spoil("restart_sps", go, effect=False)


@pytest.mark.parametrize(
    ("then", "told"),
    [
        (
            "removed",
            "has no registered provider and will not get one back, because the host was removed from vc01 in the meantime. Nothing further",
        ),
        (
            "renamed",
            "has no registered provider and will not get one back under that name, because the host was renamed to new.example in vc01 in the meantime."
            " SPS registers",
        ),
    ],
)
def test_one_whose_host_is_gone_is_told_at_once_and_the_others_are_waited_for(vcenter: FakeVCenter, then: str, told: str) -> None:
    def go(host: Any) -> None:
        if then == "removed":
            vcenter.hosts.remove(host)
        else:
            host.name = "new.example"
        # SPS registers the third later.
        vcenter.hosts[-1].state = DISCONNECTED

    restarting(vcenter, go)
    third = vcenter.hosts[2]
    seen: list[float] = []

    def back(_mo: Any, _args: list[Any]) -> bool:
        if vcenter.clock.seconds > 300:
            third.state = CONNECTED
        seen.append(vcenter.clock.seconds)
        return False

    vcenter.spoil("QueryProvider", DEFECT, only=back)
    results = reregistered(vcenter).results
    assert statuses(results) == ["changed", "failed", "changed"]
    assert told in str(results[1].error)
    assert (results[1].before["registered"], results[1].after) == (True, {"registered": False})
    assert 300 < seen[-1] < 320


@pytest.mark.parametrize("then", ["removed", "renamed"])
def test_where_only_those_are_left_nothing_is_waited_for(vcenter: FakeVCenter, then: str) -> None:
    restarting(vcenter, lambda host: vcenter.hosts.remove(host) if then == "removed" else setattr(host, "name", "new.example"))
    assert statuses(reregistered(vcenter).results) == ["changed", "failed", "changed"]
    # It was allowed 900.
    assert vcenter.clock.seconds < 100


def test_one_that_did_not_come_back_though_its_host_is_there_was_waited_for(vcenter: FakeVCenter) -> None:
    restarting(vcenter, lambda _host: None)
    results = reregistered(vcenter).results
    assert statuses(results) == ["changed", "failed", "changed"]
    assert "did not come back within 900 seconds: it is not registered. Look at the host's firewall" in str(results[1].error)
    assert vcenter.clock.seconds >= 900


def test_where_their_names_cannot_be_read_they_are_waited_for(vcenter: FakeVCenter) -> None:
    restarting(vcenter, vcenter.hosts.remove)
    vcenter.spoil("RetrievePropertiesEx", vim.fault.NoPermission(privilegeId="System.View"), effect=False, times=9999)
    assert "did not come back within 900 seconds: it is not registered" in str(reregistered(vcenter).results[1].error)
