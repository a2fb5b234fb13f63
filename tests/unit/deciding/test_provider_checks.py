# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a provider is right: each check by itself, and that what chains them cannot contradict itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Optional

import pytest
from ansible_collections.certops.vsphere.plugins.module_utils._deciding import provider_checks as checks
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.provider_checks import (
    DUE,
    NEEDED,
    REREGISTER,
    WRONG,
    Known,
    every,
    first,
    known_of,
)
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import evident_certificate, judge
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import verify
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import EsxiHost
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider
from ansible_collections.certops.vsphere.tests.unit.estates import (
    CERTIFICATES,
    DUE_HOSTS,
    HOSTS,
    NOW,
    POLICIES,
    PROVIDERS,
    certificate,
    estate,
    host,
    provider,
)
from hypothesis import event, given
from hypothesis import strategies as st

OWN = certificate(400)
ONLINE = provider(OWN)
# What SMS should have renewed.
OLD = certificate(20, starts=-900)


def by_date(ends: float, **changes: Any) -> Provider:
    """A provider of which SMS shows a date and no certificate."""
    return replace(provider(None), certificate_expires_at=certificate(ends).expires_at, **changes)


# What is known, and what of it is due, needed by the step, and wrong where it is read back.
TABLE: dict[str, tuple[Known, Optional[str], Optional[str], list[str]]] = {
    "right": (Known(OWN, ONLINE, NOW), None, None, []),
    "connected": (Known(OWN, replace(ONLINE, status="connected"), NOW), None, None, []),
    "no-cluster": (Known(OWN, None, NOW, in_cluster=False), "healthy", "provider_missing", ["provider_missing"]),
    "unavailable": (Known(OWN, None, NOW, read=False), "providers_unavailable", "provider_missing", ["provider_missing"]),
    "missing": (Known(OWN, None, NOW), "provider_missing", "provider_missing", ["provider_missing"]),
    "offline": (Known(OWN, provider(OWN, "offline"), NOW), "provider_offline", "provider_offline", ["provider_offline"]),
    "several": (Known(OWN, ONLINE, NOW, count=2), None, "several_providers", ["several_providers"]),
    "ended": (Known(OWN, provider(certificate(-1)), NOW), "remembers_ended", "remembers_ended", ["stale_display"]),
    "another": (Known(OWN, provider(certificate(200)), NOW), "stale_display", "stale_display", ["stale_display"]),
    "another that ends the same day": (
        Known(OWN, provider(certificate(400, starts=-1)), NOW),
        *("stale_display", "stale_display", ["stale_display"]),
    ),
    "no PEM, its date": (Known(OWN, by_date(400), NOW), None, None, []),
    "no PEM, another date": (Known(OWN, by_date(200), NOW), "stale_display", "stale_display", ["stale_display"]),
    "no PEM, a date soon": (
        Known(OWN, by_date(40), NOW, renew_before_days=60),
        *("remembers_ended", "stale_display", ["stale_display"]),
    ),
    "no PEM, offline": (
        Known(OWN, by_date(200, status="offline"), NOW),
        *("remembers_older", "remembers_older", ["provider_offline", "stale_display"]),
    ),
    "nothing": (Known(OWN, provider(None), NOW), "status_unknown", "status_unknown", ["status_unknown"]),
    "nothing but a word": (
        Known(OWN, replace(provider(None), certificate_status="invalid"), NOW),
        *("remembers_ended", "remembers_ended", ["status_unknown"]),
    ),
    "own, which ends": (
        Known(OLD, provider(OLD), NOW, own=True),
        *("provider_certificate_ending", "provider_certificate_ending", ["provider_certificate_ending"]),
    ),
    "own, which expired": (
        Known(certificate(-1, starts=-900), provider(certificate(-1, starts=-900), "offline"), NOW, own=True),
        *("provider_certificate_ending", "provider_certificate_ending", ["provider_offline", "provider_certificate_ending"]),
    ),
    "own, and SMS has one before": (
        Known(OWN, provider(certificate(-1)), NOW, own=True),
        *("remembers_ended", "remembers_ended", ["stale_display"]),
    ),
    "own, missing": (Known(OLD, None, NOW, own=True), "provider_missing", "provider_missing", ["provider_missing"]),
    "odd status": (Known(OWN, provider(OWN, "odd"), NOW), "status_unknown", None, ["provider_offline"]),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_purpose_has_its_findings(name: str) -> None:
    known, due, needed, wrong = TABLE[name]

    def code(chain: tuple[checks.Check, ...], one: Known) -> Optional[str]:
        found = first(chain, one)
        return found.code if found else None

    # The step has no option of how long a certificate has to last.
    asked = replace(known, renew_before_days=0.0)
    assert first(DUE, known) == next(iter(every(DUE, known)), None)
    assert (code(DUE, known), code(NEEDED, asked), [one.code for one in every(WRONG, asked)]) == (due, needed, wrong)


@pytest.mark.parametrize("display", [False, True])
def test_a_record_that_is_merely_another_one_is_refreshed_where_that_is_wished(display: bool) -> None:
    found = first(DUE, replace(TABLE["another"][0], refresh_display=display))
    assert found is not None
    assert found.steps == ((REREGISTER,) if display else ())


def test_a_date_without_a_time_is_a_whole_day_and_a_time_is_a_time() -> None:
    midnight = OWN.expires_at.replace(hour=0)
    known = replace(provider(None), certificate_expires_at=midnight)
    assert checks.remembers(known, OWN) is True
    assert not checks.remembers_older(known, OWN)
    for other in (midnight + timedelta(seconds=1), midnight - timedelta(days=1), midnight + timedelta(days=1)):
        assert checks.remembers(replace(known, certificate_expires_at=other), OWN) is False


def test_what_the_certificate_says_goes_before_smss_own_date() -> None:
    odd = replace(ONLINE, certificate_expires_at=certificate(-1).expires_at)
    assert first(DUE, Known(OWN, odd, NOW)) is None
    assert checks.remembered_end(odd) == OWN.expires_at


EVERY_HOST = st.one_of(DUE_HOSTS, DUE_HOSTS, HOSTS).filter(lambda one: evident_certificate(one) is not None)


def _of(one: EsxiHost) -> Known:
    """What the step and verifying know of a host whose certificate is known."""
    own = evident_certificate(one)
    assert own is not None
    return known_of(one, own, NOW, in_cluster=not one.outside_of_clusters)


@given(EVERY_HOST, POLICIES)
def test_what_the_plan_calls_due_the_step_does(one: EsxiHost, policy: Policy) -> None:
    known = _of(one)
    verdict = judge(one, policy, NOW, providers_read=True, mode="vmca")
    if verdict.steps == (REREGISTER,):
        event("due")
        assert known.in_cluster
        assert first(NEEDED, known) is not None


@given(EVERY_HOST, st.none() | PROVIDERS, st.none() | CERTIFICATES)
def test_what_the_step_did_and_reads_back_as_right_is_verified(one: EsxiHost, read_back: Optional[Provider], issued: Any) -> None:
    own = issued or evident_certificate(one)
    done = replace(one, certificate=own, provider=read_back, duplicate_providers=())
    if read_back is not None and not first(WRONG, known_of(done, own, NOW)):
        event("right")
        [answer] = verify(estate(done), [one.name], NOW)
        assert not [problem for problem in answer["problems"] if "provider" in problem or "SMS" in problem]


@given(EVERY_HOST, POLICIES)
def test_what_is_verified_the_plan_does_not_call_due(one: EsxiHost, policy: Policy) -> None:
    known = _of(one)
    if not verify(estate(one), [one.name], NOW)[0]["problems"]:
        event("verified")
        assert REREGISTER not in judge(one, replace(policy, renew_before_days=0.0), NOW, providers_read=True, mode="vmca").steps
        found = first(DUE, replace(known, renew_before_days=policy.renew_before_days, refresh_display=policy.refresh_display))
        assert found is None or found.steps == ()


@given(EVERY_HOST)
def test_what_is_missed_in_a_cluster_only_is_told_of_no_host_outside(one: EsxiHost) -> None:
    alone = replace(one, cluster=None)
    [answer] = verify(estate(alone), [one.name], NOW)
    assert not [problem for problem in answer["problems"] if "provider" in problem or "SMS" in problem]


def test_a_healthy_host_has_no_finding() -> None:
    assert every(DUE, _of(host())) == every(NEEDED, _of(host())) == every(WRONG, _of(host())) == []
