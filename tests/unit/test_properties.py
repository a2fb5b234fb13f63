# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every estate and every policy, however odd."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import datetime
from typing import Any, Optional

from ansible_collections.certops.vsphere.plugins.module_utils._certificates.certificate import Certificate
from ansible_collections.certops.vsphere.plugins.module_utils._certificates.trust import BASIS_RECORD
from ansible_collections.certops.vsphere.plugins.module_utils._common.errors import InputError
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.plan import Plan, decide
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.policy import Policy
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.rules import evident_certificate
from ansible_collections.certops.vsphere.plugins.module_utils._deciding.verify import verify
from ansible_collections.certops.vsphere.plugins.module_utils._estate.estate import Estate, EsxiHost, Served
from ansible_collections.certops.vsphere.plugins.module_utils._estate.provider import Provider
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.report import build
from ansible_collections.certops.vsphere.plugins.module_utils._reporting.table import lines
from ansible_collections.certops.vsphere.tests.unit.estates import (
    CERTIFICATES,
    DAYS,
    MOMENTS,
    NOW,
    POLICIES,
    RENEWAL,
    ROOT,
    SETTINGS,
    certificate,
    estates,
    host,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st

# A whole estate takes long to make.
fewer = settings(max_examples=settings().max_examples // 2)

PROTECTED = POLICIES.map(lambda policy: replace(policy, protection="confirmed", hosts=None, skip=(), inventory_hosts=None))
FORCED = st.builds(lambda policy, force: replace(policy, force=force), PROTECTED | POLICIES, st.booleans())

EITHER = estates(calm=True) | estates()


@fewer
@given(estates(), FORCED, MOMENTS)
def test_every_estate_has_a_plan_a_verdict_a_report_and_a_table(one: Estate, policy: Policy, now: datetime) -> None:
    facts = json.loads(json.dumps(decide(one, policy, now).to_facts()))
    verified = verify(one, [host.name for host in one.hosts], now)
    assert len(verified) == len(one.hosts)
    for check_mode in (True, False):
        report = build(facts, results=[], verified=verified, after=one.to_facts(), check_mode=check_mode, failure=None)
        assert sum(report["counts"].values()) == len(facts["hosts"])
        assert len(lines(report)) > len(facts["hosts"])


@fewer
@given(EITHER, FORCED)
def test_steps_are_due_in_order_and_each_due_step_is_taken_or_blocked(one: Estate, policy: Policy) -> None:
    made = decide(one, policy, NOW)
    assert len(made.hosts) + len(made.excluded) == len(one.hosts)
    for planned in made.hosts:
        if planned.host.outside_of_clusters:
            assert planned.verdict.steps in ((), RENEWAL[:2], RENEWAL[1:2])
            assert planned.steps in ((), planned.verdict.steps)
        else:
            assert planned.verdict.steps in ((), RENEWAL, RENEWAL[1:], RENEWAL[2:])
            assert planned.steps in ((), planned.verdict.steps, RENEWAL[2:])
        if not planned.verdict.steps:
            assert planned.steps == ()
        for step in set(planned.verdict.steps) - set(planned.steps):
            # A blocked step takes those with it that stand on it.
            assert any(set(blocker.steps) & set(planned.verdict.steps) for blocker in planned.blockers), step
        for blocker in planned.blockers:
            assert blocker.message
            assert blocker.remedy.endswith(".")
            assert len(set(blocker.steps)) == len(blocker.steps)
        assert len(set(planned.blockers)) == len(planned.blockers)


@fewer
@given(EITHER, PROTECTED)
def test_batches_hold_each_host_with_steps_once_the_canary_first(one: Estate, policy: Policy) -> None:
    made = decide(one, policy, NOW)
    todo = [planned.host.name for planned in made.hosts if planned.steps]
    assert sorted(name for batch in made.batches for name in batch) == sorted(todo)
    assert made.something_to_do == bool(todo or made.orphan_steps)
    assert all(made.batches)
    if policy.canary and todo:
        # With a canary go those of its cluster that must be back before it.
        first = [planned for planned in made.hosts if planned.host.name in made.batches[0]]
        returning = [planned for planned in first if planned.goes_away and not planned.host.connected]
        assert len(first) - len(returning) <= min(policy.canary, len(todo)) <= len(first)
    for batch in made.batches[1 if policy.canary else 0 :]:
        assert len(batch) <= policy.batch


@fewer
@given(EITHER, POLICIES | PROTECTED.map(lambda policy: replace(policy, protection=None)))
def test_nothing_is_done_where_nothing_may_start(one: Estate, policy: Policy) -> None:
    made = decide(one, policy, NOW)
    if not made.allowed:
        assert made.blockers
        assert not made.something_to_do
    if policy.protection is None:
        assert not made.something_to_do


@given(estates(calm=True), PROTECTED, st.sampled_from(["vmca", "vmca", "custom", "thumbprint", None]))
def test_no_certificate_is_issued_outside_of_mode_vmca_or_over_another_cas(
    one: Estate, policy: Policy, mode: Optional[str]
) -> None:
    one = replace(one, vcenter=replace(one.vcenter, certificate_settings=replace(SETTINGS, mode=mode)))
    for planned in decide(one, policy, NOW).hosts:
        if "reconnect" in planned.steps:
            assert mode == "vmca"
            assert planned.host.issuer != "other"
        if "renew" in planned.steps:
            assert planned.host.connected
            assert not planned.host.in_maintenance_mode


@fewer
@given(estates(), POLICIES, DAYS.filter(lambda days: days > 60.001))
def test_a_healthy_host_gets_no_step_in_any_estate(one: Estate, policy: Policy, ends: float) -> None:
    healthy = host("healthy.example.org", ends=ends)
    policy = replace(policy, renew_before_days=min(policy.renew_before_days, 60.0))
    made = decide(replace(one, hosts=(*one.hosts, healthy)), policy, NOW)
    assert [planned.steps for planned in made.hosts if planned.host == healthy] in ([()], [])


@given(estates(calm=True), PROTECTED)
def test_the_plan_of_what_the_plan_left_is_empty(one: Estate, policy: Policy) -> None:
    made = decide(one, policy, NOW)
    event("something to do" if made.something_to_do else "nothing to do")
    # At the same time: later another host's certificate may have come near its end.
    again = decide(applied(made, one), policy, NOW)
    assert again.batches == ()
    assert not again.something_to_do
    # What was blocked still is, and nobody is forgotten.
    blocked = {planned.host.name for planned in made.hosts if planned.blockers and not planned.steps}
    assert blocked <= {planned.host.name for planned in again.hosts if planned.blockers}


@fewer
@given(estates(calm=True), PROTECTED)
def test_a_host_that_took_all_its_steps_is_verified(one: Estate, policy: Policy) -> None:
    made = decide(one, policy, NOW)
    whole = [planned.host.name for planned in made.hosts if planned.steps in (RENEWAL, RENEWAL[:2])]
    for answer in verify(applied(made, one), whole, NOW):
        assert answer["problems"] == []


def applied(made: Plan, one: Estate) -> Estate:
    """The estate as it is after all that the plan says was done."""
    steps = {planned.host.name: planned.steps for planned in made.hosts}
    hosts = tuple(_stepped(host, steps.get(host.name, ()), made.policy) for host in one.hosts)
    return replace(one, hosts=hosts, orphans=() if made.orphan_steps else one.orphans)


def _stepped(one: EsxiHost, steps: tuple[str, ...], policy: Policy) -> EsxiHost:
    if "renew" in steps or steps[:1] == ("reconnect",):
        # Both ways end with a certificate that VMCA has just issued, which lasts longer than the policy looks ahead.
        one = replace(one, certificate=certificate(policy.renew_before_days + 365, starts=-1), issuer="vmca")
    if "reconnect" in steps:
        own = one.certificate
        one = replace(
            one,
            connection_state="connected",
            served=Served(certificate=own, trusted=True, trusted_by=BASIS_RECORD, root=ROOT.sha256_fingerprint),
        )
    if "reregister" in steps:
        own = evident_certificate(one)
        assert own is not None
        one = replace(
            one,
            provider=Provider("new", "IOFILTER Provider", "https://x:9080/version.xml", "online", None, own, own.expires_at),
            duplicate_providers=(),
            served=Served(certificate=own, trusted=True, trusted_by=BASIS_RECORD, root=ROOT.sha256_fingerprint),
        )
    return one


@fewer
@given(estates(), POLICIES)
def test_the_plan_of_facts_is_the_plan_of_the_estate(one: Estate, policy: Policy) -> None:
    read = Estate.from_facts(json.loads(json.dumps(one.to_facts())))
    assert decide(read, Policy.from_options(policy.to_facts()), NOW).to_facts() == decide(one, policy, NOW).to_facts()


ODD_VALUES: st.SearchStrategy[Any] = st.sampled_from(
    [None, "", "odd", 0, -1, 10**30, 1.5, float("nan"), float("inf"), True, [], {}, [None], {"a": 1}, [[]], [{}], "2026-03-01"]
)


def _places(facts: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in facts."""
    inner = facts.items() if isinstance(facts, dict) else enumerate(facts) if isinstance(facts, list) else ()
    return [place for key, value in inner for place in ((*path, key), *_places(value, (*path, key)))]


@fewer
@given(estates(), POLICIES, st.data())
def test_broken_facts_are_a_plan_or_an_input_error(one: Estate, policy: Policy, data: st.DataObject) -> None:
    facts = copy.deepcopy(one.to_facts())
    for _change in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_places(facts)))
        place: Any = facts
        for part in path[:-1]:
            place = place[part]
        if data.draw(st.booleans()):
            place[path[-1]] = copy.deepcopy(data.draw(ODD_VALUES))
        else:
            del place[path[-1]]
    try:
        read = Estate.from_facts(facts)
    except InputError:
        event("refused")
        return
    event("read")
    made = decide(read, policy, NOW).to_facts()
    report = build(made, results=[], verified=[], after=None, check_mode=True, failure=None)
    assert lines(report)


@given(CERTIFICATES, MOMENTS)
def test_a_certificate_is_never_sound_and_expired(one: Certificate, now: datetime) -> None:
    assert not (one.sound_at(now) and one.expired_at(now))
    assert one.days_left(now) <= 0 if one.expired_at(now) else one.days_left(now) >= 0
    assert Certificate.from_facts(one.to_facts(now)) == one
