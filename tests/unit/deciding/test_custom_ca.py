# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is due, and what blocks it, where the operator's own CA issues the certificates of hosts (mode custom, with a custom CA)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_RECORD, BASIS_ROOT
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import HostPlan, decide
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import (
    CertificateSettings,
    EsxiHost,
    Served,
    Unavailable,
)
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    NOW,
    POLICY,
    RENEWAL,
    ROOT,
    SETTINGS,
    VCENTER,
    certificate,
    codes,
    estate,
    host,
    host_plan,
    vcenter,
)

SIGNED = replace(POLICY, custom_ca=True)
CUSTOM = CertificateSettings(mode="custom")
BY_CUSTOM_CA = ("renew_custom_ca", "reconnect", "reregister")
EXPIRING = host(ends=20, issuer="other")
OLD = certificate(20)
LOST = host(
    ends=-5,
    issuer="other",
    connection_state="notResponding",
    certificate=None,
    served=Served(certificate=certificate(-5), trusted_by=BASIS_RECORD, problems=("it expired",)),
)


def planned(one: EsxiHost, **changes: Any) -> HostPlan:
    """The plan of a host under a vCenter in mode custom, whose operator signs."""
    return host_plan(one, SIGNED, **{"certificate_settings": CUSTOM, **changes})


@pytest.mark.parametrize(
    "one", [EXPIRING, host(ends=-5, issuer="other"), host(ends=20, issuer="vmca"), host(ends=20, issuer="unknown")]
)
def test_what_is_due_is_renewed_by_the_custom_ca_whoever_issued_it(one: EsxiHost) -> None:
    found = planned(one)
    assert (found.steps, found.blockers) == (BY_CUSTOM_CA, ())
    shown = found.to_facts(NOW)
    assert (shown["method"], shown["cli_fallback"], shown["due"]) == ("custom_ca", False, list(BY_CUSTOM_CA))


def test_what_is_forced_and_what_a_host_signed_itself_are_due_too() -> None:
    assert host_plan(host(issuer="other"), replace(SIGNED, force=True), certificate_settings=CUSTOM).steps == BY_CUSTOM_CA
    found = planned(host(issuer="self_signed"))
    assert (found.verdict.rule, found.steps) == ("self_signed", BY_CUSTOM_CA)
    assert "your CA is to issue it one" in found.verdict.reason


def test_no_method_of_the_operators_changes_that() -> None:
    for method in ("vcenter", "cli"):
        by_cli = replace(SIGNED, method=method, ssh_hosts=(HOST,))
        assert host_plan(EXPIRING, by_cli, certificate_settings=CUSTOM).steps == BY_CUSTOM_CA


def test_a_custom_ca_changes_nothing_in_another_mode() -> None:
    for mode in ("vmca", "thumbprint", None):
        settings = replace(SETTINGS, mode=mode)
        for one in (EXPIRING, host(ends=20), host(issuer="self_signed"), LOST):
            with_it = host_plan(one, SIGNED, certificate_settings=settings)
            without = host_plan(one, POLICY, certificate_settings=settings)
            assert (with_it.steps, with_it.blockers, with_it.verdict) == (without.steps, without.blockers, without.verdict)
    assert codes(host_plan(EXPIRING, SIGNED).blockers) == ["issuer_not_vmca"]


def test_without_a_custom_ca_mode_custom_is_as_it_was() -> None:
    found = host_plan(EXPIRING, POLICY, certificate_settings=CUSTOM)
    assert (found.steps, codes(found.blockers), found.verdict.steps) == ((), ["mode_custom"], RENEWAL)
    assert "certops_custom_ca" in found.blockers[0].remedy
    assert host_plan(host(issuer="self_signed"), POLICY, certificate_settings=CUSTOM).verdict.rule == "healthy"
    assert found.blockers[0].remedy.startswith("Renew it with the CA that issued it, or set certops_custom_ca")
    (own,) = host_plan(host(ends=20, issuer="self_signed"), POLICY, certificate_settings=CUSTOM).blockers
    assert own.remedy.startswith("Renew it with a CA of yours, or set certops_custom_ca")


def test_nothing_that_only_vmca_needs_blocks_it() -> None:
    settings = replace(CUSTOM, days_valid=30, minutes_before=10**6, subject={"state": ""})
    young = certificate(30, starts=-0.1, subject="CN=VMCA")
    over = certificate(-1, subject="CN=former")
    for one in (EXPIRING, replace(EXPIRING, in_maintenance_mode=True)):
        assert planned(one, certificate_settings=settings, vmca_root=young, trusted_roots=(young, over)).steps == BY_CUSTOM_CA
    whole = decide(estate(EXPIRING, certificate_settings=settings, vmca_root=young), SIGNED, NOW)
    assert (whole.blockers, whole.allowed) == ((), True)
    assert whole.to_facts()["counts"]["by_step"]["renew_custom_ca"] == 1


@pytest.mark.parametrize(
    ("one", "changes", "code"),
    [
        (replace(EXPIRING, connection_state="notResponding"), {}, "not_connected"),
        (replace(EXPIRING, connection_state="disconnected"), {}, "not_connected"),
        (replace(EXPIRING, missing_privileges=("Certificate.Manage",)), {}, "missing_privilege"),
        (EXPIRING, {"clock_offset_seconds": 4000.0}, "clock_offset"),
        (EXPIRING, {"machine_ssl": certificate(-1)}, "machine_ssl_expired"),
        (EXPIRING, {"sps_state": "STOPPED"}, "sps_not_running"),
        (EXPIRING, {"trusted_roots": None}, "roots_unavailable"),
        (EXPIRING, {"trusted_roots": ()}, "roots_unavailable"),
    ],
)
def test_what_the_steps_themselves_need_blocks_it(one: EsxiHost, changes: dict[str, Any], code: str) -> None:
    found = planned(one, **changes)
    assert (found.steps, codes(found.blockers)) == ((), [code])
    assert {"renew_custom_ca", "reregister"} & set(found.blockers[0].steps)


def test_why_the_roots_cannot_be_read_is_told() -> None:
    unavailable = (Unavailable("trusted_roots", VCENTER, "HTTP 403"),)
    whole = decide(
        replace(estate(EXPIRING, unavailable=unavailable), vcenter=vcenter(certificate_settings=CUSTOM, trusted_roots=None)),
        SIGNED,
        NOW,
    )
    assert "cannot be read (HTTP 403)" in whole.hosts[0].blockers[0].message


def test_an_expired_host_that_vcenter_lost_is_not_merely_reconnected() -> None:
    found = planned(LOST)
    assert (found.verdict.rule, found.verdict.steps, found.steps) == ("expired", BY_CUSTOM_CA, ())
    assert codes(found.blockers) == ["not_connected"]
    assert "put a certificate of your CA on the host itself" in found.blockers[0].remedy


def test_a_run_that_ended_while_a_host_was_disconnected_is_finished() -> None:
    new = certificate(700, starts=-1)
    one = host(ends=20, issuer="other", connection_state="disconnected", certificate=None)
    one = replace(one, served=Served(certificate=new, trusted_by=BASIS_ROOT, trusted=True, root=ROOT.sha256_fingerprint))
    found = planned(one, vmca_root=certificate(30, starts=-0.1))
    assert (found.verdict.rule, found.steps, found.blockers) == ("left_disconnected", ("reconnect", "reregister"), ())
    assert codes(host_plan(one, POLICY, certificate_settings=CUSTOM).blockers) == ["mode_custom"]
    no_right = replace(one, missing_privileges=("Host.Config.Connection",))
    assert codes(planned(no_right).blockers) == ["missing_privilege"]
    # Nothing issues another one here: what it has must be believed.
    strange = replace(one, served=Served(certificate=new, trusted_by=BASIS_RECORD, trusted=True))
    assert (planned(strange).steps, codes(planned(strange).blockers)) == ((), ["issuer_untrusted"])


def test_a_certificate_that_was_installed_and_is_not_served_is_taken_up() -> None:
    new = certificate(700, starts=-1)
    half = replace(
        host(ends=20, issuer="other"), certificate=new, served=Served(certificate=OLD, problems=("it is not the certificate",))
    )
    found = planned(half)
    assert (found.verdict.rule, found.steps) == ("not_taken_up", BY_CUSTOM_CA)
    assert host_plan(half, POLICY, certificate_settings=CUSTOM).verdict.rule == "remembers_ended"
    newer = replace(half, served=Served(certificate=certificate(900, starts=-0.5)))
    strange = replace(half, served=Served(certificate=replace(OLD, names=("other.example",))))
    silent = replace(half, served=Served(error="nothing listens"))
    unasked = replace(half, served=None)
    lost = replace(half, connection_state="notResponding")
    alike = replace(half, served=Served(certificate=certificate(800, starts=-1)))
    for one in (alike, newer, strange, silent, unasked, lost):
        assert planned(one).verdict.rule != "not_taken_up"


def test_a_host_that_cannot_be_renewed_is_re_registered_where_that_helps() -> None:
    offline = replace(host(ends=20, issuer="other", status="offline"), missing_privileges=("Certificate.Manage",))
    found = planned(offline)
    assert (found.steps, codes(found.blockers)) == (("reregister",), ["missing_privilege"])


def test_a_cluster_that_is_short_of_another_host_keeps_it_waiting() -> None:
    away = host("esx02.example.com", connection_state="disconnected")
    whole = decide(estate(host(ends=20, issuer="other"), away, certificate_settings=CUSTOM), SIGNED, NOW)
    first = next(one for one in whole.hosts if one.host.name == HOST)
    assert (first.steps, codes(first.blockers)) == ((), ["cluster_away"])
    assert "renew_custom_ca" in first.blockers[0].steps


def test_a_host_that_does_not_answer_on_9080_has_a_warning() -> None:
    found = planned(replace(EXPIRING, served=Served(error="nothing listens on port 9080")))
    assert any("does not answer on port 9080" in one for one in found.warnings)
