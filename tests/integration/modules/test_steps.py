# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules that change something: predicted, done, done again; and what they refuse."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import processes
import pytest
from demo_hosts import DemoHosts, demo_hosts
from player import module
from processes import mutating
from vsphere_sim.testing import RunningEstate, estate, sound


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningEstate]:
    """An estate of its own for each test."""
    with estate(tmp_path / "estate", scenario="demo", speed=100) as running:
        yield running


@pytest.fixture
def hosts(demo: RunningEstate) -> DemoHosts:
    """Its hosts."""
    return demo_hosts(demo)


@pytest.mark.every_core
def test_what_is_due_is_renewed_once_and_predicted_before(demo: RunningEstate, hosts: DemoHosts) -> None:
    wanted = [hosts.expiring[0], hosts.healthy[0]]
    predicted = processes.module(demo, "esxi_cert_regenerate", check=True, esxi_hosts=wanted)
    assert mutating(demo) == []
    before = demo.host(hosts.expiring[0])["certificate"]["sha256_fingerprint"]
    done = processes.module(demo, "esxi_cert_regenerate", esxi_hosts=wanted)
    assert done.statuses == predicted.statuses == {hosts.expiring[0]: "changed", hosts.healthy[0]: "unchanged"}
    assert (done.result["changed"], predicted.result["changed"]) == (True, True)
    assert mutating(demo) == [("CertMgrRefreshCertificates_Task", hosts.expiring[0])]
    after = demo.host(hosts.expiring[0])["certificate"]["sha256_fingerprint"]
    (result,) = [one for one in done.result["hosts"] if one["esxi_host"] == hosts.expiring[0]]
    assert result["before"]["sha256_fingerprint"] == before != after == result["after"]["sha256_fingerprint"]
    again = processes.module(demo, "esxi_cert_regenerate", esxi_hosts=wanted)
    assert again.result["changed"] is False
    assert len(mutating(demo)) == 1


def test_where_no_host_can_be_due_only_the_hosts_are_read(demo: RunningEstate, hosts: DemoHosts) -> None:
    assert module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.healthy[0]]).statuses == {hosts.healthy[0]: "unchanged"}
    read = {entry["method"] for entry in demo.journal()}
    assert "RetrievePropertiesEx" in read
    assert not {one for one in read if "/api/" in one or one in ("QueryOptions", "HasPrivilegeOnEntities", "CurrentTime")}
    wrong = module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.healthy[0]], vmca_root_fingerprint="AA:BB")
    assert "no trusted root with the fingerprint AA:BB" in wrong.message


def test_force_renews_and_what_would_do_harm_is_refused_all_the_same(demo: RunningEstate, hosts: DemoHosts) -> None:
    forced = module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.healthy[0]], force=True)
    assert forced.statuses == {hosts.healthy[0]: "changed"}
    since = demo.journal()[-1]["seq"]
    resting = module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.resting], force=True)
    assert "is in maintenance mode" in resting.message
    lost = module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.lost])
    assert "notResponding" in lost.message
    custom = module(demo, "esxi_cert_regenerate", vcenter="vc02", esxi_hosts=["*"], force=True)
    assert "is in certificate mode custom" in custom.message
    assert mutating(demo, since) == []


def test_a_task_that_fails_is_told_with_its_remedy(demo: RunningEstate, hosts: DemoHosts) -> None:
    demo.fault(
        {
            "match": {"method": "CertMgrRefreshCertificates_Task"},
            "effect": {"task_error": "vmodl.fault.SystemError", "properties": {"reason": "Start Time Error (70034)"}},
        }
    )
    answer = module(demo, "esxi_cert_regenerate", esxi_hosts=list(hosts.expiring), concurrency=1)
    assert answer.returncode != 0
    assert "Start Time Error (70034)" in answer.message
    assert "minutesBefore: set that to 10" in answer.message
    assert sorted(answer.statuses.values()) == ["failed", "not_started", "not_started"]
    assert len(mutating(demo)) == 1


def test_a_renewal_that_changed_nothing_is_no_success(demo: RunningEstate, hosts: DemoHosts) -> None:
    demo.fault({"match": {"method": "CertMgrRefreshCertificates_Task"}, "effect": {"http_status": 500}})
    answer = module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.expiring[0]])
    assert answer.returncode != 0
    assert answer.statuses == {hosts.expiring[0]: "failed"}
    assert answer.result["changed"] is False


def test_a_host_is_reconnected_against_the_record_and_never_synchronised(demo: RunningEstate, hosts: DemoHosts) -> None:
    predicted = module(demo, "esxi_reconnect", check=True, esxi_hosts=[hosts.healthy[0]], per_cluster=2)
    assert mutating(demo) == []
    done = module(demo, "esxi_reconnect", esxi_hosts=[hosts.healthy[0]], per_cluster=2)
    assert done.statuses == predicted.statuses == {hosts.healthy[0]: "changed"}
    assert [method for method, _target in mutating(demo)] == ["DisconnectHost_Task", "ReconnectHost_Task"]
    assert done.result["hosts"][0]["trusted_by"] == "vcenter_record"
    host = demo.host(hosts.healthy[0])
    assert (host["connection_state"], host["damage"]) == ("connected", [])


def test_an_expired_host_that_vcenter_lost_is_issued_a_new_certificate(demo: RunningEstate, hosts: DemoHosts) -> None:
    before = demo.host(hosts.lost)["certificate"]["sha256_fingerprint"]
    done = module(demo, "esxi_reconnect", esxi_hosts=[hosts.lost])
    assert done.statuses == {hosts.lost: "changed"}, done.printed
    host = demo.host(hosts.lost)
    assert host["connection_state"] == "connected"
    assert host["certificate"]["sha256_fingerprint"] != before


def test_a_stranger_is_refused_before_the_host_is_disconnected(demo: RunningEstate, hosts: DemoHosts) -> None:
    other = demo.host(hosts.healthy[1])["certificate"]["sha1_thumbprint"]
    answer = module(demo, "esxi_reconnect", esxi_hosts=[hosts.healthy[0]], per_cluster=2, certificates={hosts.healthy[0]: other})
    assert answer.returncode != 0
    assert other in answer.message
    assert demo.host(hosts.healthy[0])["certificate"]["sha1_thumbprint"] in answer.message
    assert mutating(demo) == []


def test_providers_come_back_with_one_restart_and_are_excluded_afterwards(demo: RunningEstate, hosts: DemoHosts) -> None:
    wanted = [hosts.remembers_expired, hosts.missing, hosts.offline, hosts.healthy[0]]
    predicted = module(demo, "vasa_provider_reregister", check=True, esxi_hosts=wanted)
    assert mutating(demo) == []
    done = module(demo, "vasa_provider_reregister", esxi_hosts=wanted)
    assert done.returncode == 0, done.printed
    assert done.statuses == predicted.statuses
    assert done.statuses[hosts.healthy[0]] == "unchanged"
    # Whether a gentler way does is not known before.
    assert (predicted.result["sps_restarted"], done.result["sps_restarted"]) == (None, True)
    assert done.result["sps_restart_possible"] is predicted.result["sps_restart_possible"] is True
    methods = [method for method, _target in mutating(demo)]
    assert methods.count("POST /api/vcenter/services/sps?action=restart") == 1
    assert methods.count("UnregisterProvider_Task") == 2
    assert all(sound(demo.host(name)) for name in wanted)
    since = demo.journal()[-1]["seq"]
    again = module(demo, "vasa_provider_reregister", esxi_hosts=wanted)
    assert again.result["changed"] is False
    assert mutating(demo, since) == []


@pytest.mark.parametrize(
    ("state", "vsphere_fault"),
    [
        ({"reachable": False}, "was not touched, because port 9080 of the host does not answer"),
        ({"impostor": {"days_left": 100, "issuer": "self"}}, "it is not the certificate that vCenter has on record"),
    ],
)
def test_what_could_not_be_registered_again_is_not_unregistered(
    demo: RunningEstate, hosts: DemoHosts, state: dict[str, Any], vsphere_fault: str
) -> None:
    demo.set("host", host=hosts.remembers_expired, **state)
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.remembers_expired])
    assert answer.returncode != 0
    assert vsphere_fault in answer.message
    assert mutating(demo) == []


def test_an_sps_that_hangs_is_told_with_what_it_affects(demo: RunningEstate, hosts: DemoHosts) -> None:
    demo.set("sps", vcenter="vc01", stuck=True)
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.offline], heal_seconds=0, look_seconds=0, timeout_seconds=5)
    assert answer.returncode != 0
    assert "did not start within 5 seconds" in answer.message
    assert "Storage policies, CSI volumes" in answer.message
    assert answer.result["hosts"][0]["after"] == {"registered": False}
    # Its call is written down when it ends, which is when vCenter gives up waiting for the service.
    while not any("action=restart" in call["method"] for call in demo.journal()):
        time.sleep(0.2)
    since = demo.journal()[-1]["seq"]
    refused = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.remembers_expired], timeout_seconds=5)
    assert refused.returncode != 0
    assert mutating(demo, since) == []


def test_a_restart_whose_answer_was_lost_is_not_asked_for_twice(demo: RunningEstate, hosts: DemoHosts) -> None:
    demo.fault({"match": {"method": "POST /api/vcenter/services/sps*"}, "times": 1, "effect": {"drop": "after"}})
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.offline])
    assert answer.returncode == 0, answer.printed
    assert [method for method, _target in mutating(demo)].count("POST /api/vcenter/services/sps?action=restart") == 1


@pytest.mark.parametrize("answers", ["timed_out", "at_once"])
def test_a_restart_that_goes_on_after_its_answer_is_waited_for(demo: RunningEstate, hosts: DemoHosts, answers: str) -> None:
    demo.set("sps", vcenter="vc01", restart_answers=answers)
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.offline])
    assert answer.returncode == 0, answer.printed
    assert [method for method, _target in mutating(demo)].count("POST /api/vcenter/services/sps?action=restart") == 1
    assert sound(demo.host(hosts.offline))


def test_without_an_sts_a_write_that_changes_nothing_proves_the_right(demo: RunningEstate, hosts: DemoHosts) -> None:
    demo.set("vcenter", vcenter="vc01", sts="missing")
    predicted = module(demo, "vasa_provider_reregister", check=True, esxi_hosts=[hosts.offline])
    assert (predicted.returncode, mutating(demo)) == (0, [])
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.offline])
    assert answer.returncode == 0, answer.printed
    made = [method for method, _target in mutating(demo)]
    assert made[0] == "PATCH /api/vcenter/services/sps"
    assert made.index("PATCH /api/vcenter/services/sps") < made.index("UnregisterProvider_Task")


@pytest.mark.parametrize("sts", ["groups", "missing"])
def test_who_may_not_restart_unregisters_nothing(demo: RunningEstate, hosts: DemoHosts, sts: str) -> None:
    demo.set("vcenter", vcenter="vc01", sts=sts)
    demo.set("account", vcenter="vc01", username="few@vsphere.local", privileges=None, groups=["Everyone"])
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.offline], username="few@vsphere.local")
    assert answer.returncode != 0
    assert "may not restart SPS" in answer.message
    assert "SystemConfiguration.Administrators" in answer.message
    assert "UnregisterProvider_Task" not in [method for method, _target in mutating(demo)]


def test_a_provider_is_registered_with_credentials_without_a_restart(demo: RunningEstate, hosts: DemoHosts) -> None:
    account = {"provider_username": demo.host_username, "provider_password": demo.host_password}
    answer = module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.offline], method="register", **account)
    assert answer.returncode == 0, answer.printed
    assert [method for method, _target in mutating(demo)] == ["UnregisterProvider_Task", "RegisterProvider_Task"]
    assert sound(demo.host(hosts.offline))
    wrong = module(
        demo,
        "vasa_provider_reregister",
        esxi_hosts=[hosts.remembers_expired],
        method="register",
        **{**account, "provider_password": "wrong"},
    )
    assert "IncorrectUsernamePassword" in wrong.message
    assert "Its provider is unregistered now" in wrong.message


def test_an_orphan_is_removed_only_when_it_is_asked_for(demo: RunningEstate, hosts: DemoHosts) -> None:
    module(demo, "vasa_provider_reregister", esxi_hosts=[hosts.healthy[0]])
    assert mutating(demo) == []
    foretold = module(demo, "vasa_provider_orphans", check=True)
    assert ([one["status"] for one in foretold.result["orphans"]], foretold.result["changed"], mutating(demo)) == (
        ["changed"],
        True,
        [],
    )
    other = module(demo, "vasa_provider_orphans", planned_orphans=["another"])
    assert (other.result["orphans"], other.result["changed"], mutating(demo)) == ([], False, [])
    assert "has become an orphan since the plan was made, and is left as it is" in other.printed
    removed = module(demo, "vasa_provider_orphans")
    assert [orphan["status"] for orphan in removed.result["orphans"]] == ["changed"], removed.printed
    assert [method for method, _target in mutating(demo)] == ["UnregisterProvider_Task"]


def test_an_account_without_the_privilege_is_told_which(demo: RunningEstate, hosts: DemoHosts) -> None:
    answer = module(demo, "esxi_cert_regenerate", esxi_hosts=[hosts.expiring[0]], username="auditor@vsphere.local")
    assert "no privilege Certificate.Manage" in answer.message
    reconnecting = module(demo, "esxi_reconnect", esxi_hosts=[hosts.healthy[0]], per_cluster=2, username="auditor@vsphere.local")
    assert "Host.Config.Connection" in reconnecting.message
    assert demo.host(hosts.healthy[0])["connection_state"] == "connected"


@pytest.mark.every_core
def test_no_secret_is_shown_however_talkative_ansible_is(demo: RunningEstate, hosts: DemoHosts) -> None:
    secret = demo.vcenter("vc01").password
    for name, options in (
        ("cert_expiry_facts", {"probe": False}),
        ("esxi_cert_regenerate", {"esxi_hosts": [hosts.resting]}),
        ("vasa_provider_reregister", {"esxi_hosts": [hosts.lost]}),
    ):
        answer = processes.module(demo, name, verbose=True, **options)
        # The command line of the ad hoc call shows what was given there; what the module and Ansible make of it must not.
        shown = answer.printed[answer.printed.index("localhost | ") :]
        assert secret not in shown
    assert secret not in (Path(demo.inventory).parent / "journal.jsonl").read_text(encoding="utf-8")


def test_a_session_that_ends_during_a_renewal_is_opened_anew_and_nothing_is_done_twice(
    demo: RunningEstate, hosts: DemoHosts
) -> None:
    # Each look takes so long that the session ends before the next.
    demo.fault({"match": {"method": "RetrievePropertiesEx"}, "effect": {"delay_seconds": 0.5}})
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(module, demo, "esxi_cert_regenerate", esxi_hosts=[hosts.expiring[0]])
        while not mutating(demo) and not future.done():
            time.sleep(0.05)
        demo.set("sessions")
        answer = future.result()
    assert answer.statuses == {hosts.expiring[0]: "changed"}, answer.printed
    assert mutating(demo) == [("CertMgrRefreshCertificates_Task", hosts.expiring[0])]
