# SPDX-FileCopyrightText: certops.vsphere contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts are due for a new certificate through vCenter, and which of them may have one: looked at once more before any is touched."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Callable, Mapping, Optional, Sequence

from .._certificates.certificate import Certificate
from .._clusters.high_availability import HighAvailability
from .._common import times
from .._deciding.blocker import Blocker, host_blockers, unreadable_blocker, vcenter_blockers
from .._deciding.policy import Policy
from .._deciding.rules import ASLEEP, RENEW, Verdict, judge
from .._estate.estate import Estate, EsxiHost
from .._estate.host_names import by_host
from .._estate.step_result import CHANGED, FAILED, UNCHANGED, StepResult
from .._stepping.progress import Tell
from .._stepping.step import Aftermath, Availability, asleep, run_on_hosts


@dataclass
class Due:
    """The hosts to work on, with what is due for them, and the results of the others, by the hosts' ids."""

    step: str
    todo: list[EsxiHost] = field(default_factory=list)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    results: dict[str, StepResult] = field(default_factory=dict)

    @property
    def refused(self) -> int:
        """How many hosts may not have what they need."""
        return sum(1 for result in self.results.values() if result.error)

    def work_through(
        self,
        estate: Estate,
        work: Callable[[EsxiHost], StepResult],
        *,
        concurrency: int,
        max_failures: int,
        aftermath: Aftermath,
        ha: Optional[HighAvailability] = None,
        per_cluster: int = 1,
        tell: Tell,
    ) -> list[StepResult]:
        """Work on the hosts that are due. One result for each host of the estate, in their order.

        ha: where services of each restart; per_cluster: of a cluster with vSphere HA so many at the same time then.
        """
        # A host that is away from vCenter is not renewed through it, so that nobody's room is taken before.
        availability = Availability(per_cluster, (), lambda _host, result: ha.closes(result), ha.place, ha.closes) if ha else None

        def work_on(hosts: Sequence[EsxiHost], left: int) -> list[StepResult]:
            return run_on_hosts(
                hosts,
                self.step,
                work,
                concurrency=concurrency,
                max_failures=left,
                aftermath=aftermath,
                availability=availability,
                meanwhile=ha.still_at_work if ha else None,
                tell=tell,
            )

        left = max_failures - self.refused
        worked = ha.work_through(self.todo, self.step, left, work_on) if ha else work_on(self.todo, left)
        results = {**self.results, **{host.moid: result for host, result in zip(self.todo, worked, strict=True)}}
        return [results[host.moid] for host in estate.hosts]

    def reason(self, host: EsxiHost) -> str:
        """Why a host is due, or is not."""
        return self.verdicts[host.moid].reason


def own_policy(renew_before_days: float, force: bool = False, custom_ca: bool = False) -> Policy:
    """The policy of a single step: protection and SPS are the guard's business."""
    return Policy(
        renew_before_days=renew_before_days, force=force, protection="none", reregister_method="register", custom_ca=custom_ca
    )


def sort_by_need(
    estate: Estate,
    policy: Policy,
    step: str,
    *,
    taken_as: str,
    planned_expires_at: Optional[Mapping[str, str]],
    predicted: Optional[Mapping[str, Any]],
) -> Due:
    """What the estate's hosts need, and what speaks against it.

    step: the step's name in results; taken_as: its name in a plan, which blockers go by. planned_expires_at: by host when the certificate
    ended that the plan was made for: a host that has another is left alone. predicted: in check mode what the step would make of a host.
    """
    now = estate.observed_at
    due = Due(step)
    ends = by_host(estate.hosts, planned_expires_at or {})
    for host in estate.hosts:
        verdict = judge(host, policy, now, providers_read=False, mode=estate.vcenter.certificate_mode)
        # A host that vCenter lost is not renewed by this method: a reconnect reissues its certificate.
        needs = RENEW in verdict.steps or verdict.rule in ("expired", "certificate_unavailable", "certificate_not_yet_valid")
        due.verdicts[host.moid] = verdict
        if verdict.rule == ASLEEP:
            due.results[host.moid] = asleep(host, step)
            continue
        planned = ends.get(host.name)
        if planned is not None and host.certificate is not None and times.to_text(host.certificate.expires_at) != planned:
            reason = "somebody else renewed its certificate after the plan was made"
            due.results[host.moid] = unchanged(host, step, reason, now)
            continue
        if not needs:
            reason = f"its certificate does not expire within {policy.renew_before_days:g} days"
            due.results[host.moid] = unchanged(host, step, reason, now)
            continue
        blockers = _blockers(host, verdict, estate, policy, taken_as)
        if blockers:
            due.results[host.moid] = refused(host, step, verdict.reason, blockers, now)
        elif predicted is not None:
            before = facts(host.certificate, now)
            due.results[host.moid] = StepResult(host.name, step, CHANGED, verdict.reason, before=before, after=dict(predicted))
        else:
            due.todo.append(host)
    return due


def blockers_of(host: EsxiHost, estate: Estate, policy: Policy, step: str) -> list[Blocker]:
    """What speaks against a step by itself: what would make it wrong is checked here again."""
    general = [one for one in vcenter_blockers(estate, policy, estate.observed_at) if one.code != "sps_not_running"]
    return host_blockers(host, estate, policy, (step,), estate.observed_at) + [one for one in general if step in one.steps]


def _blockers(host: EsxiHost, verdict: Verdict, estate: Estate, policy: Policy, step: str) -> list[Blocker]:
    unreadable = unreadable_blocker(host, verdict.rule)
    return ([unreadable] if unreadable else []) + blockers_of(host, estate, policy, step)


def unchanged(host: EsxiHost, step: str, reason: str, now: datetime) -> StepResult:
    """The result of a host that nothing is done to."""
    shown = facts(host.certificate, now)
    return StepResult(host.name, step, UNCHANGED, reason, before=shown, after=shown)


def refused(host: EsxiHost, step: str, reason: str, blockers: Sequence[Blocker], now: datetime) -> StepResult:
    """The result of a host that may not have what it needs."""
    text = " ".join(f"{one.message.rstrip('.')}. {one.remedy}" for one in blockers)
    return replace(unchanged(host, step, reason, now), status=FAILED, error=text)


def facts(certificate: Optional[Certificate], now: datetime) -> Optional[dict[str, Any]]:
    """A certificate as results show it; None where there is none."""
    return certificate.to_facts(now) if certificate else None
