# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cert_expiry_facts: what it reads, what it says of what it cannot read, and how many calls it takes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import processes
import pytest
from demo_hosts import demo_hosts
from player import module
from processes import LONGEST_SECONDS, mutating
from vsphere_sim.testing import RunningEstate, estate


@pytest.mark.every_core
def test_it_reads_every_host_also_those_that_vcenter_lost(demo: RunningEstate) -> None:
    hosts = demo_hosts(demo)
    since = demo.journal()[-1]["seq"] if demo.journal() else 0
    answer = processes.module(demo, "cert_expiry_facts")
    assert answer.returncode == 0, answer.printed
    assert answer.result["changed"] is False
    assert mutating(demo, since) == []
    facts = answer.result["ansible_facts"]["certops"]
    truth = {host["name"]: host for host in demo.state()["vcenters"][0]["hosts"]}
    seen = {host["name"]: host for host in facts["hosts"]}
    assert sorted(seen) == sorted(truth)
    for name, host in seen.items():
        assert host["connection_state"] == truth[name]["connection_state"]
        assert host["served"]["certificate"]["sha256_fingerprint"] == truth[name]["certificate"]["sha256_fingerprint"]
        if name != hosts.lost:
            assert host["certificate"]["sha256_fingerprint"] == truth[name]["certificate"]["sha256_fingerprint"]
            assert host["issuer"] == "vmca"
    assert seen[hosts.lost]["certificate"] is None
    assert seen[hosts.missing]["provider"] is None
    assert seen[hosts.offline]["provider"]["status"] == "offline"
    assert [orphan["status"] for orphan in facts["orphans"]] == ["offline"]
    assert facts["unavailable"] == []
    vcenter = facts["vcenter"]
    assert vcenter["certificate_settings"]["mode"] == "vmca"
    assert vcenter["sps"]["state"] == "STARTED"
    assert vcenter["missing_privileges"] == []
    # Both clocks are the same: what is between is what the call took.
    assert abs(vcenter["clock_offset_seconds"]) < LONGEST_SECONDS


def test_what_the_account_may_not_or_the_server_cannot_is_null_with_a_reason(demo: RunningEstate) -> None:
    demo.set("vcenter", vcenter="vc02", missing_rest_paths=["/api/vcenter/topology/*", "/api/appliance/*"])
    answer = module(demo, "cert_expiry_facts", vcenter="vc02", probe=False)
    assert answer.returncode == 0, answer.printed
    facts = answer.result["ansible_facts"]["certops"]
    assert facts["vcenter"]["linked_nodes"] is None
    assert facts["vcenter"]["backups"] is None
    assert {entry["what"] for entry in facts["unavailable"]} == {"linked_nodes", "backups"}
    assert all("404" in entry["reason"] for entry in facts["unavailable"])
    assert [host["served"] for host in facts["hosts"]] == [None] * len(facts["hosts"])


def test_what_vcenter_signs_tokens_with_and_that_it_renews_hosts_by_itself_is_read(demo: RunningEstate) -> None:
    demo.set("vcenter", vcenter="vc02", settings={"vpxd.certmgmt.certs.autoRenewThreshold": 30})
    vcenter = module(demo, "cert_expiry_facts", vcenter="vc02", probe=False).result["ansible_facts"]["certops"]["vcenter"]
    assert ["CN=ssoserverSign" in one["subject"] for one in vcenter["signing_chain"]] == [True, False]
    assert vcenter["certificate_settings"]["auto_renew_threshold_days"] == 30


def test_a_reading_account_is_told_what_it_lacks_for_more(demo: RunningEstate) -> None:
    answer = module(demo, "cert_expiry_facts", username="auditor@vsphere.local", probe=False)
    assert answer.returncode == 0, answer.printed
    facts = answer.result["ansible_facts"]["certops"]
    assert "StorageViews.ConfigureService" in facts["vcenter"]["missing_privileges"]
    connected = [host for host in facts["hosts"] if host["connection_state"] == "connected"]
    assert all("Certificate.Manage" in host["missing_privileges"] for host in connected)


def test_patterns_choose_hosts_and_a_name_that_means_none_is_an_error(demo: RunningEstate) -> None:
    healthy = demo_hosts(demo).healthy[0]
    answer = module(demo, "cert_expiry_facts", esxi_hosts=[healthy], probe=False)
    assert [host["name"] for host in answer.result["ansible_facts"]["certops"]["hosts"]] == [healthy]
    refused = module(demo, "cert_expiry_facts", esxi_hosts=[healthy, "esx-typo"])
    assert refused.returncode != 0
    assert "knows no ESXi host esx-typo" in refused.message


@pytest.mark.parametrize(
    ("options", "vsphere_fault"),
    [
        ({"password": "wrong"}, "was refused: vSphere said InvalidLogin"),
        ({"ca_path": "/etc/ssl/certs/ca-certificates.crt"}, "does not verify"),
        ({"ca_path": "/nonexistent.pem"}, "is not there"),
        ({"port": 1}, "cannot be reached"),
        ({"hostname": "vc.invalid"}, "does not resolve"),
        ({"request_timeout_seconds": 0}, "cannot be 0"),
        ({"proxy_host": "127.0.0.1"}, "need each other"),
    ],
)
def test_what_cannot_work_is_one_clear_sentence(demo: RunningEstate, options: dict[str, object], vsphere_fault: str) -> None:
    answer = module(demo, "cert_expiry_facts", **options)
    assert answer.returncode != 0
    assert vsphere_fault in answer.message
    assert "Traceback" not in answer.printed
    assert "exception" not in answer.result


def test_a_call_that_fails_in_passing_is_repeated_and_told(demo: RunningEstate) -> None:
    for match in ({"protocol": "vim", "method": "RetrievePropertiesEx"}, {"protocol": "sms", "method": "QueryProvider"}):
        demo.fault({"match": match, "times": 1, "effect": {"http_status": 503}})
    demo.fault({"match": {"protocol": "sms", "method": "QueryProviderInfo"}, "times": 1, "effect": {"drop": "before"}})
    answer = module(demo, "cert_expiry_facts", probe=False)
    demo.clear_faults()
    assert answer.returncode == 0, answer.printed
    assert answer.result["ansible_facts"]["certops"]["retries"] == 3
    assert "were retried" in answer.printed


def test_one_broken_provider_spoils_no_other(demo: RunningEstate) -> None:
    broken = demo_hosts(demo).healthy[1]
    demo.set("provider", vcenter="vc01", host=broken, broken=True)
    answer = module(demo, "cert_expiry_facts", probe=False)
    demo.set("provider", vcenter="vc01", host=broken, broken=False)
    assert answer.returncode == 0, answer.printed
    facts = answer.result["ansible_facts"]["certops"]
    assert [entry["what"] for entry in facts["unavailable"]] == ["provider"]
    assert sum(host["provider"] is not None for host in facts["hosts"]) == 10


def test_hosts_whose_names_do_not_resolve_are_asked_by_their_address(tmp_path: Path) -> None:
    with estate(tmp_path, vcenters=1, hosts=4, healthy=True, host_names="fqdn", page_size=3) as running:
        answer = module(running, "cert_expiry_facts")
        hosts = answer.result["ansible_facts"]["certops"]["hosts"]
        assert len(hosts) == 4
        assert all(host["served"]["trusted"] for host in hosts), hosts
        assert all(host["served"]["trusted_by"] == "vcenter_record" for host in hosts)


def test_the_calls_to_the_vcenter_are_constant_and_one_a_provider(tmp_path: Path) -> None:
    counted = {}
    for number in (1, 40, 400):
        with estate(tmp_path / str(number), vcenters=1, hosts=number, healthy=True) as running:
            running.clear_journal()
            answer = module(running, "cert_expiry_facts", probe=False)
            assert len(answer.result["ansible_facts"]["certops"]["hosts"]) == number, answer.printed[-2000:]
            calls = Counter(call["method"].rsplit("/", 1)[0] for call in running.journal() if call["protocol"] != "tls")
            providers = calls.pop("QueryProviderInfo")
            assert providers >= number
            counted[number] = calls
    assert counted[1] == counted[40] == counted[400]
