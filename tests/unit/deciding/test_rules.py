# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules: what is due for a host, by which rule, and why. Rows are those of the design's table."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_RECORD, BASIS_ROOT
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import evident_certificate
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost, Served, Unavailable
from ansible_collections.certops.vsphere.tests.unit.estates import (
    HOST,
    NOW,
    POLICY,
    RENEWAL,
    certificate,
    estate,
    host,
    host_plan,
    provider,
)

REREGISTER = ("reregister",)


def outcome(one: EsxiHost, policy: Policy = POLICY) -> tuple[str, tuple[str, ...], str]:
    """The rule, the steps and the reason, where nothing blocks."""
    planned = host_plan(one, policy)
    assert planned.steps == planned.verdict.steps
    assert planned.blockers == ()
    return planned.verdict.rule, planned.steps, planned.verdict.reason


def test_row_1_an_expired_certificate_is_renewed() -> None:
    assert outcome(host(ends=-10)) == ("expired", RENEWAL, "its certificate expired on 2026-02-19")


@pytest.mark.parametrize("state", ["disconnected", "notResponding", None])
def test_row_1_an_expired_host_without_connection_is_reconnected_which_issues_a_new_certificate(state: Optional[str]) -> None:
    assert outcome(host(ends=-10, connection_state=state)) == (
        "expired",
        ("reconnect", "reregister"),
        "its certificate expired on 2026-02-19 and vCenter has no connection to it",
    )


def test_row_2_an_expiring_certificate_is_renewed() -> None:
    assert outcome(host(ends=20)) == ("expiring", RENEWAL, "its certificate expires in 20 days, on 2026-03-21")


@pytest.mark.parametrize(
    ("ends", "rule"),
    [(0, "expired"), (0.0001, "expiring"), (44.9, "expiring"), (45, "expiring"), (45.0001, "healthy"), (46, "healthy")],
)
def test_the_limits_belong_to_the_worse_side(ends: float, rule: str) -> None:
    assert outcome(host(ends=ends))[0] == rule


def test_the_limit_is_the_policys() -> None:
    assert outcome(host(ends=20), replace(POLICY, renew_before_days=10.0))[0] == "healthy"
    assert outcome(host(ends=80), replace(POLICY, renew_before_days=90.0))[0] == "expiring"


@pytest.mark.parametrize("status", ["online", "offline", None])
@pytest.mark.parametrize(
    ("remembered", "vsphere_fault"),
    [(-10, "expired on 2026-02-19"), (0, "expired on 2026-03-01"), (30, "expires on 2026-03-31"), (45, "expires on 2026-04-15")],
)
def test_row_3_an_outdated_record_of_a_sound_host_is_only_registered_anew(
    remembered: float, vsphere_fault: str, status: Any
) -> None:
    assert outcome(host(ends=400, remembered=remembered, status=status)) == (
        "remembers_ended",
        REREGISTER,
        f"SMS remembers a certificate that {vsphere_fault}, while the host's lasts until 2027-04-05",
    )


def test_row_3_an_offline_provider_that_remembers_an_older_one_is_registered_anew() -> None:
    assert outcome(host(ends=400, remembered=200, status="offline")) == (
        "remembers_older",
        REREGISTER,
        "its provider is offline, and SMS remembers an older certificate",
    )


def test_row_3_the_date_alone_is_enough_where_smss_certificate_cannot_be_read() -> None:
    known = replace(provider(None), certificate_expires_at=certificate(-10).expires_at)
    assert outcome(host(provider=known))[0] == "remembers_ended"


@pytest.mark.parametrize("status", ["expired", "expiryHardLimitReached", "invalid"])
def test_row_3_smss_own_word_counts_where_it_has_no_date(status: str) -> None:
    known = replace(provider(None), certificate_status=status)
    assert outcome(host(provider=known)) == (
        "remembers_ended",
        REREGISTER,
        f"SMS says of the certificate that it remembers: {status}",
    )


@pytest.mark.parametrize("status", ["valid", "expirySoftLimitReached", "odd", None])
def test_another_word_of_sms_decides_nothing(status: Optional[str]) -> None:
    assert outcome(host(provider=replace(provider(None), certificate_status=status))) == (
        "status_unknown",
        (),
        "SMS shows neither the certificate that it remembers nor when that expires",
    )


def test_smss_word_does_not_count_where_it_has_a_date() -> None:
    known = replace(provider(certificate(400)), certificate_status="expired")
    assert outcome(host(provider=known))[0] == "healthy"


def test_row_4_a_host_of_a_cluster_without_a_provider_gets_one() -> None:
    assert outcome(host(provider=None)) == ("provider_missing", REREGISTER, "SMS has no provider for it")


def test_row_4_a_host_outside_of_clusters_needs_none() -> None:
    assert outcome(host(provider=None, cluster=None)) == (
        "healthy",
        (),
        "its certificate is sound, and a host outside of clusters needs no provider",
    )


@pytest.mark.parametrize("status", ["offline", "syncError", "unknown", "disconnected"])
def test_row_5_a_provider_that_is_not_online_is_registered_anew(status: str) -> None:
    assert outcome(host(status=status)) == (
        "provider_offline",
        REREGISTER,
        f"its provider is {status} though its certificate is sound",
    )


def test_row_6_another_date_is_cosmetic_where_sms_shows_no_certificate() -> None:
    known = replace(provider(None), certificate_expires_at=certificate(200).expires_at)
    reason = "SMS shows another certificate (until 2026-09-17), which is cosmetic"
    assert outcome(host(provider=known)) == ("stale_display", (), reason)
    assert outcome(host(provider=known), replace(POLICY, refresh_display=True)) == ("stale_display", REREGISTER, reason)


@pytest.mark.parametrize(
    ("changes", "rule", "steps"),
    [
        ({"ends": 20}, "expiring", ("renew", "reconnect")),
        ({"ends": -10}, "expired", ("renew", "reconnect")),
        ({"ends": -10, "connection_state": "notResponding"}, "expired", ("reconnect",)),
        ({"issuer": "self_signed"}, "self_signed", ("renew", "reconnect")),
        ({"ends": 400, "status": "offline"}, "healthy", ()),
        ({"ends": 400, "remembered": -10}, "healthy", ()),
    ],
)
def test_outside_of_clusters_no_provider_is_registered_anew(changes: dict[str, Any], rule: str, steps: tuple[str, ...]) -> None:
    assert outcome(host(cluster=None, **changes))[:2] == (rule, steps)
    assert outcome(host(cluster=None, provider=None, **{k: v for k, v in changes.items() if k != "status"}))[:2] == (rule, steps)


def test_a_host_whose_place_cannot_be_read_is_not_outside_of_clusters() -> None:
    # Nothing is done to it, though: tests/unit/deciding/test_unseen.py.
    assert host_plan(host(cluster="", ends=20)).verdict.steps == RENEWAL
    assert host_plan(host(cluster="", status="offline")).verdict.steps == REREGISTER


def test_row_5_offline_without_any_date_is_offline() -> None:
    assert outcome(host(provider=provider(None, "offline")))[0] == "provider_offline"


def test_row_6_another_date_alone_is_cosmetic() -> None:
    one = host(ends=400, remembered=200)
    reason = "SMS shows another certificate (until 2026-09-17), which is cosmetic"
    assert outcome(one) == ("stale_display", (), reason)
    assert outcome(one, replace(POLICY, refresh_display=True)) == ("stale_display", REREGISTER, reason)


def test_row_6_a_later_date_than_the_hosts_is_cosmetic_too() -> None:
    assert outcome(host(ends=200, remembered=400))[:2] == ("stale_display", ())


def test_row_7_where_all_agree_nothing_is_due() -> None:
    assert outcome(host()) == ("healthy", (), "all certificates agree, until 2027-04-05")
    assert outcome(host(), replace(POLICY, refresh_display=True))[:2] == ("healthy", ())


@pytest.mark.parametrize(("status", "shown"), [("odd", "odd"), ("", "no status"), (None, "no status")])
def test_a_status_that_nobody_lists_decides_nothing(status: Optional[str], shown: str) -> None:
    assert outcome(host(status=status)) == (
        "status_unknown",
        (),
        f"its certificate is sound, and SMS shows {shown} for its provider",
    )


def test_force_renews_a_sound_certificate() -> None:
    assert outcome(host(), replace(POLICY, force=True)) == ("forced", RENEWAL, "renewing it is forced")


def test_force_leaves_the_reason_of_an_expired_host_and_its_way() -> None:
    forced = replace(POLICY, force=True)
    assert outcome(host(ends=-1, connection_state="notResponding"), forced)[:2] == ("expired", ("reconnect", "reregister"))


@pytest.mark.parametrize(
    "unavailable", [Unavailable("providers", "vc1", "403"), Unavailable("provider", f"IOFILTER Provider {HOST.upper()}", "broken")]
)
def test_a_provider_that_could_not_be_read_is_not_missing(unavailable: Unavailable) -> None:
    planned = host_plan(host(provider=None), unavailable=(unavailable,))
    assert (planned.verdict.rule, planned.steps) == ("providers_unavailable", ())
    assert planned.verdict.reason == "its provider could not be read"


def test_the_broken_provider_of_another_host_changes_nothing() -> None:
    unavailable = Unavailable("provider", "IOFILTER Provider esx02.example.com", "broken")
    assert host_plan(host(provider=None), unavailable=(unavailable,)).verdict.rule == "provider_missing"
    assert estate(unavailable=(unavailable,)).providers_read


def test_a_provider_that_was_read_counts_though_another_reading_failed() -> None:
    assert (
        host_plan(host(status="offline"), unavailable=(Unavailable("provider", f"IOFILTER Provider {HOST}", "broken"),)).steps
        == REREGISTER
    )


def test_a_renewal_is_due_though_providers_could_not_be_read_and_is_blocked() -> None:
    planned = host_plan(host(ends=20, provider=None), unavailable=(Unavailable("providers", "vc1", "403"),))
    assert (planned.verdict.steps, planned.steps) == (RENEWAL, ())


SHOWN = certificate(-10)


@pytest.mark.parametrize("trusted_by", [BASIS_RECORD, BASIS_ROOT])
def test_what_a_lost_host_serves_counts_where_it_is_known_to_be_its_own(trusted_by: str) -> None:
    lost = host(certificate=None, connection_state="notResponding", served=Served(certificate=SHOWN, trusted_by=trusted_by))
    assert evident_certificate(lost) == SHOWN
    assert outcome(lost)[:2] == ("expired", ("reconnect", "reregister"))


@pytest.mark.parametrize(
    "served", [None, Served(error="timed out"), Served(certificate=SHOWN), Served(certificate=SHOWN, trusted_by="odd")]
)
def test_what_anybody_may_have_served_does_not_count(served: Optional[Served]) -> None:
    assert evident_certificate(host(certificate=None, served=served)) is None


def test_vcenters_record_goes_before_what_is_served() -> None:
    assert evident_certificate(host(served=Served(certificate=SHOWN, trusted_by=BASIS_RECORD))) == certificate(400)


@pytest.mark.parametrize("zone_hours", [-12, 0, 5.5, 14])
def test_the_plan_is_the_same_in_every_time_zone(zone_hours: float) -> None:
    from datetime import timedelta, timezone

    from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import decide

    there = NOW.astimezone(timezone(timedelta(hours=zone_hours)))
    one = estate(host("a", ends=45), host("b", ends=45.01), host("c", ends=-0.01))
    assert decide(one, POLICY, there).to_facts() == decide(one, POLICY, NOW).to_facts()


OLD = certificate(20, starts=-500)
REMEMBERS_OLD = provider(OLD)


def test_a_host_that_was_renewed_and_left_disconnected_is_reconnected() -> None:
    left = host(ends=400, connection_state="disconnected", provider=REMEMBERS_OLD)
    rule, steps, reason = outcome(left)
    assert (rule, steps) == ("left_disconnected", ("reconnect", "reregister"))
    assert reason.startswith("it was renewed and is disconnected; SMS remembers a certificate that expires on")
    older = host(ends=400, connection_state="disconnected", provider=provider(certificate(20, starts=-1)))
    assert host_plan(older).verdict.rule != "left_disconnected", "SMS remembers a newer one"
    by_date = replace(provider(None), certificate_expires_at=OLD.expires_at)
    assert host_plan(replace(left, provider=by_date)).verdict.rule == "left_disconnected"
    later = replace(provider(None), certificate_expires_at=certificate(500).expires_at)
    assert host_plan(replace(left, provider=later)).verdict.rule != "left_disconnected"
    lost = host(ends=400, connection_state="notResponding", provider=REMEMBERS_OLD)
    assert host_plan(lost).verdict.rule == "remembers_ended"
