# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bring providers back: unregister what is stale, have SMS register it again, and wait until it is online and agrees."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Optional, Sequence

from .._deciding.blocker import distrust_blocker
from .._deciding.provider_checks import NEEDED, first, has_only_expired, known_of, provider_certificate
from .._deciding.rules import REREGISTER, evident_certificate
from .._estate.estate import EsxiHost, Served
from .._estate.sms_trust import SmsTrust
from .._estate.step_result import UNCHANGED, StepResult
from .._stepping.castores import Castores, with_sms_trust
from .._stepping.endpoints import probe_all, with_served
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import asleep, failed
from .._storage import provider_messages
from .._storage.by_registering import Credentials, by_registering
from .._storage.by_restarting import Restart, by_restarting
from .._storage.judge import Judge, asleep_now
from .._storage.others import OthersOutcome
from .._storage.provider_work import Work, predicted, shown
from .._storage.rungs import Patience
from .._timing.waiting import Deadline
from .observe import Findings

# No provider is waited for before the next way is tried.
AT_ONCE = Patience()
OUTSIDE_OF_CLUSTERS = "it stands in no cluster: vCenter would register no provider for it"


@dataclass
class Outcome:
    """Results of the hosts, in their order, and whether SPS was restarted; None in check mode, since a gentler way may do.

    sps_restart_possible: whether there were providers for which it may have had to be, or may have to be. others: what that left of the providers of
    others; None where it was not restarted.
    """

    results: list[StepResult]
    sps_restarted: Optional[bool] = False
    sps_restart_possible: bool = False
    others: Optional[OthersOutcome] = None


def reregister(
    vsphere: VSphere,
    findings: Findings,
    *,
    method: str,
    only_if_needed: bool,
    pending_renewal: Sequence[str],
    credentials: Optional[Credentials],
    concurrency: int,
    timeout_seconds: float,
    check_mode: bool,
    in_thumbprint_mode: bool = False,
    pending_trust_repair: Sequence[str] = (),
    patience: Patience = AT_ONCE,
    tell: Tell = silent,
) -> Outcome:
    """Bring back the providers of the estate's hosts, those that need it or all of them.

    pending_renewal: hosts whose certificate an earlier step of the same run in check mode would have replaced; their
    endpoints cannot be judged yet. in_thumbprint_mode: whether to go on in certificate mode thumbprint. pending_trust_repair: hosts whose list
    of trusted CAs such a step would have completed. patience: how long each way of bringing them back is tried. Raises CertopsError where nothing
    was begun.
    """
    deadline = Deadline(timeout_seconds, vsphere.clock)
    hosts = findings.estate.hosts
    findings.require_providers()
    pending = frozenset(pending_renewal)
    results: dict[str, StepResult] = {}
    due: list[tuple[EsxiHost, str]] = []
    for host in _with_certificates(vsphere, findings):
        if host.outside_of_clusters:
            results[host.moid] = _left(host, OUTSIDE_OF_CLUSTERS, vsphere.clock.now())
            continue
        reason = _need(host, pending, vsphere.clock.now())
        if reason is None and only_if_needed:
            results[host.moid] = _left(host, "its provider is online and remembers its certificate", vsphere.clock.now())
        else:
            due.append((host, reason or "asked for, though its provider is online and remembers its certificate"))
    judge = Judge(vsphere, findings.estate, in_thumbprint_mode, _strangers(findings))
    work = _admit(vsphere, findings, due, pending, results, judge, frozenset(pending_trust_repair))
    possible = bool(work) and method == "sps_restart"
    if check_mode:
        for one in work:
            results[one.host.moid] = predicted(one, one.host.name in pending, vsphere.clock.now())
        return Outcome([results[host.moid] for host in hosts], None, possible)
    restart = Restart()
    if work and method == "register":
        if credentials is None:
            raise provider_messages.PROVIDER_ACCOUNT_MISSING()
        by_registering(vsphere, work, results, credentials, deadline, tell, judge)
    elif work:
        restart = by_restarting(vsphere, work, results, concurrency, patience, deadline, tell, judge)
    return Outcome([results[host.moid] for host in hosts], restart.made, possible, restart.others)


def _strangers(findings: Findings) -> frozenset[str]:
    """The ids of provider objects that belong to none of these hosts."""
    own = {
        provider.provider_uid
        for host in findings.estate.hosts
        if host.provider is not None
        for provider in (host.provider, *host.duplicate_providers)
    }
    return frozenset(one.moid for uid, one in findings.providers.items() if uid not in own)


def _with_certificates(vsphere: VSphere, findings: Findings) -> list[EsxiHost]:
    """The hosts; with what its port 9080 serves where vCenter shows no certificate of one, as the plan goes by that then, and where the
    provider may have a certificate of its own."""
    roots, now = findings.estate.vcenter.trusted_roots, vsphere.clock.now()
    bare = [
        host
        for host in findings.estate.hosts
        if host.served is None and (host.certificate is None or host.own_provider_certificate is not False)
    ]
    looked_at = {host.moid: host for host in with_served(vsphere.endpoints, bare, roots, now)}
    return [looked_at.get(host.moid, host) for host in findings.estate.hosts]


def _need(host: EsxiHost, pending: frozenset[str], now: datetime) -> Optional[str]:
    """Why a host's provider needs to be registered anew; None where it does not."""
    if host.provider is not None and host.name in pending and provider_certificate(host) is None:
        return "its certificate is renewed before"
    certificate = evident_certificate(host)
    if certificate is None:
        return None if host.provider is not None and host.provider.online is True else "its certificate cannot be read"
    found = first(NEEDED, known_of(host, certificate, now))
    return None if found is None else found.sentence


def _left(host: EsxiHost, reason: str, now: datetime) -> StepResult:
    """The result of a host whose provider is left as it is."""
    provider = shown(host.provider, now)
    return StepResult(host.name, REREGISTER, UNCHANGED, reason, before=provider, after=provider)


def _admit(
    vsphere: VSphere,
    findings: Findings,
    due: Sequence[tuple[EsxiHost, str]],
    pending: frozenset[str],
    results: dict[str, StepResult],
    judge: Judge,
    repaired: frozenset[str],
) -> list[Work]:
    """Those whose provider can be registered again. The others are refused, and nothing of theirs is unregistered."""
    served = probe_all(
        vsphere.endpoints, [host for host, _reason in due], findings.estate.vcenter.trusted_roots, vsphere.clock.now()
    )
    trust = _sms_trust(
        vsphere, findings, [(host, one) for (host, _reason), one in zip(due, served, strict=True)], pending | repaired
    )
    work = []
    for (host, reason), endpoint in zip(due, served, strict=True):
        registered = [
            findings.providers[provider.provider_uid]
            for provider in ((host.provider, *host.duplicate_providers) if host.provider else ())
        ]
        if host.asleep:
            results[host.moid] = asleep(host, REREGISTER)
            continue
        judged = None if host.name in pending or has_only_expired(endpoint, vsphere.clock.now()) else endpoint
        error = judge.refusal(host, judged)
        distrust = distrust_blocker(replace(host, sms_trust=trust.get(host.moid)))
        if error is None and distrust is not None:
            error = provider_messages.PROVIDER_BLOCKED(
                esxi_host=host.name, blocker=distrust.message, blocker_remedy=distrust.remedy
            )
        if error is None:
            work.append(Work(host, reason, endpoint, registered))
        else:
            told = asleep_now(vsphere, host) or error
            results[host.moid] = failed(host, REREGISTER, told, reason=reason, before=shown(host.provider, vsphere.clock.now()))
    return work


def _sms_trust(
    vsphere: VSphere, findings: Findings, seen: Sequence[tuple[EsxiHost, Served]], not_yet: frozenset[str]
) -> dict[str, SmsTrust]:
    """By their ids those hosts whose providers are not online for no reason that is seen, with whether they trust SMS: no registration helps who does
    not. not_yet: of whom it cannot be said yet."""
    hosts = [replace(host, served=served) for host, served in seen if host.name not in not_yet]
    castores = Castores(vsphere, findings.estate.vcenter, findings.healthy)
    looked_at = with_sms_trust(castores, hosts, vsphere.clock.now())
    return {host.moid: host.sms_trust for host in looked_at if host.sms_trust is not None}
