# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Renew host certificates through vCenter, and read back that they are new and sound."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Mapping, Optional

from .._certificates import trust
from .._certificates.anchor import anchor_of
from .._certificates.certificate import Certificate
from .._clusters.high_availability import HaPolicy, HighAvailability
from .._clusters.vsan import Vsan
from .._common.errors import CertopsError
from .._deciding.rules import RENEW
from .._estate.estate import ISSUER_SELF, Estate, EsxiHost
from .._estate.step_result import CHANGED, UNCHANGED, StepResult
from .._stepping import others
from .._stepping.port import VSphere
from .._stepping.progress import Tell, silent
from .._stepping.step import failed
from .._timing.repeating import retry_unless_done
from .._timing.waiting import Deadline, wait_until
from . import messages
from .due import facts, own_policy, sort_by_need

# How long vCenter may take to show the certificate after the task that installed it has ended.
READ_BACK_SECONDS = 60.0


def regenerate(
    vsphere: VSphere,
    estate: Estate,
    *,
    renew_before_days: float,
    force: bool,
    concurrency: int,
    max_failures: int,
    timeout_seconds: float,
    check_mode: bool,
    ha: Optional[HighAvailability] = None,
    vsan: Optional[Vsan] = None,
    per_cluster: int = 1,
    planned_expires_at: Optional[Mapping[str, str]] = None,
    tell: Tell = silent,
) -> list[StepResult]:
    """Renew what is due among the estate's hosts. One result a host, in their order.

    ha: of the clusters of these hosts; per_cluster: how many hosts of one with HA are renewed at the same time.
    planned_expires_at: by host when the certificate ended that the plan was made for. A host that has another is left alone.
    """
    ha = ha or HighAvailability(vsphere, (), HaPolicy(), tell)
    vsan = vsan or Vsan(vsphere, {}, 0.0)
    policy = own_policy(renew_before_days, force)
    due = sort_by_need(
        estate,
        policy,
        RENEW,
        taken_as=RENEW,
        planned_expires_at=planned_expires_at,
        predicted={"renewed": True} if check_mode else None,
    )
    return due.work_through(
        estate,
        vsan.around(RENEW, lambda host: _renew(vsphere, estate, host, due.reason(host), timeout_seconds, ha, tell)),
        concurrency=concurrency,
        max_failures=max_failures,
        aftermath=lambda host, error: failed(
            host,
            RENEW,
            error,
            reason=due.reason(host),
            before=facts(host.certificate, estate.observed_at),
            after=certificate_now(vsphere, host),
        ),
        ha=ha,
        per_cluster=per_cluster,
        tell=tell,
    )


def _renew(
    vsphere: VSphere, estate: Estate, host: EsxiHost, reason: str, timeout_seconds: float, ha: HighAvailability, tell: Tell
) -> StepResult:
    now = vsphere.clock.now()
    before = facts(host.certificate, now)
    deadline = Deadline(timeout_seconds, vsphere.clock)
    notes: tuple[str, ...] = ()
    try:
        quiet = others.wait_for_idle_host(vsphere, host, RENEW, deadline, tell, back=host.connected)
        notes = quiet.notes
        theirs = quiet.state.certificate
        if theirs is not None and host.certificate is not None and not theirs.same_as(host.certificate):
            notes += ha.settled(host, quiet.state, RENEW).notes
            return _renewed_by_others(estate, host, theirs, notes, vsphere.clock.now())
        retry_unless_done(
            vsphere.count_retry,
            lambda: vsphere.renew_certificate(host, deadline),
            lambda: _changed(vsphere, host) is not None,
            deadline,
            lambda: vsphere.nothing_runs_on(host),
        )
        after = wait_until(
            lambda: _changed(vsphere, host),
            Deadline(min(READ_BACK_SECONDS, timeout_seconds), vsphere.clock),
            late=lambda seconds: messages.NEW_CERTIFICATE_NOT_SEEN(esxi_host=host.name, seconds=seconds),
        )
    except CertopsError as error:
        return failed(host, RENEW, error, reason=reason, before=before, after=certificate_now(vsphere, host))
    problems = _unsound(estate, host, after, vsphere.clock.now())
    shown = facts(after, now)
    if problems:
        unsound = messages.NEW_CERTIFICATE_UNSOUND(esxi_host=host.name, problems="; ".join(problems))
        return failed(host, RENEW, unsound, reason=reason, before=before, after=shown)
    try:
        agent = ha.settled(host, quiet.state, RENEW)
    except CertopsError as error:
        return failed(host, RENEW, error, reason=reason, before=before, after=shown)
    return StepResult(
        host.name, RENEW, CHANGED, reason, before=before, after=shown, notes=(*notes, *agent.notes), ha_pending=agent.pending
    )


def _renewed_by_others(estate: Estate, host: EsxiHost, theirs: Certificate, notes: tuple[str, ...], now: datetime) -> StepResult:
    """A certificate that was replaced since it was looked at is not replaced again, whatever it is."""
    reason = "somebody else renewed its certificate meanwhile"
    before, after = facts(host.certificate, now), facts(theirs, now)
    problems = _unsound(estate, host, theirs, now)
    if not problems:
        return StepResult(host.name, RENEW, UNCHANGED, reason, before=before, after=after, notes=notes)
    told = messages.CERTIFICATE_REPLACED_BY_OTHERS_UNSOUND(esxi_host=host.name, problems="; ".join(problems))
    return failed(host, RENEW, told, reason=reason, before=before, after=after)


def _changed(vsphere: VSphere, host: EsxiHost) -> Optional[Certificate]:
    now = vsphere.host_state(host, anew=True).certificate
    if now is None or (host.certificate is not None and now.same_as(host.certificate)):
        return None
    return now


def _unsound(estate: Estate, host: EsxiHost, after: Certificate, now: datetime) -> list[str]:
    problems = trust.soundness(after, host_names=[host.name, *host.addresses], now=now)
    # A host's own certificate may last for ten years: that VMCA's ends sooner is no flaw of VMCA's.
    if host.certificate is not None and host.issuer != ISSUER_SELF and after.expires_at <= host.certificate.expires_at:
        problems.append("it does not last longer than the one before it")
    roots = estate.vcenter.trusted_roots
    root = anchor_of([after], roots or (), now)
    if roots and root is None:
        problems.append(f"none of vCenter's trusted roots issued it ({after.issuer})")
    elif root is not None and not root.sound_at(now):
        problems.append(f"the root that issued it is not valid now ({root.subject})")
    return problems


def certificate_now(vsphere: VSphere, host: EsxiHost) -> Any:
    """The certificate after a failure, so that a half-done renewal shows; None where that cannot be read either."""
    try:
        return facts(vsphere.host_state(host, anew=True).certificate, vsphere.clock.now())
    except CertopsError:
        return None
