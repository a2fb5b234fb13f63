# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan: from what was observed, the policy and the time, to the steps of each host, in order, with reasons.

Pure: nothing is read, asked or changed here, and the clock is an argument.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Callable, Collection, Hashable, Mapping, Optional, Sequence

from .._certificates.signature import SHA1
from .._common import notice, times
from .._common.names import natural
from .._estate.certificate_views import side_by_side
from .._estate.cluster import MASTER, SETTLING, WELL, Cluster
from .._estate.estate import MODE_VMCA, Estate, EsxiHost
from .._estate.ha_note import monitoring_in
from .._estate.provider import Provider
from .._vcenter.own_certificates import OwnCertificate, own_certificates, warnings_of
from .._vcenter.setup import setup_of_host, setup_of_vcenter
from .availability import DISTURBING, RETURNING, Witnesses, cluster_of, crowded, interleave
from .blocker import (
    SSH_REMEDY,
    Blocker,
    crowded_blocker,
    differs_blocker,
    host_blockers,
    lacking_notes,
    not_protected,
    parted_blocker,
    ssh_blocker,
    unreadable_blocker,
    vcenter_blockers,
)
from .method import Way, choose, ssh_name
from .policy import HA_SUSPEND, METHOD_CLI, PROTECTION_NONE, VSAN_REQUIRE, Policy
from .rules import (
    ASLEEP,
    RECONNECT,
    RECONNECT_PINNED,
    REMOVE_ORPHAN,
    RENEW,
    RENEW_CLI,
    RENEW_CUSTOM_CA,
    REPAIR_TRUST,
    REREGISTER,
    Verdict,
    evident_certificate,
    judge,
    judge_provider,
    not_seen,
    why_unknown,
    with_repair,
)
from .scope import scope
from .turn import RENEWING, Member, Turn, planned_turns

SCHEMA_VERSION = 1
UNLOCKED = "lockdownDisabled"
COUNTED = (RENEW_CLI, RECONNECT_PINNED, RENEW, RENEW_CUSTOM_CA, RECONNECT, REPAIR_TRUST, REREGISTER)


@dataclass(frozen=True)
class HostPlan:
    """What is to be done for one host: steps are taken, due steps that are not among them are blocked."""

    host: EsxiHost
    verdict: Verdict
    steps: tuple[str, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()
    way: Optional[Way] = None
    ssh_host: Optional[str] = None
    # Why it cannot be said that all is well with it, though nothing is to be done; None where that was seen.
    unknown: Optional[str] = None
    # Whether its own CLI may not step in: host monitoring of its cluster is off only while vCenter works on it.
    without_fallback: bool = False

    @property
    def by_cli(self) -> bool:
        """Whether the host's own CLI makes the certificate."""
        return RENEW_CLI in self.steps

    @property
    def goes_away(self) -> bool:
        """Whether vCenter loses the host for a moment, or has lost it and takes it back."""
        return bool(RETURNING & set(self.steps))

    @property
    def is_master(self) -> bool:
        """Whether it is the master of its cluster's HA, and goes away."""
        return self.host.ha_state == MASTER and self.goes_away

    @property
    def fallback(self) -> bool:
        """Whether the host's own CLI may renew it where vCenter refuses."""
        return bool(self.way and self.way.fallback and self.steps) and not self.without_fallback

    def to_facts(self, now: datetime) -> dict[str, Any]:
        """The host's plan as the plan shows it."""
        certificate = evident_certificate(self.host)
        provider, client = self.host.provider, self.host.client_certificate
        return {
            "esxi_host": self.host.name,
            "moid": self.host.moid,
            "cluster": self.host.cluster,
            "datacenter": self.host.datacenter,
            "version": self.host.version,
            "connection_state": self.host.connection_state,
            "ha_state": self.host.ha_state,
            "expires_at": times.to_text(certificate.expires_at) if certificate else None,
            "days_left": certificate.days_left(now) if certificate else None,
            "certificates": side_by_side(self.host.to_facts(now)),
            "provider_uid": provider.provider_uid if provider else None,
            "provider_status": provider.status if provider else None,
            "provider_unavailable": self.host.provider_unavailable,
            "client_certificate": client.to_facts(now) if client else None,
            "rule": self.verdict.rule,
            "reason": self.verdict.reason,
            "unknown": self.unknown,
            "due": list(self.verdict.steps),
            "steps": list(self.steps),
            "method": self.way.method if self.way else None,
            "ssh_host": self.ssh_host,
            "cli_fallback": self.fallback,
            "blockers": [blocker.to_facts() for blocker in self.blockers],
            "warnings": list(self.warnings),
            "alarms": [alarm.to_facts() for alarm in self.host.alarms],
            "setup": setup_of_host(self.host),
        }


@dataclass(frozen=True)
class Plan:
    """The plan of one vCenter."""

    vcenter: str
    decided_at: datetime
    policy: Policy
    allowed: bool
    hosts: tuple[HostPlan, ...] = ()
    batches: tuple[tuple[str, ...], ...] = ()
    blockers: tuple[Blocker, ...] = ()
    warnings: tuple[str, ...] = ()
    orphans: tuple[Provider, ...] = ()
    orphan_steps: tuple[str, ...] = ()
    left_behind: tuple[tuple[EsxiHost, Provider], ...] = ()
    excluded: tuple[tuple[str, str], ...] = field(default=())
    away: tuple[EsxiHost, ...] = ()
    names: dict[str, Any] = field(default_factory=dict)
    clusters: tuple[Cluster, ...] = ()
    # Whether the account's groups let it restart SPS; None where they were not told.
    may_restart_sps: Optional[bool] = None
    own_certificates: tuple[OwnCertificate, ...] = ()
    certificate_mode: Optional[str] = None
    # The SHA-256 fingerprint of VMCA's root; None where it could not be told.
    vmca_root: Optional[str] = None
    setup: dict[str, Any] = field(default_factory=dict)

    @property
    def something_to_do(self) -> bool:
        """Whether any step would be taken."""
        return bool(self.batches) or bool(self.orphans and self.orphan_steps) or bool(self.left_off)

    @property
    def left_off(self) -> tuple[Cluster, ...]:
        """The clusters whose host monitoring an earlier run left switched off: this one sets it to what it was before anything else."""
        return tuple(cluster for cluster in self.clusters if cluster.left_off)

    def _cluster_facts(self, cluster: Cluster) -> dict[str, Any]:
        hosts = [one.host.name for one in self.hosts if one.host.cluster_moid == cluster.moid and DISTURBING & set(one.steps)]
        suspended = bool(hosts) and self.policy.ha == HA_SUSPEND and cluster.monitored_in_a_run
        return {**cluster.to_facts(), "esxi_hosts": hosts, "to_be_suspended": suspended, "to_be_restored": cluster.left_off}

    @property
    def turns(self) -> tuple[Turn, ...]:
        """In which order which hosts take which step."""
        return planned_turns(
            (Member(one.host.name, one.steps, one.host.connected, one.fallback) for one in self.hosts if one.steps),
            self.batches,
            canary=self.policy.canary > 0,
            max_failures=self.policy.max_failures,
            orphans=bool(self.orphans and self.orphan_steps),
        )

    def to_facts(self) -> dict[str, Any]:
        """The plan as the filter returns it."""
        hosts = [host.to_facts(self.decided_at) for host in self.hosts]
        turns = self.turns
        return {
            "schema_version": SCHEMA_VERSION,
            "vcenter": self.vcenter,
            "decided_at": times.to_text(self.decided_at),
            "policy": self.policy.to_facts(),
            "allowed": self.allowed,
            "something_to_do": self.something_to_do,
            "blockers": [blocker.to_facts() for blocker in self.blockers],
            "warnings": list(self.warnings),
            "hosts": hosts,
            "batches": [list(batch) for batch in self.batches],
            "turns": [turn.to_facts() for turn in turns],
            "orphans": [
                {
                    "provider_uid": provider.provider_uid,
                    "name": provider.name,
                    "url": provider.url,
                    "status": provider.status,
                    "steps": list(self.orphan_steps),
                }
                for provider in self.orphans
            ],
            # Providers of hosts that stand in no cluster: vCenter would not register them again.
            "left_behind": [
                {
                    "esxi_host": host.name,
                    "provider_uid": provider.provider_uid,
                    "name": provider.name,
                    "url": provider.url,
                    "status": provider.status,
                }
                for host, provider in self.left_behind
            ],
            "clusters": [self._cluster_facts(cluster) for cluster in self.clusters],
            "excluded": [{"esxi_host": name, "reason": reason} for name, reason in self.excluded],
            "names": self.names,
            "may_restart_sps": self.may_restart_sps,
            "certificate_mode": self.certificate_mode,
            # Of vCenter itself.
            "vcenter_certificates": [one.to_facts(self.decided_at) for one in self.own_certificates],
            "vmca_root": self.vmca_root,
            "setup": self.setup,
            # Who is away from vCenter whether this run touches it or not: what has to be reckoned with when others are to go.
            "away": [
                {
                    "esxi_host": host.name,
                    "moid": host.moid,
                    "datacenter": host.datacenter,
                    "cluster": host.cluster,
                    "connection_state": host.connection_state,
                }
                for host in self.away
            ],
            "counts": {
                "hosts": len(hosts),
                "turns": len(turns),
                "due": sum(1 for host in hosts if host["due"]),
                "to_do": sum(1 for host in hosts if host["steps"]),
                "blocked": sum(1 for host in hosts if host["blockers"]),
                "unknown": sum(1 for host in hosts if host["unknown"]),
                "excluded": len(self.excluded),
                "orphans": len(self.orphans),
                "left_behind": len(self.left_behind),
                "by_rule": dict(sorted(Counter(host["rule"] for host in hosts).items())),
                "by_step": {step: sum(1 for host in hosts if step in host["steps"]) for step in COUNTED},
            },
        }


def decide(estate: Estate, policy: Policy, now: datetime, differing: Optional[Mapping[str, str]] = None) -> Plan:
    """Make the plan. Never raises: what cannot be decided is a blocker or a warning. differing: by name whom an approved plan has otherwise, and why."""
    differs = {name: differs_blocker(name, why) for name, why in (differing or {}).items()}

    def against(host: EsxiHost) -> list[Blocker]:
        return [*general, *([differs[host.name]] if host.name in differs else [])]

    estate = estate.with_unavailable_providers()
    touched = scope(estate.hosts, policy)
    estate, chosen = replace(estate, hosts=touched.hosts), touched.chosen
    general = vcenter_blockers(estate, policy, now)
    away = tuple(host for host in estate.hosts if host.lost)
    planned = [_plan_host(host, estate, policy, now, against(host)) for host in chosen]
    witnesses = Witnesses.of(estate.clusters)
    planned = _with_room(
        planned, away, policy, witnesses, lambda host, more: _plan_host(host, estate, policy, now, [*against(host), more])
    )
    orphans = tuple(estate.orphans)
    due_orphans = bool(orphans) and policy.remove_orphans
    # What would be done if nothing spoke against the vCenter as a whole: only that makes a blocker of it worth telling.
    hopeful = {step for host in chosen for step in _plan_host(host, estate, policy, now, ()).steps}
    if due_orphans:
        hopeful.add(REMOVE_ORPHAN)
    relevant = tuple(blocker for blocker in general if _touched(blocker, hopeful))
    orphans_blocked = any(REMOVE_ORPHAN in blocker.steps for blocker in general)
    orphan_steps = (REMOVE_ORPHAN,) if due_orphans and not orphans_blocked else ()
    batches = _batches(planned, away, policy, witnesses)
    own = own_certificates(estate)
    root = estate.vcenter.vmca_root
    return Plan(
        vcenter=estate.vcenter.hostname,
        decided_at=now,
        policy=policy,
        # A vCenter-wide blocker leaves the hosts alone that it does not touch; where it leaves nothing, nothing may start.
        allowed=not relevant or bool(batches) or bool(orphan_steps),
        clusters=estate.clusters,
        hosts=tuple(sorted(planned, key=_worst_first)),
        batches=batches,
        blockers=relevant,
        own_certificates=own,
        certificate_mode=estate.vcenter.certificate_mode,
        warnings=(
            *warnings_of(own, policy.renew_before_days, estate.vcenter.hostname, now),
            *_ha_warnings(estate, planned, policy),
            *_warnings(estate, chosen, touched.unknown, policy),
        ),
        orphans=orphans,
        orphan_steps=orphan_steps,
        left_behind=tuple(
            (host, provider)
            for host in chosen
            if host.outside_of_clusters
            for provider in (host.provider, *host.duplicate_providers)
            if provider
        ),
        excluded=touched.excluded,
        away=away,
        names=touched.to_facts(),
        may_restart_sps=estate.vcenter.may_restart_sps,
        vmca_root=root.sha256_fingerprint if root else None,
        setup=setup_of_vcenter(estate.vcenter),
    )


def foretell(estate: Estate, policy: Policy, now: datetime, differing: Optional[Mapping[str, str]] = None) -> Plan:
    """The plan of check mode: also where nobody has said how vCenter is protected it has what would be done, beside that a run is refused."""
    if policy.protection is not None:
        return decide(estate, policy, now, differing)
    made = decide(estate, replace(policy, protection=PROTECTION_NONE), now, differing)
    refused = (not_protected(made.vcenter), *made.blockers) if made.something_to_do else made.blockers
    return replace(made, policy=policy, blockers=refused)


def _plan_host(host: EsxiHost, estate: Estate, policy: Policy, now: datetime, general: Sequence[Blocker]) -> HostPlan:
    read = estate.provider_read(host)
    verdict = judge(host, policy, now, providers_read=read, mode=estate.vcenter.certificate_mode)
    unreadable = unreadable_blocker(host, verdict.rule)
    unknown = why_unknown(host, verdict)
    missing = not_seen(host, verdict)
    if missing is not None:
        verdict = replace(verdict, reason=f"{verdict.reason}, as far as was seen: {missing}")
    if unreadable is not None:
        return HostPlan(host, verdict, blockers=(unreadable,), unknown=unknown)
    way = choose(host, verdict, estate, policy)
    if way is not None:
        verdict = replace(verdict, steps=way.steps)
    verdict = _with_repair(host, verdict, policy)
    warnings = _host_warnings(host, verdict, now)
    steps, blockers = _allowed_steps(host, verdict, estate, policy, now, general)
    if way is not None and way.method == METHOD_CLI and host.lockdown_mode not in (None, UNLOCKED):
        warnings += (notice.LOCKDOWN.of(esxi_host=host.name, mode=host.lockdown_mode),)
    if way is not None and way.missing is not None:
        steps, blockers, more = _without_ssh(host, way, steps, blockers)
        warnings += more
    if RENEWING & set(verdict.steps) and not steps:
        # Without a new certificate its provider may still need what it would have needed anyway.
        certificate = evident_certificate(host)
        if certificate is not None and certificate.sound_at(now):
            fallback = _with_repair(host, judge_provider(host, certificate, policy, now, providers_read=read), policy)
            steps, more_blockers = _allowed_steps(host, fallback, estate, policy, now, general)
            blockers += [blocker for blocker in more_blockers if blocker not in blockers]
            if steps:
                verdict = replace(verdict, reason=f"{verdict.reason}; and {fallback.reason}")
    return HostPlan(
        host,
        verdict,
        steps=steps,
        blockers=tuple(blockers),
        warnings=warnings,
        way=way,
        ssh_host=ssh_name(host, policy),
        # What is to be done is proven when it is done.
        unknown=None if steps else unknown,
        without_fallback=_guarded_through_vcenter(host, estate, policy),
    )


def _with_repair(host: EsxiHost, verdict: Verdict, policy: Policy) -> Verdict:
    return replace(verdict, steps=with_repair(host, verdict.steps)) if policy.repair_host_trust else verdict


def _guarded_through_vcenter(host: EsxiHost, estate: Estate, policy: Policy) -> bool:
    """Whether its cluster is looked after while it is worked on, which nobody does where its own CLI steps in."""
    cluster = estate.cluster_of(host)
    if cluster is None:
        return False
    suspended = policy.ha == HA_SUSPEND and cluster.monitored_in_a_run
    return suspended or (policy.vsan == VSAN_REQUIRE and bool(cluster.vsan_enabled))


def _without_ssh(
    host: EsxiHost, way: Way, steps: tuple[str, ...], blockers: list[Blocker]
) -> tuple[tuple[str, ...], list[Blocker], tuple[str, ...]]:
    """What becomes of a host that its own CLI should renew, and that nobody configured SSH to: the plan says what is missing."""
    if way.method == METHOD_CLI:
        return (), [ssh_blocker(host, str(way.missing)), *blockers], ()
    remedy = SSH_REMEDY.format(host=host.name)
    if steps:
        told = notice.NO_OTHER_WAY.of(reason=way.reason, esxi_host=host.name, missing=way.missing, remedy=remedy)
        return steps, blockers, (told,)
    hint = f"Or let the host's own CLI renew it: {way.missing}. {remedy}"
    with_hint = [replace(one, remedy=f"{one.remedy} {hint}") if set(one.steps) & {RENEW, RECONNECT} else one for one in blockers]
    return steps, with_hint, ()


def _allowed_steps(
    host: EsxiHost, verdict: Verdict, estate: Estate, policy: Policy, now: datetime, general: Sequence[Blocker]
) -> tuple[tuple[str, ...], list[Blocker]]:
    """The steps that may be taken, and what blocks the others.

    The later steps of a sequence stand on the earlier ones: they end where the first is blocked.
    """
    wanted = verdict.steps
    if wanted[:1] == (RECONNECT,):
        # vCenter issues the certificate while it reconnects: a blocker of renewing blocks it as well.
        general = [replace(item, steps=(RENEW, RECONNECT)) if item.steps == (RENEW,) else item for item in general]
    own = host_blockers(host, estate, policy, wanted, now)
    blockers = own + [blocker for blocker in general if set(blocker.steps) & set(wanted)]
    blocked = {step for blocker in blockers for step in blocker.steps}
    steps: list[str] = []
    for step in wanted:
        if step in blocked:
            break
        steps.append(step)
    # Renewed and not re-registered, or renewed and not reconnected, is worse than not started.
    if len(steps) < len(wanted):
        steps = []
    return tuple(steps), blockers


def _touched(blocker: Blocker, steps: set[str]) -> bool:
    """Whether a blocker stops one of these steps. A reconnect without a renew issues too, as in _allowed_steps."""
    return bool(set(blocker.steps) & steps) or (RENEW in blocker.steps and RECONNECT in steps)


def _with_room(
    planned: Sequence[HostPlan],
    away: Sequence[EsxiHost],
    policy: Policy,
    witnesses: Witnesses,
    again: Callable[[EsxiHost, Blocker], HostPlan],
) -> list[HostPlan]:
    """The plans, with those made again of hosts whose cluster is short of others that this run does not bring back, its witness among them."""
    going = [plan.host for plan in planned if plan.goes_away]
    returning = {host.name for host in going}
    staying_away = [host for host in away if host.name not in returning]
    full = crowded(going, staying_away, policy.per_cluster)
    parted = witnesses.parted(going, staying_away)
    more = {host.name: parted_blocker(host, parted[host.name]) for host in going if host.name in parted}
    more |= {host.name: crowded_blocker(host, full[host.name], policy.per_cluster) for host in going if host.name in full}
    return [again(plan.host, more[plan.host.name]) if plan.host.name in more else plan for plan in planned]


def _batches(
    planned: Sequence[HostPlan], away: Sequence[EsxiHost], policy: Policy, witnesses: Witnesses
) -> tuple[tuple[str, ...], ...]:
    """The canary first, then batches. The canary takes every kind of step that a connected host can need.

    In a batch the clusters take turns, so that each gets on at the same time as the others. A cluster that is short of hosts comes
    after those that are not, and in it those first that are to be brought back.
    """
    going = [plan for plan in planned if plan.goes_away]
    # Those that may go when others are back, and the clusters that they stand in.
    hosts = [plan.host for plan in going]
    later = {**crowded(hosts, away, policy.per_cluster), **witnesses.parted(hosts, away)}
    short = {cluster_of(plan.host) for plan in going if plan.host.name in later}
    canaries = _canaries([plan for plan in planned if plan.steps], short, policy.canary)
    rest = sorted(
        (plan for plan in going if plan not in canaries),
        # The master of HA last in its cluster: its renewal has all others elect another.
        key=lambda plan: (plan.host.name in later, plan.is_master, plan.by_cli, -len(plan.steps), *_worst_first(plan)),
    )
    in_turn = [
        *interleave([plan for plan in rest if cluster_of(plan.host) not in short], _cluster),
        *interleave([plan for plan in rest if cluster_of(plan.host) in short], _cluster),
        *sorted((plan for plan in planned if plan.steps and not plan.goes_away and plan not in canaries), key=_worst_first),
    ]
    batches = [canaries] if canaries else []
    batches += [in_turn[start : start + policy.batch] for start in range(0, len(in_turn), policy.batch)]
    return tuple(tuple(plan.host.name for plan in batch) for batch in batches)


def _canaries(todo: Sequence[HostPlan], short: Collection[Hashable], count: int) -> list[HostPlan]:
    """So many hosts that go before all others, each of another cluster where there is a choice; and, where their cluster is short of
    hosts, those of it that are to be brought back before."""

    def fitness(plan: HostPlan) -> tuple[Any, ...]:
        # A host that vCenter can't renew is no measure for the others.
        return (not plan.goes_away, plan.by_cli, cluster_of(plan.host) in short, plan.is_master, -len(plan.steps))

    ordered = sorted(todo, key=lambda plan: (*fitness(plan), *_worst_first(plan)))
    chosen = [plan for _fitness, alike in groupby(ordered, key=fitness) for plan in interleave(alike, _cluster)][:count]
    places = {cluster_of(plan.host) for plan in chosen if plan.goes_away} & set(short)
    before = [
        plan
        for plan in ordered
        if plan not in chosen and cluster_of(plan.host) in places and plan.goes_away and not plan.host.connected
    ]
    return [*before, *chosen]


def _cluster(plan: HostPlan) -> Hashable:
    return cluster_of(plan.host)


def _worst_first(plan: HostPlan) -> tuple[Any, ...]:
    certificate = evident_certificate(plan.host)
    ends = certificate.expires_at.timestamp() if certificate else float("-inf")
    return (not (plan.verdict.steps or plan.blockers), ends, *natural(plan.host.name))


def _host_warnings(host: EsxiHost, verdict: Verdict, now: datetime) -> tuple[str, ...]:
    warnings = []
    client = host.client_certificate
    if client is not None and client.ends_soon(now):
        how = f"{'expired' if client.expires_at <= now else 'ends'} on {client.expires_at:%Y-%m-%d}"
        warnings.append(notice.CLIENT_CERTIFICATE_ENDS.of(esxi_host=host.name, how=how))
    if host.duplicate_providers and not host.outside_of_clusters:
        uids = ", ".join(provider.provider_uid for provider in host.duplicate_providers)
        warnings.append(notice.DUPLICATE_PROVIDERS.of(esxi_host=host.name, uids=uids))
    if verdict.rule == ASLEEP:
        # What does not answer because it sleeps is nothing to remark on.
        return (
            (*warnings, notice.ASLEEP.of(esxi_host=host.name, reason=verdict.reason)) if ";" in verdict.reason else tuple(warnings)
        )
    served = host.served
    if {RENEW, RENEW_CUSTOM_CA} & set(verdict.steps) and REREGISTER in verdict.steps and served is not None and served.error:
        warnings.append(notice.NO_ANSWER_YET.of(esxi_host=host.name, problem=served.error))
    certificate = evident_certificate(host)
    if certificate is not None and certificate.hash_name == SHA1:
        warnings.append(notice.SIGNED_WITH_SHA1.of(esxi_host=host.name))
    if not verdict.steps and served is not None and served.problems:
        warnings.append(notice.SERVES_ANOTHER.of(esxi_host=host.name, problems="; ".join(served.problems)))
    if host.provider is not None and host.provider.online is None:
        warnings.append(notice.STATUS_UNKNOWN.of(esxi_host=host.name, status=host.provider.status))
    return tuple(warnings)


def _ha_warnings(estate: Estate, planned: Sequence[HostPlan], policy: Policy) -> tuple[str, ...]:
    """What there is to know of vSphere HA before hosts are worked on, and what an earlier run left."""
    warnings = [
        notice.HA_LEFT_OFF.of(cluster=cluster.name, noted=cluster.noted, wanted=monitoring_in(cluster.noted or ""))
        for cluster in estate.clusters
        if cluster.left_off
    ]
    going = [plan.host for plan in planned if DISTURBING & set(plan.steps)]
    touched = {host.cluster_moid for host in going}
    clusters = [cluster for cluster in estate.clusters if cluster.moid in touched]
    monitored = [cluster.name for cluster in clusters if cluster.monitored_in_a_run]
    unknown = [cluster.name for cluster in clusters if cluster.readable and cluster.restarts_vms is None]
    if monitored:
        told = notice.HA_SUSPENDED if policy.ha == HA_SUSPEND else notice.HA_MONITORS
        warnings.append(told.of(clusters=notice.few(monitored)))
    if unknown:
        warnings.append(notice.HA_UNKNOWN.of(clusters=notice.few(unknown)))
    warnings += _vsan_warnings([cluster for cluster in clusters if cluster.vsan_enabled])
    with_ha = {cluster.moid for cluster in clusters if cluster.ha_enabled}
    ill = [
        host
        for host in going
        if host.cluster_moid in with_ha and host.connected and not host.in_maintenance_mode and host.ha_state not in WELL | SETTLING
    ]
    if ill:
        states = ", ".join(sorted({host.ha_state or "unset" for host in ill}))
        warnings.append(notice.HA_ILL.of(number=len(ill), esxi_hosts=notice.few([host.name for host in ill]), states=states))
    return tuple(warnings)


def _vsan_warnings(clusters: Sequence[Cluster]) -> list[str]:
    """What there is to know of clusters with vSAN before their hosts are worked on."""
    ill = [cluster for cluster in clusters if cluster.vsan_problem is not None]
    calm = [cluster.name for cluster in clusters if cluster not in ill]
    told = [notice.VSAN_CLUSTER.of(clusters=notice.few(calm), state="")] if calm else []
    return told + [notice.VSAN_CLUSTER.of(clusters=cluster.name, state=f"; and {cluster.vsan_problem}") for cluster in ill]


def _warnings(estate: Estate, chosen: Sequence[EsxiHost], unknown: Sequence[str], policy: Policy) -> tuple[str, ...]:
    warnings = [notice.NOT_KNOWN.of(esxi_host=name, vcenter=estate.vcenter.hostname) for name in unknown]
    silent = [host.name for host in chosen if host.connected and host.cluster is not None and host.served and host.served.error]
    if silent:
        warnings.append(notice.SILENT.of(number=len(silent), esxi_hosts=notice.few(silent)))
    # Also of those that are left alone: an earlier run may have worked on them.
    warnings += [
        notice.SSH_LEFT_ON.of(esxi_host=host.name, policy=host.ssh.policy)
        for host in estate.hosts
        if host.known_as and host.connected and host.ssh is not None and host.ssh.against_policy
    ]
    untold = [host for host in chosen if host.sms_trust is not None and host.sms_trust.trusts is None]
    if untold:
        warnings.append(
            notice.SMS_TRUST_UNKNOWN.of(
                number=len(untold), esxi_hosts=notice.few([host.name for host in untold]), reason=_first_reason(untold)
            )
        )
    warnings += _renewed_by_itself(estate, policy)
    if policy.audit:
        warnings += lacking_notes(estate, policy)
    for entry in estate.unavailable:
        warnings.append(notice.NOT_READ.of(what=entry.what, subject=entry.subject, reason=entry.reason))
    if estate.vcenter.sps_health == "DEGRADED":
        warnings.append(notice.SPS_DEGRADED.of(vcenter=estate.vcenter.hostname))
    if estate.retries:
        warnings.append(notice.REPEATED.of(calls=estate.retries, vcenter=estate.vcenter.hostname))
    return tuple(warnings)


def _renewed_by_itself(estate: Estate, policy: Policy) -> list[str]:
    """That vCenter renews certificates of hosts without anybody's doing, where it says so: nobody's window holds for that."""
    settings = estate.vcenter.certificate_settings
    days = settings.auto_renew_threshold_days if settings is not None and settings.mode == MODE_VMCA else None
    if not days or days < 0:
        return []
    first = (
        "" if days < policy.renew_before_days else f", before a run would, which does so {policy.renew_before_days:g} days before"
    )
    return [notice.RENEWS_BY_ITSELF.of(vcenter=estate.vcenter.hostname, auto_renew_days=days, first=first)]


def _first_reason(hosts: Sequence[EsxiHost]) -> str:
    return next(host.sms_trust.reason for host in hosts if host.sms_trust is not None)
