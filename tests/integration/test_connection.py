# Copyright: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to a vCenter: every obstacle gives one clear sentence, and what fails in passing is repeated and told."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.certops.vsphere.tests.integration import scenarios, truth
from ansible_collections.certops.vsphere.tests.integration.ansible_process import ModuleRun, run_module
from ansible_collections.certops.vsphere.tests.integration.conftest import StartEstate
from vsphere_sim.testing import RunningEstate

READING = "cert_expiry_facts"
RENEWING = "esxi_cert_regenerate"


@pytest.fixture(scope="module")
def estate(start_estate: StartEstate) -> RunningEstate:
    hosts = [scenarios.expiring(), scenarios.expiring(), scenarios.healthy()]
    return start_estate(scenario=scenarios.estate_of(scenarios.vcenter(*hosts)))


def refused(run: ModuleRun) -> str:
    """The message of a run that failed as it must: one message, no traceback, nothing done."""
    assert run.failed
    assert "Traceback" not in run.output
    assert run.calls.mutating == []
    assert "\n" not in run.msg
    return run.msg


def test_a_wrong_password_is_named_and_not_tried_again(estate: RunningEstate) -> None:
    run = run_module(estate, RENEWING, esxi_hosts=["*"], connection={"password": "wrong-Pa55"})
    message = refused(run)
    assert "InvalidLogin" in message
    assert "Check the username and the password" in message
    assert len(run.calls.named("Login")) == 1


def test_a_vcenter_whose_certificate_does_not_verify_never_sees_the_password(estate: RunningEstate, tmp_path: Path) -> None:
    # A host's own certificate is no CA that issued the vCenter's.
    other = tmp_path / "other.pem"
    other.write_text(next(iter(truth.hosts(estate).values()))["certificate"]["pem"], encoding="utf-8")
    run = run_module(estate, RENEWING, esxi_hosts=["*"], connection={"ca_path": str(other)})
    message = refused(run)
    assert "does not verify" in message
    assert "ca_path" in message
    assert run.calls.named("Login") == []


def test_a_ca_file_that_is_not_there_is_named(estate: RunningEstate, tmp_path: Path) -> None:
    assert str(tmp_path / "none.pem") in refused(run_module(estate, READING, connection={"ca_path": str(tmp_path / "none.pem")}))


def test_a_port_where_nobody_listens_is_named(estate: RunningEstate) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    message = refused(run_module(estate, READING, connection={"hostname": "127.0.0.1", "port": port}))
    assert "cannot be reached" in message
    assert "Check the hostname, the port" in message


def test_a_name_that_does_not_resolve_is_named(estate: RunningEstate) -> None:
    message = refused(run_module(estate, READING, connection={"hostname": "vcenter.invalid"}))
    assert "the name vcenter.invalid does not resolve" in message


@pytest.mark.parametrize(
    ("option", "value"),
    [("concurrency", 0), ("max_failures", -1), ("hostname", "")],
    ids=["concurrency", "max_failures", "hostname"],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_is_sent(estate: RunningEstate, option: str, value: Any) -> None:
    run = run_module(estate, RENEWING, esxi_hosts=["*"], **{option: value})
    assert option in refused(run)
    assert run.calls.entries == []


def test_calls_that_fail_in_passing_are_repeated_and_a_warning_says_so(estate: RunningEstate) -> None:
    methods = [
        "RetrieveServiceContent",
        "RetrievePropertiesEx",
        "QueryOptions",
        "QueryProvider",
        "QueryProviderInfo",
        "GET /api/vcenter/services/sps",
        "POST /api/session",
    ]
    for method in methods:
        estate.fault({"match": {"method": method}, "times": 1, "effect": {"http_status": 503}})
    estate.fault({"match": {"method": "CurrentTime"}, "times": 1, "effect": {"drop": "after"}})
    try:
        run = run_module(estate, READING)
    finally:
        estate.clear_faults()
    assert not run.failed
    assert run.facts["unread"] == []
    assert run.facts["retries"] == len(methods) + 1
    assert f"{len(methods) + 1} call(s) to {estate.vcenter('vc01').address} failed in passing and were repeated" in run.output


def test_a_call_that_goes_on_failing_is_not_repeated_for_ever(estate: RunningEstate) -> None:
    estate.fault({"match": {"method": "RetrievePropertiesEx"}, "effect": {"http_status": 503}})
    try:
        run = run_module(estate, READING)
    finally:
        estate.clear_faults()
    assert "503" in refused(run)
    assert len(run.calls.named("RetrievePropertiesEx")) == 4


def test_a_session_that_ends_while_a_vcenter_is_read_is_opened_anew(estate: RunningEstate) -> None:
    # The run is held up after its first calls, so that its session ends in the middle and not at its end.
    estate.fault({"match": {"method": "QueryOptions"}, "times": 1, "effect": {"delay_seconds": 2}})
    estate.clear_journal()
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run_module, estate, READING)
        truth.wait_for("the inventory", lambda: [one for one in estate.journal() if one["method"] == "RetrievePropertiesEx"])
        ended = estate.set("sessions")["ended"]
        run = future.result()
    estate.clear_faults()
    assert ended == 1
    assert not run.failed
    assert run.facts["unread"] == []
    assert {host["provider"]["status"] for host in run.facts["hosts"]} == {"online"}
    assert len(run.calls.named("Login")) == 2


def test_a_session_that_ends_during_a_renewal_is_opened_anew_and_nothing_is_done_twice(estate: RunningEstate) -> None:
    host = next(iter(truth.hosts(estate)))
    before = truth.fingerprint(truth.hosts(estate)[host])
    # Every look at the task takes long enough for the session to end before it.
    estate.fault({"match": {"method": "RetrievePropertiesEx"}, "effect": {"delay_seconds": 0.5}})
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run_module, estate, RENEWING, esxi_hosts=[host])
        truth.wait_for("the task", lambda: [one for one in estate.journal() if one["mutating"]])
        estate.set("sessions")
        run = future.result()
    estate.clear_faults()
    assert run.statuses == {host: "changed"}
    assert run.calls.targets("CertMgrRefreshCertificates_Task") == [host]
    assert len(run.calls.named("Login")) == 2
    assert truth.fingerprint(truth.hosts(estate)[host]) not in (None, before)


def test_hosts_that_vcenter_knows_by_names_that_nobody_resolves_are_probed_by_their_address(start_estate: StartEstate) -> None:
    estate = start_estate(hosts=3, healthy=True, host_names="fqdn")
    run = run_module(estate, READING)
    for host in run.facts["hosts"]:
        assert not host["name"].startswith("127.")
        assert host["served"]["trusted"], host["served"]
        assert host["served"]["basis"] == "vcenter_record"


def test_an_inventory_that_comes_in_pages_is_read_whole(start_estate: StartEstate) -> None:
    estate = start_estate(hosts=13, healthy=True, page_size=5)
    run = run_module(estate, READING, probe=False)
    assert {host["name"] for host in run.facts["hosts"]} == set(truth.hosts(estate))
    assert {host["cluster"] is None for host in run.facts["hosts"]} == {False}
    assert len(run.calls.named("ContinueRetrievePropertiesEx")) >= 2
