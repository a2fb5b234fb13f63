# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module makes of answers that are none, or that are spoiled on their way: the whole way, from the wire to what it says."""

from __future__ import annotations

from typing import Any

import pytest
from demo_hosts import demo_hosts
from player import module
from vsphere_sim.testing import RunningEstate

SOAP_CALLS = ("RetrieveServiceContent", "Login", "CreateContainerView", "RetrievePropertiesEx")
SPS = "GET /api/vcenter/services/sps"


@pytest.fixture
def spoiled(demo: RunningEstate) -> Any:
    """The estate; the rules that a test gives it end with the test."""
    yield demo
    demo.clear_faults()


def read(demo: RunningEstate, **options: Any) -> Any:
    return module(demo, "cert_expiry_facts", probe=False, wait_for_sps_seconds=0, **options)


def facts(answer: Any) -> Any:
    assert answer.returncode == 0, answer.printed
    return answer.result["ansible_facts"]["certops"]


@pytest.mark.parametrize("effect", [{"page": "before"}, {"empty": "before"}])
def test_a_page_is_never_an_empty_vcenter(spoiled: RunningEstate, effect: dict[str, Any]) -> None:
    for method in ("RetrievePropertiesEx", "RetrieveServiceContent"):
        spoiled.fault({"match": {"method": method}, "effect": effect})
        answer = read(spoiled)
        assert answer.returncode != 0
        assert "unexpected response from" in answer.result["msg"]
        spoiled.clear_faults()


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("QueryProvider", ["providers"]),
        # On a cluster with vSphere HA they are asked for by themselves.
        ("HasPrivilegeOnEntities", ["privileges", "privileges on clusters"]),
        (SPS, ["sps"]),
        ("GET */topology/nodes", ["linked_nodes"]),
    ],
)
def test_a_page_is_never_nothing(spoiled: RunningEstate, method: str, what: list[str]) -> None:
    spoiled.fault({"match": {"method": method}, "effect": {"page": "before"}})
    seen = facts(read(spoiled))
    assert {
        entry["what"]: "unexpected response from" in entry["reason"] and "(a page of HTML)" in entry["reason"]
        for entry in seen["unavailable"]
    } == dict.fromkeys(what, True)


def test_a_fault_with_the_status_of_success_is_one(spoiled: RunningEstate) -> None:
    spoiled.fault({"match": {"method": "Login"}, "effect": {"fault": "vim.fault.InvalidLogin", "status": 200}})
    answer = read(spoiled)
    assert answer.returncode != 0
    assert "was refused: vSphere said InvalidLogin" in answer.result["msg"]


def test_a_value_that_pyvmomi_does_not_know_costs_one_property(spoiled: RunningEstate) -> None:
    spoiled.fault({"match": {"method": "RetrievePropertiesEx"}, "effect": {"replace": {">notResponding<": ">hibernating<"}}})
    seen = facts(read(spoiled))
    lost = demo_hosts(spoiled).lost
    assert {host["name"]: host["connection_state"] for host in seen["hosts"] if host["connection_state"] != "connected"} == {
        lost: None
    }
    (entry,) = seen["unavailable"]
    assert (entry["what"], entry["subject"]) == ("runtime.connectionState", lost)
    assert "does not know the value 'hibernating' of HostSystemConnectionState; install" in entry["reason"]


@pytest.mark.parametrize("drip", ["body", "headers", "continue"])
@pytest.mark.parametrize("method", ["Login", "QueryProvider", SPS])
def test_an_answer_that_drips_is_given_up(spoiled: RunningEstate, method: str, drip: str) -> None:
    """It would take minutes; the limit of a test's process is the witness."""
    spoiled.fault({"match": {"method": method}, "effect": {"drip": drip}})
    answer = read(spoiled, request_timeout_seconds=2)
    vsphere_fault = answer.result["msg"] if method == "Login" else str(facts(answer)["unavailable"])
    assert "did not send a complete answer within 2 s" in vsphere_fault
    assert "certops_request_timeout_seconds" in vsphere_fault or method != "Login"


def test_a_balancers_cookie_and_packed_answers_are_taken_as_they_come(spoiled: RunningEstate) -> None:
    plain = facts(read(spoiled))
    for effect in (
        {"cookie": "lb=1; Path=/; HttpOnly"},
        *({"pack": form} for form in ("gzip", "x-gzip", "deflate", "raw-deflate")),
    ):
        spoiled.clear_faults()
        spoiled.fault({"match": {}, "effect": effect})
        answer = read(spoiled)
        assert [host["certificate"] for host in facts(answer)["hosts"]] == [host["certificate"] for host in plain["hosts"]]
        assert facts(answer)["unavailable"] == []
        assert "retried" not in answer.printed


@pytest.mark.parametrize("effect", [{"http_status": 404}, {"http_status": 403}, {"page": "before"}])
def test_without_the_list_of_versions_everything_is_read(spoiled: RunningEstate, effect: dict[str, Any]) -> None:
    spoiled.fault({"match": {"method": "GET /sdk/vimServiceVersions.xml"}, "effect": effect})
    seen = facts(read(spoiled))
    assert seen["unavailable"] == []
    assert {host["lockdown_mode"] for host in seen["hosts"] if host["connection_state"] == "connected"} != {None}
