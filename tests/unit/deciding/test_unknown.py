# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host is ok only where what makes it so was seen; else it is unknown, in the plan as in the report, and says why."""

from __future__ import annotations

from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Served, Unavailable
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines
from ansible_collections.certops.vsphere.tests.unit.estates import NOW, certificate, codes, estate, host, provider

AUDIT = Policy(protection="none", audit=True)
SMS_404 = Unavailable("providers", "vc1.example.com", "HTTP 404 Not Found.")
SILENT = Served(error="it does not answer")


def audited(*hosts: Any, unavailable: tuple[Unavailable, ...] = (), policy: Policy = AUDIT, **changes: Any) -> dict[str, Any]:
    """The report of an audit."""
    facts = decide(estate(*hosts, unavailable=unavailable, **changes), policy, NOW).to_facts()
    return build(facts, results=[], verified=[], after=None, check_mode=False, failure=None, audit=True)


def told(one: Any, **parts: Any) -> tuple[str, str]:
    """What became of a host that is alone, and why."""
    [shown] = audited(one, **parts)["hosts"]
    return shown["result"], shown["why"]


@pytest.mark.parametrize(
    ("changes", "unavailable", "why"),
    [
        ({"provider": None}, SMS_404, "its provider could not be read"),
        ({"provider": None}, Unavailable("provider", "uid-9 esx01.example.com", "broken"), "its provider could not be read"),
        ({"status": "odd"}, None, "its certificate is sound, and SMS shows odd for its provider"),
        ({"status": None}, None, "its certificate is sound, and SMS shows no status for its provider"),
        (
            {"connection_state": "disconnected"},
            None,
            "all certificates agree, until 2027-04-05; vCenter has no connection to it (disconnected), so what it shows of it may be old",
        ),
        (
            {"connection_state": None},
            None,
            "all certificates agree, until 2027-04-05; vCenter has no connection to it (state unknown), so what it shows of it may be old",
        ),
        (
            {"served": Served(certificate=certificate(3), problems=("it is for x and not for y",))},
            None,
            "all certificates agree, until 2027-04-05; port 9080 serves the wrong certificate: it is for x and not for y",
        ),
    ],
)
def test_a_host_that_was_not_seen_to_be_sound_is_unknown(
    changes: dict[str, Any], unavailable: Optional[Unavailable], why: str
) -> None:
    assert told(host(**changes), unavailable=(unavailable,) if unavailable else ()) == ("unknown", why)


def test_a_host_whose_certificate_was_not_read_is_unknown_and_says_what_to_do() -> None:
    word, why = told(host(certificate=None, served=SILENT))
    assert word == "unknown"
    assert why.startswith("The certificate of esx01.example.com (connected) can be read neither from vCenter nor")
    # It is in vCenter: what is missing is a reason why vCenter shows no certificate.
    assert why.endswith("(the report's notes say what it told), and let this controller reach port 9080 of the host.")
    why = told(host(certificate=None, served=SILENT, connection_state="notResponding"))[1]
    assert why.endswith("Bring the host back to vCenter, or renew its certificate on the host itself.")


def test_a_certificate_that_is_not_valid_yet_was_read_and_blocks() -> None:
    future = certificate(900, starts=3)
    served = Served(certificate=future, problems=("it is not valid before 2026-03-05 12:00 UTC",))
    result, why = told(host(certificate=future, served=served))
    assert result == "blocked"
    assert "is not valid yet" in why


def test_a_host_outside_of_clusters_needs_no_provider_to_be_sound() -> None:
    why = "its certificate is sound, and a host outside of clusters needs no provider"
    assert told(host(cluster=None, provider=None), unavailable=(SMS_404,)) == ("ok", why)
    assert told(host(cluster=None, provider=None, served=SILENT)) == ("ok", why)


def test_what_is_due_and_blocked_is_unknown_where_its_provider_was_not_read() -> None:
    word, why = told(host(ends=20, provider=None), unavailable=(SMS_404,))
    assert word == "unknown"
    assert why == (
        "its provider could not be read; its certificate expires in 20 days, on 2026-03-21; blocked for the whole vCenter: providers_unavailable."
    )


def test_that_a_provider_was_not_read_outweighs_what_blocks_the_host_since_it_fails_a_job_by_default() -> None:
    unread = Unavailable("provider", "uid-9 esx01.example.com", "broken")
    report = audited(host(ends=20, provider=None, in_maintenance_mode=True), unavailable=(unread,))
    assert [one["result"] for one in report["hosts"]] == ["unknown"]
    # SMS stops with SPS: the same estate with providers read is blocked.
    [shown] = audited(host(ends=20, provider=None), unavailable=(SMS_404,), sps_state="STOPPED")["hosts"]
    assert (shown["result"], shown["kept_back"]) == ("unknown", True)
    assert "sps_not_running" in shown["why"]


def test_what_is_due_and_blocked_for_another_reason_is_blocked() -> None:
    assert told(host(ends=20, in_maintenance_mode=True))[0] == "blocked"


@pytest.mark.parametrize(
    ("served", "missing"), [(SILENT, "port 9080 does not answer this controller"), (None, "port 9080 was not asked")]
)
def test_what_port_9080_did_not_show_is_said_of_a_host_that_vcenter_sees_online(served: Optional[Served], missing: str) -> None:
    assert told(host(served=served)) == ("ok", f"all certificates agree, until 2027-04-05, as far as was seen: {missing}")


def test_hosts_that_do_not_answer_are_noted_once() -> None:
    hosts = [host(f"esx{number}", served=SILENT) for number in range(5)]
    others = [host("lost", served=SILENT, connection_state="notResponding"), host("alone", served=SILENT, cluster=None)]
    [note] = audited(*hosts, *others)["warnings"]
    assert note == (
        "port 9080 of 5 connected hosts (esx0, esx1, esx2 and 2 more) does not answer this controller, so what they serve was not checked"
    )


def test_an_unavailable_provider_is_not_shown_as_none() -> None:
    report = audited(host("a", provider=None), host("b", provider=None, cluster=None), unavailable=(SMS_404,))
    assert report["counts"] == {"unknown": 1, "ok": 1}
    by_name = {one["esxi_host"]: one for one in report["hosts"]}
    assert by_name["a"]["provider_unavailable"] == "HTTP 404 Not Found."
    assert by_name["a"]["certificates"]["sms"]["problem"] == "its provider could not be read"
    printed = "\n".join(lines(report))
    assert "unavailable" in printed
    assert "none" not in printed


def test_a_provider_that_was_read_at_the_end_is_shown() -> None:
    before = estate(host(provider=None, ends=20), unavailable=(SMS_404,))
    after = estate(host(ends=20)).to_facts()
    facts = decide(before, AUDIT, NOW).to_facts()
    report = build(facts, results=[], verified=[], after=after, check_mode=False, failure=None)
    assert report["hosts"][0]["provider_unavailable"] is None


# What only renewing needs.

BLIND: dict[str, Any] = {"sps_state": None, "certificate_settings": None, "trusted_roots": None, "vmca_root": None}
LACKING = ("Certificate.Manage", "Host.Config.Connection")


def test_what_only_a_run_needs_blocks_no_audit() -> None:
    due = host("a", ends=20, issuer="unknown", missing_privileges=LACKING)
    facts = {**BLIND, "missing_privileges": ("StorageViews.ConfigureService",)}
    report = audited(due, host("b", ends=30, missing_privileges=LACKING), **facts)
    assert report["counts"] == {"due": 2}
    assert (report["blockers"], [one["blockers"] for one in report["hosts"]]) == ([], [[], []])
    assert report["warnings"] == [
        "a run would need the privilege StorageViews.ConfigureService, which this account does not have on vc1.example.com",
        "a run would need the privilege Certificate.Manage, which this account does not have on a, b",
        "a run would need the privilege Host.Config.Connection, which this account does not have on a, b",
    ]
    run = decide(estate(due, **facts), Policy(protection="none"), NOW)
    assert {"mode_unavailable", "missing_privilege", "sps_unavailable"} <= set(codes(run.hosts[0].blockers))


def test_that_the_account_could_not_restart_sps_is_noted_in_an_audit() -> None:
    report = audited(host("a", ends=20), may_restart_sps=False)
    assert report["counts"] == {"due": 1}
    [warning] = report["warnings"]
    assert "SystemConfiguration.Administrators" in warning
    assert audited(host("a", ends=20), may_restart_sps=None)["warnings"] == []


def test_whether_vmca_issued_a_certificate_blocks_an_audit_only_where_it_could_be_told() -> None:
    assert told(host(ends=20, issuer="unknown"), trusted_roots=None, vmca_root=None)[0] == "due"
    assert told(host(ends=20, issuer="unknown"))[0] == "blocked"


def test_the_roots_that_a_ca_of_ones_own_needs_block_no_audit() -> None:
    custom = {"certificate_settings": None, "trusted_roots": None}
    settings = estate(host()).vcenter.certificate_settings
    assert settings is not None
    mode = type(settings)(mode="custom")
    own = Policy(protection="none", audit=True, custom_ca=True)
    assert told(host(ends=20), policy=own, **{**custom, "certificate_settings": mode})[0] == "due"


def test_what_had_to_be_read_blocks_an_audit_too() -> None:
    report = audited(host(ends=20, provider=None), unavailable=(SMS_404,), missing_privileges=("StorageViews.View",))
    assert [one["code"] for one in report["blockers"]] == ["missing_privilege"]
    assert report["warnings"] == ["could not read providers of vc1.example.com: HTTP 404 Not Found."]
    assert report["counts"] == {"unknown": 1}


def test_a_vcenter_whose_sps_does_not_run_is_blocked_in_an_audit_too() -> None:
    assert told(host(ends=20), sps_state="STOPPED")[0] == "blocked"


def test_a_host_that_can_be_worked_on_is_not_unknown() -> None:
    lost = host(ends=-3, connection_state="notResponding", provider=provider(certificate(-3), "offline"))
    assert told(lost)[0] == "due"
